package io.github.redisfanout.backplane.redis;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.github.redisfanout.backplane.Outgoing;
import io.github.redisfanout.backplane.PublishCallback;
import io.github.redisfanout.backplane.PublishFailure;
import io.github.redisfanout.internal.Threads;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The messages that wait to be sent, limited in number, bytes and time. Thread-safe: many threads
 * put, one pipeline takes, a timer expires. Callbacks are called without the lock.
 */
final class PublishBuffer {
  private final RedisConfig config;

  @GuardedBy("this")
  private final ArrayDeque<QueuedPublish> queue = new ArrayDeque<>();

  @GuardedBy("this")
  private long queuedBytes;

  @GuardedBy("this")
  private boolean accepting;

  @GuardedBy("this")
  private boolean closing;

  @GuardedBy("this")
  private long flushDeadlineNanos;

  @GuardedBy("this")
  private boolean woken;

  @GuardedBy("this")
  private boolean resumed;

  PublishBuffer(RedisConfig config) {
    this.config = config;
  }

  synchronized void open() {
    accepting = !closing;
  }

  void put(Outgoing message, PublishCallback callback) {
    QueuedPublish waiting =
        new QueuedPublish(message, callback, System.nanoTime() + config.publishTimeout().toNanos());
    String refusal;
    synchronized (this) {
      refusal = refusal(waiting);
      if (refusal == null) {
        queue.add(waiting);
        queuedBytes += waiting.bytes();
        notifyAll();
        return;
      }
    }
    waiting.fail(PublishFailure.REJECTED, new IllegalStateException(refusal));
  }

  @GuardedBy("this")
  private @Nullable String refusal(QueuedPublish waiting) {
    if (closing) {
      return "the backplane is closed";
    }
    if (!accepting) {
      return "the backplane is not started; start the node, the Subscriber or the backplane first";
    }
    if (queue.size() >= config.publishBufferMessages()) {
      return "the publish buffer is full: publishBufferMessages " + config.publishBufferMessages();
    }
    if (queuedBytes + waiting.bytes() > config.publishBufferBytes()) {
      return "the publish buffer is full: publishBufferBytes " + config.publishBufferBytes();
    }
    return null;
  }

  /** Waits for messages, {@link #wake}, the end or the time; true if there are messages. */
  boolean awaitMessages(long nanos) {
    return await(nanos, true);
  }

  /** Waits for {@link #resume}, the end or the time. */
  void pause(long nanos) {
    await(nanos, false);
  }

  private boolean await(long nanos, boolean wakeForMessages) {
    long deadline = System.nanoTime() + nanos;
    synchronized (this) {
      while (!finished() && !(wakeForMessages ? woken || !queue.isEmpty() : resumed)) {
        long now = System.nanoTime();
        long left = deadline - now;
        if (left <= 0) {
          break;
        }
        long untilFlushed = closing ? flushDeadlineNanos - now : left;
        Threads.awaitNotify(this, Math.min(left, untilFlushed));
      }
      if (wakeForMessages) {
        woken = false;
      } else {
        resumed = false;
      }
      return !queue.isEmpty();
    }
  }

  /** Ends the present or the next wait for messages. */
  synchronized void wake() {
    woken = true;
    notifyAll();
  }

  /** Ends the present or the next pause. */
  synchronized void resume() {
    resumed = true;
    notifyAll();
  }

  /** The channel of the first message; null if none waits. */
  synchronized @Nullable String firstChannel() {
    QueuedPublish first = queue.peek();
    return first == null ? null : first.message().channel();
  }

  @GuardedBy("this")
  private boolean finished() {
    return closing && (queue.isEmpty() || System.nanoTime() - flushDeadlineNanos >= 0);
  }

  /** Takes messages in order, at least one and up to the limits, and expires the late ones. */
  List<QueuedPublish> take(int maxMessages, long maxBytes) {
    expireLate();
    List<QueuedPublish> batch = new ArrayList<>(maxMessages);
    BatchLimit limit = new BatchLimit(maxMessages, maxBytes);
    synchronized (this) {
      while (!queue.isEmpty() && limit.takes(queue.element())) {
        batch.add(removeFirst());
      }
    }
    return batch;
  }

  @GuardedBy("this")
  private QueuedPublish removeFirst() {
    QueuedPublish first = queue.remove();
    queuedBytes -= first.bytes();
    return first;
  }

  /** Removes a message that was taken back, if it still waits. */
  synchronized void withdraw(PublishCallback callback) {
    Iterator<QueuedPublish> all = queue.iterator();
    while (all.hasNext()) {
      QueuedPublish waiting = all.next();
      if (waiting.callback() == callback) {
        all.remove();
        queuedBytes -= waiting.bytes();
        notifyAll(); // close may wait for the last message
        return;
      }
    }
  }

  /** Puts messages that were not executed back to the front, in their order. */
  synchronized void putBack(List<QueuedPublish> unwritten) {
    for (int i = unwritten.size() - 1; i >= 0; i--) {
      queue.addFirst(unwritten.get(i));
      queuedBytes += unwritten.get(i).bytes();
    }
  }

  /** Fails the messages that have waited too long. */
  void expireLate() {
    List<QueuedPublish> late = new ArrayList<>();
    long now = System.nanoTime();
    synchronized (this) {
      while (!queue.isEmpty() && queue.element().isLate(now)) {
        late.add(removeFirst());
      }
      if (!late.isEmpty()) {
        notifyAll(); // close may wait for the last message
      }
    }
    for (QueuedPublish waiting : late) {
      waiting.fail(
          PublishFailure.EXPIRED,
          new TimeoutException("not sent within publishTimeout " + config.publishTimeout()));
    }
  }

  /** Accepts no more messages; the pipeline may send the others until the deadline. */
  synchronized void beginClose(long flushNanos) {
    if (!closing) {
      closing = true;
      flushDeadlineNanos = System.nanoTime() + flushNanos;
    }
    notifyAll();
  }

  /** True once no message may be sent any more. */
  synchronized boolean isFinished() {
    return finished();
  }

  synchronized boolean isClosing() {
    return closing;
  }

  /** Rejects all messages. */
  void rejectRest() {
    List<QueuedPublish> rest;
    synchronized (this) {
      rest = new ArrayList<>(queue);
      queue.clear();
      queuedBytes = 0;
    }
    for (QueuedPublish waiting : rest) {
      waiting.fail(
          PublishFailure.REJECTED,
          new IllegalStateException("the backplane was closed before the message was sent"));
    }
  }

  synchronized int messages() {
    return queue.size();
  }

  synchronized long bytes() {
    return queuedBytes;
  }
}
