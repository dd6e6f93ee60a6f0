package io.github.redisfanout.internal.wire;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.Effort;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** It never reads what Jackson refuses, and what it reads it reads as Jackson does. */
class PlainReaderTest {
  private static final int DEPTH = 64;
  private static final EnvelopeCodec CODEC = codec(DEPTH);
  private static final List<String> IDS = List.of("a", "7", "é", "😀", "user_1", "{}", "x y");

  private static EnvelopeCodec codec(int maxDepth) {
    return new EnvelopeCodec(1 << 20, maxDepth, false);
  }

  /** What a message says; equal if that is, though envelopes are not. */
  private record Said(
      Target target,
      int named,
      int undeliverable,
      @Nullable Control control,
      String payload,
      int payloadBytes) {
    Said(List<String> userIds, String payload, int payloadBytes) {
      this(userIds, userIds.size(), 0, payload, payloadBytes);
    }

    Said(List<String> userIds, int named, int undeliverable, String payload, int payloadBytes) {
      this(Target.users(userIds), named, undeliverable, null, payload, payloadBytes);
    }

    Said(Target target, int named, int undeliverable) {
      this(target, named, undeliverable, null, "1", 1);
    }

    static Said by(Envelope envelope) {
      return new Said(
          envelope.target(),
          envelope.named(),
          envelope.undeliverable(),
          envelope.control(),
          envelope.payload(),
          envelope.payloadBytes());
    }
  }

  private static @Nullable Said plainly(String message) {
    return plainly(message.getBytes(UTF_8), DEPTH).orElse(null);
  }

  private static Optional<Said> plainly(byte[] message, int maxDepth) {
    return Optional.ofNullable(
            new PlainReader(message, maxDepth, false, NameFilter.ALL, NameFilter.ALL).envelope())
        .map(Said::by);
  }

  private static Optional<Said> byJackson(byte[] message, EnvelopeCodec codec) {
    try {
      return Optional.of(Said.by(codec.decodeAny(message)));
    } catch (MalformedMessageException | UndeliverableMessageException e) {
      return Optional.empty();
    }
  }

  private static boolean check(byte[] message) {
    return check(message, DEPTH, CODEC);
  }

  /** True if the message was plain; then Jackson must say the same. */
  private static boolean check(byte[] message, int maxDepth, EnvelopeCodec codec) {
    Optional<Said> plain = plainly(message, maxDepth);
    // Without the description, which is made for each message, this is many times as quick.
    if (plain.isPresent() && !plain.equals(byJackson(message, codec))) {
      assertThat(plain)
          .as("%s bytes: %s", message.length, new String(message, ISO_8859_1))
          .isEqualTo(byJackson(message, codec));
    }
    return plain.isPresent();
  }

  // ---- what is plain

  @Test
  void readsWhatWeWriteAndWhatPythonWrites() {
    assertThat(plainly("{\"target_user_ids\":[\"a\",\"é\"],\"payload\":{\"b\":[1, \"\\n\"]}}"))
        .isEqualTo(new Said(List.of("a", "é"), "{\"b\":[1, \"\\n\"]}", 15));
    assertThat(plainly("{\"target_user_ids\": [\"user_1\"], \"payload\": {\"c\": \"\\u1ea1\"}}"))
        .isEqualTo(new Said(List.of("user_1"), "{\"c\": \"\\u1ea1\"}", 15));
  }

  @Test
  void readsFieldsInAnyOrderWithOthersAndWhiteSpaceBetween() {
    assertThat(
            plainly(
                " \n{ \"v\": [ {} ] , \"payload\":\r\"é\"  , \"\": 1 ,"
                    + " \"target_user_ids\":\t[ \"a\" , \"\" , \"a\" ] } "))
        .isEqualTo(new Said(List.of("a", "a"), 3, 1, "\"é\"", 4));
  }

  @Test
  void readsWhomElseItIsFor() {
    assertThat(
            plainly(
                "{\"target_user_ids\":[],\"to\":{\"groups\":[\"g\",\"h\",\"\"]},\"payload\":1}"))
        .isEqualTo(
            new Said(new Target(List.of(), List.of("g", "h"), false, Set.of(), Set.of()), 3, 1));
    assertThat(plainly("{\"to\":{\"everyone\":true},\"payload\":1}"))
        .isEqualTo(new Said(Target.EVERYONE, 1, 0));
    assertThat(plainly("{\"to\":{},\"payload\":1}")).isEqualTo(new Said(Target.NOBODY, 0, 0));
    assertThat(
            plainly(
                " { \"to\": { \"users\": [ \"b\" ] , \"everyone\": false ,"
                    + " \"except\": { \"users\":[\"c\"] , \"sessions\": [\"s\",\"t\",\"s\"] } } ,"
                    + "\"payload\":1, \"target_user_ids\":[\"a\"]}"))
        .isEqualTo(
            new Said(
                new Target(List.of("a", "b"), List.of(), false, Set.of("c"), Set.of("s", "t")),
                2,
                0));
    assertThat(plainly("{\"to\":{\"except\":{},\"everyone\":true,\"groups\":[]},\"payload\":1}"))
        .isEqualTo(new Said(Target.EVERYONE, 1, 0));
  }

