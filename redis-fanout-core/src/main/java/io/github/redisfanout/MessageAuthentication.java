package io.github.redisfanout;

import static java.util.Objects.requireNonNull;

import io.github.redisfanout.backplane.Backplane;
import io.github.redisfanout.internal.wire.Signature;
import io.github.redisfanout.internal.wire.Signer;
import io.github.redisfanout.internal.wire.Verifier;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/**
 * Makes nodes accept only messages signed with a shared key; immutable.
 *
 * <p>Signs with HMAC-SHA256 (RFC 2104): a party with access to Redis but without the key cannot
 * inject, change or repeat a message, or move it to another channel. It can still read messages and
 * keep them from arriving. A message older or newer than the {@link #tolerance} is refused, so the
 * nodes' clocks must agree. A node that has just started accepts repeated messages within it.
 *
 * <p>Readers without a key skip the signature, of 112 bytes. Refused messages are counted in {@link
 * FanoutCounters#unauthenticated} and reported to {@link FanoutListener#onUnauthenticatedMessage}.
 */
public final class MessageAuthentication {
  private static final int MIN_KEY_BYTES = 32; // the length of the hash: RFC 2104, section 3
  private static final Duration TOLERANCE = Duration.ofSeconds(60);

  private final List<SecretKey> keys; // the first signs
  private final Duration tolerance;
  private final boolean takesUnsigned;

  private MessageAuthentication(List<SecretKey> keys, Duration tolerance, boolean takesUnsigned) {
    this.keys = Collections.unmodifiableList(keys);
    this.tolerance = tolerance;
    this.takesUnsigned = takesUnsigned;
  }

  /**
   * Signs with this key, and accepts messages signed with it.
   *
   * @param key at least 32 bytes, random and secret; copied
   * @throws IllegalArgumentException if the key is shorter
   */
  public static MessageAuthentication hmacSha256(byte[] key) {
    return new MessageAuthentication(List.of(checked(key)), TOLERANCE, false);
  }

  /**
   * Also accepts messages signed with this key, but does not sign with it.
   *
   * <p>To change keys on a running system: let all nodes accept the new one, then sign with the new
   * one and accept the old one, then remove the old one.
   *
   * @throws IllegalArgumentException if the key is shorter than 32 bytes
   */
  public MessageAuthentication accepting(byte[] key) {
    List<SecretKey> more = new ArrayList<>(keys);
    more.add(checked(key));
    return new MessageAuthentication(more, tolerance, takesUnsigned);
  }

  /**
   * Also accepts unsigned messages, while not all publishers have the key.
   *
   * <p>This protects against nothing: a party without the key can omit the signature. A wrong
   * signature is refused, which shows nodes with another key or clock.
   */
  public MessageAuthentication acceptingUnsigned() {
    return new MessageAuthentication(keys, tolerance, true);
  }

  /**
   * How far a message's time may differ from this node's clock. Default 60 s; 1 s to 1 h. Must be
   * longer than {@link Backplane#publishTimeout}, or building the node or publisher throws {@link
   * IllegalArgumentException}.
   *
   * @throws IllegalArgumentException if it is not 1 s to 1 h
   */
  public MessageAuthentication tolerance(Duration tolerance) {
    requireNonNull(tolerance, "tolerance == null");
    if (tolerance.compareTo(Duration.ofSeconds(1)) < 0
        || tolerance.compareTo(Duration.ofHours(1)) > 0) {
      throw new IllegalArgumentException("tolerance must be 1 s to 1 h: " + tolerance);
    }
    return new MessageAuthentication(keys, tolerance, takesUnsigned);
  }

  private static SecretKey checked(byte[] key) {
    requireNonNull(key, "key == null");
    if (key.length < MIN_KEY_BYTES) {
      throw new IllegalArgumentException(
          "key must be at least " + MIN_KEY_BYTES + " bytes: " + key.length);
    }
    return new SecretKeySpec(key, Signature.ALGORITHM);
  }

  Signer newSigner(String channel) {
    return new Signer(new Signature(keys), channel);
  }

  Verifier newVerifier() {
    return new Verifier(new Signature(keys), takesUnsigned, tolerance, Clock.systemUTC());
  }

  /** Refuses a backplane on which a message may wait until it is too old. */
  void check(Backplane backplane) {
    Duration timeout = backplane.publishTimeout();
    if (tolerance.compareTo(timeout) <= 0) {
      throw new IllegalArgumentException(
          "the authentication's tolerance must be longer than publishTimeout: %s <= %s"
              .formatted(tolerance, timeout));
    }
  }

  /** Without the keys. */
  @Override
  public String toString() {
    return "HMAC-SHA256 with %s %s, tolerance %s%s"
        .formatted(
            keys.size(),
            keys.size() == 1 ? "key" : "keys",
            tolerance,
            takesUnsigned ? ", unsigned messages taken" : "");
  }
}
