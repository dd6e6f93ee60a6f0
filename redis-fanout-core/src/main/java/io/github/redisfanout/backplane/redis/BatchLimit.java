package io.github.redisfanout.backplane.redis;

import io.github.redisfanout.backplane.Outgoing;
import org.jspecify.annotations.Nullable;

/**
 * Says which messages still fit into a batch, of which the first always does. A script takes one
 * common channel and one marker, and must not keep Redis busy for long. Not thread-safe.
 */
final class BatchLimit {
  /** Some 5 ms of Redis' time. */
  static final int MAX_PUBLISHES = 2_000;

  private final int maxMessages;
  private final long maxBytes;
  private int messages;
  private long bytes;
  private long publishes;
  private boolean scripted;
  private boolean mixed; // more than one common channel
  private @Nullable String common; // null before the first message
  private @Nullable String marker; // null before the first message with recipients

  BatchLimit(int maxMessages, long maxBytes) {
    this.maxMessages = maxMessages;
    this.maxBytes = maxBytes;
  }

  /** Whether the next message fits; then it counts. */
  boolean takes(QueuedPublish next) {
    bytes += next.bytes();
    publishes += next.publishes();
    boolean fits = messages < maxMessages && bytes <= maxBytes && publishes <= MAX_PUBLISHES;
    Outgoing message = next.message();
    String markerOfNext = message.recipients() == null ? null : message.recipients().routed();
    boolean otherChannel = common != null && !common.equals(message.channel());
    boolean otherMarker = marker != null && markerOfNext != null && !marker.equals(markerOfNext);
    boolean needsScript = scripted || next.needsScript();
    if (messages > 0 && (!fits || otherMarker || (needsScript && (mixed || otherChannel)))) {
      return false;
    }
    messages++;
    scripted = needsScript;
    mixed |= otherChannel;
    common = message.channel();
    marker = markerOfNext == null ? marker : markerOfNext;
    return true;
  }
}
