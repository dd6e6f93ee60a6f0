package io.github.redisfanout;

import static io.github.redisfanout.internal.Log.log;

import io.github.redisfanout.internal.Warnings;
import io.github.redisfanout.internal.wire.Envelope;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Finds a message's sessions on this node and hands it to their lanes, one batch per lane.
 *
 * <p>Called on the reading thread: it looks up and hands over, and never waits. Most messages
 * concern nobody here, so nothing is made for a message before its first session is found.
 */
final class Dispatcher {
  /** What a message takes on a lane beside its text: its objects, as measured, in bytes. */
  static final int MESSAGE_BYTES = 192;

  /** What a header takes beside its characters: the map's entry and two strings, in bytes. */
  private static final int HEADER_BYTES = 150;

  /** What each session of a batch takes, in bytes. */
  static final int ENTRY_BYTES = 8;

  private final SessionRegistry registry;
  private final Lanes lanes;
  private final Propagation propagation;
  private final Counters counters;
  private final Warnings warnings = new Warnings();
  private final Warnings blocked = new Warnings();
  private final AtomicLong messages = new AtomicLong();

  /** The thread that asks a registry of the application's own; null while none does. */
  private volatile @Nullable Thread asking;

  private volatile long askedNanos; // when it began

  Dispatcher(SessionRegistry registry, Lanes lanes, Propagation propagation, Counters counters) {
    this.registry = registry;
    this.lanes = lanes;
    this.propagation = propagation;
    this.counters = counters;
  }

  /** Delivers messages in order; each lane is called once for all of them. */
  void deliver(List<Envelope> envelopes) {
    if (registry instanceof InMemorySessionRegistry) {
      findAndOffer(envelopes);
      return;
    }
    askedNanos = System.nanoTime();
    asking = Thread.currentThread();
    try {
      findAndOffer(envelopes);
    } finally {
      asking = null;
    }
  }

  /** Whether the registry blocks the reading thread; called by a timer. */
  void watchRegistry() {
    Thread thread = asking;
    String trouble = trouble(System.nanoTime());
    if (thread != null && trouble != null) {
      blocked.warn(
          "{}: a registry must not block, because no message is read meanwhile",
          trouble,
          LaneWatch.stackOf(thread));
    }
  }

  /**
   * A description of a registry that blocks the reading thread; null if it does not. {@code now} is
   * read as {@link System#nanoTime} is.
   */
  @Nullable String trouble(long now) {
    boolean blocks = asking != null && now - askedNanos >= LaneWatch.BLOCKED_AFTER.toNanos();
    return blocks
        ? "receiving is blocked in %s.sessions".formatted(registry.getClass().getName())
        : null;
  }

  private void findAndOffer(List<Envelope> envelopes) {
    List<List<Batch>> byLane = null;
    for (Envelope envelope : envelopes) {
      Message message = null;
      for (String userId : envelope.target().users()) {
        List<FanoutSession> sessions = find(userId);
        if (sessions.isEmpty()) {
          continue;
        }
        byLane = byLane == null ? newLists() : byLane;
        message = message == null ? new Message(messages.incrementAndGet(), envelope) : message;
        collect(sessions, message, byLane);
      }
    }
    if (byLane != null) {
      offer(byLane);
    }
  }

  /** The user's sessions; the registry is the application's, and it or its collection may throw. */
  private List<FanoutSession> find(String userId) {
    try {
      return List.copyOf(registry.sessions(Address.checked(userId))); // copies no immutable list
    } catch (Throwable e) {
      counters.userCodeFailures.increment();
      warnings.warn("The session registry threw", e);
      return List.of();
    }
  }

  private List<List<Batch>> newLists() {
    List<List<Batch>> lists = new ArrayList<>(lanes.count());
    for (int i = 0; i < lanes.count(); i++) {
      lists.add(new ArrayList<>());
    }
    return lists;
  }

  private void collect(List<FanoutSession> sessions, Message message, List<List<Batch>> byLane) {
    for (FanoutSession session : sessions) {
      List<Batch> batches = byLane.get(session.laneNumber());
      Batch last = batches.isEmpty() ? null : batches.get(batches.size() - 1);
      if (last == null || last.message != message) {
        last = new Batch(message, propagation, counters);
        batches.add(last);
      }
      last.sessions.add(session);
    }
  }

  private void offer(List<List<Batch>> byLane) {
    for (int i = 0; i < byLane.size(); i++) {
      List<Batch> batches = byLane.get(i);
      // Counted before a lane delivers, so that no message seems delivered before it was queued.
      count(batches, 1);
      List<Batch> refused = lanes.get(i).thread().offer(batches);
      count(refused, -1);
      for (Batch batch : refused) {
        counters.dropped(DropReason.LANE_FULL, batch.distinctSessions());
      }
    }
  }

  private void count(List<Batch> batches, int sign) {
    long messages = 0;
    for (Batch batch : batches) {
      messages += batch.sessions.size();
    }
    if (messages > 0) {
      counters.queued.add(sign * messages);
      counters.inLanes.add(sign * messages);
    }
  }

  /** What all batches of one message share. */
  private static final class Message {
    final long number;
    final TextPayload payload;
    final Map<String, String> headers;
    final long bytes;

    Message(long number, Envelope envelope) {
      this.number = number;
      payload = new TextPayload(envelope.payload(), envelope.payloadBytes());
      headers = envelope.headers();
      long size = (long) MESSAGE_BYTES + payload.bytes();
      for (Map.Entry<String, String> header : headers.entrySet()) {
        size += HEADER_BYTES + header.getKey().length() + header.getValue().length();
      }
      bytes = size;
    }
  }

  /** One message for some sessions of one lane. */
  private static final class Batch implements LaneThread.Work {
    private final Message message;
    private final Propagation propagation;
    private final Counters counters;
    private final List<FanoutSession> sessions = new ArrayList<>();
    private int next; // the session to deliver to; confined to the lane's thread

    Batch(Message message, Propagation propagation, Counters counters) {
      this.message = message;
      this.propagation = propagation;
      this.counters = counters;
    }

    @Override
    public void run() {
      propagation.run(message.headers, this::deliver);
    }

    private void deliver() {
      while (next < sessions.size()) {
        FanoutSession session = sessions.get(next++);
        try {
          session.deliver(message.number, message.payload);
        } catch (Throwable e) { // the others must not miss their message
          log.error("Delivering to {} failed", session, e);
        }
        if (!session.isOnItsLane()) {
          return; // this thread was stuck in the transport, and another one goes on
        }
      }
      counters.inLanes.add(-sessions.size());
    }

    @Override
    public long bytes() {
      return message.bytes + (long) ENTRY_BYTES * sessions.size();
    }

    long distinctSessions() {
      return sessions.stream().distinct().count();
    }
  }
}
