package io.github.redisfanout.it.soak;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Runs the soak for {@code -Dsoak.minutes} (2, or a part of one such as 0.5) with {@code
 * -Dsoak.seed} (1) and {@code -Dsoak.rate} (4000 messages a second), and the one with sentinels for
 * {@code -Dsoak.failovers} (8). Zero leaves one of them out.
 */
@Tag("full")
class SoakTest {
  /** No second chance by a rerun: what a soak finds depends on luck. */
  private static boolean hasFailed;

  @Test
  void everyMessageIsAccountedForUnderRandomFaults() throws Exception {
    run(Double.parseDouble(System.getProperty("soak.minutes", "2")), 0);
  }

  @Test
  void everyMessageIsAccountedForWhileTheMasterIsReplaced() throws Exception {
    run(0, Integer.getInteger("soak.failovers", 8));
  }

  private static void run(double minutes, int failovers) throws Exception {
    if (minutes == 0 && failovers == 0) {
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
            failovers)) {
      assertThat(soak.run()).isEmpty();
    } finally {
      logger.setLevel(before);
    }
    hasFailed = false;
  }
}
