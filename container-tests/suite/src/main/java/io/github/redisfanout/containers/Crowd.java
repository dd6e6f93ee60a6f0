package io.github.redisfanout.containers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Thousands of WebSocket clients on one thread; thread-safe. */
final class Crowd implements AutoCloseable {
  /** How many shake hands at once: fewer than any server's backlog, or the kernel drops some. */
  private static final int AT_ONCE = 64;

  /** How a client can go. */
  enum Leaving {
    RESET,
    WITHOUT_A_WORD,
    IN_ORDER
  }

  private final int port;
  private final Selector selector;
  private final Thread thread;
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private volatile boolean closed;

  // Confined to the thread.
  private final Queue<CrowdMember> waiting = new ArrayDeque<>();
  private final List<CrowdMember> shaking = new ArrayList<>();

  Crowd(int port) throws IOException {
    this.port = port;
    selector = Selector.open();
    thread = new Thread(this::run, "crowd");
    thread.setDaemon(true);
    thread.start();
  }

  /** Connects one more client; returns before it is connected. */
  CrowdMember join(String user) {
    try {
      SocketChannel channel = SocketChannel.open();
      channel.configureBlocking(false);
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      CrowdMember member = new CrowdMember(user, channel);
      execute(() -> waiting.add(member));
      return member;
    } catch (IOException e) {
      throw new UncheckedIOException("no socket for " + user, e);
    }
  }

  /** Lets a client go; returns before it has gone. */
  void leave(CrowdMember member, Leaving how) {
    execute(
        () -> {
          try {
            if (how == Leaving.RESET) {
              member.channel().setOption(StandardSocketOptions.SO_LINGER, 0);
            } else if (how == Leaving.IN_ORDER) {
              member.write(Frames.close(1000));
            }
          } catch (IOException e) {
            // It has gone already.
          }
          end(member);
        });
  }

  private void execute(Runnable task) {
    tasks.add(task);
    selector.wakeup();
  }

  private void run() {
    try {
      while (!closed) {
        selector.select(this::onReady);
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
          task.run();
        }
        shaking.removeIf(CrowdMember::isSettled);
        while (shaking.size() < AT_ONCE && !waiting.isEmpty()) {
          dial(waiting.remove());
        }
      }
      for (SelectionKey key : selector.keys()) {
        key.channel().close();
      }
      selector.close();
    } catch (IOException e) {
      throw new UncheckedIOException("the crowd's selector failed", e);
    }
  }

  private void dial(CrowdMember member) {
    shaking.add(member);
    try {
      member.channel().register(selector, SelectionKey.OP_CONNECT, member);
      member.channel().connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    } catch (IOException e) {
      end(member);
    }
  }

  private void onReady(SelectionKey key) {
    CrowdMember member = (CrowdMember) key.attachment();
    try {
      if (key.isConnectable()) {
        member.connected(port);
        key.interestOps(SelectionKey.OP_READ);
      } else {
        member.read();
      }
    } catch (IOException e) {
      end(member);
    }
  }

  private static void end(CrowdMember member) {
    member.gone();
    try {
      member.channel().close();
    } catch (IOException e) {
      // It is closed nevertheless.
    }
  }

  /** Cuts all connections. */
  @Override
  public void close() throws InterruptedException {
    closed = true;
    selector.wakeup();
    thread.join(5_000);
  }
}
