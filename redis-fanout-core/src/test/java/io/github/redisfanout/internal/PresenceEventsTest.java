package io.github.redisfanout.internal;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.redisfanout.internal.PresenceEvents.User;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PresenceEventsTest {

  @Test
  void whatWasEncodedIsDecoded() {
    List<User> users =
        List.of(new User("alice", true), new User("-3:x", false), new User("người 😀", true));
    byte[] message = new PresenceEvents(users).encode();

    assertThat(new String(message, UTF_8)).isEqualTo("+5:alice-4:-3:x+13:người 😀");
    assertThat(PresenceEvents.decode(message).users()).isEqualTo(users);
    assertThat(PresenceEvents.decode(new byte[0]).users()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "x",
        "+",
        "+5",
        "+5:",
        "+5:alic",
        "5:alice",
        "+:a",
        "+0:",
        "+x:a",
        "+5;alice",
        "+5:alicex",
        "+99999999999:a",
        "-1:a+"
      })
  void otherFormsAreRefused(String message) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PresenceEvents.decode(message.getBytes(UTF_8)))
        .withMessage("a presence event must be +length:id or -length:id");
  }

  @Test
  void noMessageDoesMoreThanBeingRefused() {
    Random random = new Random(17);
    byte[] alphabet = "+-:0123459ab".getBytes(UTF_8);
    for (int i = 0; i < 100_000; i++) {
      byte[] message = new byte[random.nextInt(12)];
      for (int j = 0; j < message.length; j++) {
        message[j] = alphabet[random.nextInt(alphabet.length)];
      }
      try {
        byte[] again = PresenceEvents.decode(message).encode();
        assertThat(again.length).isLessThanOrEqualTo(message.length);
      } catch (IllegalArgumentException expected) {
        assertThat(expected).hasMessageStartingWith("a presence event");
      }
    }
  }
}
