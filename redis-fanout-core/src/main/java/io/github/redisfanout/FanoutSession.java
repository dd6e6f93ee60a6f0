package io.github.redisfanout;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * One client on this node: a bounded queue, and one write in flight.
 *
 * <p>Opened by {@link RedisFanout#open} or {@link Subscriber#open}; closed once, by whoever comes
 * first: the application ({@link #disconnect}), the adapter when the peer has gone ({@link
 * #closed}), or the node when the client is too slow, stuck or silent. Thread-safe.
 */
public final class FanoutSession {
  private final String id;
  private final Address address;
  private final Transport transport;
  private final Lane lane;
  private final int laneNumber;
  private final Sessions owner;

  private final Object lock = new Object();

  // Grows from one entry: most sessions of a node have nothing waiting.
  @GuardedBy("lock")
  private final ArrayDeque<TextPayload> queue = new ArrayDeque<>(1);

  @GuardedBy("lock")
  private int queuedBytes;

  /** True while the lane is writing for this session, or has it on its list. */
  @GuardedBy("lock")
  private boolean draining;

  @GuardedBy("lock")
  private @Nullable Write inFlight; // null while no write is in flight

  @GuardedBy("lock")
  private boolean closed;

  private volatile long seenNanos = System.nanoTime();
  private volatile long pingedNanos = seenNanos;

  /** Confined to the lane: the number of the last message, so that one message comes once. */
  private long lastMessage;

  FanoutSession(
      String id, Address address, Transport transport, Lane lane, int laneNumber, Sessions owner) {
    this.id = id;
    this.address = address;
    this.transport = transport;
    this.lane = lane;
    this.laneNumber = laneNumber;
    this.owner = owner;
  }

  /** Random, unique, and not the container's. */
  public String id() {
    return id;
  }

  public String userId() {
    return address.userId();
  }

  int laneNumber() {
    return laneNumber;
  }

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
    seenNanos = System.nanoTime();
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
    end(why, false);
  }

  /** Closes without the client's help, because it does not answer. */
  void abort(Disconnect why) {
    end(why, true);
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
    boolean accepted;
    boolean drain = false;
    int dropped = 0;
    boolean overflow = false;
    synchronized (lock) {
      if (closed) {
        accepted = false;
      } else {
        accepted = fits(payload);
        if (owner.overflowPolicy() == OverflowPolicy.DROP_OLDEST
            && payload.bytes() <= owner.maxQueuedBytes()) {
          while (!accepted && !queue.isEmpty()) {
            queuedBytes -= queue.remove().bytes();
            dropped++;
            accepted = fits(payload);
          }
        }
        overflow = !accepted;
        if (accepted) {
          queue.add(payload);
          queuedBytes += payload.bytes();
          drain = !draining && inFlight == null;
          draining |= drain;
        }
      }
    }
    owner.counters().queued.increment();
    if (!accepted) {
      owner.counters().dropped(overflow ? DropReason.QUEUE_FULL : DropReason.SESSION_CLOSED, 1);
    }
    if (dropped > 0) {
      owner.counters().dropped(DropReason.QUEUE_FULL, dropped);
    }
    if (overflow && owner.overflowPolicy() == OverflowPolicy.DISCONNECT) {
      abort(Disconnect.SLOW_CLIENT);
    }
    if (drain && onLane) {
      drain();
    } else if (drain) {
      lane.execute(this::drain);
    }
    return accepted;
  }

  // A message that goes straight to the wire does not wait, so it fits whatever its size.
  @GuardedBy("lock")
  private boolean fits(TextPayload payload) {
    return (queue.isEmpty() && inFlight == null)
        || (queue.size() < owner.maxQueuedMessages()
            && queuedBytes + payload.bytes() <= owner.maxQueuedBytes());
  }

  /** Writes what waits, until a write is not complete when it returns. On the lane only. */
  private void drain() {
    while (writeOne()) {}
  }

  private boolean writeOne() {
    Write write;
    synchronized (lock) {
      if (closed || inFlight != null || queue.isEmpty()) {
        draining = false;
        return false;
      }
      TextPayload next = queue.remove();
      queuedBytes -= next.bytes();
      write = new Write(next);
      inFlight = write;
    }
    try {
      transport.write(write.payload, write);
    } catch (Exception | Error e) {
      owner.counters().failuresOfUserCode.increment();
      write.failed(e);
    }
    return true;
  }

  /** One write and its report; the first report counts. */
  private final class Write implements WriteDone {
    final TextPayload payload;
    final long startedNanos = System.nanoTime();

    Write(TextPayload payload) {
      this.payload = payload;
    }

    @Override
    public void ok() {
      boolean drain;
      synchronized (lock) {
        if (inFlight != this) {
          return; // late, or a second report
        }
        inFlight = null;
        // A lane that is still inside this write sees the queue when it comes back: no recursion.
        drain = !draining && !queue.isEmpty();
        draining |= drain;
      }
      owner.counters().delivered.increment();
      if (drain) {
        lane.execute(FanoutSession.this::drain);
      }
    }

    @Override
    public void failed(Throwable cause) {
      synchronized (lock) {
        if (inFlight != this) {
          return;
        }
        inFlight = null;
      }
      owner.counters().dropped(DropReason.WRITE_FAILED, 1);
      abort(Disconnect.WRITE_FAILED);
    }
  }

  // ---- the end

  private void end(@Nullable Disconnect why, boolean force) {
    int dropped;
    synchronized (lock) {
      if (closed) {
        return;
      }
      closed = true;
      dropped = queue.size() + (inFlight == null ? 0 : 1);
      queue.clear();
      queuedBytes = 0;
      inFlight = null;
    }
    owner.counters().dropped(DropReason.SESSION_CLOSED, dropped);
    owner.ended(this, address, transport, why, force);
  }

  // ---- looked after by the sweep

  /** Aborts a write that takes too long and a client that is silent; true if a ping is due. */
  boolean sweep(long now, long writeTimeoutNanos, long pingNanos, long silenceNanos) {
    boolean writing;
    boolean stuck;
    synchronized (lock) {
      if (closed) {
        return false;
      }
      writing = inFlight != null;
      stuck = inFlight != null && now - inFlight.startedNanos >= writeTimeoutNanos;
    }
    if (stuck) {
      abort(Disconnect.WRITE_TIMEOUT);
      return false;
    }
    // Silence only means something after an unanswered ping.
    if (pingedNanos - seenNanos > 0 && now - seenNanos >= silenceNanos) {
      abort(Disconnect.SILENT);
      return false;
    }
    long quietSince = pingedNanos - seenNanos > 0 ? pingedNanos : seenNanos;
    return !writing && now - quietSince >= pingNanos;
  }

  /** On the pinging thread. */
  void ping() throws Exception {
    if (transport.ping()) {
      pingedNanos = System.nanoTime();
    } else {
      touch(); // cannot be asked, so its silence says nothing
    }
  }
}
