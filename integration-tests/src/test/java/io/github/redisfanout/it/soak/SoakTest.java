package io.github.redisfanout.it.soak;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.Routing;
import java.time.Duration;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Runs the soak for {@code -Dsoak.minutes} (1, or a part of one such as 0.5) with {@code
 * -Dsoak.seed} (1) and {@code -Dsoak.rate} (4000 messages a second), and the one with sentinels for
 * {@code -Dsoak.failovers} (4), each with both ways of routing. Zero leaves one of them out, {@code
 * -Dsoak.routing=ADAPTIVE} the other way.
 */
@Tag("full")
class SoakTest {
  /** No second chance by a rerun: what a soak finds depends on luck. */
  private static boolean hasFailed;

  @ParameterizedTest
  @EnumSource
  void everyMessageIsAccountedForUnderRandomFaults(Routing routing) throws Exception {
    run(Double.parseDouble(System.getProperty("soak.minutes", "1")), 0, routing);
  }

  @ParameterizedTest
  @EnumSource
  void everyMessageIsAccountedForWhileTheMasterIsReplaced(Routing routing) throws Exception {
    run(0, Integer.getInteger("soak.failovers", 4), routing);
  }

  private static void run(double minutes, int failovers, Routing routing) throws Exception {
    String only = System.getProperty("soak.routing", routing.name());
    if ((minutes == 0 && failovers == 0) || !only.equals(routing.name())) {
      return;
    }
    assertThat(hasFailed).as("an earlier run in this JVM failed").isFalse();
    hasFailed = true;
    Logger logger = Logger.getLogger("io.github.redisfanout");
    Level before = logger.getLevel();
    logger.setLevel(Level.SEVERE); // every fault would be warned of
    try (Soak soak =
        new Soak(
            Duration.ofMillis((long) (minutes * 60_000)),
            Long.getLong("soak.seed", 1),
            Integer.getInteger("soak.rate", 4_000),
            failovers,
            routing)) {
      assertThat(soak.run()).isEmpty();
    } finally {
      logger.setLevel(before);
    }
    hasFailed = false;
  }
}
