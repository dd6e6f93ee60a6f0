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
public final class FanoutSession extends SessionWrites {
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
  private final Shared shared;

  @GuardedBy("queue")
  private boolean ready; // the client was told so

  // Written under the queue's monitor. Stays when the session closes, for the lane to clean up.
  private volatile Set<String> groups = Set.of();

  private volatile boolean registered; // it can be found by what is published

  private volatile @Nullable OverflowPolicy ownPolicy; // null: the node's

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
    super(transport, habits, lane, shared.limits());
    this.id = id;
    this.address = address;
    this.shared = shared;
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

  /** False once it is closed by either side; may change at any moment. */
  public boolean isOpen() {
    return !isClosed();
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
  @Override
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
    return isClosed() ? Set.of() : groups;
  }

  enum Added {
    ADDED,
    PRESENT,
    FULL,
    CLOSED
  }

  /** Adds a group; the caller then updates the lane. */
  Added addGroup(String group, int max) {
    synchronized (queue) {
      if (isClosed()) {
        return Added.CLOSED;
      } else if (groups.contains(group)) {
        return Added.PRESENT;
      } else if (groups.size() >= max) {
        return Added.FULL;
      }
      Set<String> more = new HashSet<>(groups);
      more.add(group);
      groups = Set.copyOf(more);
      shared.owner().countMember(group, laneNumber(), 1);
      return Added.ADDED;
    }
  }

  /** Removes a group; false if it is not there. The caller then updates the lane. */
  boolean removeGroup(String group) {
    synchronized (queue) {
      if (isClosed() || !groups.contains(group)) {
        return false;
      }
      Set<String> fewer = new HashSet<>(groups);
      fewer.remove(group);
      groups = Set.copyOf(fewer);
      shared.owner().countMember(group, laneNumber(), -1);
      return true;
    }
  }

  @Override
  @GuardedBy("queue")
  void closing() {
    groups.forEach(group -> shared.owner().countMember(group, laneNumber(), -1));
  }

  @Override
  void ended(@Nullable Disconnect why, boolean force, @Nullable Throwable cause) {
    shared.owner().ended(this, why, force, cause);
  }

  @Override
  Counters counters() {
    return shared.counters();
  }

  /** The groups that it was in when it closed. */
  Set<String> lastGroups() {
    return groups;
  }

  /** Tells the node that something came from the client; the adapter calls it. */
  public void touch() {
    liveness.touch();
    habits().touched();
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
    habits().endNoticed();
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
    return "FanoutSession(" + id + (isClosed() ? ", closed)" : ", open)");
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
    if (!isClosed()) {
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

  void registered() {
    registered = true;
  }

  /**
   * Sends the notice that the session is ready, if it is registered, and was not sent it before.
   */
  void sendOnce(TextPayload payload) {
    synchronized (queue) {
      if (ready || isClosed() || !registered) {
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

  /** Closes the session if its write takes too long or its client is silent; true: ping it. */
  boolean sweep(long now, long writeTimeoutNanos, long pingNanos, long silenceNanos) {
    Write write = inFlight();
    if (write != null && now - write.startedNanos() >= writeTimeoutNanos) {
      end(Disconnect.WRITE_TIMEOUT, true);
    } else if (liveness.isSilent(now, pingNanos, silenceNanos)) {
      end(Disconnect.SILENT, true);
    }
    return !isClosed() && write == null && liveness.beginPing(now, pingNanos);
  }

  /** On the pinging thread. */
  void ping() throws Exception {
    try {
      if (!isClosed() && inFlight() == null) {
        liveness.ping(transport());
      }
    } finally {
      liveness.endPing();
    }
  }
}
