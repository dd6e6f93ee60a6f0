package io.github.redisfanout;

import static java.util.Objects.requireNonNull;

import io.github.redisfanout.backplane.Directory;
import io.github.redisfanout.backplane.Directory.Announced;
import io.github.redisfanout.backplane.PublishFailure;
import io.github.redisfanout.internal.wire.Control;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Asks all nodes, and collects their answers. Thread-safe. */
@SuppressWarnings("FutureReturnValueIgnored") // what depends on a future throws nothing
final class Questions {
  static final int MAX = 16;
  private static final String CLOSED = "the node is closed";
  private static final Duration MAX_DEADLINE = Duration.ofHours(1);

  /** How often the directory is read while nodes are missing, at most. */
  private static final Duration MAX_INTERVAL = Duration.ofSeconds(1);

  private final String channel;
  private final String node;
  private final @Nullable Directory directory; // null: the backplane has none
  private final Executor executor;
  private final Function<Control, CompletableFuture<Receipt>> publish;
  private final Map<String, Question> open = new ConcurrentHashMap<>();
  private final AtomicInteger count = new AtomicInteger();
  private volatile boolean closed;

  /** {@code publish} sends to all nodes; {@code executor} completes the futures of {@link #ask}. */
  Questions(
      String channel,
      String node,
      @Nullable Directory directory,
      Executor executor,
      Function<Control, CompletableFuture<Receipt>> publish) {
    this.channel = channel;
    this.node = node;
    this.directory = directory;
    this.executor = executor;
    this.publish = publish;
  }

  /** See {@link RedisFanout#nodes}; without a timer if the node was closed before it started. */
  CompletableFuture<Nodes> ask(Duration deadline, @Nullable ScheduledExecutorService timer) {
    requireNonNull(deadline, "deadline == null");
    if (deadline.isZero() || deadline.isNegative() || deadline.compareTo(MAX_DEADLINE) > 0) {
      throw new IllegalArgumentException(
          "deadline must be more than 0 and at most 1 hour: " + deadline);
    }
    if (count.incrementAndGet() > MAX) {
      count.decrementAndGet();
      throw new IllegalStateException("nodes: " + MAX + " questions are under way");
    }
    String id = UUID.randomUUID().toString();
    Question question = new Question(node, executor);
    open.put(id, question);
    question.future.whenComplete( // also by the caller
        (nodes, failure) -> {
          open.remove(id);
          count.decrementAndGet();
        });
    if (timer != null) {
      begin(id, question, deadline, timer);
    }
    if (closed) { // perhaps meanwhile
      question.end(CLOSED);
    }
    return question.future;
  }

  private void begin(
      String id, Question question, Duration deadline, ScheduledExecutorService timer) {
    long nanos = deadline.toNanos();
    long interval = Math.min(MAX_INTERVAL.toNanos(), Math.max(1, nanos / 10));
    try {
      cancelAfter(question, timer.schedule(() -> question.end(), nanos, TimeUnit.NANOSECONDS));
      cancelAfter(
          question,
          timer.scheduleWithFixedDelay(
              () -> read(question), interval, interval, TimeUnit.NANOSECONDS));
      // First the directory: a node that is in it by now hears the question.
      CompletableFuture<?> first = read(question);
      cancelAfter(
          question,
          timer.schedule(
              () -> {
                first.cancel(false);
              },
              interval,
              TimeUnit.NANOSECONDS));
      first.whenComplete((announced, failure) -> publish(id, question));
    } catch (RejectedExecutionException e) {
      question.end(CLOSED);
    }
  }

  private static void cancelAfter(Question question, Future<?> task) {
    question.future.whenComplete((nodes, failure) -> task.cancel(false));
  }

  /** Completed when the directory has answered or failed; may be cancelled. */
  private CompletableFuture<?> read(Question question) {
    if (directory == null) {
      question.notAnnounced("the backplane has no directory of nodes");
      return CompletableFuture.completedFuture("none");
    }
    CompletionStage<Announced> stage;
    try {
      stage = directory.read(channel);
    } catch (Throwable e) {
      stage = CompletableFuture.failedFuture(e);
    }
    return stage
        .whenComplete(
            (announced, failure) -> {
              if (failure == null) {
                question.announced(announced);
              } else {
                question.notAnnounced(String.valueOf(failure.getMessage()));
              }
            })
        .toCompletableFuture()
        .copy();
  }

  private void publish(String id, Question question) {
    if (question.future.isDone()) {
      return;
    }
    CompletableFuture<Receipt> published;
    try {
      published = publish.apply(new Control.Ask(id));
    } catch (Throwable e) {
      published = CompletableFuture.failedFuture(e);
    }
    CompletableFuture<Receipt> sent = published;
    sent.whenComplete(
        (receipt, failure) -> {
          if (failure == null) {
            question.published(receipt.nodes());
            return;
          }
          String why = "the question was not published: " + failure.getMessage();
          if (failure instanceof PublishException e && e.failure() == PublishFailure.UNKNOWN) {
            question.notPublished(why); // but perhaps it was
          } else {
            question.end(why);
          }
        });
    question.future.whenComplete((nodes, failure) -> sent.cancel(false)); // nobody waits any more
  }

  /** On the reading thread; never waits. An answer that comes too late is ignored. */
  void answered(Control.Answer answer) {
    Question question = open.get(answer.ask());
    if (question != null) {
      question.answered(new NodeInfo(answer));
    }
  }

  /** Ends all questions with what has come. */
  void close() {
    closed = true;
    open.values().forEach(question -> question.end(CLOSED));
  }
}
