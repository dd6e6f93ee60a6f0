package io.github.redisfanout.it.checker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class MessageTextTest {
  @Test
  void whatIsWrittenIsRead() {
    for (int filling : new int[] {0, 1, 4_095}) {
      assertThat(MessageText.read('"' + MessageText.of(3, 5, filling) + '"'))
          .isEqualTo(new MessageText(3, 5));
    }
  }

  @Test
  void partOfAMessageIsRefused() {
    String whole = MessageText.of(3, 5, 10);
    for (String json : new String[] {'"' + whole.substring(0, whole.length() - 1) + '"', "null"}) {
      assertThatIllegalArgumentException().isThrownBy(() -> MessageText.read(json));
    }
  }
}
