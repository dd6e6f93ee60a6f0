package io.github.redisfanout.backplane.redis;

import static io.github.redisfanout.internal.Log.log;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.github.redisfanout.backplane.BackplaneStatus;
import io.github.redisfanout.backplane.BackplaneStatus.Proof;
import io.github.redisfanout.backplane.ConnectionState;
import io.github.redisfanout.backplane.Receiver;
import io.github.redisfanout.internal.Threads;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The publishing and the receiving connection to one Redis server, with their threads. Thread-safe.
 * Its owner starts it once and closes it once.
 */
final class RedisLink {
  /** How long {@link #close} waits for its threads beyond the flush. */
  private static final Duration JOIN_LIMIT = Duration.ofSeconds(5);

  private final RedisEndpoint endpoint;
  private final RedisConfig config;
  private final Clock clock = Clock.systemUTC();
  private final Runnable onChange;
  final PublishBuffer buffer;
  private final PublishPipeline pipeline;
  private final DirectionState publishing;
  private final DirectionState receiving;
  final Channels channels = new Channels();
  private final SendWindow window = new SendWindow(channels::requestHeartbeat);
  private final ScheduledThreadPoolExecutor timer = Threads.timer("link-timer");
  private volatile @Nullable ReceiveLoop loop; // null when publishing only, or before start

  @GuardedBy("this")
  private @Nullable Thread publisher; // null before start

  @GuardedBy("this")
  private final List<Thread> threads = new ArrayList<>();

  @GuardedBy("this")
  private boolean closed;

  /** {@code onChange} runs on any thread when the state of a direction has changed. */
  RedisLink(RedisEndpoint endpoint, RedisConfig config, Runnable onChange) {
    this.endpoint = endpoint;
    this.config = config;
    this.onChange = onChange;
    buffer = new PublishBuffer(config);
    publishing = new DirectionState("Publishing", endpoint, clock, onChange);
    receiving = new DirectionState("Receiving", endpoint, clock, this::receivingChanged);
    pipeline = new PublishPipeline(endpoint, config, buffer, publishing, window);
  }

  synchronized void start(Receiver receiver) {
    if (closed) {
      return; // by another thread
    }
    ReceiveLoop newLoop =
        new ReceiveLoop(
            endpoint, config, receiver, receiving, clock, channels, window, pipeline::sendFirst);
    loop = newLoop;
    startThread("receive", newLoop::receive);
    startThread("heartbeat", newLoop::writeCommands);
    startPublishing();
  }

  @SuppressWarnings("FutureReturnValueIgnored") // tick catches everything
  synchronized void startPublishing() {
    if (closed) {
      return;
    }
    buffer.open();
    publisher = startThread("publish", pipeline);
    long tick = Math.max(1, Math.min(50, shortest().toMillis() / 10));
    timer.scheduleWithFixedDelay(this::tick, tick, tick, TimeUnit.MILLISECONDS);
  }

  private Duration shortest() {
    Duration timeout = config.publishTimeout();
    Duration interval = config.probeInterval();
    return interval.isZero() || timeout.compareTo(interval) < 0 ? timeout : interval;
  }

  @GuardedBy("this")
  private Thread startThread(String name, Runnable work) {
    Thread thread = Threads.daemons(name).newThread(work);
    threads.add(thread);
    thread.start();
    return thread;
  }

  private void tick() {
    try {
      buffer.expireLate();
      pipeline.checkAnswers();
      ReceiveLoop running = loop;
      if (running != null) {
        running.tick();
      }
    } catch (Throwable e) {
      // An exception would end the timer, and with it every deadline.
      log.error("Checking the connections to Redis failed", e);
    }
  }

  private void receivingChanged() {
    if (receiving.current().state() == ConnectionState.DOWN) {
      pipeline.suspect();
    }
    onChange.run();
  }

  BackplaneStatus status() {
    ReceiveLoop running = loop;
    return BackplaneStatus.builder(receiving.current(), publishing.current())
        .buffered(buffer.messages(), buffer.bytes())
        .bufferLimits(config.publishBufferMessages(), config.publishBufferBytes())
        .reconnects(running == null ? 0 : running.reconnects())
        .proof(running == null ? Proof.NOT_WANTED : running.proof())
        .build();
  }

  /** Accepts no more messages, sends waiting ones for at most this long, then ends everything. */
  void close(long flushNanos) {
    long deadline = System.nanoTime() + flushNanos;
    Thread publishThread;
    List<Thread> running;
    synchronized (this) {
      closed = true;
      publishThread = publisher;
      running = List.copyOf(threads);
    }
    buffer.beginClose(flushNanos);
    if (publishThread != null) {
      Threads.join(publishThread, Duration.ofNanos(deadline - System.nanoTime()));
    }
    pipeline.cut();
    channels.close();
    if (publishThread != null) {
      timer.execute(buffer::rejectRest); // the publishing thread may still be connecting
    }
    timer.shutdown();
    long joinDeadline = System.nanoTime() + JOIN_LIMIT.toNanos();
    for (Thread thread : running) {
      Threads.join(thread, Duration.ofNanos(joinDeadline - System.nanoTime()));
    }
    // Its last task rejects messages, which the caller counts.
    Threads.awaitTermination(timer, Duration.ofNanos(joinDeadline - System.nanoTime()));
    // In case a thread was never started.
    publishing.moveTo(ConnectionState.CLOSED, "closed");
    receiving.moveTo(ConnectionState.CLOSED, "closed");
  }
}
