package io.github.redisfanout;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
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

  /** What a header takes beside its characters: the map's entry and two strings, in bytes. */
  private static final int HEADER_BYTES = 150;

  /** What each session of a batch takes, in bytes. */
  static final int ENTRY_BYTES = 8;

  private final SessionRegistry registry;
  private final Sessions sessions;
  private final Propagation propagation;
  private final Counters counters;
  private final RateLimit warnings;
  private final AtomicLong messages = new AtomicLong();

  Deliverer(
      SessionRegistry registry,
      Sessions sessions,
      Propagation propagation,
      Counters counters,
      RateLimit warnings) {
    this.registry = registry;
    this.sessions = sessions;
    this.propagation = propagation;
    this.counters = counters;
    this.warnings = warnings;
  }

  void deliver(Envelope envelope) {
    deliver(List.of(envelope));
  }

  /** Delivers messages in order; each lane is called once for all of them. */
  void deliver(List<Envelope> envelopes) {
    Lane[] lanes = sessions.lanes();
    List<List<Batch>> byLane = new ArrayList<>(lanes.length);
    for (int i = 0; i < lanes.length; i++) {
      byLane.add(new ArrayList<>(envelopes.size()));
    }
    for (Envelope envelope : envelopes) {
      long message = messages.incrementAndGet();
      for (String userId : envelope.userIds()) {
        try {
          collect(userId, message, envelope, byLane);
        } catch (Throwable e) {
          counters.failuresOfUserCode.increment();
          if (warnings.allows()) {
            log.warn("The session registry threw", e);
          }
        }
      }
    }
    for (int i = 0; i < lanes.length; i++) {
      for (Batch refused : lanes[i].offer(byLane.get(i))) {
        counters.dropped(DropReason.LANE_FULL, refused.distinctSessions());
      }
    }
  }

  // The registry is the application's: going through what it gives may throw, too.
  private void collect(String userId, long message, Envelope envelope, List<List<Batch>> byLane) {
    for (FanoutSession session : registry.sessions(Address.checked(userId))) {
      List<Batch> batches = byLane.get(session.laneNumber());
      Batch last = batches.isEmpty() ? null : batches.get(batches.size() - 1);
      if (last == null || last.message != message) {
        last = new Batch(message, envelope, propagation);
        batches.add(last);
      }
      last.sessions.add(session);
    }
  }

  /** One message for some sessions of one lane. */
  private static final class Batch implements Lane.Work {
    private final long message;
    private final TextPayload payload;
    private final Map<String, String> headers;
    private final long headerBytes;
    private final Propagation propagation;
    private final List<FanoutSession> sessions = new ArrayList<>();

    Batch(long message, Envelope envelope, Propagation propagation) {
      this.message = message;
      payload = envelope.payload();
      headers = envelope.headers();
      headerBytes = bytesOf(headers);
      this.propagation = propagation;
    }

    @Override
    public void run() {
      propagation.run(headers, this::handOver);
    }

    private void handOver() {
      for (FanoutSession session : sessions) {
        session.deliver(message, payload);
      }
    }

    @Override
    public long bytes() {
      return MESSAGE_BYTES + payload.bytes() + headerBytes + (long) ENTRY_BYTES * sessions.size();
    }

    private static long bytesOf(Map<String, String> headers) {
      long bytes = 0;
      for (Map.Entry<String, String> header : headers.entrySet()) {
        bytes += HEADER_BYTES + header.getKey().length() + header.getValue().length();
      }
      return bytes;
    }

    long distinctSessions() {
      return sessions.stream().distinct().count();
    }
  }
}
