package io.github.redisfanout.internal.wire;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.SecretKey;

/**
 * How a message is signed: a last field of fixed length.
 *
 * <pre>
 * ,"auth":"1.SENDER.NUMBER.MILLIS.MAC"}
 * </pre>
 *
 * <p>The MAC covers the channel and all bytes before it, so it is checked before anything is parsed
 * or trusted. For the parts see {@link Signer}.
 */
public final class Signature {
  public static final String ALGORITHM = "HmacSHA256";

  /** Includes the version of this format. */
  static final byte[] BEGIN = ",\"auth\":\"1.".getBytes(StandardCharsets.US_ASCII);

  static final byte[] END = {'"', '}'};

  /** 16 random bytes, in base64url. */
  static final int SENDER_LENGTH = 22;

  /** A long, in hexadecimal. */
  static final int NUMBER_LENGTH = 16;

  /** 32 bytes, in base64url. */
  static final int MAC_LENGTH = 43;

  /** With the three dots between its four parts. */
  static final int LENGTH =
      BEGIN.length + SENDER_LENGTH + 2 * NUMBER_LENGTH + MAC_LENGTH + 3 + END.length;

  private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();

  private final List<SecretKey> keys;
  private final List<Mac> macs; // one for each key; only copies are used

  public Signature(List<SecretKey> keys) {
    this.keys = keys;
    macs = keys.stream().map(Signature::newMac).toList();
  }

  private static Mac newMac(SecretKey key) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM); // every Java platform has it
      mac.init(key);
      return mac;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(ALGORITHM + " is not available", e);
    }
  }

  int keys() {
    return keys.size();
  }

  /** The MAC of the first {@code length} bytes of a message on this channel, in base64url. */
  byte[] mac(int key, String channel, byte[] message, int length) {
    Mac mac = macFor(key);
    byte[] name = channel.getBytes(StandardCharsets.UTF_8);
    // Its length first, so that the MAC fits no other channel.
    mac.update(ByteBuffer.allocate(Integer.BYTES).putInt(name.length).array());
    mac.update(name);
    mac.update(message, 0, length);
    return BASE64.encode(mac.doFinal());
  }

  // A Mac is not thread-safe. A copy is much cheaper than a new one, but not always supported.
  private Mac macFor(int key) {
    try {
      return (Mac) macs.get(key).clone();
    } catch (CloneNotSupportedException e) {
      return newMac(keys.get(key));
    }
  }

  static byte[] base64(byte[] bytes) {
    return BASE64.encode(bytes);
  }
}
