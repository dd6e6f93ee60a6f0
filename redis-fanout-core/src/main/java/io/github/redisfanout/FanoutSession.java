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

  private final Object lock = new Object();

  @GuardedBy("lock")
  private final SendQueue queue;

  /** True while the lane is writing for this session, or has it on its list. */
  @GuardedBy("lock")
  private boolean draining;

  @GuardedBy("lock")
  private @Nullable Write inFlight; // null while no write is in flight

  @GuardedBy("lock")
  private boolean closed;

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
    synchronized (lock) {
      return !closed;
    }
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
    boolean drain = false;
    synchronized (lock) {
      open = !closed;
      dropped = open ? queue.offer(payload) : -1;
      if (dropped >= 0) {
        drain = startsDraining();
      } else if (open && owner.overflowPolicy() == OverflowPolicy.DISCONNECT) {
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
    if (drain && onLane) {
      drain();
    } else if (drain) {
      lane.execute(this::drain);
    }
    return accepted;
  }

  /** True if there is something to write and nobody at it; then the caller sees to it. */
  @GuardedBy("lock")
  private boolean startsDraining() {
    boolean starts = !draining && inFlight == null && queue.onItsWay() != null;
    draining |= starts;
    return starts;
  }

  /** Writes what waits, until a write is not complete when it returns. On the lane only. */
  private void drain() {
    for (int writes = 0; writes < MAX_WRITES_IN_A_ROW; writes++) {
      if (!writeOne()) {
        return;
      }
    }
    lane.execute(this::drain);
  }

  private boolean writeOne() {
    TextPayload payload;
    Write write;
    synchronized (lock) {
      payload = queue.onItsWay();
      if (payload == null || inFlight != null) { // or closed: then there is none
        draining = false;
        return false;
      }
      write = new Write();
      inFlight = write;
    }
    try {
      transport.write(payload, write);
    } catch (Exception | Error e) {
      owner.counters().failuresOfUserCode.increment();
      write.failed(e);
    }
    return true;
  }

  /** The report of one write; the first one counts. */
  private final class Write implements WriteDone {
    final long startedNanos = System.nanoTime();

    @Override
    public void ok() {
      boolean drain;
      synchronized (lock) {
        if (inFlight != this) {
          return; // late, or a second report
        }
        inFlight = null;
        queue.next();
        // A lane that is still inside this write sees the queue when it comes back: no recursion.
        drain = startsDraining();
      }
      owner.counters().delivered.increment();
      if (drain) {
        lane.execute(FanoutSession.this::drain);
      }
    }

    @Override
    public void failed(Throwable cause) {
      int abandoned;
      synchronized (lock) {
        if (inFlight != this) {
          return;
        }
        abandoned = closeAndClear(); // at once: nothing may be written after the gap
      }
      owner.counters().dropped(DropReason.WRITE_FAILED, 1);
      ended(abandoned - 1, Disconnect.WRITE_FAILED, true);
    }
  }

  // ---- the end

  /**
   * @param why null if the client has left by itself
   * @param force closes without the client's help, because it does not answer
   */
  private void end(@Nullable Disconnect why, boolean force) {
    int abandoned;
    synchronized (lock) {
      if (closed) {
        return;
      }
      abandoned = closeAndClear();
    }
    ended(abandoned, why, force);
  }

  /** Gives the number of messages that will not reach the client any more. */
  @GuardedBy("lock")
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
    synchronized (lock) {
      return lane.isCurrentThread() || queue.onItsWay() == null;
    }
  }

  // ---- looked after by the sweep

  /** Aborts a write that takes too long and a client that is silent; true if a ping is due. */
  boolean sweep(long now, long writeTimeoutNanos, long pingNanos, long silenceNanos) {
    Write write;
    synchronized (lock) {
      if (closed) {
        return false;
      }
      write = inFlight;
    }
    if (write != null && now - write.startedNanos >= writeTimeoutNanos) {
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
    synchronized (lock) {
      return !closed && inFlight == null;
    }
  }
}
