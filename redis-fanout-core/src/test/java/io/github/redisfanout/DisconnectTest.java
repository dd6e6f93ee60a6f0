package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.lang.reflect.Field;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
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
  void codesOfOurOwnDisconnectsArePromised() throws Exception {
    assertThat(constants())
        .containsExactlyInAnyOrderEntriesOf(
            Map.ofEntries(
                Map.entry("GOING_AWAY", 1001),
                Map.entry("SILENT", 1001),
                Map.entry("WRITE_FAILED", 1011),
                Map.entry("FAILED", 1011),
                Map.entry("SLOW_CLIENT", 1013),
                Map.entry("WRITE_TIMEOUT", 1013),
                Map.entry("NODE_FULL", 1013),
                Map.entry("BAD_MESSAGE", 4400),
                Map.entry("NO_IDENTITY", 4401),
                Map.entry("NOT_ALLOWED", 4403),
                Map.entry("REPLACED", 4409),
                Map.entry("TOO_LONG", 4413),
                Map.entry("TOO_MANY_SESSIONS", 4429),
                Map.entry("TOO_FAST", 4429)));
  }

  /** A client that looks at the code alone must not do the wrong thing. */
  @Test
  void codeSaysByItsRangeWhetherAClientComesBack() throws Exception {
    Set<String> stayAway =
        Set.of(
            "BAD_MESSAGE",
            "NO_IDENTITY",
            "NOT_ALLOWED",
            "REPLACED",
            "TOO_LONG",
            "TOO_MANY_SESSIONS",
            "TOO_FAST");
    constants()
        .forEach(
            (name, code) -> {
              assertThat(code >= 4400 && code <= 4499).as(name).isEqualTo(stayAway.contains(name));
              // Those are the container's: a client comes back after a minute.
              assertThat(code).as(name).isNotIn(1002, 1003, 1007, 1008, 1009, 1010);
            });
  }

  private static Map<String, Integer> constants() throws IllegalAccessException {
    Map<String, Integer> codes = new TreeMap<>();
    for (Field field : Disconnect.class.getFields()) {
      codes.put(field.getName(), ((Disconnect) field.get(null)).code());
    }
    return codes;
  }
}
