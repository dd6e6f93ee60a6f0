package io.github.redisfanout.internal.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Audiences and controls against the vectors in {@code wire-format/v1}, in both directions. */
class AudienceVectorsTest {
  private final EnvelopeCodec codec = new EnvelopeCodec(1 << 20, false);

  static List<WireVector> written() {
    return WireVector.of("audiences.txt");
  }

  static List<WireVector> read() {
    return WireVector.of("audiences-read.txt");
  }

  // ---- what we write

  @ParameterizedTest
  @MethodSource("written")
  void weWriteThePromisedBytes(WireVector vector) {
    Signer signer = signer(vector);
    byte[] message =
        vector.has("payload")
            ? codec.encode(
                vector.audience(), Map.of(), vector.field("payload").getBytes(UTF_8), signer)
            : codec.encode(vector.audience(), vector.control(), signer);

    assertThat(new String(message, UTF_8)).isEqualTo(vector.field("message"));
    assertThat(message).isEqualTo(vector.message());
  }

  private static @Nullable Signer signer(WireVector vector) {
    if (!vector.has("key")) {
      return null;
    }
    byte[] key = HexFormat.of().parseHex(vector.field("key"));
    return new Signer(
        new Signature(List.of(new SecretKeySpec(key, Signature.ALGORITHM))),
        vector.field("channel"),
        Clock.fixed(Instant.ofEpochMilli(Long.parseLong(vector.field("millis"))), ZoneOffset.UTC),
        HexFormat.of().parseHex(vector.field("sender")),
        Long.parseLong(vector.field("number")));
  }

  @ParameterizedTest
  @MethodSource("written")
  void weReadWhatWeWrite(WireVector vector) throws Exception {
    for (Envelope read :
        List.of(codec.decode(vector.message()), codec.decodeAny(vector.message()))) {
      assertThat(read.target()).isEqualTo(vector.audience());
      assertThat(read.named()).isEqualTo(vector.audience().named());
      assertThat(read.undeliverable()).isZero();
      assertThat(read.control()).isEqualTo(vector.has("control") ? vector.control() : null);
      assertThat(read.payload()).isEqualTo(vector.has("payload") ? vector.field("payload") : "{}");
    }
  }

  @ParameterizedTest
  @MethodSource("written")
  void whatIsWrittenForClientsIsReadWithoutJackson(WireVector vector) {
    Envelope plain =
        new PlainReader(vector.message(), 64, false, NameFilter.ALL, NameFilter.ALL).envelope();

    boolean isPlain = vector.has("payload") && !vector.name().contains("backslash");
    assertThat(plain != null).isEqualTo(isPlain && !vector.name().equals("all of it"));
  }

  @ParameterizedTest
  @MethodSource("written")
  void secondOpinionAgreesOnWhatWeWrite(WireVector vector) {
    StrictReader.Message expected =
        new StrictReader.Message(
            vector.audience().named(),
            vector.audience(),
            vector.has("control") ? vector.control() : null,
            vector.has("payload") ? vector.field("payload") : "{}");

    assertThat(StrictReader.read(vector.message(), 1 << 20, 64)).contains(expected);
  }

  @ParameterizedTest
  @MethodSource("written")
  void anOlderReaderDeliversNoMoreThanIsMeant(WireVector vector) throws Exception {
    VersionOneReader older = VersionOneReader.read(vector.message());

    assertThat(older.userIds()).isEqualTo(vector.ids());
    assertThat(vector.audience().users()).containsAll(older.userIds());
    if (vector.has("control") || vector.audience().isNarrowed()) {
      assertThat(older.userIds()).isEmpty();
    }
  }

  // ---- what others may write

  @ParameterizedTest
  @MethodSource("read")
  void weReadWhatOthersMayWrite(WireVector vector) throws Exception {
    byte[] message = vector.message();
    switch (vector.field("outcome")) {
      case "malformed" ->
          assertThatExceptionOfType(MalformedMessageException.class)
              .isThrownBy(() -> codec.decode(message))
              .withMessageNotContaining("admin");
      case "undeliverable" ->
          assertThatExceptionOfType(UndeliverableMessageException.class)
              .isThrownBy(() -> codec.decode(message))
              .withMessageMatching("to[. ].*");
      default -> {
        Envelope read = codec.decode(message);
        assertThat(read.target()).isEqualTo(vector.audience());
        assertThat(read.undeliverable()).isEqualTo(vector.wrongIds());
        if (vector.has("payload")) {
          assertThat(read.control()).isNull();
          assertThat(read.payload()).isEqualTo(vector.field("payload"));
        } else if (vector.field("control").equals("\"unknown\"")) {
          assertThat(read.control()).isInstanceOf(Control.Unknown.class);
        } else {
          assertThat(read.control()).isEqualTo(vector.control());
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("read")
  void secondOpinionAgreesOnWhatOthersMayWrite(WireVector vector) {
    Optional<StrictReader.Message> read = StrictReader.read(vector.message(), 1 << 20, 64);

    assertThat(read.isPresent()).isEqualTo(!vector.field("outcome").equals("malformed"));
    read.ifPresent(
        message -> {
          assertThat(message.equals(StrictReader.Message.UNDELIVERABLE))
              .isEqualTo(vector.field("outcome").equals("undeliverable"));
          assertThat(message.target()).isEqualTo(vector.audience());
        });
  }

  @Test
  void everyVectorHasItsOwnName() {
    assertThat(written()).extracting(WireVector::name).doesNotHaveDuplicates();
    assertThat(read()).extracting(WireVector::name).doesNotHaveDuplicates();
  }
}
