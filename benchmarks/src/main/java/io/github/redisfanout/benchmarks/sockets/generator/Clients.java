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
  private final List<SocketChannel> stuck = new ArrayList<>();

  Clients(Selector selector) {
    this.selector = selector;
  }

  /** One WebSocket for each user, by turns on each port. */
  void open(List<Integer> ports, List<String> users) throws IOException {
    for (int i = 0; i < users.size(); i++) {
      SocketChannel channel = Handshake.open(ports.get(i % ports.size()), users.get(i));
      channel.configureBlocking(false);
      Client client = new Client(channel);
      channel.register(selector, SelectionKey.OP_READ, client);
      clients.add(client);
    }
  }

  /**
   * WebSockets that are never read.
   *
   * @return their local ports
   */
  List<Integer> openStuck(int port, List<String> users) throws IOException {
    List<Integer> ports = new ArrayList<>();
    for (String user : users) {
      SocketChannel channel = Handshake.openStuck(port, user);
      stuck.add(channel);
      ports.add(channel.socket().getLocalPort());
    }
    return ports;
  }

  /** Closes what {@link #openStuck} opened. */
  void dropStuck() throws IOException {
    for (SocketChannel channel : stuck) {
      channel.close();
    }
    stuck.clear();
  }

  void startCounting() {
    clients.forEach(Client::startCounting);
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

  int size() {
    return clients.size();
  }
}
