package io.github.redisfanout.backplane.redis;

import io.github.redisfanout.backplane.Gap;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Why this node gives up a connection that is open.
 *
 * @param sureUntil until when its server was confirmed as the right one; null: ask the dialer
 */
record Loss(Gap.Cause cause, String reason, @Nullable Instant sureUntil) {
  Loss(Gap.Cause cause, String reason) {
    this(cause, reason, null);
  }
}
