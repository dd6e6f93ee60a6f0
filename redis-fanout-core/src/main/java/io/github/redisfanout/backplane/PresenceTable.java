package io.github.redisfanout.backplane;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Which users are on which nodes of an application, as its nodes write it.
 *
 * <p>A node writes under a {@link Lease}, which expires unless the node renews it. From then on its
 * users are not there, and another node {@linkplain #sweep removes} what it has written. Whenever a
 * user comes from nowhere, or is nowhere any more, the table publishes it on its {@linkplain
 * #eventChannel channel} in the same step.
 *
 * <p>No call blocks. Stages complete on any thread, and exceptionally like those of a {@link
 * Directory}; what failed may have happened, and may be repeated. Calls made one after the other
 * take effect in that order. Thread-safe.
 */
public interface PresenceTable {

  /**
   * The right to write, of one node, for one time; immutable.
   *
   * @param id opaque, not two have the same
   */
  record Lease(String channel, String node, String id) {
    /** Checks that nothing is null. */
    public Lease {
      requireNonNull(channel, "channel == null");
      requireNonNull(node, "node == null");
      requireNonNull(id, "id == null");
    }
  }

  /** What became of a lease. More values may be added. */
  enum Known {
    /** It is there. */
    YES,
    /** It expired, and its users were, or are being, removed. */
    SWEPT,
    /** The table has lost it, with all that was written. */
    LOST
  }

  /**
   * A new lease.
   *
   * @param before what became of the one before; YES if there was none
   */
  record Acquired(Lease lease, Known before) {}

  /**
   * A renewed lease, or not.
   *
   * @param known whether it was renewed
   * @param nextExpiry when the first of all leases expires, from now; not positive if one has
   */
  record Renewal(Known known, Duration nextExpiry) {}

  /** What a node writes of a user. More values may be added. */
  enum Kind {
    /** The user is on this node now. */
    CAME,
    /** As before, but it was published already: for a table that has lost it. */
    STAYED,
    /** The user is not on this node any more. */
    LEFT
  }

  /** One thing that a node writes. */
  record Change(Kind kind, String userId) {}

  /**
   * Takes a lease.
   *
   * @param ttl when it expires
   * @param before the node's lease before, which is retired; null if there is none
   * @param grace when that one expires
   */
  CompletionStage<Acquired> acquire(
      String channel, String node, Duration ttl, @Nullable Lease before, Duration grace);

  /** Lets it expire that much later from now on. */
  CompletionStage<Renewal> renew(Lease lease, Duration ttl);

  /** Lets it expire after this time: the node ends. */
  CompletionStage<Void> retire(Lease lease, Duration grace);

  /**
   * Writes some thousands of changes at most. To repeat one changes nothing.
   *
   * @return false if the lease is not known: then some or all were not written
   */
  CompletionStage<Boolean> change(Lease lease, List<Change> changes);

  /**
   * Removes what nodes with expired leases have written, in steps. Of several nodes that do this,
   * one does it; another one if that one ends meanwhile.
   *
   * @param own of the node that does it, which is not removed; if it is not known, nothing is
   * @return how many leases
   */
  CompletionStage<Integer> sweep(Lease own);

  /** The ids of the nodes on which these users are; without those who are nowhere. */
  CompletionStage<Map<String, Set<String>>> read(String channel, List<String> userIds);

  /**
   * The channel on which it is published who comes and goes; the messages have the form of {@code
   * PresenceEvents}.
   */
  static String eventChannel(String channel) {
    return channel + ":redis-fanout:presence";
  }
}
