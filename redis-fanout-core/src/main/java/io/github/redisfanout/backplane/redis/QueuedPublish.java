package io.github.redisfanout.backplane.redis;

import static io.github.redisfanout.internal.Log.log;

import io.github.redisfanout.backplane.Outgoing;
import io.github.redisfanout.backplane.PublishAnswer;
import io.github.redisfanout.backplane.PublishCallback;
import io.github.redisfanout.backplane.PublishFailure;
import io.github.redisfanout.backplane.Recipients;

/**
 * One message to send; {@code deadlineNanos} is a reading of {@link System#nanoTime}. What the
 * callback throws is logged.
 */
record QueuedPublish(Outgoing message, PublishCallback callback, long deadlineNanos) {
  /** So many channels are counted for the price of a publish. */
  private static final int COUNTS = 4;

  /** All that is to be sent. */
  long bytes() {
    long bytes = message.bytes().length;
    Recipients recipients = message.recipients();
    if (recipients != null && recipients.copies() != null) {
      for (byte[] copy : recipients.copies()) {
        bytes += copy.length;
      }
    }
    return bytes;
  }

  /** What it costs Redis, in publishes. */
  int publishes() {
    Recipients recipients = message.recipients();
    if (recipients == null) {
      return 1;
    }
    int channels = recipients.channels().size();
    return recipients.targeted() ? channels : 1 + channels / COUNTS;
  }

  /** Whether it can only go out as it should by the script. */
  boolean needsScript() {
    return message.recipients() != null || message.detour() != null;
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