  /** A user who is not here may be before the message is delivered. */
  @Test
  void filtersLeaveOutUsersAndGroupsAndNoneThatIsExcepted() {
    NameFilter users = new NameFilter();
    NameFilter groups = new NameFilter();
    users.add(NameFilter.hash("a"));
    groups.add(NameFilter.hash("g"));
    String message =
        "{\"target_user_ids\":[\"g\"],\"to\":{\"users\":[\"a\",\"g\"],\"groups\":[\"a\",\"g\"],"
            + "\"except\":{\"users\":[\"a\",\"g\",\"x\"],\"sessions\":[\"a\",\"g\"]}},\"payload\":1}";

    Envelope envelope =
        new PlainReader(message.getBytes(UTF_8), DEPTH, false, users, groups).envelope();

    assertThat(envelope).isNotNull();
    assertThat(Said.by(envelope))
        .isEqualTo(
            new Said(
                new Target(
                    List.of("a"), List.of("g"), false, Set.of("a", "g", "x"), Set.of("a", "g")),
                5,
                0));
  }

  @Test
  void leavesNamesWithWhiteSpaceBehindThemToJackson() {
    assertThat(plainly("{\"target_user_ids\" :[\"a\"],\"payload\":1}")).isNull();
    assertThat(plainly("{\"target_user_ids\":[\"a\"],\"payload\"\t:1}")).isNull();
    assertThat(plainly("{\"target_user_ids\":[\"a\"],\"v\" :1}")).isNull();
  }

