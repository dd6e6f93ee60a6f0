package io.github.redisfanout.internal.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What signs and what checks, held by {@code signed.txt}, which Python signs as well. */
class VerifierTest {
  private static final byte[] KEY = new byte[32];
  private static final byte[] OTHER_KEY = "another key that has thirty-two b".getBytes(UTF_8);
  private static final String CHANNEL = "chat";
  private static final Duration TOLERANCE = Duration.ofSeconds(10);

  private final EnvelopeCodec codec = new EnvelopeCodec(1 << 20, false);
  private long nowMillis = 1_767_225_600_000L;
  private final Clock clock =
      new Clock() {
        @Override
        public Instant instant() {
          return Instant.ofEpochMilli(nowMillis);
        }

        @Override
        public ZoneOffset getZone() {
          return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
          throw new UnsupportedOperationException();
        }
      };
  private final Verifier verifier = verifier(false, KEY);

  private static Signature signature(byte[]... keys) {
    List<SecretKey> secrets = new ArrayList<>();
    for (byte[] key : keys) {
      secrets.add(new SecretKeySpec(key, Signature.ALGORITHM));
    }
    return new Signature(secrets);
  }

  private Verifier verifier(boolean takesUnsigned, byte[]... keys) {
    return new Verifier(signature(keys), takesUnsigned, TOLERANCE, clock);
  }

