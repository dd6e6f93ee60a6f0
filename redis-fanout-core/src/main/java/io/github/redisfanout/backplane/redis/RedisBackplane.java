package io.github.redisfanout.backplane.redis;

import static java.util.Objects.requireNonNull;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.github.redisfanout.backplane.Backplane;
import io.github.redisfanout.backplane.BackplaneConfig;
import io.github.redisfanout.backplane.BackplaneStatus;
import io.github.redisfanout.backplane.BackplaneStatus.Proof;
import io.github.redisfanout.backplane.BackplaneStatus.State;
import io.github.redisfanout.backplane.Outgoing;
import io.github.redisfanout.backplane.PublishCallback;
import io.github.redisfanout.backplane.Receiver;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A backplane on the plain pub/sub of one standalone Redis.
 *
 * <p>One connection for publishing and one for receiving, opened and owned here. Both reconnect for
 * ever, with growing, jittered pauses. At most once: see {@link Backplane}. Thread-safe.
 */
public final class RedisBackplane implements Backplane {
  private static final Logger log = LoggerFactory.getLogger(RedisBackplane.class);

  /** How long {@link #close} waits for its threads beyond the flush. */
  private static final Duration JOIN_LIMIT = Duration.ofSeconds(5);

  private final RedisEndpoint endpoint;
  private final BackplaneConfig config;
  private final Clock clock = Clock.systemUTC();
  private final PublishBuffer buffer;
  private final PublishPipeline pipeline;
  private final DirectionState publishing;
  private final DirectionState receiving;
  private final Channels channels = new Channels();
  private final SendWindow window = new SendWindow(channels::askForHeartbeat);
  private final StatusReports reports = new StatusReports(this::status);

  @GuardedBy("this")
  private boolean started;

  @GuardedBy("this")
  private boolean closed;

  private volatile @Nullable Receiver receiver; // null when publishing only, or before start
  private volatile @Nullable ReceiveLoop loop; // null when publishing only, or before start

  @GuardedBy("this")
  private @Nullable ScheduledThreadPoolExecutor timer; // null before start

  @GuardedBy("this")
  private @Nullable Thread publisher; // null before start

  @GuardedBy("this")
  private final List<Thread> threads = new ArrayList<>();

  /** Stores its parts; opens nothing before {@link #start}. */
  public RedisBackplane(RedisEndpoint endpoint, BackplaneConfig config) {
    this.endpoint = requireNonNull(endpoint, "endpoint == null");
    this.config = requireNonNull(config, "config == null");
    buffer = new PublishBuffer(config);
    publishing = new DirectionState("Publishing", endpoint, clock, this::tellStatus);
    receiving = new DirectionState("Receiving", endpoint, clock, this::receivingChanged);
    pipeline = new PublishPipeline(endpoint, config, buffer, publishing, window);
  }

  @Override
  public void start(Receiver receiver) {
    requireNonNull(receiver, "receiver == null");
    synchronized (this) {
      checkNotStarted();
      ReceiveLoop newLoop =
          new ReceiveLoop(
              endpoint, config, receiver, receiving, clock, channels, window, pipeline::sendProbe);
      this.receiver = receiver;
      loop = newLoop;
      startThread("redis-fanout-receive", newLoop::receive);
      startThread("redis-fanout-heartbeat", newLoop::writeCommands);
      startPublishing();
    }
  }

  @Override
  public synchronized void start() {
    checkNotStarted();
    startPublishing();
  }

  @GuardedBy("this")
  private void checkNotStarted() {
    if (started || closed) {
      throw new IllegalStateException("start: the backplane was started or closed before");
    }
    started = true;
  }

