package io.github.redisfanout.backplane.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class DialerTest {
  private static void assertCached(String security, String system, long seconds) {
    assertThat(Dialer.nameCacheTime(security, system)).isEqualTo(Duration.ofSeconds(seconds));
  }

  @Test
  void propertiesOfTheJdkSetTheTime() {
    assertCached(null, null, 30);
    assertCached("5", null, 5);
    assertCached(null, "300", 300);
    assertCached("0", "300", 0);
  }

  @Test
  void nameThatIsCachedForGoodNeverChangesSoTheDefaultIsKept() {
    assertCached("-1", null, 30);
    assertCached("often", null, 30);
  }
}
