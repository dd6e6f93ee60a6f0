package io.github.redisfanout.backplane;

import java.time.Instant;
import java.util.Set;

/**
 * A time window in which this node may have missed messages.
 *
 * <p>By this node's clock, the missed messages were published in it; for {@link Cause#OVERLOAD},
 * they arrived in it.
 *
 * @param channels the channels concerned; empty means all
 * @param from when the last probe that came back was sent, or without probes the last confirmed
 *     heartbeat; earlier if it is uncertain that this was the right server at that time. For {@link
 *     Cause#OVERLOAD}: when the first message was dropped
 * @param until when messages were received again
 * @param cause why
 */
public record Gap(Set<String> channels, Instant from, Instant until, Cause cause) {

  /** Makes the window empty if it ends before it begins. */
  public Gap {
    channels = Set.copyOf(channels);
    if (until.isBefore(from)) {
      // The clock may have been set back.
      until = from;
    }
  }

  /** Why messages may have been missed. More values may be added. */
  public enum Cause {
    /** The connection that receives was lost. */
    CONNECTION_LOST,
    /** The connection looked healthy, but the node's own probe did not come back on it. */
    DEAD_SUBSCRIPTION,
    /** This node was too slow and dropped messages. */
    OVERLOAD,
    /**
     * The node moved to another server. It is reported twice: when the node receives again, and
     * when all other nodes have had the time to move, too, or it closes.
     */
    MOVED,
    /** The node moved to another server after no majority had confirmed the old one for a while. */
    UNCONFIRMED
  }
}
