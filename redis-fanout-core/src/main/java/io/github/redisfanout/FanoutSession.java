package io.github.redisfanout;

import static java.util.Objects.requireNonNull;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import org.jspecify.annotations.Nullable;

/**
 * One client on this node: a bounded queue, and one write in flight.
 *
 * <p>Opened by {@link RedisFanout#open} or {@link Subscriber#open}; closed once, by whoever comes
 * first: the application ({@link #disconnect}), the adapter when the peer has gone ({@link
 * #closed}), or the node when the client is too slow, stuck or silent. Thread-safe.
 */
public final class FanoutSession {
  /** After so many writes in a row the other sessions of the lane have their turn. */
  private static final int MAX_WRITES_IN_A_ROW = 256;

  private final String id;
  private final Address address;
  private final Transport transport;
  private final Lane lane;
  private final Sessions owner;

  /** Guards itself and what says so; nobody else has it. */
  private final SendQueue queue;

  /** True while the lane has this session on its list. */
  @GuardedBy("queue")
  private boolean scheduled;

  // Written under the queue's monitor only. The sweep, which visits all sessions, reads without.
  private volatile @Nullable Write inFlight; // null while no write is in flight
  private volatile boolean closed;
  private volatile @Nullable OverflowPolicy ownPolicy; // null: the node's

  private final Liveness liveness = new Liveness(System::nanoTime);

  /** Confined to the lane: the number of the last message, so that one message comes once. */
  private long lastMessage;

  FanoutSession(String id, Address address, Transport transport, Lane lane, Sessions owner) {
    this.id = id;
    this.address = address;
    this.transport = transport;
    this.lane = lane;
    this.owner = owner;
    queue = new SendQueue(owner);
  }

  /** Random, unique, and not the container's. */
  public String id() {
    return id;
  }

  /** Whose session it is. */
  public String userId() {
    return address.userId();
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
    return enqueue(owner.encode(payload), false);
  }

  /** What happens when its queue is full. */
  public OverflowPolicy overflowPolicy() {
    OverflowPolicy own = ownPolicy;
    return own == null ? owner.overflowPolicy() : own;
  }

  /**
   * Sets what happens when this session's queue is full, from its next message on. Default: {@link
   * FanoutConfig.Builder#overflowPolicy the node's}.
   */
  public void overflowPolicy(OverflowPolicy policy) {
    ownPolicy = requireNonNull(policy, "policy == null");
  }

  /** The adapter heard something from the client: it is alive. */
  public void touch() {
    liveness.touch();
  }

  /**
   * The adapter lost the client; the transport is not used any more. Does nothing when closed.
   *
   * @param cause what went wrong; null if the client has left in order
   */
  public void closed(@Nullable Throwable cause) {
    owner.lost(this, cause);
    end(null, false);
  }

  /** Closes the session from this side. Does nothing when it is closed already. */
  public void disconnect(Disconnect why) {
    end(requireNonNull(why, "why == null"), false);
  }

  // ---- sending; called on the lane, or by send

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
    owner.counters().queued.increment();
    if (accepted) {
      owner.counters().dropped(DropReason.QUEUE_FULL, dropped);
    } else {
      owner.counters().dropped(open ? DropReason.QUEUE_FULL : DropReason.SESSION_CLOSED, 1);
    }
    if (tooSlow) {
      ended(abandoned, Disconnect.SLOW_CLIENT, true);
    }
    if (schedule) {
      lane.execute(this::takeTurn);
    } else if (write != null) {
      write(write);
    }
    return accepted;
  }

  /** The next write, if there is something to write and nobody at it; else null. */
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

  /** Writes, and goes on as long as writes are complete when they return. On the lane only. */
  private void write(Write first) {
    Write write = first;
    for (int writes = 1; write != null; writes++) {
      write = write.call(transport) ? goOn(writes) : null;
    }
  }

  private @Nullable Write goOn(int writes) {
    boolean schedule;
    synchronized (queue) {
      if (writes < MAX_WRITES_IN_A_ROW) {
        return beginWrite();
      }
      schedule = schedules();
    }
    if (schedule) {
      lane.execute(this::takeTurn);
    }
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
      // If the lane is inside this write, it goes on when the call returns: no recursion.
      if (!write.endsItsOwnCall()) {
        schedule = schedules();
      }
    }
    owner.counters().delivered.increment();
    if (schedule) {
      lane.execute(this::takeTurn);
    }
  }

  /** The same as a failed write, unless it was reported before. */
  void writeThrew(Write write) {
    owner.counters().failuresOfUserCode.increment();
    notWritten(write);
  }

  void notWritten(Write write) {
    int abandoned;
    synchronized (queue) {
      if (inFlight != write) {
        return;
      }
      abandoned = closeAndClear(); // at once: nothing may be written after the gap
    }
    owner.counters().dropped(DropReason.WRITE_FAILED, 1);
    ended(abandoned - 1, Disconnect.WRITE_FAILED, true);
  }

  // ---- the end

  /**
   * @param why null if the client has left by itself
   * @param force closes without the client's help, because it does not answer
   */
  private void end(@Nullable Disconnect why, boolean force) {
    int abandoned;
    synchronized (queue) {
      if (closed) {
        return;
      }
      abandoned = closeAndClear();
    }
    ended(abandoned, why, force);
  }

  /** Gives the number of messages that will not reach the client any more. */
  @GuardedBy("queue")
  private int closeAndClear() {
    closed = true;
    inFlight = null;
    return queue.clear();
  }

  private void ended(int abandoned, @Nullable Disconnect why, boolean force) {
    owner.counters().dropped(DropReason.SESSION_CLOSED, abandoned);
    owner.ended(this, address, transport, why, force);
  }

  /** Whether nothing is left to write; also true on its lane, which must not wait for itself. */
  boolean isIdle() {
    synchronized (queue) {
      return lane.isCurrentThread() || queue.onItsWay() == null;
    }
  }

  // ---- looked after by the sweep

  /** Aborts a write that takes too long and a client that is silent; true if a ping is due. */
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
      if (mayPing()) {
        liveness.ping(transport);
      }
    } finally {
      liveness.endPing();
    }
  }

  private boolean mayPing() {
    return !closed && inFlight == null;
  }
}
