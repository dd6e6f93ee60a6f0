package io.github.redisfanout.backplane.redis;

import io.github.redisfanout.backplane.Gap;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reports what the receiving connections of a link may have missed. Confined to the receiving
 * thread.
 *
 * <p>A move to another server makes two gaps. The second one is for nodes that moved later and have
 * published to the old server meanwhile.
 */
final class GapLog {
  /**
   * The end of a connection that has received.
   *
   * @param receivedUntil messages published before this were received, if this was the right server
   * @param sureUntil until when it was known to be the right one
   * @param server the one that the connection led to
   * @param unsure whether {@code sureUntil} counts even if the next server is the same
   * @param moved whether it was left for another server
   */
  record End(
      Gap.Cause cause,
      Instant receivedUntil,
      Instant sureUntil,
      ServerIdentity server,
      boolean unsure,
      boolean moved) {

    private End leftForGood() {
      return new End(cause, receivedUntil, sureUntil, server, unsure, true);
    }
  }

  private final Clock clock;
  private final Duration settlingTime;
  private final Duration nameCache;
  private final Consumer<Gap> report;

  /**
   * A gap that ends later, although messages were received since it began.
   *
   * @param dueAt when all other nodes have moved; null: when the connection is proved to receive
   */
  private record OpenGap(Instant since, Gap.Cause cause, @Nullable Instant dueAt) {}

  private @Nullable End end; // of the last connection; null if the present one receives
  private @Nullable OpenGap open; // null unless messages may be missing among those received

  /**
   * Knows of no gap.
   *
   * @param settlingTime how long after a move other nodes may still move
   * @param nameCache how long a name may lead to its old address
   */
  GapLog(Clock clock, Duration settlingTime, Duration nameCache, Consumer<Gap> report) {
    this.clock = clock;
    this.settlingTime = settlingTime;
    this.nameCache = nameCache;
    this.report = report;
  }

  /** A connection that has received was lost. */
  void lost(End connection) {
    end = connection;
  }

  /** Nothing more is received: the node closes, or wants no channel any more. */
  void finish() {
    End before = end;
    OpenGap gap = open;
    end = null;
    open = null;
    if (before != null) {
      Instant from = before.receivedUntil;
      from = before.unsure ? earlier(from, before.sureUntil) : from;
      reportUntilNow(gap == null ? from : earlier(from, gap.since), before.cause);
    } else if (gap != null) {
      reportUntilNow(gap.since, gap.cause);
    }
  }

  /**
   * Messages are received again.
   *
   * @param server the one that the new connection leads to
   * @param unsure whether it may be another one although it does not show
   * @return the end of the connection before, as a move if it was one; null if nothing was missed
   */
  @Nullable End receivedAgain(ServerIdentity server, boolean unsure) {
    End before = end;
    if (before == null) {
      return null;
    }
    end = null;
    boolean other = server.isOther(before.server, before.receivedUntil);
    boolean moved = before.moved || other;
    Duration cached = server.isAtOtherAddress(before.server) ? nameCache : Duration.ZERO;
    Instant from = before.receivedUntil;
    if (before.unsure || unsure || other) {
      from = earlier(from, before.sureUntil.minus(cached));
    }
    boolean settling = moved;
    if (open != null) {
      from = earlier(from, open.since);
      settling |= open.dueAt != null; // the other nodes may not have moved yet
    }
    Instant now = reportUntilNow(from, before.cause);
    open = settling ? new OpenGap(now, Gap.Cause.MOVED, now.plus(settlingTime).plus(cached)) : null;
    return moved ? before.leftForGood() : before;
  }

  /** Messages are received on a connection that no probe has proved yet. */
  void receivedUnproved(ServerIdentity server) {
    End before = receivedAgain(server, false);
    if (before != null) {
      Instant now = clock.instant();
      end = new End(before.cause, now, now, before.server, before.unsure, before.moved);
      open = open == null ? new OpenGap(now, before.cause, null) : open;
    }
  }

  /** Called now and then while messages are received: reports the second gap of a move when due. */
  void settle() {
    boolean due = open != null && open.dueAt != null && !clock.instant().isBefore(open.dueAt);
    if (due && end == null) {
      finish();
    }
  }

  private Instant reportUntilNow(Instant from, Gap.Cause cause) {
    Instant now = clock.instant();
    report.accept(new Gap(Set.of(), from, now, cause));
    return now;
  }

  private static Instant earlier(Instant one, Instant other) {
    return one.isBefore(other) ? one : other;
  }
}
