package io.github.redisfanout;

import io.github.redisfanout.internal.Callbacks;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Tells when a session, or a new member of a group, receives: once its channels are confirmed.
 * Costs nothing until it is asked. Thread-safe; never waits.
 */
final class Readiness {
  private final LocalChannels channels;
  private final Executor callbacks;
  private final Executor timer;
  private final @Nullable TextPayload notice; // null: clients are sent nothing

  /** Asked for before the session was registered. */
  private final Set<Waiting> early = ConcurrentHashMap.newKeySet();

  /**
   * @param callbacks completes the futures
   * @param timer for short work
   * @param notice see {@link FanoutConfig.Builder#readyNotice}
   */
  Readiness(
      LocalChannels channels, Executor callbacks, Executor timer, @Nullable TextPayload notice) {
    this.channels = channels;
    this.callbacks = callbacks;
    this.timer = timer;
    this.notice = notice;
  }

  /** See {@link FanoutSession#ready}. */
  CompletableFuture<@Nullable Void> ready(FanoutSession session) {
    return begin(new Waiting(session, null, callbacks));
  }

  /** See {@link FanoutSession#join}: the session is a member, or has left meanwhile. */
  CompletableFuture<@Nullable Void> joined(FanoutSession session, String group) {
    return begin(new Waiting(session, group, callbacks));
  }

  /** A session was registered, and its channel subscribed. */
  @SuppressWarnings("FutureReturnValueIgnored") // what follows throws nothing
  void registered(FanoutSession session) {
    if (!early.isEmpty()) {
      List<Waiting> asked = early.stream().filter(each -> each.session == session).toList();
      asked.forEach(each -> each.ask(callbacks));
    }
    TextPayload payload = notice;
    if (payload != null) {
      // On the timer, which other callbacks do not delay: it is only put into a queue.
      Waiting waiting = new Waiting(session, null, Runnable::run);
      waiting.future.thenRun(() -> session.sendIfOpen(payload));
      begin(waiting);
    }
  }

  private static CompletableFuture<@Nullable Void> begin(Waiting waiting) {
    if (waiting.session.addAtEnd(waiting)) {
      waiting.ask(Runnable::run); // nothing depends on its future yet
    } else {
      waiting.future.completeExceptionally(waiting.closedException());
    }
    return waiting.future;
  }

  /** One future, which is completed by whatever takes it from the session first. */
  private final class Waiting implements Runnable {
    final CompletableFuture<@Nullable Void> future = new CompletableFuture<>();
    private final FanoutSession session;
    private final @Nullable String group; // null: for all that the session receives
    private final Executor executor;
    private volatile @Nullable CompletableFuture<Void> awaited; // null until it waits
    private volatile boolean ended; // the session has closed

    Waiting(FanoutSession session, @Nullable String group, Executor executor) {
      this.session = session;
      this.group = group;
      this.executor = executor;
    }

    /** {@code now} completes the future if all is confirmed already. */
    void ask(Executor now) {
      if (!session.isRegistered()) {
        early.add(this);
        if (!session.isRegistered() && session.isOpen()) {
          return; // asked again when it is registered
        }
        early.remove(this);
      }
      Set<String> groups = session.groups();
      CompletionStage<Void> confirmation =
          group == null
              ? channels.confirmation(session.userId(), groups)
              : channels.confirmation(null, Set.of(group));
      CompletableFuture<Void> known = confirmation.toCompletableFuture();
      if (known.isDone() && !known.isCompletedExceptionally()) {
        confirmed(now);
        return;
      }
      awaited = known;
      if (ended) {
        known.cancel(false);
      }
      // A thread that unsubscribes may complete it, under the locks of sessions: no work there.
      confirmation.whenComplete((nothing, cause) -> later(() -> answered(groups, cause)));
    }

    private void later(Runnable task) {
      try {
        timer.execute(task);
      } catch (RejectedExecutionException e) {
        // The node has closed, and with it the session, which completes the future.
      }
    }

    private void confirmed(Executor on) {
      if (group != null && !session.groups().contains(group)) {
        fail(on, leftException());
      } else if (session.removeAtEnd(this)) {
        Callbacks.run(on, () -> future.complete(null));
      }
    }

    @SuppressWarnings("ReferenceEquality") // each change makes another set
    private void answered(Set<String> asked, @Nullable Throwable cause) {
      Set<String> groups = session.groups();
      if (cause == null) {
        confirmed(executor);
      } else if (group != null && !groups.contains(group)) {
        fail(executor, leftException());
      } else if (groups != asked) {
        ask(executor); // it has left one of them, whose channel was unsubscribed
      } else {
        fail(executor, new IllegalStateException(name() + ": " + cause.getMessage(), cause));
      }
    }

    private void fail(Executor on, IllegalStateException cause) {
      if (session.removeAtEnd(this)) {
        Callbacks.run(on, () -> future.completeExceptionally(cause));
      }
    }

    /** The session has closed. */
    @Override
    public void run() {
      early.remove(this);
      ended = true;
      CompletableFuture<Void> known = awaited;
      if (known != null) {
        known.cancel(false); // or an outage would keep all sessions that have come and gone
      }
      Callbacks.run(executor, () -> future.completeExceptionally(closedException()));
    }

    private IllegalStateException closedException() {
      return new IllegalStateException(name() + ": session is closed");
    }

    private IllegalStateException leftException() {
      return new IllegalStateException(name() + ": session has left the group");
    }

    private String name() {
      return group == null ? "ready" : "join";
    }
  }
}
