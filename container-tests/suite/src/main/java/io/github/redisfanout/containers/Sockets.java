package io.github.redisfanout.containers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;

/**
 * The server's ends of its connections as the operating system has them; Linux only.
 *
 * <p>A container that says a session is closed may still hold its socket, so nobody else is asked.
 */
public final class Sockets {
  private static final String LISTENS = "0A";

  /** What the kernel is still busy closing, and what nobody has accepted yet. */
  private static final String OF_NO_PROCESS = "0";

  private Sockets() {}

  /**
   * The peers' ports of all connections that a process still holds open on this local port.
   *
   * <p>Those that a peer has reset are gone at once, whether or not the process knows.
   */
  public static Set<Integer> peers(int port) {
    Set<Integer> peers = new TreeSet<>();
    collect(Path.of("/proc/self/net/tcp"), port, peers);
    collect(Path.of("/proc/self/net/tcp6"), port, peers);
    return peers;
  }

  /** Whether the server on this port still holds the connection with that peer. */
  public static boolean isHeld(int port, int peerPort) {
    return peers(port).contains(peerPort);
  }

  private static void collect(Path table, int port, Set<Integer> peers) {
    try {
      Files.readAllLines(table).stream()
          .skip(1)
          .map(line -> line.trim().split("\\s+"))
          .filter(row -> portOf(row[1]) == port)
          .filter(row -> !row[3].equals(LISTENS) && !row[9].equals(OF_NO_PROCESS))
          .forEach(row -> peers.add(portOf(row[2])));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot see the sockets", e);
    }
  }

  private static int portOf(String address) {
    return Integer.parseInt(address.substring(address.indexOf(':') + 1), 16);
  }

  /** How many files, sockets included, this process has open. */
  public static int descriptors() {
    try (var files = Files.list(Path.of("/proc/self/fd"))) {
      return (int) files.count();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot see the descriptors", e);
    }
  }
}
