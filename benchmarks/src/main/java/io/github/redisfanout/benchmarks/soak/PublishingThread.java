package io.github.redisfanout.benchmarks.soak;

import io.github.redisfanout.PublishException;
import io.github.redisfanout.Receipt;
import io.github.redisfanout.benchmarks.soak.books.Books;
import io.github.redisfanout.benchmarks.soak.books.Finding;
import io.github.redisfanout.benchmarks.soak.books.Findings;
import io.github.redisfanout.benchmarks.soak.books.Outcome;
import io.github.redisfanout.benchmarks.soak.books.Seats;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Publishes to two users at a time, at an even rate, and never waits for an outcome. */
final class PublishingThread implements Runnable {
  /** One in so many is cancelled at once. */
  private static final int CANCELLED = 256;

  private final int number;
  private final Node node;
  private final Seats seats;
  private final Books books;
  private final Findings findings;
  private final long intervalNanos;
  private final SplittableRandom random;
  private final Thread thread;
  private volatile boolean stopped;

  PublishingThread(
      int number, Node node, Seats seats, Books books, Findings findings, double perSecond) {
    this.number = number;
    this.node = node;
    this.seats = seats;
    this.books = books;
    this.findings = findings;
    intervalNanos = (long) (TimeUnit.SECONDS.toNanos(1) / perSecond);
    random = new SplittableRandom(number);
    thread = new Thread(this, "soak-publisher-" + number);
    thread.setDaemon(true);
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
        // What was missed by a pause of this machine is not made up for.
        next =
            Math.max(next + intervalNanos, System.nanoTime() - TimeUnit.MILLISECONDS.toNanos(50));
        int first = random.nextInt(seats.users());
        int second = (first + 1 + random.nextInt(seats.users() - 1)) % seats.users();
        publish(List.of(first, second), random.nextInt(CANCELLED) == 0);
      }
    }
  }

  /** Publishes to all users; gives the message's number. Not while the thread runs. */
  long publishToAll() {
    List<Integer> all = new ArrayList<>();
    for (int user = 0; user < seats.users(); user++) {
      all.add(user);
    }
    return publish(all, false);
  }

  private long publish(List<Integer> users, boolean cancel) {
    long addressed = 0;
    List<String> userIds = new ArrayList<>(users.size());
    for (int user : users) {
      addressed |= seats.ofUser(user);
      userIds.add("user-" + user);
    }
    long message = books.begin(number, addressed, Instant.now());
    try {
      CompletableFuture<Receipt> future =
          node.publisher().publish(userIds, Text.of(number, message));
      if (cancel) {
        future.cancel(false);
      }
      future.whenComplete((receipt, failure) -> ended(message, failure));
    } catch (RuntimeException e) {
      findings.add(Finding.WITHOUT_OUTCOME, number + "#" + message + ": publish threw " + e);
      books.ended(number, message, Outcome.REJECTED, Instant.now());
    }
    return message;
  }

  private void ended(long message, @Nullable Throwable failure) {
    Instant now = Instant.now();
    if (failure == null) {
      books.ended(number, message, Outcome.PUBLISHED, now);
    } else if (failure instanceof PublishException e) {
      books.ended(number, message, Outcome.valueOf(e.outcome().name()), now);
    } else if (failure instanceof CancellationException) {
      books.ended(number, message, Outcome.TAKEN_BACK, now);
    } else {
      findings.add(Finding.WITHOUT_OUTCOME, number + "#" + message + ": " + failure);
    }
  }
}
