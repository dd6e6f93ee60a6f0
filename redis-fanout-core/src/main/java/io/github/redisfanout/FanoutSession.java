package io.github.redisfanout;

import static java.util.Objects.requireNonNull;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import org.jspecify.annotations.Nullable;

/**
 * One client on this node: a bounded queue, and one write in flight.
 *
 * <p>Opened by {@link RedisFanout#open} or {@link Subscriber#open}. The first of these closes it:
 * the application ({@link #disconnect}), the adapter when the client has gone ({@link #clientLeft},
 * {@link #clientLost}), or the node when the client is too slow, stuck or silent. Thread-safe.
 */
public final class FanoutSession {
  /** After this many writes in a row the other sessions of the lane get their turn. */
  private static final int MAX_WRITES_IN_A_ROW = 256;

  /** What a session reports, so that it needs to know nothing of those who manage it. */
  interface Owner {
    /** The client has gone; {@code cause} is null if it left in order. Called before the end. */
    void lost(FanoutSession session, @Nullable Throwable cause);

    /** The session has closed; {@code why} is null if its client has left by itself. */
    void ended(FanoutSession session, @Nullable Disconnect why, boolean force);
  }

  /** What all sessions of a node have in common. */
  record Shared(
      PayloadWriter payloads,
      OverflowPolicy overflowPolicy,
      SendQueue.Limits limits,
      Counters counters,
      Owner owner) {}

  private final String id;
  private final Address address;
  private final Transport transport;
  private final LaneThread lane;
  private final Shared shared;

  /** Its monitor guards it and the fields that say so. */
  private final SendQueue queue;

  /** True while the lane has this session on its list. */
  @GuardedBy("queue")
  private boolean scheduled;

  // Written under the queue's monitor only. The sweep, which visits all sessions, reads without.
  private volatile @Nullable Write inFlight; // null while no write is in flight
  private volatile boolean closed;
  private volatile @Nullable OverflowPolicy ownPolicy; // null: the node's

  private final Liveness liveness = new Liveness(System::nanoTime);

  /** The number of the last message, so that one message comes once; confined to the lane. */
  private long lastMessage;

  FanoutSession(String id, Address address, Transport transport, LaneThread lane, Shared shared) {
    this.id = id;
    this.address = address;
    this.transport = transport;
    this.lane = lane;
    this.shared = shared;
    queue = new SendQueue(shared.limits());
  }

  /** Random, unique, and not the container's. */
  public String id() {
    return id;
  }

  /** Whose session it is. */
  public String userId() {
    return address.userId();
  }

  Address address() {
    return address;
  }

  Transport transport() {
    return transport;
  }

  int laneNumber() {
    return lane.number();
  }

  /** False once either side has closed it; may change at any moment. */
  public boolean isOpen() {
    return !closed;
  }

  /**
   * Sends to this session only, through the same queue as the fan-out.
   *
   * @param payload see {@link Publisher#publish}
   * @return false if the session is closed, or its queue is full: then the overflow policy applied
   * @throws IllegalArgumentException if the payload has no valid JSON form within the limits
   */
  public boolean send(@Nullable Object payload) {
    return enqueue(shared.payloads().text(payload), false);
  }

  /**
   * Sends JSON as it is, otherwise as {@link #send}.
   *
   * @param json exactly one JSON value; the client receives this text
   * @throws IllegalArgumentException if the text is anything but one value within the limits
   */
  public boolean sendJson(String json) {
    return enqueue(shared.payloads().textOfJson(json), false);
  }

  /** What happens when its queue is full. */
  public OverflowPolicy overflowPolicy() {
    OverflowPolicy own = ownPolicy;
    return own == null ? shared.overflowPolicy() : own;
  }

  /**
   * Sets what happens when this session's queue is full, from its next message on. Default: {@link
   * FanoutConfig.Builder#overflowPolicy the node's}.
   */
  public void overflowPolicy(OverflowPolicy policy) {
    ownPolicy = requireNonNull(policy, "policy == null");
  }

  /** The adapter received something from the client: it is alive. */
  public void touch() {
    liveness.touch();
  }

  /** The client has left in order, the adapter says; does nothing when the session is closed. */
  public void clientLeft() {
    shared.owner().lost(this, null);
    end(null, false);
  }

  /**
   * The connection to the client is lost, the adapter says; does nothing when the session is
   * closed.
   *
   * @param cause what went wrong; logged at DEBUG
   */
  public void clientLost(Throwable cause) {
    shared.owner().lost(this, requireNonNull(cause, "cause == null"));
    end(null, false);
  }

  /** Closes the session from this side; does nothing and returns false if it is closed already. */
  @CanIgnoreReturnValue
  public boolean disconnect(Disconnect why) {
    return end(requireNonNull(why, "why == null"), false);
  }

  /** The id and whether it is open; never the user or what is sent. */
  @Override
  public String toString() {
    return "FanoutSession(" + id + (closed ? ", closed)" : ", open)");
  }

  /** For a lane: one message reaches this session once, however often it is named. */
  void deliver(long message, TextPayload payload) {
    if (message != lastMessage) {
      lastMessage = message;
      enqueue(payload, true);
    }
  }

