package io.github.redisfanout.backplane.redis;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SentinelEventsTest {
  @ParameterizedTest
  @CsvSource({
    "mymaster 10.0.0.1 6379 10.0.0.2 6379, true",
    "mymaster2 10.0.0.1 6379 10.0.0.2 6379, false",
    "other 10.0.0.1 6379 10.0.0.2 6379, false",
  })
  void onlyEventsOfTheMasterCount(String event, boolean counts) {
    assertThat(SentinelEvents.isOf("mymaster", event.getBytes(UTF_8))).isEqualTo(counts);
  }
}
