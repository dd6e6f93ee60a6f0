package io.github.redisfanout.testkit;

import java.io.IOException;

/** Main of a JVM that starts a Redis and never closes it. */
final class ForgetfulMain {
  private ForgetfulMain() {}

  /** Prints the server's pid, waits for a line or the end of the input, and exits. */
  public static void main(String[] args) throws IOException {
    RedisProcess redis = RedisProcess.start();
    System.out.println(redis.pid());
    System.exit(System.in.read() < 0 ? 1 : 0);
  }
}