  private Signer signer(byte[] key, String channel, int sender) {
    return new Signer(
        signature(key),
        channel,
        clock,
        new byte[] {(byte) sender, (byte) (sender >> 8), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
        1);
  }

  private byte[] signed(Signer signer) {
    return codec.encode(Target.users(List.of("alice")), Map.of(), "1".getBytes(UTF_8), signer);
  }

  private byte[] signed() {
    return signed(signer(KEY, CHANNEL, 1));
  }

  private static String refusal(Verifier verifier, byte[] message) {
    return refusal(verifier, CHANNEL, message);
  }

  private static String refusal(Verifier verifier, String channel, byte[] message) {
    try {
      verifier.verify(channel, message);
      return "";
    } catch (UnauthenticatedMessageException e) {
      return String.valueOf(e.getMessage());
    }
  }

  // ---- the format

  @Test
  void aCopyIsWhatWouldBeSignedForItsChannelAndHasItsOwnNumber() {
    byte[] message = signed();
    byte[] copy = signer(KEY, "chat", 1).copyFor("chat:u:alice", message);

    assertThat(copy).isEqualTo(signed(signer(KEY, "chat:u:alice", 1))).isNotEqualTo(message);
    Signer signer = signer(KEY, "chat", 1);
    List<byte[]> three =
        List.of(signed(signer), signer.copyFor("chat:u:alice", message), signed(signer));
    String at = "AAAAAAAA.";
    assertThat(three)
        .extracting(bytes -> new String(bytes, UTF_8))
        .allMatch(text -> text.contains(at))
        .extracting(text -> text.substring(text.indexOf(at) + at.length()).substring(0, 16))
        .containsExactly("0000000000000001", "0000000000000002", "0000000000000003");
  }

  static List<WireVector> vectors() {
    return WireVector.of("signed.txt");
  }

  @ParameterizedTest
  @MethodSource("vectors")
  void signatureIsThePromisedOne(WireVector vector) throws Exception {
    byte[] key = HexFormat.of().parseHex(vector.field("key"));
    String channel = vector.field("channel");
    nowMillis = Long.parseLong(vector.field("millis"));
    Signer signer =
        new Signer(
            signature(key),
            channel,
            clock,
            HexFormat.of().parseHex(vector.field("sender")),
            Long.parseLong(vector.field("number")));

    byte[] message =
        codec.encode(
            Target.users(vector.ids()),
            vector.headers(),
            vector.field("payload").getBytes(UTF_8),
            signer);

    assertThat(new String(message, UTF_8)).isEqualTo(vector.field("message"));
    Verifier vectors = new Verifier(signature(key), false, TOLERANCE, clock);
    assertThat(refusal(vectors, channel, vector.message())).isEmpty();
    assertThat(codec.decode(message).userIds()).isEqualTo(vector.ids());
    assertThat(codec.decode(message).payload()).isEqualTo(vector.field("payload"));
  }

  @Test
  void signatureCountsForTheSizeOfAMessage() {
    int size = signed().length;

    assertThat(size)
        .isEqualTo(codec.encode(List.of("alice"), new byte[] {'1'}).length + Signature.LENGTH - 1);
    assertThatThrownBy(
            () ->
                new EnvelopeCodec(size - 1, false)
                    .encode(
                        Target.users(List.of("alice")),
                        Map.of(),
                        new byte[] {'1'},
                        signer(KEY, CHANNEL, 1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(": " + size);
  }

  // ---- what is refused

  @Test
  void messageOfSomebodyWithTheKeyIsTaken() {
    assertThat(refusal(verifier, signed())).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{}", "{\"target_user_ids\":[\"alice\"],\"payload\":1}", "not JSON"})
  void messageWithoutASignatureIsRefused(String message) {
    assertThat(refusal(verifier, message.getBytes(UTF_8))).isEqualTo("it has no signature");
  }

  @Test
  void noBitOfASignedMessageCanBeChanged() {
    byte[] message = signed();
    for (int bit = 0; bit < message.length * Byte.SIZE; bit++) {
      byte[] changed = message.clone();
      changed[bit / Byte.SIZE] ^= (byte) (1 << bit % Byte.SIZE);
      assertThat(refusal(verifier, changed)).as("bit %s", bit).isNotEmpty();
    }
    assertThat(refusal(verifier, message)).as("unchanged").isEmpty();
    assertThat(verifier.senders()).isEqualTo(1);
  }

  @Test
  void nothingCanBeAddedRemovedOrPutTogether() {
    String message = new String(signed(), UTF_8);
    String signature = message.substring(message.length() - Signature.LENGTH);
    for (String changed :
        List.of(
            message + " ",
            " " + message,
            message.substring(1),
            message.substring(0, message.length() - 1),
            message.replace("}", ",\"payload\":2}"),
            "{\"target_user_ids\":[\"bob\"],\"payload\":1" + signature,
            message.substring(0, message.length() - 1) + signature)) {
      assertThat(refusal(verifier, changed.getBytes(UTF_8))).as(changed).isNotEmpty();
    }
  }

  @Test
  void messageSignedWithAnotherKeyOrForAnotherChannelIsRefused() {
    assertThat(refusal(verifier, signed(signer(OTHER_KEY, CHANNEL, 1))))
        .isEqualTo("its signature is wrong");
    assertThat(refusal(verifier, signed(signer(KEY, "chat2", 1))))
        .isEqualTo("its signature is wrong");
  }

  @Test
  void messageComesOnce() {
    byte[] message = signed();

    assertThat(refusal(verifier, message)).isEmpty();
    assertThat(refusal(verifier, message))
        .isEqualTo("it came before, or too long after later ones");
  }

  @Test
  void messagesOfOneSenderMayOvertakeEachOther() {
    Signer signer = signer(KEY, CHANNEL, 1);
    byte[] first = signed(signer);
    byte[] second = signed(signer);

    assertThat(refusal(verifier, second)).isEmpty();
    assertThat(refusal(verifier, first)).isEmpty();
    assertThat(refusal(verifier, second)).isNotEmpty();
    assertThat(refusal(verifier, first)).isNotEmpty();
  }

  @Test
  void sendersDoNotDisturbEachOther() {
    assertThat(refusal(verifier, signed(signer(KEY, CHANNEL, 1)))).isEmpty();
    assertThat(refusal(verifier, signed(signer(KEY, CHANNEL, 2)))).isEmpty();
  }

  @Test
  void messageMustBeAsFreshAsTheToleranceSays() {
    byte[] early = signed(signer(KEY, CHANNEL, 1));
    byte[] late = signed(signer(KEY, CHANNEL, 2));
    byte[] ahead = signed(signer(KEY, CHANNEL, 3));

    nowMillis += 10_000;
    assertThat(refusal(verifier, early)).isEmpty();
    nowMillis += 1;
    assertThat(refusal(verifier, late))
        .isEqualTo("it was signed PT10.001S ago, more than the tolerance PT10S");
    nowMillis -= 20_002;
    assertThat(refusal(verifier, ahead))
        .isEqualTo(
            "it was signed PT10.001S ahead of this node's clock, more than the tolerance PT10S");
    nowMillis += 1;
    assertThat(refusal(verifier, ahead)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ffffffffffffffff",
        "8000000000000000",
        "7fffffffffffffff",
        "-000000000000064",
        "+000000000000064",
        "000000000000 064",
        "00000000000000g4"
      })
  void numberThatNoSignerWritesIsRefused(String number) {
    String millis = HexFormat.of().toHexDigits(nowMillis);
    String sender = "A".repeat(Signature.SENDER_LENGTH);
    Signature signature = signature(KEY);
    for (String parts : List.of(number + "." + millis, millis + "." + number)) {
      byte[] before = ("{\"payload\":1,\"auth\":\"1." + sender + "." + parts + ".").getBytes(UTF_8);
      String mac = new String(signature.mac(0, CHANNEL, before, before.length), UTF_8);

      assertThat(refusal(verifier, (new String(before, UTF_8) + mac + "\"}").getBytes(UTF_8)))
          .isEqualTo("a part of its signature is not a number");
    }
  }

  // ---- changing keys, and beginning to sign

  @Test
  void allAcceptedKeysAreRight() {
    Verifier both = verifier(false, KEY, OTHER_KEY);

    assertThat(refusal(both, signed(signer(KEY, CHANNEL, 1)))).isEmpty();
    assertThat(refusal(both, signed(signer(OTHER_KEY, CHANNEL, 2)))).isEmpty();
    assertThat(refusal(both, signed(signer(new byte[40], CHANNEL, 3))))
        .as("HMAC fills keys with zeros")
        .isEmpty();
    assertThat(
            refusal(
                both,
                signed(signer("a third key, as long as a key is".getBytes(UTF_8), CHANNEL, 4))))
        .isEqualTo("its signature is wrong");
  }

  @Test
  void unsignedMessagesAreTakenWhereThatIsAllowedButWrongOnesAreNot() {
    Verifier lenient = verifier(true, KEY);

    assertThat(refusal(lenient, "{}".getBytes(UTF_8))).isEmpty();
    assertThat(refusal(lenient, signed(signer(OTHER_KEY, CHANNEL, 1))))
        .isEqualTo("its signature is wrong");
  }

  // ---- what is remembered

  @Test
  void sendersAreForgottenWhenTheirMessagesAreTooOldAnyway() {
    byte[] first = signed(signer(KEY, CHANNEL, 1));
    refusal(verifier, first);
    nowMillis += 20_000;
    refusal(verifier, signed(signer(KEY, CHANNEL, 2)));
    assertThat(verifier.senders()).isEqualTo(2);
    nowMillis += 1;
    refusal(verifier, signed(signer(KEY, CHANNEL, 3)));

    assertThat(verifier.senders()).isEqualTo(2);
    assertThat(refusal(verifier, first)).contains("ago");
  }

  @Test
  void whoHasNoKeyLeavesNothingBehind() {
    for (int i = 0; i < 100; i++) {
      refusal(verifier, signed(signer(OTHER_KEY, CHANNEL, i)));
    }

    assertThat(verifier.senders()).isZero();
  }

  @Test
  void windowKnowsWhatCameAndWhatIsTooFarBehind() {
    Random random = new Random(1);
    ReplayWindow window = new ReplayWindow();
    Set<Long> came = new HashSet<>();
    long highest = -1;
    for (int i = 0; i < 20_000; i++) {
      long number =
          Math.max(
              0,
              highest
                  + random.nextInt(3 * ReplayWindow.LENGTH) / (1 + random.nextInt(5_000))
                  - random.nextInt(2 * ReplayWindow.LENGTH) / (1 + random.nextInt(50)));
      boolean isNew = highest - number < ReplayWindow.LENGTH && came.add(number);
      assertThat(window.add(number, 0))
          .as("number %s, highest %s", number, highest)
          .isEqualTo(isNew);
      highest = Math.max(highest, number);
    }
    assertThat(came).hasSizeGreaterThan(1_000);
  }
}
