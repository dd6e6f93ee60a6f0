package io.github.redisfanout.benchmarks.containers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The connections of one local port, as the kernel lists them; Linux only.
 *
 * @param sockets by the port of the other end
 */
public record TcpTable(Map<Integer, Socket> sockets) {
  private static final int LISTENING = 0x0a;
  private static final int TIME_WAIT = 0x06;

  // Java's sockets are of both families, whichever address they are bound to.
  private static final List<Path> TABLES =
      List.of(Path.of("/proc/net/tcp"), Path.of("/proc/net/tcp6"));

  /**
   * One end of a connection.
   *
   * @param unsent bytes that the other end has not acknowledged
   * @param owned false once no process has it any more; the kernel may still try to send the rest
   */
  public record Socket(long unsent, boolean owned) {}

  /** The connections that this port is the local end of. */
  public static TcpTable of(int port) throws IOException {
    Map<Integer, Socket> sockets = new HashMap<>();
    for (Path table : TABLES) {
      if (Files.exists(table)) {
        try (Stream<String> lines = Files.lines(table)) {
          lines.skip(1).forEach(line -> read(line, port, sockets));
        }
      }
    }
    return new TcpTable(sockets);
  }

  /** Takes a line of the kernel's table if it is of this port. */
  static void read(String line, int port, Map<Integer, Socket> sockets) {
    String[] words = line.trim().split(" +");
    int state = Integer.parseInt(words[3], 16);
    if (port(words[1]) == port && state != LISTENING && state != TIME_WAIT) {
      long unsent = Long.parseLong(words[4].substring(0, words[4].indexOf(':')), 16);
      boolean owned = !words[9].equals("0"); // its inode
      sockets.put(port(words[2]), new Socket(unsent, owned));
    }
  }

  private static int port(String address) {
    return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1), 16);
  }
}
