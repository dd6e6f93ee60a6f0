package io.github.redisfanout.internal.wire;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;

/**
 * Accepts messages that are signed, recent, and new. Thread-safe. Remembers senders with a right
 * signature, as long as their messages could be repeated. Each sender takes 8 KiB, so a publisher
 * should not be made for a few messages only.
 */
public final class Verifier {
  private final Signature signature;
  private final boolean takesUnsigned;
  private final long toleranceMillis;
  private final Clock clock;

  @GuardedBy("itself")
  private final Map<String, ReplayWindow> senders = new HashMap<>();

  /** {@code tolerance} is how far a message's time may differ from the clock. */
  public Verifier(Signature signature, boolean takesUnsigned, Duration tolerance, Clock clock) {
    this.signature = signature;
    this.takesUnsigned = takesUnsigned;
    toleranceMillis = tolerance.toMillis();
    this.clock = clock;
  }

  /** False: the message, which came on this channel, is not signed, which is accepted. */
  public boolean verify(String channel, byte[] message) throws UnauthenticatedMessageException {
    int at = message.length - Signature.LENGTH;
    if (at < 0 || !isAt(Signature.BEGIN, message, at)) {
      if (takesUnsigned) {
        return false;
      }
      throw new UnauthenticatedMessageException("it has no signature");
    }
    int mac = message.length - Signature.END.length - Signature.MAC_LENGTH;
    if (!isSigned(channel, message, mac)) {
      throw new UnauthenticatedMessageException("its signature is wrong");
    }
    // From here on the sender has a key, and the signature has the form that Signer writes.
    int sender = at + Signature.BEGIN.length;
    int number = sender + Signature.SENDER_LENGTH + 1;
    int millis = number + Signature.NUMBER_LENGTH + 1;
    checkTime(number(message, millis));
    checkNew(
        new String(message, sender, Signature.SENDER_LENGTH, StandardCharsets.ISO_8859_1),
        number(message, number));
    return true;
  }

  private static boolean isAt(byte[] part, byte[] message, int at) {
    return Arrays.equals(part, 0, part.length, message, at, at + part.length);
  }

  private boolean isSigned(String channel, byte[] message, int mac) {
    int end = mac + Signature.MAC_LENGTH;
    if (!isAt(Signature.END, message, end)) {
      return false;
    }
    byte[] given = Arrays.copyOfRange(message, mac, end);
    for (int key = 0; key < signature.keys(); key++) {
      if (MessageDigest.isEqual(signature.mac(key, channel, message, mac), given)) {
        return true;
      }
    }
    return false;
  }

  private static long number(byte[] message, int at) throws UnauthenticatedMessageException {
    String hex = new String(message, at, Signature.NUMBER_LENGTH, StandardCharsets.ISO_8859_1);
    try {
      long number = HexFormat.fromHexDigitsToLong(hex);
      if (number >= 0 && number < Long.MAX_VALUE) {
        return number;
      }
    } catch (IllegalArgumentException e) {
      // the same
    }
    throw new UnauthenticatedMessageException("a part of its signature is not a number");
  }

  private void checkTime(long signedMillis) throws UnauthenticatedMessageException {
    long age = clock.millis() - signedMillis;
    if (Math.abs(age) > toleranceMillis) {
      throw new UnauthenticatedMessageException(
          "it was signed %s %s, more than the tolerance %s"
              .formatted(
                  Duration.ofMillis(Math.abs(age)),
                  age > 0 ? "ago" : "ahead of this node's clock",
                  Duration.ofMillis(toleranceMillis)));
    }
  }

  private void checkNew(String sender, long number) throws UnauthenticatedMessageException {
    long now = clock.millis();
    boolean isNew;
    synchronized (senders) {
      ReplayWindow window = senders.get(sender);
      if (window == null) {
        // The messages of a forgotten sender are refused as too old.
        senders.values().removeIf(known -> now - known.lastUsedMillis() > 2 * toleranceMillis);
        window = new ReplayWindow();
        senders.put(sender, window);
      }
      isNew = window.add(number, now);
    }
    if (!isNew) {
      throw new UnauthenticatedMessageException("it came before, or too long after later ones");
    }
  }

  /** How many senders are remembered; for tests. */
  int senders() {
    synchronized (senders) {
      return senders.size();
    }
  }
}
