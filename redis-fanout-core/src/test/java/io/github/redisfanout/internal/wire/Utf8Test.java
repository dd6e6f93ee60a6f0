package io.github.redisfanout.internal.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class Utf8Test {

  @Test
  void validTextOfAnyLengthPasses() throws Exception {
    for (String character : new String[] {"a", "é", "用", "😀", "\ud7ff", "\ue000", "\uffff"}) {
      // Round the length of the decoder's buffer, with the character on either side of its end.
      for (int padding = 1_020; padding <= 1_026; padding++) {
        String text = "a".repeat(padding) + character.repeat(1_030) + "é";
        Utf8.check(text.getBytes(UTF_8));
        assertThat(Utf8.encode(text)).isEqualTo(text.getBytes(UTF_8));
      }
    }
    Utf8.check(new byte[0]);
  }

  @Test
  void faultIsFoundAtAnyPositionOfALongText() {
    byte[] text = "用".repeat(1_100).getBytes(UTF_8);
    for (int at = 0; at < text.length; at++) {
      byte[] broken = text.clone();
      broken[at] = (byte) 0xFF;
      int character = at / 3 * 3;
      assertThatExceptionOfType(MalformedMessageException.class)
          .isThrownBy(() -> Utf8.check(broken))
          .withMessageMatching(
              "it is not valid UTF-8: at byte (%d|%d|%d)"
                  .formatted(character, character + 1, character + 2));
    }
  }

  @Test
  void textCutOffInsideACharacterIsNotValid() {
    byte[] text = "aé用😀".getBytes(UTF_8);
    for (int length : new int[] {2, 4, 5, 7, 8, 9}) {
      assertThatExceptionOfType(MalformedMessageException.class)
          .as("%s bytes", length)
          .isThrownBy(() -> Utf8.check(Arrays.copyOf(text, length)));
    }
  }

  @Test
  void byteOrderMarkThatIsCutOffIsNotValid() {
    for (int length = 1; length < 3; length++) {
      byte[] mark = Arrays.copyOf("\ufeff".getBytes(UTF_8), length);
      assertThatExceptionOfType(MalformedMessageException.class)
          .isThrownBy(() -> Utf8.check(mark))
          .withMessageStartingWith("it is not valid UTF-8");
    }
  }

  @Test
  void unpairedSurrogateHasNoUtf8Form() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Utf8.encode("😀a\ud83d"))
        .withMessage("text must not have an unpaired surrogate: at index 3");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Utf8.encode("\ude00\ud83d"))
        .withMessage("text must not have an unpaired surrogate: at index 0");
  }
}
