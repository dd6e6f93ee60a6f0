package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressTest {

  @ParameterizedTest
  @ValueSource(strings = {"alice", " ", "*", "{}", "\0", "a\nb", "用户", "😀", "\ufeff", "a😀b😀"})
  void anyOtherTextIsAUserId(String id) {
    assertThat(Address.user(id).userId()).isEqualTo(id);
  }

  @Test
  void emptyUserIdIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Address.user(""))
        .withMessage("userId must not be empty");
    assertThatNullPointerException()
        .isThrownBy(() -> Address.user(null))
        .withMessage("userId == null");
  }

  @ParameterizedTest
  @CsvSource({
    "'\ud800', 0",
    "'\udc00', 0",
    "'ab\ud800', 2",
    "'a\ud800b', 1",
    "'\ude00\ud83d', 0",
    "'😀\ud83d', 2",
    "'😀\ude00', 2",
    "'\ud83d\ud83d\ude00', 0"
  })
  void unpairedSurrogateIsRefused(String id, int index) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Address.user(id))
        .withMessage("userId must not have an unpaired surrogate: at index " + index);
  }

  @Test
  void idsAreComparedAsTheyAre() {
    assertThat(Address.user("é")).isEqualTo(Address.user("é")).hasSameHashCodeAs(Address.user("é"));
    assertThat(Address.user("é"))
        .isNotEqualTo(Address.user("e\u0301"))
        .isNotEqualTo(Address.user("É"))
        .isNotEqualTo(Address.user(" é"))
        .isNotEqualTo("é");
    assertThat(Address.user("alice")).doesNotHaveSameHashCodeAs(Address.user("bob"));
    assertThat(Address.user("alice")).hasToString("user alice");
  }
}
