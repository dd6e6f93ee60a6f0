package io.github.redisfanout.backplane.redis;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Answers as Redis does, and lets a test write any bytes to a subscriber.
 *
 * <p>For what a real Redis does too seldom: half of a message, or a fault among messages.
 */
final class ScriptedRedis implements AutoCloseable {
  private final ServerSocket server;
  private final BlockingQueue<Socket> subscribed = new LinkedBlockingQueue<>();
  private final AtomicInteger asked = new AtomicInteger();
  private volatile String clientId = ":1\r\n";
  private volatile boolean mute; // SUBSCRIBEs after the first of a connection are not answered

  ScriptedRedis() throws IOException {
    server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
    start(this::accept);
  }

  RedisEndpoint endpoint() {
    return RedisEndpoint.of("redis://127.0.0.1:" + server.getLocalPort() + "?protocol=2");
  }

  /** The next connection that subscribes, once that was answered. */
  Socket awaitSubscribed() throws InterruptedException {
    return subscribed.take();
  }

  /** Answers this to CLIENT ID. */
  void clientId(String answer) {
    clientId = answer + "\r\n";
  }

  /** From now on heartbeats are not answered. */
  void mute() {
    mute = true;
  }

  /** How many SUBSCRIBEs came after the first of a connection. */
  int asked() {
    return asked.get();
  }

  static String message(String channel, String text) {
    return "*3\r\n$7\r\nmessage\r\n" + bulk(channel) + bulk(text);
  }

  static String confirmation(String channel) {
    return "*3\r\n$9\r\nsubscribe\r\n" + bulk(channel) + ":1\r\n";
  }

  private static String bulk(String text) {
    return "$" + text.length() + "\r\n" + text + "\r\n";
  }

  static void write(Socket to, String bytes) throws IOException {
    synchronized (to) { // all at once, or heartbeats are answered in between
      to.getOutputStream().write(bytes.getBytes(ISO_8859_1));
    }
  }

  private static void start(Runnable task) {
    Thread thread = new Thread(task, "scripted-redis");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    try {
      while (true) {
        Socket client = server.accept();
        start(() -> answer(client));
      }
    } catch (IOException e) {
      // The test has ended.
    }
  }

  private void answer(Socket client) {
    boolean first = true;
    try (OutputStream out = client.getOutputStream();
        BufferedReader in =
            new BufferedReader(new InputStreamReader(client.getInputStream(), ISO_8859_1))) {
      for (List<String> words = command(in); words != null; words = command(in)) {
        switch (words.get(0).toUpperCase(Locale.ROOT)) {
          case "SUBSCRIBE" -> {
            asked.addAndGet(first ? 0 : 1);
            if (first || !mute) {
              for (String channel : words.subList(1, words.size())) {
                write(client, confirmation(channel));
              }
            }
            if (first) {
              subscribed.add(client);
            }
            first = false;
          }
          case "HELLO" ->
              write(client, "*4\r\n" + bulk("server") + bulk("redis") + bulk("proto") + ":2\r\n");
          case "CLIENT" -> write(client, words.get(1).equals("ID") ? clientId : "+OK\r\n");
          case "PING" -> write(client, "+PONG\r\n");
          case "PUBLISH" -> write(client, ":1\r\n");
          default -> write(client, "+OK\r\n");
        }
        out.flush();
      }
    } catch (IOException e) {
      // One of the sides has ended it.
    }
  }

  static @Nullable List<String> command(BufferedReader in) throws IOException {
    String count = in.readLine();
    if (count == null) {
      return null;
    }
    List<String> words = new ArrayList<>();
    for (int left = Integer.parseInt(count.substring(1)); left > 0; left--) {
      char[] word = new char[Integer.parseInt(in.readLine().substring(1))];
      for (int read = 0; read < word.length; read++) {
        word[read] = (char) in.read();
      }
      in.readLine();
      words.add(new String(word));
    }
    return words;
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
