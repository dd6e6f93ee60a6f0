package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CostsTest {

  @ParameterizedTest
  @CsvSource({"-1, 0", "0, 0", "3, 0", "4, 1", "8, 2", "16, 5", "32, 12", "64, 24"})
  void fewChannelsCostLessThanManyNodes(long nodes, int channels) {
    assertThat(Costs.maxChannels(nodes, 450, false)).isEqualTo(channels);
  }

  @ParameterizedTest
  @CsvSource({"8, 0", "9, 1", "16, 2", "32, 4", "64, 8"})
  void copyForEachChannelMakesItDearer(long nodes, int channels) {
    assertThat(Costs.maxChannels(nodes, 450, true)).isEqualTo(channels);
  }

  @ParameterizedTest
  @CsvSource({"100_000, 2", "300_000, 0"})
  void copiesOfLargeMessagesStayWithinTheirLimit(String bytes, int channels) {
    int size = Integer.parseInt(bytes.replace("_", ""));

    assertThat(Costs.maxChannels(64, size, true)).isEqualTo(channels);
    assertThat(Costs.maxChannels(64, size, false)).isEqualTo(24);
  }
}
