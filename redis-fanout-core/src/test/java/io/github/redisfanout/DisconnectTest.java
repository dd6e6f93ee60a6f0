package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DisconnectTest {

  @ParameterizedTest
  @ValueSource(ints = {1000, 1001, 1003, 1007, 1013, 1014, 3000, 4000, 4999})
  void codeOfTheWebSocketProtocolIsAccepted(int code) {
    assertThat(new Disconnect(code, "").code()).isEqualTo(code);
  }

  @ParameterizedTest
  @ValueSource(
      ints = {Integer.MIN_VALUE, 0, 999, 1004, 1005, 1006, 1015, 2999, 5000, Integer.MAX_VALUE})
  void anyOtherCodeIsRefused(int code) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Disconnect(code, "bye"))
        .withMessage(
            "code must be one that a server may send, 1000 to 1003, 1007 to 1014 or 3000 to 4999: "
                + code);
  }

  @Test
  void reasonIsLimitedInBytesNotInCharacters() {
    assertThat(new Disconnect(1000, "a".repeat(123)).reason()).hasSize(123);
    assertThat(new Disconnect(1000, "用".repeat(41)).reason()).hasSize(41);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Disconnect(1000, "a".repeat(124)))
        .withMessage("reason must be at most 123 bytes of UTF-8: 124");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Disconnect(1000, "用".repeat(41) + "a"))
        .withMessage("reason must be at most 123 bytes of UTF-8: 124");
    assertThatNullPointerException()
        .isThrownBy(() -> new Disconnect(1000, null))
        .withMessage("reason == null");
  }

  @Test
  void codesOfOurOwnDisconnectsArePromised() {
    assertThat(Disconnect.GOING_AWAY.code()).isEqualTo(1001);
    assertThat(Disconnect.SLOW_CLIENT.code()).isEqualTo(1013);
    assertThat(Disconnect.WRITE_TIMEOUT.code()).isEqualTo(1013);
    assertThat(Disconnect.WRITE_FAILED.code()).isEqualTo(1011);
    assertThat(Disconnect.SILENT.code()).isEqualTo(1001);
    assertThat(Disconnect.POLICY.code()).isEqualTo(1008);
  }
}
