package io.github.redisfanout.benchmarks.sockets.generator;

import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

/** All clients, registered with one selector. Not thread-safe. */
final class Clients {
  private final Selector selector;
  private final List<Client> clients = new ArrayList<>();
  private final List<SocketChannel> deaf = new ArrayList<>();

  Clients(Selector selector) {
    this.selector = selector;
  }

  /** One WebSocket for each user, by turns on each port. */
  void open(List<Integer> ports, List<String> users) throws IOException {
    for (int i = 0; i < users.size(); i++) {
      add(Handshake.open(ports.get(i % ports.size()), users.get(i)));
    }
  }

  /** Connections over which a self-test sends frames without a handshake. */
  void openWithoutHandshake(int port, int count) throws IOException {
    for (int i = 0; i < count; i++) {
      add(Handshake.connect(port));
    }
  }

  /**
   * WebSockets that are never read.
   *
   * @return their local ports
   */
  List<Integer> openDeaf(int port, List<String> users) throws IOException {
    List<Integer> ports = new ArrayList<>();
    for (String user : users) {
      SocketChannel channel = Handshake.openDeaf(port, user);
      deaf.add(channel);
      ports.add(channel.socket().getLocalPort());
    }
    return ports;
  }

  /** Closes what {@link #openDeaf} opened. */
  void dropDeaf() throws IOException {
    for (SocketChannel channel : deaf) {
      channel.close();
    }
    deaf.clear();
  }

  private void add(SocketChannel channel) throws IOException {
    Client client = new Client(channel);
    channel.configureBlocking(false);
    channel.register(selector, SelectionKey.OP_READ, client);
    clients.add(client);
  }

  /** Closes all; the sockets are gone after the next select. */
  void drop() throws IOException {
    for (Client client : clients) {
      client.channel().close();
    }
    clients.clear();
  }

  void startCounting() {
    clients.forEach(Client::startCounting);
    clients.forEach(client -> client.pings().startCounting());
  }

  long total() {
    return clients.stream().mapToLong(Client::messages).sum();
  }

  /** How many messages the client has that has fewest; a loop, as it is asked often. */
  long fewest() {
    long fewest = Long.MAX_VALUE;
    for (int i = 0; i < clients.size(); i++) {
      fewest = Math.min(fewest, clients.get(i).messages());
    }
    return clients.isEmpty() ? 0 : fewest;
  }

  /** How many messages are missing where each client should have this many. */
  long missing(long each) {
    return clients.stream().mapToLong(client -> Math.max(0, each - client.messages())).sum();
  }

  /** How many messages are too many where each client should have this many. */
  long surplus(long each) {
    return clients.stream().mapToLong(client -> Math.max(0, client.messages() - each)).sum();
  }

  long pings() {
    return clients.stream().mapToLong(client -> client.pings().count()).sum();
  }

  /** Every client sends a pong that nobody has asked for. */
  void pong() throws IOException {
    for (Client client : clients) {
      client.pong(new byte[0]);
    }
  }

  /** How many clients have once waited for a ping for longer than this. */
  long pingedLate(long now, long nanos) {
    return clients.stream().filter(client -> client.pings().longestUntil(now) > nanos).count();
  }

  /** The longest that any client has waited for a ping. */
  long longestWithoutPing(long now) {
    return clients.stream().mapToLong(client -> client.pings().longestUntil(now)).max().orElse(0);
  }

  int size() {
    return clients.size();
  }
}
