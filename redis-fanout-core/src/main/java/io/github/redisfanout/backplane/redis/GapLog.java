package io.github.redisfanout.backplane.redis;

import io.github.redisfanout.backplane.Gap;
import java.net.SocketAddress;
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
   * @param peer the address that the connection led to
   * @param unsure whether {@code sureUntil} counts even if the next address is the same
   * @param moved whether it was left for another server
   */
  record End(
      Gap.Cause cause,
      Instant receivedUntil,
      Instant sureUntil,
      SocketAddress peer,
      boolean unsure,
      boolean moved) {}

  private final Clock clock;
  private final Duration settling;
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
   * @param settling how long after a move other nodes may still move
   * @param nameCache how long a name may lead to its old address
   */
  GapLog(Clock clock, Duration settling, Duration nameCache, Consumer<Gap> report) {
    this.clock = clock;
    this.settling = settling;
    this.nameCache = nameCache;
    this.report = report;
  }

  /** A connection that has received was lost. */
  void lost(End connection) {
    end = connection;
  }

  /** Nothing more is received: the node closes, or wants no channel any more. */
  void finish() {
    end = null;
    if (open != null) {
      reportUntilNow(open.since, open.cause);
      open = null;
    }
  }

  /**
   * Messages are received again.
   *
   * @param peer the address that the new connection leads to
   * @param unsure whether it may be another server although the address is the same
   * @return the end of the connection before; null if nothing was missed
   */
  @Nullable End receivedAgain(SocketAddress peer, boolean unsure) {
    End before = end;
    if (before == null) {
      return null;
    }
    end = null;
    boolean otherPeer = !peer.equals(before.peer);
    boolean moved = before.moved || otherPeer;
    Instant from = before.receivedUntil;
    if (before.unsure || unsure || otherPeer) {
      from = earlier(from, otherPeer ? before.sureUntil.minus(nameCache) : before.sureUntil);
    }
    if (open != null) {
      from = earlier(from, open.since);
      moved |= open.dueAt != null; // the other nodes may not have moved yet
    }
    Instant now = reportUntilNow(from, before.cause);
    Instant dueAt = now.plus(settling).plus(otherPeer ? nameCache : Duration.ZERO);
    open = moved ? new OpenGap(now, Gap.Cause.MOVED, dueAt) : null;
    return before;
  }

  /** Messages are received on a connection that no probe has proved yet. */
  void receivedUnproved(SocketAddress peer) {
    End before = receivedAgain(peer, false);
    if (before != null) {
      Instant now = clock.instant();
      end = new End(before.cause, now, now, before.peer, before.unsure, before.moved);
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
