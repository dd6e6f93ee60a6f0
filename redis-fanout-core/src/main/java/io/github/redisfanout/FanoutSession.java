package io.github.redisfanout;

import static java.util.Objects.requireNonNull;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One client on this node: a bounded queue, and one write in flight.
 *
 * <p>Opened by {@link RedisFanout#open} or {@link Subscriber#open}. Closed by the application
 * ({@link #disconnect}), by the adapter when the client is gone ({@link #clientLeft}, {@link
 * #clientLost}), or by the node when the client is slow, stuck or silent. Thread-safe.
 */
public final class FanoutSession {
  /** After this many writes in a row, other sessions of the lane get their turn. */
  private static final int MAX_WRITES_IN_A_ROW = 256;

  /** Takes the reports of a session. */
  interface Owner {
    /** The client is gone; {@code cause} is null if it left in order. Called before the end. */
    void lost(FanoutSession session, @Nullable Throwable cause);

    /**
     * The session has closed; {@code why} is null if its client left, {@code cause} unless a write
     * failed.
     */
    void ended(
        FanoutSession session, @Nullable Disconnect why, boolean force, @Nullable Throwable cause);
  }

  /** What the sessions of a node share. */
  record Shared(
      PayloadWriter payloads,
      OverflowPolicy overflowPolicy,
      SendQueue.Limits limits,
      Counters counters,
      Owner owner) {}

  private final String id;
  private final Address address;
  private final Transport transport;
  private final AdapterHabits habits;
  private final LaneThread lane;
  private final Shared shared;

  /** Its monitor is the session's lock. */
  private final SendQueue queue;

  /** True while the session waits for a turn on its lane. */
  @GuardedBy("queue")
  private boolean scheduled;

  @GuardedBy("queue")
  private boolean ready; // the client was told so

  private volatile boolean registered; // it can be found by what is published

  // Written under the queue's monitor, read without it by the sweep, which visits all sessions.
  private volatile @Nullable Write inFlight; // null while no write is in flight
  private volatile boolean closed;
  private volatile @Nullable OverflowPolicy ownPolicy; // null: the node's

  // Null unless a write was in flight when the session was closed in order.
  private volatile @Nullable CompletableFuture<@Nullable Void> lastWrite;

  private final Liveness liveness = new Liveness(System::nanoTime);

  /** The number of the last message, to deliver each once; confined to the lane. */
  private long lastMessage;

  FanoutSession(
      String id,
      Address address,
      Transport transport,
      AdapterHabits habits,
      LaneThread lane,
      Shared shared) {
    this.id = id;
    this.address = address;
    this.transport = transport;
    this.habits = habits;
    this.lane = lane;
    this.shared = shared;
    queue = new SendQueue(shared.limits());
  }

  /** A random, unique id; not the container's. */
  public String id() {
    return id;
  }

  /** The user that it belongs to. */
  public String userId() {
    return address.userId();
  }

  Address address() {
    return address;
  }

  Transport transport() {
    return transport;
  }

  AdapterHabits habits() {
    return habits;
  }

  int laneNumber() {
    return lane.number();
  }

  /** False once it is closed by either side; may change at any moment. */
  public boolean isOpen() {
    return !closed;
  }

  /**
   * Sends to this session only, through the same queue as published messages.
   *
   * @param payload see {@link Publisher#publish}
   * @return false if the session is closed, or its queue is full and the overflow policy applied
   * @throws IllegalArgumentException if the payload has no JSON form within the limits
   */
  public boolean send(@Nullable Object payload) {
    return send(shared.payloads().text(payload));
  }

  /**
   * Sends JSON as it is; otherwise the same as {@link #send}.
   *
   * @param json exactly one JSON value; the client receives this text
   * @throws IllegalArgumentException if the text is anything but one value within the limits
   */
  public boolean sendJson(String json) {
    return send(shared.payloads().textOfJson(json));
  }

  /** What happens when this session's queue is full. */
  public OverflowPolicy overflowPolicy() {
    OverflowPolicy own = ownPolicy;
    return own == null ? shared.overflowPolicy() : own;
  }

  /** Sets the policy from the next message on. Default: the node's. */
  public void overflowPolicy(OverflowPolicy policy) {
    ownPolicy = requireNonNull(policy, "policy == null");
  }

  /** Tells the node that something came from the client; the adapter calls it. */
  public void touch() {
    liveness.touch();
    habits.touched();
  }

  /** Ends the session of a client that left in order; the adapter calls it. */
  public void clientLeft() {
    gone(null);
  }

  /**
   * Ends the session of a client whose connection is lost; the adapter calls it.
   *
   * @param cause what went wrong; logged at DEBUG
   */
  public void clientLost(Throwable cause) {
    gone(requireNonNull(cause, "cause == null"));
  }

  private void gone(@Nullable Throwable cause) {
    habits.endNoticed();
    shared.owner().lost(this, cause);
    end(null, false);
  }

  /** Closes the session from this side; does nothing and returns false if it is closed. */
  @CanIgnoreReturnValue
  public boolean disconnect(Disconnect why) {
    return end(requireNonNull(why, "why == null"), false);
  }

  /** The id and whether it is open; never the user or what is sent. */
  @Override
  public String toString() {
    return "FanoutSession(" + id + (closed ? ", closed)" : ", open)");
  }

  /** Delivers a message that was counted as queued, once if named twice; on the lane only. */
  void deliver(long message, TextPayload payload) {
    if (isNew(message)) {
      enqueue(payload, true);
    } else {
      shared.counters().queued.decrement();
    }
  }

  /** Delivers a notice, once; on the lane only. */
  void deliverNotice(long message, TextPayload payload) {
    if (isNew(message)) {
      shared.counters().queued.increment();
      enqueue(payload, true);
    }
  }

  /** Whether the calling thread is the one that delivers to this session. */
  boolean isOnItsLane() {
    return lane.isCurrentThread();
  }

  private boolean isNew(long message) {
    boolean isNew = message != lastMessage;
    lastMessage = message;
    return isNew;
  }

  void registered() {
    registered = true;
  }

  /**
   * Sends the notice that the session is ready, if it is registered, and was not sent it before.
   */
  void sendOnce(TextPayload payload) {
    synchronized (queue) {
      if (ready || closed || !registered) {
        return;
      }
      ready = true;
    }
    send(payload);
  }

  @CanIgnoreReturnValue
  private boolean send(TextPayload payload) {
    shared.counters().queued.increment();
    return enqueue(payload, false);
  }

  private boolean enqueue(TextPayload payload, boolean onLane) {
    int dropped;
    int abandoned = -1; // the session stays open
    boolean open;
    boolean schedule = false;
    Write write = null;
    OverflowPolicy policy = overflowPolicy();
    synchronized (queue) {
      open = !closed;
      dropped = open ? queue.offer(payload, policy) : -1;
      if (dropped >= 0) {
        write = onLane ? beginWrite() : null;
        schedule = !onLane && schedules();
      } else if (open && policy == OverflowPolicy.DISCONNECT) {
        abandoned = closeAndClear(); // at once: nothing may be written after the gap
      }
    }
    boolean accepted = dropped >= 0;
    DropReason reason = open ? DropReason.QUEUE_FULL : DropReason.SESSION_CLOSED;
    shared.counters().dropped(reason, accepted ? dropped : 1);
    if (abandoned >= 0) {
      ended(abandoned, Disconnect.SLOW_CLIENT, true, null);
    }
    requestTurn(schedule);
    write(write);
    return accepted;
  }

  private void requestTurn(boolean schedule) {
    if (schedule) {
      lane.execute(this::takeTurn);
    }
  }

  /** The next write; null if there is nothing to write, or a write in flight. */
  @GuardedBy("queue")
  private @Nullable Write beginWrite() {
    TextPayload payload = queue.onItsWay();
    if (payload == null || inFlight != null || scheduled) {
      return null;
    }
    Write write = new Write(this, payload);
    inFlight = write;
    return write;
  }

  /** True if the caller has to request a turn. */
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
    write(write);
  }

  /** Writes as long as each write is complete when it returns; on the lane only. */
  private void write(@Nullable Write first) {
    Write write = first;
    for (int writes = 1; write != null && write.call(transport, lane); writes++) {
      boolean schedule;
      synchronized (queue) {
        write = writes < MAX_WRITES_IN_A_ROW ? beginWrite() : null;
        schedule = write == null && schedules();
      }
      requestTurn(schedule);
    }
  }

  /** The transport does not return from a write. */
  void abandon() {
    end(Disconnect.WRITE_TIMEOUT, true);
  }

  /** The first report of a write counts; after it, the write is no longer in flight. */
  void written(Write write) {
    habits.writeReported();
    boolean schedule;
    synchronized (queue) {
      if (inFlight != write) {
        return;
      }
      inFlight = null;
      queue.next();
      // If the lane is inside this write, it continues when the call returns: no recursion.
      schedule = !write.endsItsOwnCall() && schedules();
    }
    shared.counters().delivered.increment();
    requestTurn(schedule);
  }

  /** {@code threw} is true if the transport threw instead of reporting the failure. */
  void notWritten(Write write, @Nullable Throwable cause, boolean threw) {
    habits.writeReported();
    if (threw) {
      shared.counters().userCodeFailures.increment();
    }
    int abandoned;
    synchronized (queue) {
      if (inFlight != write) {
        return;
      }
      abandoned = closeAndClear(); // at once: nothing may be written after the gap
    }
    shared.counters().dropped(DropReason.WRITE_FAILED, 1);
    ended(abandoned - 1, Disconnect.WRITE_FAILED, true, cause);
  }

  /**
   * Closes the session; false if it was closed.
   *
   * @param why null if the client left
   * @param force whether to close without a handshake, because the client does not answer
   */
  private boolean end(@Nullable Disconnect why, boolean force) {
    int abandoned;
    synchronized (queue) {
      if (closed) {
        return false;
      }
      lastWrite = force || inFlight == null ? null : inFlight.reported();
      abandoned = closeAndClear();
    }
    ended(abandoned, why, force, null);
    return true;
  }

  /** Returns how many messages will not reach the client. */
  @GuardedBy("queue")
  private int closeAndClear() {
    closed = true;
    inFlight = null;
    return queue.clear();
  }

  /** Completed when the write that was in flight at an orderly end has ended; null: none was. */
  @Nullable CompletableFuture<@Nullable Void> lastWrite() {
    return lastWrite;
  }

  private void ended(
      int abandoned, @Nullable Disconnect why, boolean force, @Nullable Throwable cause) {
    shared.counters().dropped(DropReason.SESSION_CLOSED, abandoned);
    shared.owner().ended(this, why, force, cause);
  }

  /** True if nothing is left to write, and on its lane, which must not wait for itself. */
  boolean isIdle() {
    synchronized (queue) {
      return lane.isCurrentThread() || queue.onItsWay() == null;
    }
  }

  /** Closes the session if its write takes too long or its client is silent; true: ping it. */
  boolean sweep(long now, long writeTimeoutNanos, long pingNanos, long silenceNanos) {
    Write write = inFlight;
    if (write != null && now - write.startedNanos() >= writeTimeoutNanos) {
      end(Disconnect.WRITE_TIMEOUT, true);
    } else if (liveness.isSilent(now, pingNanos, silenceNanos)) {
      end(Disconnect.SILENT, true);
    }
    return !closed && write == null && liveness.beginPing(now, pingNanos);
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
