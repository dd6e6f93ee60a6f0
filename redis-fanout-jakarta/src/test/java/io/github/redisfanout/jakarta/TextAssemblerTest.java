package io.github.redisfanout.jakarta;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TextAssemblerTest {
  private final List<String> messages = new ArrayList<>();
  private final AtomicInteger parts = new AtomicInteger();
  private final AtomicInteger tooLong = new AtomicInteger();
  private final TextAssembler assembler =
      new TextAssembler(10, parts::incrementAndGet, messages::add, tooLong::incrementAndGet);

  @Test
  void partsBecomeOneMessage() {
    assembler.onMessage("ab", false);
    assembler.onMessage("", false);
    assertThat(messages).isEmpty();
    assembler.onMessage("c", true);
    assembler.onMessage("d", true);

    assertThat(messages).containsExactly("abc", "d");
    assertThat(parts).as("each is a sign of life").hasValue(4);
  }

  @Test
  void aMessageMayHaveExactlyTheLimitHoweverManyThereAre() {
    for (int i = 0; i < 3; i++) {
      assembler.onMessage("12345", false);
      assembler.onMessage("67890", true);
    }

    assertThat(messages).hasSize(3);
    assertThat(tooLong).hasValue(0);
  }

  @Test
  void oneByteMoreIsTooLongAndNothingAfterItIsTaken() {
    assembler.onMessage("12345", false);
    assembler.onMessage("678901", false);
    assembler.onMessage("2", true);
    assembler.onMessage("after", true);

    assertThat(tooLong).hasValue(1);
    assertThat(messages).isEmpty();
    assertThat(parts).as("no sign of life any more").hasValue(2);
  }

  @Test
  void theLimitCountsBytesOfUtf8() {
    assembler.onMessage("ééééé", true); // 10 bytes
    assertThat(messages).hasSize(1);
    assembler.onMessage("éééééé", true);
    assertThat(tooLong).hasValue(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a", "\u007f", "\u0080", "\u07ff", "\u0800", "\uffff", "😀", "a😀é€"})
  void bytesAreThoseOfTheEncoder(String text) {
    assertThat(TextAssembler.utf8Bytes(text))
        .isEqualTo(text.getBytes(StandardCharsets.UTF_8).length);
  }

  @Test
  void aPartMayEndWithinACharacter() {
    assembler.onMessage("12345\ud83d", false);
    assembler.onMessage("\ude00", true); // 9 bytes in all

    assertThat(messages).containsExactly("12345😀");
  }
}
