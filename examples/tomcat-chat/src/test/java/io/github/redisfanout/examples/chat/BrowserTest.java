package io.github.redisfanout.examples.chat;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.opentest4j.AssertionFailedError;
import org.opentest4j.TestAbortedException;

class BrowserTest {
  @Test
  void aMissingBrowserSkipsTheTestAndSaysWhy() {
    assertThatThrownBy(() -> Browser.find(Map.of("PATH", "/nowhere")))
        .isInstanceOf(TestAbortedException.class)
        .hasMessage(
            "no test in a browser: chromium is not on the PATH; install it"
                + " (Debian: apt-get install chromium chromium-driver), or name it in CHROME_BIN");
  }

  @Test
  void aMissingBrowserFailsTheTestOnCi() {
    assertThatThrownBy(() -> Browser.find(Map.of("PATH", "/nowhere", "CI", "true")))
        .isInstanceOf(AssertionFailedError.class)
        .hasMessage(
            "chromium is not on the PATH; install it"
                + " (Debian: apt-get install chromium chromium-driver), or name it in CHROME_BIN");
  }

  @Test
  void aMissingDriverFailsTheTestOnCi() {
    Map<String, String> environment =
        Map.of("CHROME_BIN", "/bin/sh", "CHROMEDRIVER", "/nowhere/chromedriver", "CI", "true");

    assertThatThrownBy(() -> Browser.find(environment))
        .isInstanceOf(AssertionFailedError.class)
        .hasMessage(
            "CHROMEDRIVER is not executable: /nowhere/chromedriver; install it"
                + " (Debian: apt-get install chromium chromium-driver), or name it in CHROMEDRIVER");
  }
}
