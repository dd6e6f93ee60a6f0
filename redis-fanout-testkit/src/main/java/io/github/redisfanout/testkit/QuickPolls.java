package io.github.redisfanout.testkit;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Has Awaitility look every few milliseconds, and at once, where a test does not say otherwise; for
 * all tests of the JVM.
 *
 * <p>Most of what tests of this kind wait for comes within milliseconds, and Awaitility's default
 * is 100 ms. Register it with {@code @ExtendWith(QuickPolls.class)}, or for all tests of a module:
 * name it in {@code META-INF/services/org.junit.jupiter.api.extension.Extension} and set JUnit's
 * {@code junit.jupiter.extensions.autodetection.enabled} to true.
 */
public final class QuickPolls implements BeforeAllCallback {
  /** Called by JUnit. */
  public QuickPolls() {}

  @Override
  public void beforeAll(ExtensionContext context) {
    Awaitility.setDefaultPollDelay(Duration.ZERO);
    Awaitility.setDefaultPollInterval(Duration.ofMillis(5));
  }
}
