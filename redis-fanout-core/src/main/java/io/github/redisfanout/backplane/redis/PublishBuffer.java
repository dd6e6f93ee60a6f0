package io.github.redisfanout.backplane.redis;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.github.redisfanout.backplane.Outgoing;
import io.github.redisfanout.backplane.PublishCallback;
import io.github.redisfanout.backplane.PublishFailure;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Messages that wait to be sent: bounded by count and bytes, and each for a limited time.
 *
 * <p>Thread-safe: many publishers put, one pipeline takes, a timer expires. Callbacks are called
 * outside the lock.
 */
final class PublishBuffer {
  private final RedisConfig config;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  @GuardedBy("lock")
  private final ArrayDeque<QueuedPublish> queue = new ArrayDeque<>();

  @GuardedBy("lock")
  private long queuedBytes;

  @GuardedBy("lock")
  private boolean accepting;

  @GuardedBy("lock")
  private boolean closing;

  @GuardedBy("lock")
  private long flushDeadlineNanos;

  @GuardedBy("lock")
  private boolean woken;

  PublishBuffer(RedisConfig config) {
    this.config = config;
  }

  void open() {
    lock.lock();
    try {
      accepting = !closing;
    } finally {
      lock.unlock();
    }
  }

  void put(Outgoing message, PublishCallback callback) {
    QueuedPublish waiting =
        new QueuedPublish(message, callback, System.nanoTime() + config.publishTimeout().toNanos());
    String refusal;
    lock.lock();
    try {
      refusal = refusal(waiting);
      if (refusal == null) {
        queue.add(waiting);
        queuedBytes += waiting.bytes();
        changed.signal();
        return;
      }
    } finally {
      lock.unlock();
    }
    waiting.fail(PublishFailure.REJECTED, new IllegalStateException(refusal));
  }

  @GuardedBy("lock")
  private @Nullable String refusal(QueuedPublish waiting) {
    if (closing) {
      return "the backplane is closed";
    }
    if (!accepting) {
      return "the backplane is not started";
    }
    if (queue.size() >= config.publishBufferMessages()) {
      return "the publish buffer is full: publishBufferMessages " + config.publishBufferMessages();
    }
    if (queuedBytes + waiting.bytes() > config.publishBufferBytes()) {
      return "the publish buffer is full: publishBufferBytes " + config.publishBufferBytes();
    }
    return null;
  }

  /** Waits for messages, {@link #wake}, the end or the time; true if messages wait. */
  boolean awaitMessages(long nanos) {
    return await(nanos, true);
  }

  /** Waits for the end or the time. */
  void pause(long nanos) {
    await(nanos, false);
  }

  private boolean await(long nanos, boolean wakeForMessages) {
    long deadline = System.nanoTime() + nanos;
    lock.lock();
    try {
      while (!finished() && !(wakeForMessages && (woken || !queue.isEmpty()))) {
        long now = System.nanoTime();
        long left = deadline - now;
        if (left <= 0) {
          break;
        }
        try {
          changed.awaitNanos(closing ? Math.min(left, flushDeadlineNanos - now) : left);
        } catch (InterruptedException e) {
          // Only beginClose ends this thread.
        }
      }
      if (wakeForMessages) {
        woken = false;
      }
      return !queue.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  /** Ends the present or the next wait for messages. */
  void wake() {
    lock.lock();
    try {
      woken = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @GuardedBy("lock")
  private boolean finished() {
    return closing && (queue.isEmpty() || System.nanoTime() - flushDeadlineNanos >= 0);
  }

  /** Takes what waits, in order, at least one and up to the limits; late messages expire. */
  List<QueuedPublish> take(int maxMessages, long maxBytes) {
    List<QueuedPublish> batch;
    List<QueuedPublish> late = new ArrayList<>();
    long now = System.nanoTime();
    long bytes = 0;
    lock.lock();
    try {
      batch = new ArrayList<>(Math.min(maxMessages, queue.size()));
      while (!queue.isEmpty() && batch.size() < maxMessages) {
        QueuedPublish next = queue.element();
        if (!batch.isEmpty() && bytes + next.bytes() > maxBytes) {
          break;
        }
        queue.remove();
        queuedBytes -= next.bytes();
        if (next.isLate(now)) {
          late.add(next);
        } else {
          bytes += next.bytes();
          batch.add(next);
        }
      }
    } finally {
      lock.unlock();
    }
    late.forEach(this::expire);
    return batch;
  }

  /** Frees the place of a message that was taken back, if it still waits. */
  void withdraw(PublishCallback callback) {
    lock.lock();
    try {
      Iterator<QueuedPublish> all = queue.iterator();
      while (all.hasNext()) {
        QueuedPublish waiting = all.next();
        if (waiting.callback() == callback) {
          all.remove();
          queuedBytes -= waiting.bytes();
          changed.signalAll(); // a thread may wait for the last message to leave
          return;
        }
      }
    } finally {
      lock.unlock();
    }
  }

  /** Puts messages that were taken and never written back to the front, in their order. */
  void putBack(List<QueuedPublish> unwritten) {
    lock.lock();
    try {
      for (int i = unwritten.size() - 1; i >= 0; i--) {
        queue.addFirst(unwritten.get(i));
        queuedBytes += unwritten.get(i).bytes();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Fails the messages that have waited too long. */
  void expireLate() {
    List<QueuedPublish> late = new ArrayList<>();
    long now = System.nanoTime();
    lock.lock();
    try {
      while (!queue.isEmpty() && queue.element().isLate(now)) {
        QueuedPublish next = queue.remove();
        queuedBytes -= next.bytes();
        late.add(next);
      }
    } finally {
      lock.unlock();
    }
    late.forEach(this::expire);
  }

  private void expire(QueuedPublish late) {
    late.fail(
        PublishFailure.EXPIRED,
        new TimeoutException("not sent within publishTimeout " + config.publishTimeout()));
  }

  /** Accepts no more; the pipeline may go on until the deadline. */
  void beginClose(long flushNanos) {
    lock.lock();
    try {
      if (!closing) {
        closing = true;
        flushDeadlineNanos = System.nanoTime() + flushNanos;
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** True once closing and nothing is left that may still be sent. */
  boolean isFinished() {
    lock.lock();
    try {
      return finished();
    } finally {
      lock.unlock();
    }
  }

  boolean isClosing() {
    lock.lock();
    try {
      return closing;
    } finally {
      lock.unlock();
    }
  }

  /** Rejects all that is left. */
  void rejectRest() {
    List<QueuedPublish> rest;
    lock.lock();
    try {
      rest = new ArrayList<>(queue);
      queue.clear();
      queuedBytes = 0;
    } finally {
      lock.unlock();
    }
    for (QueuedPublish waiting : rest) {
      waiting.fail(
          PublishFailure.REJECTED,
          new IllegalStateException("the backplane was closed before the message was sent"));
    }
  }

  int messages() {
    lock.lock();
    try {
      return queue.size();
    } finally {
      lock.unlock();
    }
  }

  long bytes() {
    lock.lock();
    try {
      return queuedBytes;
    } finally {
      lock.unlock();
    }
  }
}
