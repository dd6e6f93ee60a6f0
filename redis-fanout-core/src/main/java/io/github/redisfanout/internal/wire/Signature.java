package io.github.redisfanout.internal.wire;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.SecretKey;

/**
 * How a message is signed: a last field, as long as it always is.
 *
 * <pre>
 * ,"auth":"1.SENDER.NUMBER.MILLIS.MAC"}
 * </pre>
 *
 * <p>The MAC is over the channel and all bytes before it, so nothing has to be parsed, put into an
 * order or trusted before it is checked. Names of the parts: {@link Signer}.
 */
public final class Signature {
  public static final String ALGORITHM = "HmacSHA256";

  /** The version of this format is part of what is compared. */
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

  private final byte[] channel; // its length before it, so that no other channel and message fit
  private final List<SecretKey> keys;
  private final List<Mac> macs; // one for each key; templates, never used themselves

  public Signature(String channel, List<SecretKey> keys) {
    byte[] name = channel.getBytes(StandardCharsets.UTF_8);
    this.channel =
        ByteBuffer.allocate(Integer.BYTES + name.length).putInt(name.length).put(name).array();
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

  /** The MAC of the first {@code length} bytes of a message, as it is written. */
  byte[] mac(int key, byte[] message, int length) {
    Mac mac = macFor(key);
    mac.update(channel);
    mac.update(message, 0, length);
    return BASE64.encode(mac.doFinal());
  }

  // A Mac is not thread-safe, and a copy is much cheaper than a new one. Not all providers have
  // them.
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