  @GuardedBy("this")
  @SuppressWarnings("FutureReturnValueIgnored") // tick catches what it can throw
  private void startPublishing() {
    buffer.open();
    publisher = startThread("redis-fanout-publish", pipeline);
    timer =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread thread = new Thread(task, "redis-fanout-publish-timer");
              thread.setDaemon(true);
              return thread;
            });
    long tick = Math.max(1, Math.min(50, shortest().toMillis() / 10));
    timer.scheduleWithFixedDelay(this::tick, tick, tick, TimeUnit.MILLISECONDS);
  }

  private Duration shortest() {
    Duration timeout = config.publishTimeout();
    Duration interval = config.probeInterval();
    return interval.isZero() || timeout.compareTo(interval) < 0 ? timeout : interval;
  }

  private void tick() {
    try {
      buffer.expireLate();
      pipeline.lookAfterAnswers();
      ReceiveLoop running = loop;
      if (running != null) {
        running.tick();
      }
    } catch (Throwable e) {
      // An exception would end the timer, and with it every deadline.
      log.error("Looking after the connections failed", e);
    }
  }

  @GuardedBy("this")
  private Thread startThread(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    threads.add(thread);
    thread.start();
    return thread;
  }

  private void receivingChanged() {
    if (receiving.current().state() == State.DOWN) {
      pipeline.suspect();
    }
    tellStatus();
  }

  private void tellStatus() {
    Receiver listening = receiver;
    if (listening != null) {
      reports.tell(status -> ReceiveLoop.guarded(() -> listening.onStatus(status)));
    }
  }

  @Override
  public void publish(Outgoing message, PublishCallback callback) {
    buffer.put(message, callback);
  }

  @Override
  public void withdraw(PublishCallback callback) {
    buffer.withdraw(callback);
  }

  @Override
  public CompletionStage<Void> subscribe(Collection<String> channels) {
    if (loop == null) {
      return CompletableFuture.failedFuture(
          new IllegalStateException("subscribe: this backplane does not receive"));
    }
    return this.channels.subscribe(channels);
  }

  @Override
  public CompletionStage<Void> unsubscribe(Collection<String> channels) {
    return this.channels.unsubscribe(channels);
  }

  @Override
  public BackplaneStatus status() {
    ReceiveLoop running = loop;
    return new BackplaneStatus(
        receiving.current(),
        publishing.current(),
        buffer.messages(),
        buffer.bytes(),
        running == null ? 0 : running.reconnects(),
        running == null ? Proof.NOT_WANTED : running.proof());
  }

  @Override
  public void close(Duration flush) {
    long flushNanos = Math.max(0, TimeUnit.NANOSECONDS.convert(flush));
    long deadline = System.nanoTime() + flushNanos;
    ScheduledThreadPoolExecutor runningTimer;
    Thread publishThread;
    List<Thread> running;
    boolean first;
    synchronized (this) {
      first = !closed;
      closed = true;
      runningTimer = timer;
      publishThread = publisher;
      running = List.copyOf(threads);
    }
    if (!first) {
      // The earlier call has promised to send what waits: it must not be cut short.
      if (!running.contains(Thread.currentThread())) {
        running.forEach(thread -> joinUntil(thread, deadline));
      }
      return;
    }
    buffer.beginClose(flushNanos);
    if (publishThread != null) {
      joinUntil(publishThread, deadline);
    }
    pipeline.cut();
    channels.close();
    if (runningTimer != null) {
      // Nobody must wait for his outcome until a thread gives up connecting.
      runningTimer.execute(buffer::rejectRest);
      runningTimer.shutdown();
    }
    long joinDeadline = System.nanoTime() + JOIN_LIMIT.toNanos();
    for (Thread thread : running) {
      joinUntil(thread, joinDeadline);
    }
    // The threads say so when they end, but not all may have been started.
    publishing.moveTo(State.CLOSED, "closed");
    receiving.moveTo(State.CLOSED, "closed");
  }

  private static void joinUntil(Thread thread, long deadlineNanos) {
    if (thread == Thread.currentThread()) {
      return; // close was called from a callback
    }
    boolean interrupted = false;
    while (thread.isAlive()) {
      long left = deadlineNanos - System.nanoTime();
      if (left <= 0) {
        break;
      }
      try {
        TimeUnit.NANOSECONDS.timedJoin(thread, left);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public String toString() {
    return "RedisBackplane(" + endpoint + ")";
  }
}
