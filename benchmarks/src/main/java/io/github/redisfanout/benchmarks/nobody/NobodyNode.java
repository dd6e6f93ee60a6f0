package io.github.redisfanout.benchmarks.nobody;

import com.sun.management.OperatingSystemMXBean;
import io.github.redisfanout.Disconnect;
import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.Payload;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.Transport;
import io.github.redisfanout.WriteCallback;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * The child process of {@link NobodyMode}: a node with sessions that no message is for.
 *
 * <p>It uses the public API and the JDK only, so that it can be compiled against another version of
 * the library.
 */
final class NobodyNode {
  private NobodyNode() {}

  /** A client that does nothing. */
  private static final class Client implements Transport {
    @Override
    public void write(Payload payload, WriteCallback callback) {
      callback.ok();
    }

    @Override
    public void close(Disconnect why, boolean force) {}
  }

  /**
   * Arguments: Redis' address, the channel, how many users. Answers {@code received} and {@code
   * cpu} until its input ends.
   */
  public static void main(String[] arguments) throws Exception {
    FanoutConfig config =
        FanoutConfig.builder(arguments[1])
            .pingInterval(Duration.ofHours(1)) // these clients answer no pings
            .silenceLimit(Duration.ofHours(2))
            .build();
    RedisFanout node = RedisFanout.connect(arguments[0], config);
    for (int i = 0; i < Integer.parseInt(arguments[2]); i++) {
      node.open("local-" + i, new Client());
    }
    if (!node.awaitReady(Duration.ofSeconds(10))) {
      throw new IllegalStateException("the node is not ready: " + node.health());
    }
    answer(() -> node.counters().received());
    node.close();
  }

  static void answer(LongSupplier received) throws IOException {
    System.out.println("ready");
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String question = in.readLine(); question != null; question = in.readLine()) {
      long answer = question.equals("cpu") ? cpuNanos() : received.getAsLong();
      System.out.println(question + " " + answer);
    }
  }

  /** Of this process, without this thread: its answers are no part of what is measured. */
  private static long cpuNanos() {
    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime()
        - ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }
}
