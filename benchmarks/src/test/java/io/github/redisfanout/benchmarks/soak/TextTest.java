package io.github.redisfanout.benchmarks.soak;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class TextTest {
  private static String json(int publisher, long number) {
    return '"' + Text.of(publisher, number) + '"';
  }

  @Test
  void whatIsWrittenIsRead() {
    for (long number = 0; number < 1_000; number++) {
      assertThat(Text.read(json(3, number))).isEqualTo(new Text.Stamp(3, number));
    }
  }

  @Test
  void aPartOfAMessageIsRefused() {
    String whole = json(3, 5);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Text.read(whole.substring(0, whole.length() - 2) + '"'));
    assertThatIllegalArgumentException().isThrownBy(() -> Text.read("null"));
  }
}
