package io.github.redisfanout;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Has Awaitility look every few milliseconds, as most of what tests wait for comes that soon.
 *
 * <p>For mutation testing, which sets {@code tests.wait.seconds}, it also gives up soon: a mutant
 * may never do what a test waits for, and with ten seconds for each most of the time would go
 * there.
 */
public final class ShortWaits implements BeforeAllCallback {
  @Override
  public void beforeAll(ExtensionContext context) {
    Awaitility.setDefaultPollDelay(Duration.ZERO);
    Awaitility.setDefaultPollInterval(Duration.ofMillis(5));
    Integer seconds = Integer.getInteger("tests.wait.seconds");
    if (seconds != null) {
      Awaitility.setDefaultTimeout(Duration.ofSeconds(seconds));
    }
  }
}
