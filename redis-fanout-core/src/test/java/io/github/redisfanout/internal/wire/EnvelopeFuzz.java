package io.github.redisfanout.internal.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.Optional;

/**
 * What Jazzer calls with the inputs that it makes; an error that is thrown is a finding.
 *
 * <p>It runs in {@code mvn verify -Pfull}. A finding is written to {@code target/fuzz}, with a
 * command to repeat it in the log.
 */
public final class EnvelopeFuzz {
  // So small that mutation reaches both limits.
  private static final int MAX_MESSAGE_BYTES = 256;
  private static final int MAX_DEPTH = 5;

  private static final EnvelopeCodec CODEC = new EnvelopeCodec(MAX_MESSAGE_BYTES, MAX_DEPTH, false);
  private static final List<String> IDS = List.of("a", "é\"");

  private static final int BYTES_ROUND_PAYLOAD =
      "{\"target_user_ids\":[\"a\",\"é\\\"\"],\"payload\":}".getBytes(UTF_8).length;

  /** For which control characters stand, so that one changed byte is one changed token. */
  private static final String[] TOKENS =
      ("{\"target_user_ids\":[ ],\"payload\": {\"payload\": ,\"target_user_ids\":[ \"a\", 0 -0 -7 1e2 1.5 \"\""
              + " [[ ]] [] {\"a\": }} {} null true \\ud83d \\ude00 \\u0061 }"
              + " ,\"to\":{ \"users\": \"groups\":[\"g\"] \"everyone\": false ,\"except\":{ \"sessions\": \"users\":["
              + " \"control\": {\"join\":{\"group\": {\"disconnect\":{\"code\": \"reason\": {\"ask\":{\"id\":")
          .split(" ");

  private EnvelopeFuzz() {}

  public static void fuzzerTestOneInput(byte[] input) {
    checkDecode(input);
    checkPublish(input);
    byte[] expanded = expanded(input);
    checkDecode(expanded);
    checkPublish(expanded);
  }

  private static byte[] expanded(byte[] input) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte b : input) {
      if (b >= 0 && b < TOKENS.length) {
        out.writeBytes(TOKENS[b].getBytes(UTF_8));
      } else {
        out.write(b);
      }
    }
    return out.toByteArray();
  }

  /** The codec reads what the second opinion reads, and refuses what it refuses. */
  private static void checkDecode(byte[] message) {
    Optional<StrictReader.Message> expected =
        StrictReader.read(message, MAX_MESSAGE_BYTES, MAX_DEPTH);
    Optional<StrictReader.Message> decoded = decode(message);
    if (!decoded.equals(expected)) {
      throw new AssertionError("decoded " + decoded + ", but the second opinion is " + expected);
    }
  }

  /** Publish accepts exactly the values that can be read, and they are read as they are. */
  private static void checkPublish(byte[] payload) {
    boolean fits = BYTES_ROUND_PAYLOAD + payload.length <= MAX_MESSAGE_BYTES;
    Optional<StrictReader.Message> expected =
        (fits ? StrictReader.value(payload, MAX_DEPTH - 1) : Optional.<String>empty())
            .map(value -> new StrictReader.Message(IDS, value));
    Optional<StrictReader.Message> read = published(payload).flatMap(EnvelopeFuzz::decode);
    if (!read.equals(expected)) {
      throw new AssertionError("published and read " + read + ", not " + expected);
    }
  }

  private static Optional<byte[]> published(byte[] payload) {
    try {
      CODEC.checkPayload(payload);
      return Optional.of(CODEC.encode(IDS, payload));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static Optional<StrictReader.Message> decode(byte[] message) {
    try {
      Envelope envelope = CODEC.decode(message);
      String payload = envelope.payload();
      int bytes = envelope.payloadBytes();
      if (bytes != payload.getBytes(UTF_8).length) {
        throw new AssertionError("payloadBytes() is " + bytes + " for " + payload);
      }
      StrictReader.Message read =
          new StrictReader.Message(
              envelope.named(), envelope.target(), envelope.control(), payload);
      if (read.undeliverable() != envelope.undeliverable()) {
        throw new AssertionError(envelope.undeliverable() + " undeliverable in " + read);
      }
      return Optional.of(read);
    } catch (UndeliverableMessageException e) {
      return Optional.of(StrictReader.Message.UNDELIVERABLE);
    } catch (MalformedMessageException e) {
      return Optional.empty();
    }
  }
}
