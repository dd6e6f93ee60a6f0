package io.github.redisfanout;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds a message's sessions on this node and hands it to their lanes, one batch per lane.
 *
 * <p>Called on the reading thread: it looks up and hands over, and never waits.
 */
final class Deliverer {
  private static final Logger log = LoggerFactory.getLogger(RedisFanout.class);

  /** What a message takes on a lane beside its text: its objects, as measured, in bytes. */
  static final int MESSAGE_BYTES = 192;

  /** What each session of a batch takes, in bytes. */
  static final int ENTRY_BYTES = 8;

  private final SessionRegistry registry;
  private final Sessions sessions;
  private final Counters counters;
  private final RateLimit warnings;
  private final AtomicLong messages = new AtomicLong();

  Deliverer(SessionRegistry registry, Sessions sessions, Counters counters, RateLimit warnings) {
    this.registry = registry;
    this.sessions = sessions;
    this.counters = counters;
    this.warnings = warnings;
  }

  void deliver(Envelope envelope) {
    Lane[] lanes = sessions.lanes();
    @Nullable List<FanoutSession>[] batches = newBatches(lanes.length);
    for (String userId : envelope.userIds()) {
      try {
        collect(userId, batches);
      } catch (RuntimeException | Error e) {
        counters.failuresOfUserCode.increment();
        if (warnings.allows()) {
          log.warn("The session registry threw", e);
        }
      }
    }
    long message = messages.incrementAndGet();
    for (int lane = 0; lane < lanes.length; lane++) {
      List<FanoutSession> batch = batches[lane];
      if (batch != null) {
        handOver(lanes[lane], batch, message, envelope.payload());
      }
    }
  }

  // The registry is the application's: going through what it gives may throw, too.
  private void collect(String userId, @Nullable List<FanoutSession>[] batches) {
    for (FanoutSession session : registry.sessions(Address.user(userId))) {
      int lane = session.laneNumber();
      List<FanoutSession> batch = batches[lane];
      if (batch == null) {
        batch = new ArrayList<>();
        batches[lane] = batch;
      }
      batch.add(session);
    }
  }

  private void handOver(Lane lane, List<FanoutSession> batch, long message, TextPayload payload) {
    long size = MESSAGE_BYTES + payload.bytes() + (long) ENTRY_BYTES * batch.size();
    boolean accepted =
        lane.offer(
            () -> {
              for (FanoutSession session : batch) {
                session.deliver(message, payload);
              }
            },
            size);
    if (!accepted) {
      counters.dropped(DropReason.LANE_FULL, batch.stream().distinct().count());
    }
  }

  @SuppressWarnings({"unchecked", "rawtypes"}) // arrays of a generic type have no other form
  private static @Nullable List<FanoutSession>[] newBatches(int count) {
    return new List[count];
  }
}
