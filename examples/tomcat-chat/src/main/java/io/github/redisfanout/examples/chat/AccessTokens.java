package io.github.redisfanout.examples.chat;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Signed tokens that say who the caller is, until they expire. Thread-safe.
 *
 * <p>They stand in for the login that your application has: anybody gets one for any name.
 */
final class AccessTokens {
  private static final Duration VALID_FOR = Duration.ofHours(12);
  private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();

  private final ChatStore store;
  private volatile @Nullable String key; // null until first needed

  AccessTokens(ChatStore store) {
    this.store = store;
  }

  String issue(String userId) {
    long expires = Instant.now().plus(VALID_FOR).getEpochSecond();
    String claims = ENCODER.encodeToString(userId.getBytes(StandardCharsets.UTF_8)) + "." + expires;
    // The shared key, so that a Redis that lost it has it back before another node makes a new one.
    return claims + "." + sign(claims, sharedKey());
  }

  /** The token's user; null if it is not one of ours or has expired. */
  @Nullable String verify(String token) {
    int lastDot = token.lastIndexOf('.');
    if (lastDot < 0) {
      return null;
    }
    String claims = token.substring(0, lastDot);
    String signature = token.substring(lastDot + 1);
    if (!isSignature(signature, claims, key()) && !isSignature(signature, claims, sharedKey())) {
      return null;
    }
    // Signed by us, so it is well formed.
    int dot = claims.indexOf('.');
    if (Instant.now().getEpochSecond() >= Long.parseLong(claims.substring(dot + 1))) {
      return null;
    }
    byte[] userId = Base64.getUrlDecoder().decode(claims.substring(0, dot));
    return new String(userId, StandardCharsets.UTF_8);
  }

  private static boolean isSignature(String signature, String claims, String key) {
    return MessageDigest.isEqual(
        sign(claims, key).getBytes(StandardCharsets.UTF_8),
        signature.getBytes(StandardCharsets.UTF_8));
  }

  private static String sign(String claims, String key) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(Base64.getUrlDecoder().decode(key), "HmacSHA256"));
      return ENCODER.encodeToString(mac.doFinal(claims.getBytes(StandardCharsets.UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private String key() {
    String known = key;
    return known == null ? sharedKey() : known;
  }

  /** A Redis that was restarted empty gets our key back; another node may have been quicker. */
  private String sharedKey() {
    String known = key;
    String shared = store.signingKey(known == null ? newKey() : known);
    key = shared;
    return shared;
  }

  private static String newKey() {
    byte[] bytes = new byte[32];
    new SecureRandom().nextBytes(bytes);
    return ENCODER.encodeToString(bytes);
  }
}
