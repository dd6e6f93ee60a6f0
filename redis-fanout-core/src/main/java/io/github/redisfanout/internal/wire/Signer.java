package io.github.redisfanout.internal.wire;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.HexFormat;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Signs the messages of one publisher, with its random sender id, a message number and the time.
 * Thread-safe.
 */
public final class Signer {
  private static final HexFormat HEX = HexFormat.of();
  private static final byte DOT = '.';

  private final Signature signature;
  private final String channel;
  private final Clock clock;
  private final byte[] sender;
  private final AtomicLong next;

  /** Makes a new random sender id; {@code channel} is that of most of its messages. */
  public Signer(Signature signature, String channel) {
    this(signature, channel, Clock.systemUTC(), newSender(), 1);
  }

  /** {@code next} is the number of the first message that it signs. */
  Signer(Signature signature, String channel, Clock clock, byte[] sender, long next) {
    this.signature = signature;
    this.channel = channel;
    this.clock = clock;
    this.sender = Signature.base64(sender);
    this.next = new AtomicLong(next);
  }

  private static byte[] newSender() {
    byte[] sender = new byte[16];
    new SecureRandom().nextBytes(sender);
    return sender;
  }

  /** Fills the last {@link Signature#LENGTH} bytes of a message that is otherwise complete. */
  void sign(byte[] message) {
    sign(message, channel);
  }

  /** A signed message once more, signed for another channel, with a number of its own. */
  public byte[] copyFor(String channel, byte[] message) {
    byte[] copy = message.clone();
    sign(copy, channel);
    return copy;
  }

  private void sign(byte[] message, String channel) {
    ByteBuffer out = ByteBuffer.wrap(message).position(message.length - Signature.LENGTH);
    out.put(Signature.BEGIN).put(sender);
    out.put(DOT).put(hex(next.getAndIncrement()));
    out.put(DOT).put(hex(clock.millis()));
    out.put(DOT).put(signature.mac(0, channel, message, out.position()));
    out.put(Signature.END);
  }

  private static byte[] hex(long value) {
    return HEX.toHexDigits(value).getBytes(StandardCharsets.US_ASCII);
  }
}
