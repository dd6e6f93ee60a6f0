package io.github.redisfanout.backplane.redis;

import static java.util.Objects.requireNonNullElse;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.github.redisfanout.backplane.redis.SentinelReplies.NoMasterException;
import io.github.redisfanout.internal.Threads;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.HostAndPort;

/**
 * All known sentinels, which are asked at the same time. {@link #ask} is for one thread; {@link
 * #close} for any.
 */
final class Sentinels {
  private static final Duration LIMIT = Duration.ofMillis(Sentinel.TIMEOUT_MILLIS);

  /** How long slower ones are waited for once a majority has answered. */
  private static final Duration FURTHER_LIMIT = Duration.ofMillis(100);

  private static final int MAX_ASKING = 128; // one a sentinel

  private static final String UNANSWERED = "has not answered";

  private static final Pattern JEDIS_PREFIX =
      Pattern.compile("^Failed to (connect to \\S+|create socket): ");

  /**
   * The answers to one look-up.
   *
   * @param heard what each address answered
   * @param silent why others have not answered, each a sentence
   */
  record Answers(
      Opinions opinions, Map<HostAndPort, Opinion> heard, Map<HostAndPort, String> silent) {

    /** Why this master is not confirmed, one reason for each sentinel that does not name it. */
    List<String> reasons(@Nullable Master master) {
      List<String> reasons = new ArrayList<>();
      heard.forEach(
          (address, opinion) -> {
            if (master == null || !opinion.supports(master)) {
              reasons.add(address + " names " + opinion.master());
            }
          });
      reasons.addAll(silent.values());
      return reasons;
    }
  }

  /** What came of asking one of them; the opinion is null if there is none. */
  private record Reply(Sentinel from, @Nullable Opinion opinion, String failure) {}

  private final Function<HostAndPort, Sentinel> maker;
  private final KnownSentinels known; // confined to the asking thread
  // Uses an idle thread before it starts another one.
  private final ThreadPoolExecutor pool =
      new ThreadPoolExecutor(
          0,
          MAX_ASKING,
          1,
          TimeUnit.SECONDS,
          new SynchronousQueue<>(),
          Threads.daemons("sentinel-ask"));

  @GuardedBy("this")
  private final Map<HostAndPort, Sentinel> open = new HashMap<>();

  @GuardedBy("this")
  private boolean closed;

  /** {@code maker} makes a sentinel that is not started. */
  Sentinels(List<HostAndPort> configured, Function<HostAndPort, Sentinel> maker) {
    known = new KnownSentinels(configured);
    this.maker = maker;
  }

  /** Asks all, and those that they name; returns after about 1 s at most. */
  Answers ask() {
    Map<HostAndPort, Opinion> heard = new LinkedHashMap<>();
    Map<HostAndPort, String> silent = new LinkedHashMap<>();
    BlockingQueue<Reply> replies = new LinkedBlockingQueue<>();
    long deadline = System.nanoTime() + LIMIT.toNanos();
    boolean majority = false;
    int awaited = askNew(silent, heard, replies);
    while (awaited > 0) {
      Reply reply = next(replies, deadline);
      if (reply == null) {
        break;
      }
      awaited--;
      HostAndPort address = reply.from().address();
      known.resolved(address, reply.from().resolved());
      if (reply.opinion() == null) {
        silent.put(address, reply.failure());
      } else {
        known.heard(address, reply.opinion());
        silent.remove(address);
        heard.put(address, reply.opinion());
        Opinions opinions = opinions(heard);
        if (!majority && opinions.isMajority(opinions.answered())) {
          majority = true;
          deadline = Math.min(deadline, System.nanoTime() + FURTHER_LIMIT.toNanos());
        }
      }
      if (awaited == 0) {
        awaited = askNew(silent, heard, replies);
      }
    }
    silent.keySet().forEach(known::silent);
    Opinions opinions = opinions(heard);
    known.forgetUnnamed(heard.values());
    closeOthers(known.addresses());
    return new Answers(opinions, heard, silent);
  }

  private Opinions opinions(Map<HostAndPort, Opinion> heard) {
    return new Opinions(heard.values(), known.total(heard.values()));
  }

  /** Asks those not asked yet in this look-up; returns how many will reply. */
  private int askNew(
      Map<HostAndPort, String> silent,
      Map<HostAndPort, Opinion> heard,
      BlockingQueue<Reply> replies) {
    int begun = 0;
    for (HostAndPort address : known.addresses()) {
      if (heard.containsKey(address) || silent.containsKey(address)) {
        continue;
      }
      silent.put(address, address + " " + UNANSWERED); // until it has
      Sentinel sentinel = at(address);
      if (sentinel != null && sentinel.beginAsking() && begin(sentinel, replies)) {
        begun++;
      }
    }
    return begun;
  }

  private boolean begin(Sentinel sentinel, BlockingQueue<Reply> replies) {
    boolean begun = false;
    try {
      pool.execute(() -> replies.add(reply(sentinel)));
      begun = true;
    } catch (RejectedExecutionException e) {
      // This is closed.
    } finally {
      if (!begun) {
        sentinel.endAsking(); // also if no thread can be started
      }
    }
    return begun;
  }

  private static Reply reply(Sentinel sentinel) {
    try {
      return new Reply(sentinel, sentinel.ask(), "");
    } catch (NoMasterException e) {
      return new Reply(sentinel, null, requireNonNullElse(e.getMessage(), ""));
    } catch (Throwable e) {
      return new Reply(sentinel, null, sentinel.address() + " " + inWords(e));
    }
  }

  /** Without what Jedis says before the cause, for the address is said already. */
  private static String inWords(Throwable failure) {
    if (failure.getCause() instanceof SocketTimeoutException) {
      return UNANSWERED;
    }
    return JEDIS_PREFIX.matcher(Failures.inWords(failure)).replaceFirst("");
  }

  private static @Nullable Reply next(BlockingQueue<Reply> replies, long deadline) {
    try {
      return replies.poll(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      return null; // only close ends our threads; this look-up ends early
    }
  }

  private synchronized @Nullable Sentinel at(HostAndPort address) {
    if (closed) {
      return null;
    }
    return open.computeIfAbsent(
        address,
        key -> {
          Sentinel sentinel = maker.apply(key);
          sentinel.start();
          return sentinel;
        });
  }

  private void closeOthers(Set<HostAndPort> wanted) {
    List<Sentinel> unwanted = new ArrayList<>();
    synchronized (this) {
      open.entrySet()
          .removeIf(
              entry -> {
                boolean other = !wanted.contains(entry.getKey());
                if (other) {
                  unwanted.add(entry.getValue());
                }
                return other;
              });
    }
    unwanted.forEach(Sentinel::close);
  }

  /** Ends all connections, and waits for the threads for at most this long. */
  void close(Duration limit) {
    List<Sentinel> all;
    synchronized (this) {
      closed = true;
      all = List.copyOf(open.values());
    }
    all.forEach(Sentinel::close);
    pool.shutdown();
    long deadline = System.nanoTime() + limit.toNanos();
    for (Sentinel sentinel : all) {
      sentinel.join(Duration.ofNanos(deadline - System.nanoTime()));
    }
    Threads.awaitTermination(pool, Duration.ofNanos(deadline - System.nanoTime()));
  }
}
