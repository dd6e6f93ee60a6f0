package io.github.redisfanout.backplane.redis;

import static io.github.redisfanout.internal.Log.log;

import io.github.redisfanout.backplane.Outgoing;
import io.github.redisfanout.backplane.PublishAnswer;
import io.github.redisfanout.backplane.PublishCallback;
import io.github.redisfanout.backplane.PublishFailure;

/**
 * One message to send; {@code deadlineNanos} is a reading of {@link System#nanoTime}. What the
 * callback throws is logged.
 */
record QueuedPublish(Outgoing message, PublishCallback callback, long deadlineNanos) {
  int bytes() {
    return message.bytes().length;
  }

  boolean isLate(long now) {
    return now - deadlineNanos >= 0;
  }

  /** False if the message was taken back; a callback that throws does not stop its message. */
  boolean claim() {
    try {
      return callback.claim();
    } catch (Throwable e) {
      log.warn("A publish callback threw; its message is sent", e);
      return true;
    }
  }

  /** It was not executed, and waits again. */
  void unclaim() {
    guarded(callback::unclaim);
  }

  void published(PublishAnswer answer) {
    guarded(() -> callback.published(answer));
  }

  void fail(PublishFailure failure, Throwable cause) {
    guarded(() -> callback.failed(failure, cause));
  }

  private static void guarded(Runnable call) {
    try {
      call.run();
    } catch (Throwable e) {
      log.warn("A publish callback threw", e);
    }
  }
}
