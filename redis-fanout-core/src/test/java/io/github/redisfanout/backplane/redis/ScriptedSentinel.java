package io.github.redisfanout.backplane.redis;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.HostAndPort;

/**
 * Answers as a sentinel does, with whatever opinion a test gives it.
 *
 * <p>For what real sentinels do too seldom: an old opinion, two opinions, half of a failover.
 */
final class ScriptedSentinel implements AutoCloseable {
  static final String MASTER_NAME = "mymaster";

  private static final String NULL = "*-1\r\n";

  final String runId;
  private final AtomicInteger dialled = new AtomicInteger();
  private final AtomicInteger asked = new AtomicInteger();
  private final AtomicInteger heartbeats = new AtomicInteger();
  private final List<Socket> subscribers = new CopyOnWriteArrayList<>();
  private final Set<Socket> clients = ConcurrentHashMap.newKeySet();
  private final Map<String, String> refusals = new ConcurrentHashMap<>();
  private final ServerSocket server;
  private volatile Map<String, HostAndPort> others = Map.of();
  private volatile @Nullable Master master; // null: knows none
  private volatile @Nullable HostAndPort promoted; // null unless it leads a failover
  private volatile boolean frozen;

  ScriptedSentinel(String runId) throws IOException {
    this.runId = runId;
    server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
    start(this::accept);
  }

  HostAndPort address() {
    return new HostAndPort("127.0.0.1", server.getLocalPort());
  }

  void names(@Nullable Master named) {
    master = named;
    promoted = null;
  }

  /** Names the new address only where a sentinel does that leads a failover. */
  void promotes(HostAndPort address, long epoch) {
    master = new Master(master.address(), master.runId(), epoch);
    promoted = address;
  }

  void knows(ScriptedSentinel... sentinels) {
    Map<String, HostAndPort> known = new ConcurrentHashMap<>();
    for (ScriptedSentinel sentinel : sentinels) {
      if (sentinel != this) {
        known.put(sentinel.runId, sentinel.address());
      }
    }
    others = known;
  }

  /** Answers this subcommand of SENTINEL, or this command, with an error. */
  void refuses(String command, String error) {
    refusals.put(command, error);
  }

  /** Accepts connections and reads, but answers nothing. */
  void freeze() {
    frozen = true;
  }

  void thaw() {
    frozen = false;
  }

  int dialled() {
    return dialled.get();
  }

  /** How often it was asked for the master. */
  int asked() {
    return asked.get();
  }

  int heartbeats() {
    return heartbeats.get();
  }

  int clients() {
    return clients.size();
  }

  int subscribers() {
    return subscribers.size();
  }

  void publishSwitch() throws IOException {
    for (Socket subscriber : subscribers) {
      write(
          subscriber,
          array(bulk("message"), bulk("+switch-master"), bulk(MASTER_NAME + " a 1 b 2")));
    }
  }

  /** Ends the connections, and goes on. */
  void cutClients() throws IOException {
    for (Socket client : clients) {
      client.close();
    }
  }

  void cutSubscribers() throws IOException {
    for (Socket subscriber : subscribers) {
      subscriber.close();
    }
  }

  private static void start(Runnable task) {
    Thread thread = new Thread(task, "scripted-sentinel");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    try {
      while (true) {
        Socket client = server.accept();
        dialled.incrementAndGet();
        clients.add(client);
        if (server.isClosed()) {
          client.close();
        }
        start(() -> answer(client));
      }
    } catch (IOException e) {
      // The test has ended.
    }
  }

  private void answer(Socket client) {
    try (client;
        BufferedReader in =
            new BufferedReader(new InputStreamReader(client.getInputStream(), ISO_8859_1))) {
      for (List<String> words = ScriptedRedis.command(in);
          words != null;
          words = ScriptedRedis.command(in)) {
        if (!frozen) {
          write(client, reply(client, words));
        }
      }
    } catch (IOException e) {
      // One of the sides has ended it.
    } finally {
      clients.remove(client);
      subscribers.remove(client);
    }
  }

  private String reply(Socket client, List<String> words) {
    String command = words.get(0).toUpperCase(Locale.ROOT);
    String refused = command.equals("SENTINEL") ? words.get(1) : command;
    if (refused.equals("MASTER")) {
      asked.incrementAndGet();
    }
    if (refusals.containsKey(refused)) {
      return "-" + refusals.get(refused) + "\r\n";
    }
    return switch (command) {
      case "SENTINEL" -> sentinelReply(words);
      case "HELLO" -> array(bulk("server"), bulk("redis"), bulk("proto"), ":2\r\n");
      case "SUBSCRIBE" -> {
        if (subscribers.contains(client)) {
          heartbeats.incrementAndGet();
        } else {
          subscribers.add(client);
        }
        yield array(bulk("subscribe"), bulk(words.get(1)), ":1\r\n");
      }
      default -> "+OK\r\n";
    };
  }

  private String sentinelReply(List<String> words) {
    Master named = words.size() == 3 && words.get(2).equals(MASTER_NAME) ? master : null;
    return switch (words.get(1)) {
      case "MYID" -> bulk(runId);
      case "MASTER" -> named == null ? "-ERR No such master with that name\r\n" : fields(named);
      case "GET-MASTER-ADDR-BY-NAME" -> named == null ? NULL : address(named);
      case "SENTINELS" ->
          array(
              others.entrySet().stream()
                  .map(other -> fields(other.getKey(), other.getValue()))
                  .toArray(String[]::new));
      default -> "-ERR unknown subcommand\r\n";
    };
  }

  private String address(Master named) {
    HostAndPort address = promoted == null ? named.address() : promoted;
    return array(bulk(address.getHost()), bulk("" + address.getPort()));
  }

  private String fields(Master named) {
    return array(
        bulk("name"),
        bulk(MASTER_NAME),
        bulk("ip"),
        bulk(named.address().getHost()),
        bulk("port"),
        bulk("" + named.address().getPort()),
        bulk("runid"),
        bulk(named.runId()),
        bulk("flags"),
        bulk("master"),
        bulk("config-epoch"),
        bulk("" + named.configEpoch()),
        bulk("num-other-sentinels"),
        bulk("" + others.size()));
  }

  private static String fields(String runId, HostAndPort address) {
    return array(
        bulk("name"),
        bulk(runId),
        bulk("ip"),
        bulk(address.getHost()),
        bulk("port"),
        bulk("" + address.getPort()),
        bulk("runid"),
        bulk(runId));
  }

  private static String array(String... parts) {
    return "*" + parts.length + "\r\n" + String.join("", parts);
  }

  private static String bulk(String text) {
    return "$" + text.length() + "\r\n" + text + "\r\n";
  }

  private static void write(Socket to, String bytes) throws IOException {
    synchronized (to) { // all at once, or an event comes in between
      to.getOutputStream().write(bytes.getBytes(ISO_8859_1));
    }
  }

  /** Ends it, so that connecting is refused. */
  @Override
  public void close() throws IOException {
    server.close();
    cutClients();
  }
}
