package io.github.redisfanout.internal.wire;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.HexFormat;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Signs what one publisher publishes: its random sender id, the number of the message, counted up,
 * and the time. Thread-safe.
 */
public final class Signer {
  private static final HexFormat HEX = HexFormat.of();

  private final Signature signature;
  private final Clock clock;
  private final byte[] sender;
  private final AtomicLong next;

  /** One with a new random sender id. */
  public Signer(Signature signature) {
    this(signature, Clock.systemUTC(), newSender(), 1);
  }

  /** {@code next} is the number of the first message that it signs. */
  Signer(Signature signature, Clock clock, byte[] sender, long next) {
    this.signature = signature;
    this.clock = clock;
    this.sender = Signature.base64(sender);
    this.next = new AtomicLong(next);
  }

  private static byte[] newSender() {
    byte[] sender = new byte[16];
    new SecureRandom().nextBytes(sender);
    return sender;
  }

  /** Fills the end of a message, {@link Signature#LENGTH} bytes; what is before is complete. */
  void sign(byte[] message) {
    int at = message.length - Signature.LENGTH;
    at = append(Signature.BEGIN, message, at);
    at = append(sender, message, at);
    message[at++] = '.';
    at = append(hex(next.getAndIncrement()), message, at);
    message[at++] = '.';
    at = append(hex(clock.millis()), message, at);
    message[at++] = '.';
    at = append(signature.mac(0, message, at), message, at);
    append(Signature.END, message, at);
  }

  private static byte[] hex(long value) {
    return HEX.toHexDigits(value).getBytes(StandardCharsets.US_ASCII);
  }

  private static int append(byte[] part, byte[] message, int at) {
    System.arraycopy(part, 0, message, at, part.length);
    return at + part.length;
  }
}
