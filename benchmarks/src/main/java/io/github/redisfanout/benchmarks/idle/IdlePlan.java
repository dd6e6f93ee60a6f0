package io.github.redisfanout.benchmarks.idle;

import io.github.redisfanout.benchmarks.Options;
import io.github.redisfanout.benchmarks.containers.Container;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What to measure, as the command line says.
 *
 * @param limitBytes what a session may add to the heap
 */
record IdlePlan(
    Container container,
    int sessions,
    int seconds,
    int pingMillis,
    int silenceMillis,
    int limitBytes) {

  static final String HELP =
      "idle sessions that are pinged, and the heap that each adds to the container's own:"
          + " --container tomcat11 --sessions 8000 --seconds 60 --ping-ms 5000 --silence-ms 12000"
          + " --limit 1024: bytes";

  static IdlePlan of(Options options) {
    IdlePlan plan =
        new IdlePlan(
            new Container(options.text("container", "tomcat11")),
            options.number("sessions", 8_000),
            options.number("seconds", 60),
            options.number("ping-ms", 5_000),
            options.number("silence-ms", 12_000),
            options.number("limit", 1_024));
    options.checkAllKnown();
    return plan;
  }

  List<String> users() {
    return IntStream.range(0, sessions).mapToObj(i -> "user-" + i).toList();
  }

  /** How long a client may wait for a ping: the interval and two of the node's looks. */
  long latestPingMillis() {
    return pingMillis + 2L * Math.min(1_000, pingMillis / 10);
  }

  List<String> settings() {
    return List.of("ping-interval-ms=" + pingMillis, "silence-limit-ms=" + silenceMillis);
  }

  /**
   * Of the node's JVM, for a figure that can be repeated, as in mode {@code memory}: all that lives
   * is moved together, and without thread-local buffers "used" is exact.
   */
  List<String> flags() {
    int megabytes = 512 + sessions / 4; // a container has about 100 KB for each
    return List.of(
        "-XX:+UseSerialGC",
        "-XX:MarkSweepAlwaysCompactCount=1",
        "-XX:-UseTLAB",
        "-Xms" + megabytes + "m",
        "-Xmx" + megabytes + "m");
  }

  Duration opening() {
    return Duration.ofSeconds(30 + sessions / 100);
  }
}
