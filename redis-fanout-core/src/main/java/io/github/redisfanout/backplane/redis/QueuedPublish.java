package io.github.redisfanout.backplane.redis;

import io.github.redisfanout.backplane.Outgoing;
import io.github.redisfanout.backplane.PublishCallback;
import io.github.redisfanout.backplane.PublishFailure;
import io.github.redisfanout.internal.Log;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One message to be sent; {@code deadlineNanos} is a reading of {@link System#nanoTime}. */
record QueuedPublish(Outgoing message, PublishCallback callback, long deadlineNanos) {
  private static final Logger log = LoggerFactory.getLogger(Log.CATEGORY);

  int bytes() {
    return message.bytes().length;
  }

  boolean isLate(long now) {
    return now - deadlineNanos >= 0;
  }

  void fail(PublishFailure failure, Throwable cause) {
    try {
      callback.failed(failure, cause);
    } catch (Throwable e) {
      log.warn("A publish callback threw", e);
    }
  }
}