  @Test
  void readsAbsentFieldsAsNobodyAndAnEmptyObject() {
    assertThat(plainly("{\"v\":0}")).isEqualTo(new Said(List.of(), -1, 0, "{}", 2));
    assertThat(plainly("{\"payload\":null}")).isEqualTo(new Said(List.of(), -1, 0, "null", 4));
    assertThat(plainly("{\"target_user_ids\":[]}")).isEqualTo(new Said(List.of(), "{}", 2));
    assertThat(plainly("{\"target_user_ids\":[\"a\"]}")).isEqualTo(new Said(List.of("a"), "{}", 2));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"target_user_ids\":[7]}",
        "{\"target_user_ids\":[null,\"a\"]}",
        "{\"target_user_ids\":[[\"a\"]]}",
        "{\"target_user_ids\":[\"\\u0061\"]}",
        "{\"target_user_ids\":[],\"target_user_ids\":[]}",
        "{\"payload\":1,\"payload\":2}",
        "{\"p\\u0061yload\":1}",
        "{\"v\":1,\"\\u0076\":1}",
        "{\"to\" :{}}",
        "{\"to\":{\"users\" :[]}}",
        "{\"to\":{},\"to\":{}}",
        "{\"to\":{\"users\":[],\"users\":[]}}",
        "{\"to\":{\"groups\":[],\"groups\":[]}}",
        "{\"to\":{\"everyone\":true,\"everyone\":true}}",
        "{\"to\":{\"except\":{},\"except\":{}}}",
        "{\"to\":{\"except\":{\"users\":[],\"users\":[]}}}",
        "{\"to\":{\"except\":{\"sessions\":[],\"sessions\":[]}}}",
        "{\"to\":{\"except\":{\"sessions\":[7]}}}",
        "{\"to\":{\"groups\":[\"\\u0061\"]}}",
        "{\"control\":{\"join\":{\"group\":\"g\"}}}",
        "{\"control\":{}}",
        "{\"payload\":{\"\\u0061\":1}}"
      })
  void leavesToJacksonWhatIsRightButNotPlain(String message) {
    assertThat(plainly(message)).isNull();
    assertThat(byJackson(message.getBytes(UTF_8), CODEC)).isPresent();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "null",
        "\"payload\"",
        "{",
        "{}}",
        "{}{}",
        "{},",
        "{} x",
        "{,}",
        "{\"payload\":}",
        "{\"payload\" 1}",
        "{\"payload\":1,}",
        "{\"payload\":1",
        "{\"payload\":1 2}",
        "{\"payload\":1]",
        "{\"target_user_ids\":null}",
        "{\"target_user_ids\":\"a\"}",
        "{\"target_user_ids\":{}}",
        "{\"target_user_ids\":[\"a\",]}",
        "{\"target_user_ids\":[,\"a\"]}",
        "{\"target_user_ids\":[\"a\"",
        "{\"target_user_ids\":[\"a\"}",
        "{\"target_user_ids\":[\"a\" \"b\"]}",
        "{\"target_user_ids\":[\"a\"],\"payload\":NaN}",
        "{\"to\":{}",
        "{\"to\":{\"users\":[]",
        "{\"to\":{\"users\":[],}}",
        "{\"to\":{\"users\":[\"a\"}}",
        "{\"to\":{\"everyone\":truex}}",
        "{\"to\":{\"everyone\":fals}}",
        "{\"to\":{\"except\":{\"users\":[]}}",
        "{\"to\":{\"except\":{,}}}",
        "{\"control\":{},\"payload\":1}",
        // for nobody, as it is not understood
        "{\"to\":null}",
        "{\"to\":[]}",
        "{\"to\":{\"v\":1}}",
        "{\"to\":{\"users\":7}}",
        "{\"to\":{\"everyone\":null}}",
        "{\"to\":{\"except\":[]}}",
        "{\"to\":{\"except\":{\"groups\":[]}}}",
        "{\"to\":{\"except\":{\"users\":[\"\"]}}}",
        "{\"to\":{\"except\":{\"sessions\":[\"a\",\"\"]}}}"
      })
  void leavesToJacksonWhatIsWrong(String message) {
    assertThat(plainly(message)).isNull();
    assertThat(byJackson(message.getBytes(UTF_8), CODEC)).isEmpty();
  }

  @Test
  void namesThatAreAlmostOursAreOtherFields() {
    for (String name :
        List.of(
            "Payload",
            "payloa",
            "payloads",
            "payload ",
            "target_user_id",
            "arget_user_ids",
            "To",
            "tos",
            "controls")) {
      assertThat(plainly("{\"" + name + "\":[7]}")).isEqualTo(new Said(List.of(), -1, 0, "{}", 2));
    }
  }

  @Test
  void levelsAreCountedWithTheMessagesOwn() {
    for (int maxDepth = 2; maxDepth <= 70; maxDepth += Math.min(17, Effort.step())) {
      EnvelopeCodec codec = codec(maxDepth);
      for (int levels = 1; levels <= 71; levels++) {
        String value = "[".repeat(levels) + "]".repeat(levels);
        for (String field : List.of("payload", "v")) {
          byte[] message =
              ("{\"target_user_ids\":[\"a\"],\"" + field + "\":" + value + "}").getBytes(UTF_8);
          boolean fits = levels < maxDepth;
          assertThat(check(message, maxDepth, codec))
              .as("%s levels in %s of %s", levels, field, maxDepth)
              .isEqualTo(fits && levels < 64);
          assertThat(byJackson(message, codec).isPresent()).isEqualTo(fits);
        }
      }
    }
  }

  @Test
  void levelsOfToAreCountedToo() {
    byte[] deepest = "{\"to\":{\"except\":{\"users\":[\"a\"]}},\"payload\":1}".getBytes(UTF_8);

    assertThat(check(deepest, 4, codec(4))).isTrue();
    assertThat(check(deepest, 3, codec(3))).isFalse();
    assertThat(byJackson(deepest, codec(3))).isEmpty();
  }

  // ---- the same as Jackson

  @Test
  void generatedMessagesOfEveryKindAreReadAsByJacksonOrLeftToIt() {
    MessageMaker maker = new MessageMaker(new Random(20_261_124), IDS, 2_000, DEPTH);
    Map<MessageKind, Integer> plain = new EnumMap<>(MessageKind.class);
    int each = Effort.of(1_000);
    for (MessageKind kind : MessageKind.values()) {
      for (int i = 0; i < each; i++) {
        boolean wasPlain = check(kind.make(maker));
        plain.merge(kind, wasPlain ? 1 : 0, Integer::sum);
        if (wasPlain) {
          assertThat(kind.mayBeDelivered() || kind == MessageKind.SIZE).as("%s", kind).isTrue();
        }
      }
    }

    // A fast way that is never taken proves nothing.
    assertThat(plain.get(MessageKind.RIGHT)).isGreaterThan(each / 20);
    assertThat(plain.get(MessageKind.UTF_8_EDGES)).isGreaterThan(each / 10);
    assertThat(plain.get(MessageKind.TO)).isPositive();
  }

  @Test
  void generatedMessagesAtEverySmallDepthAreReadAsByJacksonOrLeftToIt() {
    for (int maxDepth = 2; maxDepth < 8; maxDepth++) {
      EnvelopeCodec codec = codec(maxDepth);
      MessageMaker maker = new MessageMaker(new Random(maxDepth), IDS, 2_000, maxDepth);
      for (int i = 0; i < Effort.of(1_000); i++) {
        check(maker.right().getBytes(UTF_8), maxDepth, codec);
        check(MessageKind.DEPTH.make(maker), maxDepth, codec);
      }
    }
  }

  /** Plain ones, so that a change of one byte is the only reason to refuse. */
  private static final List<String> MESSAGES =
      List.of(
          "{\"target_user_ids\":[\"user_1\",\"b\"],\"payload\":{\"type\":\"message\",\"n\":-1.5e+7}}",
          " {\"payload\": [true, false, null, \"é用😀\\u00e9\\n\"], \"target_user_ids\": [\"😀\"]}\n",
          "{\"v\":{\"a\":[0,{}]},\"target_user_ids\":[\"\"],\"payload\":\"0123456789abcdef\"}",
          "{\"to\":{\"users\":[\"a\"],\"groups\":[\"g\"],\"everyone\":false,"
              + "\"except\":{\"users\":[\"b\"],\"sessions\":[\"s\"]}},\"payload\":1}");

  @Test
  void everyByteInPlaceOfEveryOtherIsReadAsByJacksonOrLeftToIt() {
    for (String text : MESSAGES) {
      byte[] message = text.getBytes(UTF_8);
      assertThat(check(message)).isTrue();
      for (int at = 0; at < message.length; at++) {
        byte[] changed = message.clone();
        for (int value = 0; value < 256; value += Effort.step()) {
          changed[at] = (byte) value;
          check(changed);
        }
      }
    }
  }

  @Test
  void everyByteBetweenTwoOthersIsReadAsByJacksonOrLeftToIt() {
    for (String text : MESSAGES) {
      byte[] message = text.getBytes(UTF_8);
      for (int at = 0; at <= message.length; at++) {
        byte[] longer = without(message, at, at, 1);
        for (int value = 0; value < 256; value += Effort.step()) {
          longer[at] = (byte) value;
          check(longer);
        }
      }
    }
  }

  @Test
  void messagesThatLackAPartAreReadAsByJacksonOrLeftToIt() {
    for (String text : MESSAGES) {
      byte[] message = text.getBytes(UTF_8);
      for (int from = 0; from < message.length; from++) {
        for (int to = from + 1; to <= message.length; to += Effort.step()) {
          check(without(message, from, to, 0));
        }
      }
    }
  }

  @Test
  void messagesThatHaveAPartTwiceAreReadAsByJacksonOrLeftToIt() {
    for (String text : MESSAGES) {
      byte[] message = text.getBytes(UTF_8);
      for (int from = 0; from < message.length; from++) {
        for (int to = from + 1; to <= message.length; to += Effort.step()) {
          byte[] longer = without(message, to, to, to - from);
          System.arraycopy(message, from, longer, to, to - from);
          check(longer);
        }
      }
    }
  }

  @Test
  void noBeginningOfAMessageIsOne() {
    for (String text : MESSAGES) {
      byte[] message = text.strip().getBytes(UTF_8);
      for (int length = 0; length < message.length; length++) {
        assertThat(check(Arrays.copyOf(message, length))).isFalse();
      }
    }
  }

  /** The message without a part, and with room for something else in its place. */
  private static byte[] without(byte[] message, int from, int to, int room) {
    byte[] other = new byte[message.length - (to - from) + room];
    System.arraycopy(message, 0, other, 0, from);
    System.arraycopy(message, to, other, from + room, message.length - to);
    return other;
  }

  @Test
  void generatedPayloadsAreRefusedWhereASecondReaderRefusesThem() {
    RandomJson values = new RandomJson(new Random(3));
    Random random = new Random(4);
    for (int i = 0; i < Effort.of(10_000); i++) {
      byte[] json = values.value(4).getBytes(UTF_8);
      if (json.length > 0 && random.nextInt(3) > 0) {
        json[random.nextInt(json.length)] = (byte) random.nextInt(256);
      }
      if (PlainReader.isValue(json, DEPTH)) {
        assertThat(StrictReader.value(json, DEPTH))
            .as("%s", new String(json, ISO_8859_1))
            .isPresent();
      }
    }
  }
}
