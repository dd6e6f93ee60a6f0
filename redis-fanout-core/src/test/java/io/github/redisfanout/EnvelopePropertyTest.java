package io.github.redisfanout;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.TestReporter;

/** What holds for every message, tried on thousands of generated ones. */
class EnvelopePropertyTest {
  private static final long SEED = 20260131;
  private static final int CASES = 4_000;

  private final Random random = new Random(SEED);
  private final RandomJson json = new RandomJson(random);

  @BeforeEach
  void printTheSeed(TestInfo test, TestReporter reporter) {
    reporter.publishEntry(test.getDisplayName(), "seed " + SEED);
  }

  @Test
  void whatIsWrittenIsReadBackWithTheSameIdsAndText() throws Exception {
    EnvelopeCodec codec = new EnvelopeCodec(1 << 20, 64);
    for (int i = 0; i < CASES; i++) {
      List<String> ids = userIds();
      String payload = validPayload(codec);

      byte[] message = codec.encode(ids, payload.getBytes(UTF_8));
      Envelope envelope = codec.decode(message);
      TwoFieldReader.Message second = TwoFieldReader.read(message);

      assertThat(envelope.userIds()).as("case %s", i).isEqualTo(ids);
      assertThat(envelope.payload().text()).as("case %s", i).isEqualTo(trimmed(payload));
      assertThat(envelope.payload().utf8().remaining()).isEqualTo(envelope.payload().bytes());
      assertThat(second.ids()).as("case %s", i).isEqualTo(ids);
      assertThat(second.payload()).as("case %s", i).isEqualTo(TwoFieldReader.tree(payload));
    }
  }

  @Test
  void publishAcceptsExactlyWhatCanBeRead() {
    int accepted = 0;
    for (int i = 0; i < CASES; i++) {
      EnvelopeCodec codec = new EnvelopeCodec(64 + random.nextInt(300), 2 + random.nextInt(5));
      List<String> ids = userIds();
      String payload = json.value(6);

      boolean isAccepted = isAccepted(codec, ids, payload);
      accepted += isAccepted ? 1 : 0;

      assertThat(isRead(codec, ids, payload)).as("case %s: %s", i, payload).isEqualTo(isAccepted);
    }
    assertThat(accepted).isBetween(CASES / 10, CASES * 9 / 10);
  }

  @Test
  void almostJsonThatPublishAcceptsIsReadAsItIs() throws Exception {
    EnvelopeCodec codec = new EnvelopeCodec(1 << 20, 6);
    int accepted = 0;
    for (int i = 0; i < CASES; i++) {
      String payload = json.mutated(json.value(5));
      if (isAccepted(codec, List.of("u"), payload)) {
        accepted++;
        Envelope envelope = codec.decode(codec.encode(List.of("u"), payload.getBytes(UTF_8)));
        assertThat(envelope.userIds()).as("case %s: %s", i, payload).containsExactly("u");
        assertThat(envelope.payload().text()).isEqualTo(trimmed(payload));
      }
    }
    assertThat(accepted).isBetween(CASES / 20, CASES * 19 / 20);
  }

  @Test
  void damagedMessageIsRefusedOrReadAsASecondReaderReadsIt() throws IOException {
    EnvelopeCodec codec = new EnvelopeCodec(1 << 20, 64);
    int read = 0;
    for (int i = 0; i < CASES; i++) {
      String message = json.mutated(handMade());
      try {
        Envelope envelope = codec.decode(message.getBytes(UTF_8));
        read++;
        TwoFieldReader.Message second = TwoFieldReader.read(message.getBytes(UTF_8));
        second.ids().removeIf(String::isEmpty);
        assertThat(envelope.userIds()).as("case %s: %s", i, message).isEqualTo(second.ids());
        assertThat(TwoFieldReader.tree(envelope.payload().text()))
            .as("case %s: %s", i, message)
            .isEqualTo(second.payload());
      } catch (MalformedMessageException e) {
        assertThat(e.getMessage()).doesNotContain("SECRET");
      }
    }
    assertThat(read).isBetween(CASES / 20, CASES * 19 / 20);
  }

  @Test
  void damagedBytesAreRefusedOrRead() {
    EnvelopeCodec codec = new EnvelopeCodec(1 << 20, 64);
    int refused = 0;
    for (int i = 0; i < CASES; i++) {
      byte[] message = handMade().getBytes(UTF_8);
      for (int faults = 1 + random.nextInt(3); faults > 0; faults--) {
        message[random.nextInt(message.length)] = (byte) random.nextInt(256);
      }
      try {
        codec.decode(message);
      } catch (MalformedMessageException e) {
        refused++;
      }
    }
    assertThat(refused).isBetween(CASES / 20, CASES);
  }

  /** A valid message in an order and with fields that we do not write. */
  private String handMade() {
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put("SECRET", json.value(2));
    fields.put("target_user_ids", json.pick("[]", "[\"a\"]", "[1, \"\\u0061\",-20 ,\"é😀\"]"));
    fields.put("payload", json.value(4));
    fields.put(json.pick("x", "payload", "a\\nb"), json.value(3));
    List<String> names = new ArrayList<>(fields.keySet());
    StringBuilder message = new StringBuilder(json.pick("{", " {"));
    while (!names.isEmpty()) {
      String name = names.remove(random.nextInt(names.size()));
      message.append('"').append(name).append("\" :").append(fields.get(name));
      message.append(names.isEmpty() ? "}" : ",");
    }
    return message.toString();
  }

  private List<String> userIds() {
    List<String> ids = new ArrayList<>();
    for (int size = random.nextInt(4); size > 0; size--) {
      ids.add(json.userId());
    }
    return ids;
  }

  /** One that is accepted; Jackson does not take an unpaired surrogate in a field's name. */
  private String validPayload(EnvelopeCodec codec) {
    String payload = json.value(5);
    while (!isAccepted(codec, List.of(), payload)) {
      payload = json.value(5);
    }
    return payload;
  }

  private static boolean isAccepted(EnvelopeCodec codec, List<String> ids, String payload) {
    try {
      codec.checkPayload(payload.getBytes(UTF_8));
      codec.encode(ids, payload.getBytes(UTF_8));
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** Whether the message would be read if it were sent without any check. */
  private static boolean isRead(EnvelopeCodec codec, List<String> ids, String payload) {
    EnvelopeCodec unlimited = new EnvelopeCodec(Integer.MAX_VALUE, 1_000);
    ByteArrayOutputStream message = new ByteArrayOutputStream();
    message.writeBytes(unlimited.encode(ids, payload.getBytes(UTF_8)));
    try {
      codec.decode(message.toByteArray());
      return true;
    } catch (MalformedMessageException e) {
      return false;
    }
  }

  private static String trimmed(String json) {
    return json.replaceAll("^[ \t\r\n]+|[ \t\r\n]+$", "");
  }
}