  private boolean enqueue(TextPayload payload, boolean onLane) {
    int dropped;
    int abandoned = 0;
    boolean open;
    boolean tooSlow = false;
    boolean schedule = false;
    Write write = null;
    OverflowPolicy policy = overflowPolicy();
    synchronized (queue) {
      open = !closed;
      dropped = open ? queue.offer(payload, policy) : -1;
      if (dropped >= 0 && onLane) {
        write = beginWrite();
      } else if (dropped >= 0) {
        schedule = schedules();
      } else if (open && policy == OverflowPolicy.DISCONNECT) {
        tooSlow = true;
        abandoned = closeAndClear(); // at once: nothing may be written after the gap
      }
    }
    boolean accepted = dropped >= 0;
    shared.counters().queued.increment();
    DropReason reason = open ? DropReason.QUEUE_FULL : DropReason.SESSION_CLOSED;
    shared.counters().dropped(reason, accepted ? dropped : 1);
    if (tooSlow) {
      ended(abandoned, Disconnect.SLOW_CLIENT, true);
    }
    requestTurn(schedule);
    if (write != null) {
      write(write);
    }
    return accepted;
  }

  private void requestTurn(boolean schedule) {
    if (schedule) {
      lane.execute(this::takeTurn);
    }
  }

  /** The next write, if there is something to write and no write in flight; else null. */
  @GuardedBy("queue")
  private @Nullable Write beginWrite() {
    TextPayload payload = queue.onItsWay();
    if (payload == null || inFlight != null || scheduled) { // or closed: then there is none
      return null;
    }
    Write write = new Write(this, payload);
    inFlight = write;
    return write;
  }

  /** True if the lane has to be asked for a turn; then the caller does. */
  @GuardedBy("queue")
  private boolean schedules() {
    boolean schedules = !scheduled && inFlight == null && queue.onItsWay() != null;
    scheduled |= schedules;
    return schedules;
  }

  /** On the lane. */
  private void takeTurn() {
    Write write;
    synchronized (queue) {
      scheduled = false;
      write = beginWrite();
    }
    if (write != null) {
      write(write);
    }
  }

  /** Writes as long as each write is complete when it returns. On the lane only. */
  private void write(Write first) {
    Write write = first;
    for (int writes = 1; write != null; writes++) {
      write = write.call(transport) ? continueWriting(writes) : null;
    }
  }

  private @Nullable Write continueWriting(int writes) {
    boolean schedule;
    synchronized (queue) {
      if (writes < MAX_WRITES_IN_A_ROW) {
        return beginWrite();
      }
      schedule = schedules();
    }
    requestTurn(schedule);
    return null;
  }

  /** The first report of a write counts: later ones find that it is not in flight any more. */
  void written(Write write) {
    boolean schedule = false;
    synchronized (queue) {
      if (inFlight != write) {
        return;
      }
      inFlight = null;
      queue.next();
      // If the lane is inside this write, it continues when the call returns: no recursion.
      if (!write.endsItsOwnCall()) {
        schedule = schedules();
      }
    }
    shared.counters().delivered.increment();
    requestTurn(schedule);
  }

  /** {@code threw} says that the transport did not report the failure but threw. */
  void notWritten(Write write, boolean threw) {
    int abandoned;
    if (threw) {
      shared.counters().userCodeFailures.increment();
    }
    synchronized (queue) {
      if (inFlight != write) {
        return;
      }
      abandoned = closeAndClear(); // at once: nothing may be written after the gap
    }
    shared.counters().dropped(DropReason.WRITE_FAILED, 1);
    ended(abandoned - 1, Disconnect.WRITE_FAILED, true);
  }

  /**
   * Closes it; false if it was closed already.
   *
   * @param why null if the client has left by itself
   * @param force closes without the client's help, because it does not answer
   */
  private boolean end(@Nullable Disconnect why, boolean force) {
    int abandoned;
    synchronized (queue) {
      if (closed) {
        return false;
      }
      abandoned = closeAndClear();
    }
    ended(abandoned, why, force);
    return true;
  }

  /** Gives the number of messages that will not reach the client any more. */
  @GuardedBy("queue")
  private int closeAndClear() {
    closed = true;
    inFlight = null;
    return queue.clear();
  }

  private void ended(int abandoned, @Nullable Disconnect why, boolean force) {
    shared.counters().dropped(DropReason.SESSION_CLOSED, abandoned);
    shared.owner().ended(this, why, force);
  }

  /** Whether nothing is left to write; also true on its lane, which must not wait for itself. */
  boolean isIdle() {
    synchronized (queue) {
      return lane.isCurrentThread() || queue.onItsWay() == null;
    }
  }

  /**
   * For the sweep: aborts a write that takes too long and a client that is silent; true if a ping
   * is due.
   */
  boolean sweep(long now, long writeTimeoutNanos, long pingNanos, long silenceNanos) {
    if (closed) {
      return false;
    }
    Write write = inFlight;
    if (write != null && now - write.startedNanos() >= writeTimeoutNanos) {
      end(Disconnect.WRITE_TIMEOUT, true);
      return false;
    }
    if (liveness.isSilent(now, pingNanos, silenceNanos)) {
      end(Disconnect.SILENT, true);
      return false;
    }
    return write == null && liveness.beginPing(now, pingNanos);
  }

  /** On the pinging thread. */
  void ping() throws Exception {
    try {
      if (!closed && inFlight == null) {
        liveness.ping(transport);
      }
    } finally {
      liveness.endPing();
    }
  }
}
