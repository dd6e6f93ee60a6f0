package io.github.redisfanout.testkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Ports on 127.0.0.1 that nobody listens on.
 *
 * <p>They lie below the range from which operating systems number outgoing connections. A port out
 * of that range could be taken by any client while its server is down, even by the very client that
 * tries to reconnect to it: TCP then connects the client to itself.
 */
final class LoopbackPorts {
  private static final int FIRST = 20_000;
  private static final int END = 32_000;
  private static final int ATTEMPTS = 1_000;

  private LoopbackPorts() {}

  /** Returns 127.0.0.1, whatever the machine calls its loopback interface. */
  static InetAddress loopback() {
    try {
      return InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
    } catch (IOException e) {
      throw new AssertionError("four bytes are an address", e);
    }
  }

  /** Returns a port that was free a moment ago; someone else may take it before the caller does. */
  static int free() {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      int port = ThreadLocalRandom.current().nextInt(FIRST, END);
      if (isFree(port)) {
        return port;
      }
    }
    throw new IllegalStateException(
        "no free port between " + FIRST + " and " + END + " after " + ATTEMPTS + " attempts");
  }

  private static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.bind(new InetSocketAddress(loopback(), port));
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
