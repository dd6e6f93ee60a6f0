package io.github.redisfanout;

import java.util.Map;
import java.util.function.BiConsumer;

/**
 * This library's own decoding, for contenders that only borrow it; thread-safe.
 *
 * <p>In this package because the codec is package-private.
 */
public final class OurDecoding {
  private final EnvelopeCodec codec = new EnvelopeCodec(1 << 20, 64);

  /** Gives the payload's text to every target of a message that is on this node. */
  public <T> void deliver(byte[] message, Map<String, T> targets, BiConsumer<T, String> send) {
    Envelope envelope;
    try {
      envelope = codec.decode(message);
    } catch (MalformedMessageException e) {
      throw new IllegalStateException(e);
    }
    for (String userId : envelope.userIds()) {
      T target = targets.get(userId);
      if (target != null) {
        send.accept(target, envelope.payload().text());
      }
    }
  }
}
