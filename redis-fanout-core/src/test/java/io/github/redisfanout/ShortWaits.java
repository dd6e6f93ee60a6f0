package io.github.redisfanout;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * For mutation testing, which switches it on: a test that waits for what a mutant never does fails
 * soon. With ten seconds for each, most of the time would go into waiting.
 */
public final class ShortWaits implements BeforeAllCallback {
  @Override
  public void beforeAll(ExtensionContext context) {
    Awaitility.setDefaultTimeout(Duration.ofSeconds(1));
  }
}
