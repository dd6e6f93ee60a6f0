package io.github.redisfanout.backplane.redis;

import io.github.redisfanout.backplane.Outgoing;
import io.github.redisfanout.backplane.PublishCallback;
import io.github.redisfanout.backplane.PublishOutcome;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One message to be sent; {@code deadlineNanos} is a reading of {@link System#nanoTime}. */
record Waiting(Outgoing message, PublishCallback callback, long deadlineNanos) {
  private static final Logger log = LoggerFactory.getLogger(RedisBackplane.class);

  int bytes() {
    return message.bytes().length;
  }

  boolean isLate(long now) {
    return now - deadlineNanos >= 0;
  }

  void fail(PublishOutcome outcome, Throwable cause) {
    try {
      callback.failed(outcome, cause);
    } catch (Throwable e) {
      log.warn("A publish callback threw", e);
    }
  }
}
