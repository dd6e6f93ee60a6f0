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
 * What the receiving connections of a link may have missed, as gaps. Confined to the receiving
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

  private @Nullable End end; // of the last connection; null if nothing can be missed
  private @Nullable Instant movedAt; // null unless other nodes may still move
  private Instant settledAt = Instant.MIN; // meaningful while movedAt is not null

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
    Instant moved = movedAt;
    movedAt = null;
    end =
        moved == null
            ? connection
            : new End(
                connection.cause,
                earlier(connection.receivedUntil, moved),
                earlier(connection.sureUntil, moved),
                connection.peer,
                true,
                true); // the other nodes may not have moved yet
  }

  /** No channel is wanted any more; tells the second gap of a move if it is not told yet. */
  void finish() {
    end = null;
    Instant moved = movedAt;
    movedAt = null;
    if (moved != null) {
      report.accept(new Gap(Set.of(), moved, clock.instant(), Gap.Cause.MOVED));
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
    Instant from = before.receivedUntil;
    if (before.unsure || unsure || otherPeer) {
      from = earlier(from, otherPeer ? before.sureUntil.minus(nameCache) : before.sureUntil);
    }
    Instant now = clock.instant();
    report.accept(new Gap(Set.of(), from, now, before.cause));
    if (before.moved || otherPeer) {
      movedAt = now;
      settledAt = now.plus(settling).plus(otherPeer ? nameCache : Duration.ZERO);
    }
    return before;
  }

  /** A gap is told although it is not proved that messages are received now. */
  void tellOnProbation(SocketAddress peer) {
    End before = receivedAgain(peer, false);
    if (before != null) {
      Instant told = clock.instant();
      movedAt = null;
      end = new End(before.cause, told, told, before.peer, before.unsure, before.moved);
    }
  }

  /** Called now and then: tells the second gap of a move when it is due. */
  void settle() {
    if (movedAt != null && !clock.instant().isBefore(settledAt)) {
      finish();
    }
  }

  private static Instant earlier(Instant one, Instant other) {
    return one.isBefore(other) ? one : other;
  }
}
