package io.github.redisfanout.backplane.redis;

import io.github.redisfanout.backplane.Directory;
import io.github.redisfanout.backplane.redis.LinkEvents.Note;
import io.github.redisfanout.internal.Threads;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/**
 * A directory of nodes in {@linkplain NodeKeys keys that expire}, on its own connection, which the
 * first call opens. Thread-safe.
 */
final class RedisDirectory implements Directory {
  /** Questions that wait, of perhaps as many requests of clients. */
  private static final int MAX_QUESTIONS = 1_000;

  /** However many ask, there is room for what nodes write: else they would seem lost. */
  private static final int MAX_WAITING = 2 * MAX_QUESTIONS;

  /** Names in one command, which Redis answers in less than a millisecond. */
  private static final int NAMES = 500;

  /** Commands that are written before their answers are read. */
  private static final int COMMANDS = 20;

  /** An answer may take this long, as nobody waits for it longer. */
  static final Duration ANSWER_LIMIT = Duration.ofSeconds(3);

  /** How long a close waits for what was asked before it. */
  private static final long CLOSE_NANOS = Duration.ofSeconds(1).toNanos();

  /** Something to do on an open connection. */
  interface Work<T extends @Nullable Object> {
    T on(OneConnection open);
  }

  private final Dialer dialer;
  private final Permission nodeKeys;
  private final Permission subscriptions;
  private final ThreadPoolExecutor thread =
      Threads.pool("directory", 1, new LinkedBlockingQueue<>(MAX_WAITING));
  private final HeldConnection held = new HeldConnection();

  /** What to log in with again; null if not. */
  private final AtomicReference<@Nullable Login> login = new AtomicReference<>();

  private volatile boolean opened;
  private volatile boolean closed;

  // Confined to the thread, which may be replaced by another one when it was idle.
  private final Backoff backoff = new Backoff();
  private @Nullable Throwable unreachable; // null if the last dial succeeded
  private long dialAgainNanos; // of no meaning while reachable

  /** {@code dialer} waits for an answer for at most {@link #ANSWER_LIMIT}. */
  RedisDirectory(Dialer dialer, LinkEvents events) {
    this.dialer = dialer;
    nodeKeys =
        new Permission(
            events, Note.NODES, "it is not known which nodes are missing", "the keys of nodes");
    subscriptions =
        new Permission(events, Note.SUBSCRIBERS, "it is not known who is online", "PUBSUB NUMSUB");
    thread.setKeepAliveTime(1, TimeUnit.MINUTES);
  }

  /** Calls before it fail. */
  void open() {
    opened = true;
  }

  @Override
  @SuppressWarnings("NullAway") // a CompletionStage<Void> is completed with null
  public CompletionStage<Void> announce(String channel, String node, Duration ttl) {
    return submit(
        nodeKeys,
        open -> {
          NodeKeys.announce(open, channel, node, ttl);
          return null;
        });
  }

  @Override
  @SuppressWarnings("NullAway") // a CompletionStage<Void> is completed with null
  public CompletionStage<Void> withdraw(String channel, String node) {
    return submit(
        nodeKeys,
        open -> {
          NodeKeys.withdraw(open, channel, node);
          return null;
        });
  }

  @Override
  public CompletionStage<Announced> read(String channel) {
    return submit(nodeKeys, open -> NodeKeys.read(open, channel));
  }

  @Override
  public CompletionStage<long[]> subscribers(List<String> channels) {
    List<String> asked = List.copyOf(channels);
    return asked.isEmpty()
        ? CompletableFuture.completedFuture(new long[0])
        : ask(subscriptions, open -> subscribers(open, asked));
  }

  private static long[] subscribers(OneConnection open, List<String> channels) {
    List<CommandArguments> commands = new ArrayList<>();
    for (int i = 0; i < channels.size(); i += NAMES) {
      CommandArguments command = new CommandArguments(Command.PUBSUB).add("NUMSUB");
      channels.subList(i, Math.min(channels.size(), i + NAMES)).forEach(command::add);
      commands.add(command);
    }
    long[] counts = new long[channels.size()];
    int count = 0;
    for (int i = 0; i < commands.size(); i += COMMANDS) {
      List<CommandArguments> some = commands.subList(i, Math.min(commands.size(), i + COMMANDS));
      for (Object answer : NodeKeys.call(open, some)) {
        List<?> namesAndCounts = (List<?>) answer;
        for (int j = 1; j < namesAndCounts.size(); j += 2) {
          counts[count++] = (Long) namesAndCounts.get(j);
        }
      }
    }
    return counts;
  }

