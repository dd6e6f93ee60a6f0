package io.github.redisfanout.benchmarks.onetomany;

import io.github.redisfanout.Payload;
import io.github.redisfanout.WriteDone;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Where one message arrives: when at the first client, when at the last. Thread-safe. */
final class Sink {
  private final int expected;
  private final AtomicInteger written = new AtomicInteger();
  private final AtomicInteger completed = new AtomicInteger();
  private final CountDownLatch allCompleted = new CountDownLatch(1);
  private final Identities payloads = new Identities();
  private final Identities texts = new Identities();
  private volatile long firstNanos;
  private volatile long lastNanos;

  Sink(int expected) {
    this.expected = expected;
  }

  void written(Payload payload) {
    int count = written.incrementAndGet();
    if (count == 1) {
      firstNanos = System.nanoTime();
    }
    payloads.add(payload);
    texts.add(payload.text());
    if (count == expected) {
      lastNanos = System.nanoTime();
    }
  }

  void complete(WriteDone done) {
    done.ok();
    if (completed.incrementAndGet() == expected) {
      allCompleted.countDown();
    }
  }

  void await(Duration limit) throws InterruptedException {
    if (!allCompleted.await(limit.toNanos(), TimeUnit.NANOSECONDS)) {
      throw new IllegalStateException(
          "only " + completed + " of " + expected + " sessions got the message within " + limit);
    }
  }

  long firstNanos() {
    return firstNanos;
  }

  long lastNanos() {
    return lastNanos;
  }

  /** How many payload objects the clients saw, or how many of their texts: whichever is more. */
  int distinct() {
    return Math.max(payloads.count(), texts.count());
  }
}
