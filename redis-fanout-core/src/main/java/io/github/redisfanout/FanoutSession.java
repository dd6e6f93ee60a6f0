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

    /** See {@link FanoutSession#ready}. */
    CompletableFuture<@Nullable Void> ready(FanoutSession session);

    /** See {@link FanoutSession#join}. */
    CompletableFuture<@Nullable Void> join(FanoutSession session, String group);

    /** See {@link FanoutSession#leave}. */
    boolean leave(FanoutSession session, String group);

    /** The group has one member more on this lane, or one less; called under the session's lock. */
    void countMember(String group, int lane, int change);

    /** The user has one session more that is registered, or one less; called as the one above. */
    void countSession(String userId, int change);
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

  /** Done once when it has closed; null: nothing is. */
  @GuardedBy("queue")
  private @Nullable Set<Runnable> atEnd;

  // Written under the queue's monitor. Stays when the session closes, for the lane to clean up.
  private volatile Set<String> groups = Set.of();

  // Written under the queue's monitor.
  private volatile boolean registered; // it can be found by what is published, and is counted

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
   * Tells from when on this session receives all that is published for it: its user, the groups
   * that it is in now, and everyone. Publish or load a history after that.
   *
   * <p>That is, once Redis has confirmed the channels of this session on the present connection; if
   * there is none, after the next one is made. With {@link Routing#BROADCAST} that is only the
   * common channel, as a rule long confirmed. Each call asks again.
   *
   * @return completed on the callback executor; completed exceptionally with {@link
   *     IllegalStateException} if the session or the node closes first
   */
  public CompletableFuture<@Nullable Void> ready() {
    return shared.owner().ready(this);
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
   * <p>Counts for what is published after the future is completed, by any node. Does nothing if the
   * session is a member. The membership is this session's alone, and ends with it: to join again
   * after a reconnect see {@link FanoutConfig.Builder#groupsOf}.
   *
   * @return completed on the callback executor once what is published for the group reaches this
   *     session: see {@link #ready}. Completed exceptionally with {@link IllegalStateException} if
   *     the session is closed or leaves the group first
   * @throws IllegalArgumentException if the name is empty or has an unpaired surrogate
   * @throws IllegalStateException if the session is in {@link
   *     FanoutConfig.Builder#maxGroupsPerSession} groups
   */
  @CanIgnoreReturnValue
  public CompletableFuture<@Nullable Void> join(String group) {
    return shared.owner().join(this, group);
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
      // Subscribed before it shows, or who asks meanwhile would be told that it is not.
      shared.owner().countMember(group, laneNumber(), 1);
      groups = Set.copyOf(more);
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
    if (registered) {
      shared.owner().countSession(userId(), -1);
    }
  }

  @Override
  void ended(@Nullable Disconnect why, boolean force, @Nullable Throwable cause) {
    Set<Runnable> actions;
    synchronized (queue) {
      actions = atEnd;
      atEnd = null;
    }
    if (actions != null) {
      actions.forEach(Runnable::run);
    }
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

  /** It is registered, and counted until it closes; does nothing if it has closed. */
  void registered() {
    synchronized (queue) {
      if (!isClosed()) {
        shared.owner().countSession(userId(), 1); // before it shows, as with a group
        registered = true;
      }
    }
  }

  boolean isRegistered() {
    return registered;
  }

  /** Has something done once when it has closed; false, and nothing is done, if it is closed. */
  boolean addAtEnd(Runnable action) {
    synchronized (queue) {
      if (isClosed()) {
        return false;
      }
      if (atEnd == null) {
        atEnd = new HashSet<>();
      }
      return atEnd.add(action);
    }
  }

  /** Takes it back; false if it was done, or is about to be. */
  boolean removeAtEnd(Runnable action) {
    synchronized (queue) {
      Set<Runnable> actions = atEnd;
      if (actions == null || !actions.remove(action)) {
        return false;
      }
      atEnd = actions.isEmpty() ? null : actions; // idle sessions keep nothing
      return true;
    }
  }

  void sendIfOpen(TextPayload payload) {
    if (!isClosed()) {
      send(payload);
    }
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