  /** As {@link #submit}, for what any number of callers may ask. */
  <T> CompletionStage<T> ask(Permission permission, Work<T> work) {
    return thread.getQueue().size() < MAX_QUESTIONS
        ? submit(permission, work)
        : CompletableFuture.failedFuture(tooMany(MAX_QUESTIONS));
  }

  /** Does something on the connection, unless it is known not to be permitted. */
  <T extends @Nullable Object> CompletionStage<T> submit(Permission permission, Work<T> work) {
    CompletableFuture<T> outcome = new CompletableFuture<>();
    if (!opened || closed) {
      outcome.completeExceptionally(notOpen());
      return outcome;
    }
    try {
      thread.execute(
          () -> {
            try {
              outcome.complete(run(permission, work));
            } catch (Throwable e) {
              outcome.completeExceptionally(closed ? notOpen() : e);
            }
          });
    } catch (RejectedExecutionException e) {
      outcome.completeExceptionally(thread.isShutdown() ? notOpen() : tooMany(MAX_WAITING));
    }
    return outcome;
  }

  private static JedisException tooMany(int waiting) {
    return new JedisException("Redis does not answer: " + waiting + " wait");
  }

  private static IllegalStateException notOpen() {
    return new IllegalStateException("the backplane was not started, or is closed");
  }

  private <T extends @Nullable Object> T run(Permission permission, Work<T> work) {
    permission.check();
    OneConnection open = held.current();
    if (open != null) {
      try {
        logInAgain(open);
        return run(permission, work, open);
      } catch (JedisConnectionException e) {
        held.drop(); // it was lost while it was idle; what was written may be written again
      }
    }
    open = connect();
    try {
      return run(permission, work, open);
    } catch (JedisConnectionException e) {
      lost(e);
      throw e;
    }
  }

  private <T extends @Nullable Object> T run(
      Permission permission, Work<T> work, OneConnection open) {
    try {
      T result = work.on(open);
      permission.granted();
      return result;
    } catch (JedisDataException e) {
      if (String.valueOf(e.getMessage()).startsWith("READONLY")) {
        lost(e); // it is a replica
      }
      throw permission.refusalOr(e);
    }
  }

  private OneConnection connect() {
    if (closed) {
      throw notOpen();
    }
    Throwable before = unreachable;
    if (before != null && System.nanoTime() - dialAgainNanos < 0) {
      throw notConnected(before);
    }
    login.set(null); // a later one may be newer than what the new connection logs in with
    try {
      OneConnection open = dialer.dial("redis-fanout-directory");
      held.hold(open);
      unreachable = null;
      backoff.reset();
      return open;
    } catch (RuntimeException e) {
      lost(e);
      throw notConnected(e);
    }
  }

  private static JedisException notConnected(Throwable why) {
    return new JedisException("not connected: " + Failures.inWords(why), why);
  }

  private void lost(Throwable why) {
    held.drop();
    unreachable = why;
    dialAgainNanos = System.nanoTime() + backoff.nextNanos();
  }

  private void logInAgain(OneConnection open) {
    Login due = login.getAndSet(null);
    if (due != null) {
      try {
        due.send(open);
      } catch (JedisDataException e) {
        dialer.loginRefused(e);
      }
    }
  }

  /** The connection leads to the wrong server: the next call opens another one. */
  void renew() {
    held.drop();
  }

  /** Logs in again, soon; from any thread. */
  void logIn(Login again) {
    login.set(again);
    try {
      thread.execute(this::logInAgain);
    } catch (RejectedExecutionException e) {
      // It is closed, or the next command does it.
    }
  }

  private void logInAgain() {
    OneConnection open = held.current();
    if (open != null) {
      try {
        logInAgain(open);
      } catch (RuntimeException e) {
        held.drop(); // the next command opens another one
      }
    }
  }

  /** Ends all, after what was asked before if that is done in this time. */
  void close(long nanos) {
    thread.shutdown();
    long limit = Math.min(nanos, CLOSE_NANOS);
    if (limit > 0) {
      Threads.awaitTermination(thread, Duration.ofNanos(limit));
    }
    closed = true;
    held.close(); // what still waits fails at once
  }

  /** Waits for the thread's end. */
  void awaitEnd(Duration limit) {
    Threads.awaitTermination(thread, limit);
  }
}
