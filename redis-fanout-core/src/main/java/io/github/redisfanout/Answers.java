package io.github.redisfanout;

import io.github.redisfanout.internal.Warnings;
import io.github.redisfanout.internal.wire.Control;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Answers the questions of nodes, a few at a time, so that a flood of questions does not become a
 * flood of answers. Thread-safe.
 */
final class Answers {
  static final int MAX = 16;
  private static final int MAX_REASONS = 10;
  private static final int MAX_REASON_LENGTH = 500;

  private final ThisNode node;
  private final Supplier<FanoutHealth> health;
  private final Executor executor;
  private final Function<Control, CompletableFuture<Receipt>> publish;
  private final AtomicInteger underWay = new AtomicInteger();
  private final Warnings refused = new Warnings();
  private final Warnings failures = new Warnings();
  private volatile boolean closed;

  /** {@code publish} sends to all nodes. */
  Answers(
      ThisNode node,
      Supplier<FanoutHealth> health,
      Executor executor,
      Function<Control, CompletableFuture<Receipt>> publish) {
    this.node = node;
    this.health = health;
    this.executor = executor;
    this.publish = publish;
  }

  /** On the reading thread; never waits. */
  void answer(String question) {
    if (closed) {
      return;
    }
    if (underWay.incrementAndGet() > MAX) {
      underWay.decrementAndGet();
      refused.warn("A question of a node is not answered: {} answers are under way", MAX);
      return;
    }
    try {
      executor.execute(() -> publish(question));
    } catch (Throwable e) { // the node is closed, or no thread can be started
      answered(e);
    }
  }

  @SuppressWarnings("FutureReturnValueIgnored") // what fails is logged
  private void publish(String question) {
    try {
      publish.apply(answerTo(question)).whenComplete((receipt, failure) -> answered(failure));
    } catch (Throwable e) {
      answered(e);
    }
  }

  private void answered(@Nullable Throwable failure) {
    underWay.decrementAndGet();
    if (failure != null && !closed) {
      failures.warn("A question of a node was not answered: {}", failure.getMessage());
    }
  }

  private Control.Answer answerTo(String question) {
    FanoutHealth now = health.get();
    List<String> reasons =
        Stream.concat(Stream.of(now.reason()), now.notes().stream())
            .filter(reason -> !reason.isEmpty())
            .limit(MAX_REASONS)
            .map(Answers::shortened)
            .toList();
    return new Control.Answer(
        question,
        node.id(),
        node.since().toEpochMilli(),
        now.counters().sessions(),
        now.counters().users(),
        node.version(),
        now.status().name(),
        reasons);
  }

  /** Not cut inside a character of two units, which has no UTF-8 form then. */
  private static String shortened(String reason) {
    if (reason.length() <= MAX_REASON_LENGTH) {
      return reason;
    }
    boolean inside = Character.isHighSurrogate(reason.charAt(MAX_REASON_LENGTH - 1));
    return reason.substring(0, inside ? MAX_REASON_LENGTH - 1 : MAX_REASON_LENGTH);
  }

  /** The node ends, and answers nothing more. */
  void close() {
    closed = true;
  }
}
