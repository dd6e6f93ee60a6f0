package io.github.redisfanout.testkit;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

/**
 * A listening socket of a {@link FaultProxy}.
 *
 * <p>Waiting and accepting are two steps, so that accepting can be done under a lock. Thread-safe,
 * but only one thread at a time may wait.
 */
final class Listener {
  /** Small buffers, so that a stall is felt by the sender soon. */
  static final int BUFFER_BYTES = 256 * 1024;

  private static final long RETRY_MILLIS = 20;

  private final ServerSocketChannel channel;
  private final Selector selector;
  private final SelectionKey key;
  private final int port;
  private volatile boolean failing; // the last accept failed, probably for want of descriptors

  private Listener(ServerSocketChannel channel, Selector selector, int port) throws IOException {
    this.channel = channel;
    this.selector = selector;
    this.port = port;
    this.key = channel.register(selector, SelectionKey.OP_ACCEPT);
  }

  /** Listens on a port of 127.0.0.1. */
  static Listener on(int port) throws IOException {
    ServerSocketChannel channel = ServerSocketChannel.open();
    try {
      channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      channel.setOption(StandardSocketOptions.SO_RCVBUF, BUFFER_BYTES);
      channel.bind(new InetSocketAddress(LoopbackPorts.loopback(), port));
      channel.configureBlocking(false);
      return new Listener(channel, Selector.open(), port);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  int port() {
    return port;
  }

  /** Waits until a client has connected; returns false when the listener was closed. */
  boolean awaitClient() {
    try {
      if (failing) {
        // Such a socket stays ready. Look away for a moment instead of spinning.
        key.interestOps(0);
        selector.select(ready -> {}, RETRY_MILLIS);
        key.interestOps(SelectionKey.OP_ACCEPT);
      }
      selector.select(ready -> {});
      return channel.isOpen();
    } catch (IOException | ClosedSelectorException | CancelledKeyException e) {
      return false;
    }
  }

  /** Returns the clients that have connected and wait, without waiting for one. */
  List<SocketChannel> acceptAll() {
    List<SocketChannel> clients = new ArrayList<>();
    try {
      SocketChannel client = channel.accept();
      while (client != null) {
        clients.add(client);
        client = channel.accept();
      }
      failing = false;
    } catch (IOException e) {
      failing = true;
    }
    return clients;
  }

  /** Closes the socket; once it returned, connects are refused. */
  void close() {
    try {
      channel.close();
    } catch (IOException e) {
      // It is closed nevertheless.
    }
    try {
      // A registered channel is open for the operating system until its selector lets go of it.
      selector.close();
    } catch (IOException e) {
      // It is closed nevertheless.
    }
  }
}
