package io.github.redisfanout;

import static java.util.Objects.requireNonNull;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.HashSet;
import java.util.Set;
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

    /** See {@link FanoutSession#join}; false if the session is closed. */
    boolean join(FanoutSession session, String group);

    /** See {@link FanoutSession#leave}. */
    boolean leave(FanoutSession session, String group);

    /** The group has one member more on this lane, or one less; called under the session's lock. */
    void countMember(String group, int lane, int change);
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

  // Written under the queue's monitor. Stays when the session closes, for the lane to clean up.
  private volatile Set<String> groups = Set.of();

  private volatile boolean registered; // it can be found by what is published

  // Written under the queue's monitor, read without it by the sweep, which visits all sessions.
  private volatile @Nullable Write inFlight; // null while no write is in flight
  private volatile boolean closed;
  private volatile @Nullable OverflowPolicy ownPolicy; // null: the node's

  // Null unless a write was in flight when the session was closed in order.
  private volatile @Nullable CompletableFuture<@Nullable Void> lastWrite;

  private final Liveness liveness = new Liveness(System::nanoTime);

  /**
   * The {@link LaneWork#number} up to which everything has reached it; confined to the lane, once
   * the session is opened.
   */
  private long reached;

  private int lastOutage; // the number of the last outage that it was told; confined to the lane

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

  /**
   * Joins a group, to receive what is published for it: see {@link Audience#group}.
   *
   * <p>Counts for what is published after this call, by any node. Does nothing if the session is a
   * member. The membership is this session's alone, and ends with it: to join again after a
   * reconnect see {@link FanoutConfig.Builder#groupsOf}.
   *
   * @return completed once what is published for the group reaches this session, which is at once;
   *     completed exceptionally with {@link IllegalStateException} if the session is closed
   * @throws IllegalArgumentException if the name is empty or has an unpaired surrogate
   * @throws IllegalStateException if the session is in {@link
   *     FanoutConfig.Builder#maxGroupsPerSession} groups
   */
  @CanIgnoreReturnValue
  public CompletableFuture<@Nullable Void> join(String group) {
    return shared.owner().join(this, group)
        ? CompletableFuture.completedFuture(null)
        : CompletableFuture.failedFuture(new IllegalStateException("join: session is closed"));
  }

  /**
   * Leaves a group. Counts for what is published after this call.
   *
   * @return false if it was not a member
   * @throws IllegalArgumentException if the name is empty or has an unpaired surrogate
   */
  @CanIgnoreReturnValue
  public boolean leave(String group) {
    return shared.owner().leave(this, group);
  }

  /** The groups that it is a member of: an immutable snapshot, empty once the session is closed. */
  public Set<String> groups() {
    return closed ? Set.of() : groups;
  }

  enum Added {
    ADDED,
    PRESENT,
    FULL,
    CLOSED
  }

  /** Adds a group that the lane is told next. */
  Added addGroup(String group, int max) {
    synchronized (queue) {
      if (closed) {
        return Added.CLOSED;
      } else if (groups.contains(group)) {
        return Added.PRESENT;
      } else if (groups.size() >= max) {
        return Added.FULL;
      }
      Set<String> more = new HashSet<>(groups);
      more.add(group);
      groups = Set.copyOf(more);
      shared.owner().countMember(group, lane.number(), 1);
      return Added.ADDED;
    }
  }

  /** Removes a group, as the lane is told next; false if it is not there. */
  boolean removeGroup(String group) {
    synchronized (queue) {
      if (closed || !groups.contains(group)) {
        return false;
      }
      Set<String> fewer = new HashSet<>(groups);
      fewer.remove(group);
      groups = Set.copyOf(fewer);
      shared.owner().countMember(group, lane.number(), -1);
      return true;
    }
  }

  /** The groups that it was in when it closed. */
  Set<String> lastGroups() {
    return groups;
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

  /** Whether everything up to this number has reached it; on the lane only. */
  long reached() {
    return reached;
  }

  /** Everything up to this number has reached it, or is not for it; on the lane only. */
  void reach(long number) {
    reached = Math.max(reached, number);
  }

  /** Delivers a message that was counted as queued; on the lane only. */
  void deliver(TextPayload payload) {
    enqueue(payload, true);
  }

  /** Delivers a notice; on the lane only. */
  void deliverNotice(TextPayload payload) {
    if (!closed) {
      shared.counters().queued.increment();
      enqueue(payload, true);
    }
  }

  /** Delivers the notice of an outage once; on the lane only. */
  void deliverOutage(int outage, TextPayload payload) {
    if (outage != lastOutage) {
      lastOutage = outage;
      deliverNotice(payload);
    }
  }

  /** Whether the calling thread is the one that delivers to this session. */
  boolean isOnItsLane() {
    return lane.isCurrentThread();
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
    groups.forEach(group -> shared.owner().countMember(group, lane.number(), -1));
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
