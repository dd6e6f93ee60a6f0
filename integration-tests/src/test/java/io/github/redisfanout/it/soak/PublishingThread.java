package io.github.redisfanout.it.soak;

import io.github.redisfanout.Receipt;
import io.github.redisfanout.it.checker.DeliveryChecker;
import io.github.redisfanout.it.checker.Finding;
import io.github.redisfanout.it.checker.Findings;
import io.github.redisfanout.it.checker.MessageText;
import io.github.redisfanout.it.checker.Outcome;
import io.github.redisfanout.it.checker.Slots;
import java.time.Instant;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/** Publishes to a few users at a time, at an even rate, and never waits for an outcome. */
final class PublishingThread implements Runnable {
  /** One in this many is cancelled at once, and one in {@link #LONG} is long. */
  private static final int CANCELLED = 256;

  private static final int LONG = 64;

  /** For how many users a message is. */
  static final int MAX_USERS = 3;

  private final int number;
  private final Node node;
  private final Slots slots;
  private final DeliveryChecker checker;
  private final Findings findings;
  private final long intervalNanos;
  private final SplittableRandom random;
  private final Thread thread;
  private volatile boolean stopped;

  PublishingThread(
      int number,
      Node node,
      Slots slots,
      DeliveryChecker checker,
      Findings findings,
      double perSecond) {
    this.number = number;
    this.node = node;
    this.slots = slots;
    this.checker = checker;
    this.findings = findings;
    intervalNanos = (long) (TimeUnit.SECONDS.toNanos(1) / perSecond);
    random = new SplittableRandom(number);
    thread = Soak.daemon(this);
  }

  int number() {
    return number;
  }

  void start() {
    thread.start();
  }

  void stop() throws InterruptedException {
    stopped = true;
    thread.join();
  }

  @Override
  public void run() {
    long next = System.nanoTime();
    while (!stopped) {
      long wait = next - System.nanoTime();
      if (wait > 0) {
        LockSupport.parkNanos(wait);
      } else {
        // After a pause of this machine it does not catch up.
        next =
            Math.max(next + intervalNanos, System.nanoTime() - TimeUnit.MILLISECONDS.toNanos(50));
        int first = random.nextInt(slots.users());
        List<Integer> users =
            IntStream.rangeClosed(0, random.nextInt(MAX_USERS))
                .mapToObj(i -> (first + i) % slots.users())
                .toList();
        publish(users, random.nextInt(CANCELLED) == 0);
      }
    }
  }

  /** Publishes to all users; gives the message's number. Not while the thread runs. */
  long publishToAll() {
    return publish(IntStream.range(0, slots.users()).boxed().toList(), false);
  }

  private long publish(List<Integer> users, boolean cancel) {
    long addressed = users.stream().mapToLong(slots::ofUser).reduce(0, (a, b) -> a | b);
    List<String> userIds = users.stream().map(user -> "user-" + user).toList();
    long message = checker.begin(number, addressed, Instant.now());
    int filling = random.nextInt(random.nextInt(LONG) == 0 ? 4_096 : 256);
    try {
      CompletableFuture<Receipt> future =
          node.publisher().publish(userIds, MessageText.of(number, message, filling));
      if (cancel) {
        future.cancel(false);
      }
      future.whenComplete((receipt, failure) -> ended(message, failure));
    } catch (RuntimeException e) {
      findings.add(Finding.WITHOUT_OUTCOME, number + "#" + message + ": publish threw " + e);
      checker.ended(number, message, Outcome.REJECTED, Instant.now());
    }
    return message;
  }

  private void ended(long message, Throwable failure) {
    try {
      checker.ended(number, message, Outcome.of(failure), Instant.now());
    } catch (IllegalArgumentException e) {
      findings.add(Finding.WITHOUT_OUTCOME, number + "#" + message + ": " + failure);
    }
  }
}
