package io.github.redisfanout.backplane.redis;

import static io.github.redisfanout.internal.Log.log;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.github.redisfanout.backplane.BackplaneEvent;
import io.github.redisfanout.backplane.BackplaneStatus;
import io.github.redisfanout.backplane.BackplaneStatus.Proof;
import io.github.redisfanout.backplane.ConnectionState;
import io.github.redisfanout.backplane.Gap;
import io.github.redisfanout.backplane.Receiver;
import io.github.redisfanout.internal.Threads;
import java.net.SocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The publishing and the receiving connection to one Redis server, with their threads. Thread-safe.
 * Its owner starts it once and closes it once.
 */
final class RedisLink {
  /** How long {@link #close} waits for its threads beyond the flush. */
  private static final Duration JOIN_LIMIT = Duration.ofSeconds(5);

  /** How often sentinels are asked without probes. */
  private static final Duration DEFAULT_POLL = Duration.ofSeconds(5);

  private final RedisConfig config;
  private final Clock clock = Clock.systemUTC();
  private final Runnable onChange;
  private final LinkEvents events;
  private final Duration lookInterval; // how often it looks whether it is at the right server
  private final @Nullable Locator locator; // null: the endpoint has an address
  private final Credentials credentials;
  private final Dialer dialer;
  final PublishBuffer buffer;
  private final PublishPipeline pipeline;
  private final DirectionState publishing;
  private final DirectionState receiving;
  final Channels channels = new Channels();
  private final SendWindow window = new SendWindow(channels::requestHeartbeat);
  private final Watch watch;
  final RedisDirectory directory;
  final RedisPresence presence;
  private final @Nullable NameCheck names; // null: sentinels name the server
  private final ScheduledThreadPoolExecutor timer = Threads.timer("link-timer");
  private final AtomicReference<@Nullable SocketAddress> publishedTo = new AtomicReference<>();
  private volatile @Nullable ReceiveLoop loop; // null when publishing only, or before start

  private boolean wasDoubtful; // confined to the timer

  @GuardedBy("this")
  private @Nullable Thread publisher; // null before start

  @GuardedBy("this")
  private final List<Thread> threads = new ArrayList<>();

  @GuardedBy("this")
  private boolean closed;

  /**
   * Starts nothing.
   *
   * @param onChange runs on any thread when the state of a direction has changed
   * @param onEvent is called on any thread
   */
  RedisLink(
      RedisEndpoint endpoint,
      RedisConfig config,
      Runnable onChange,
      Consumer<BackplaneEvent> onEvent) {
    this.config = config;
    this.onChange = onChange;
    events = new LinkEvents(onEvent);
    Duration interval = config.probeInterval();
    lookInterval = endpoint.hasSentinels() && interval.isZero() ? DEFAULT_POLL : interval;
    locator = endpoint.hasSentinels() ? newLocator(endpoint) : null;
    credentials = new Credentials(endpoint.clientConfig(), this::logIn);
    dialer =
        new Dialer(endpoint, config.readTimeout(), locator, credentials, events, this::leaveServer);
    directory = new RedisDirectory(newDirectoryDialer(endpoint), events);
    presence = new RedisPresence(directory, events, this::receivingClientId);
    buffer = new PublishBuffer(config);
    publishing = new DirectionState("Publishing", endpoint, clock, this::publishingChanged);
    receiving = new DirectionState("Receiving", endpoint, clock, this::receivingChanged);
    pipeline =
        new PublishPipeline(
            dialer,
            config,
            buffer,
            publishing,
            window,
            events,
            channels::isWanted,
            this::onUnheard);
    names =
        endpoint.hasSentinels()
            ? null
            : new NameCheck(endpoint.address(), endpoint.clientConfig().getHostAndPortMapper());
    watch =
        new Watch(
            dialer,
            List.of(
                new Watch.Task(config.probeInterval(), this::checkServer),
                new Watch.Task(endpoint.loginInterval(), this::logInAgain)));
  }

  private Dialer newDirectoryDialer(RedisEndpoint endpoint) {
    Duration limit = RedisDirectory.ANSWER_LIMIT;
    Duration timeout = config.readTimeout().compareTo(limit) < 0 ? config.readTimeout() : limit;
    return new Dialer(
        endpoint.withTimeout(timeout), timeout, locator, credentials, events, this::leaveServer);
  }

  private SentinelLocator newLocator(RedisEndpoint endpoint) {
    return new SentinelLocator(
        endpoint.masterName(),
        endpoint.sentinels(),
        endpoint.sentinelConfig(),
        lookInterval,
        clock,
        new SentinelLocator.Events() {
          @Override
          public void onMaster(Master master, @Nullable Instant confirmedUntil) {
            onOtherMaster(master, confirmedUntil);
          }

          @Override
          public void onDoubt() {
            onChange.run();
          }
        });
  }

  /** The sentinels name another master. */
  private void onOtherMaster(Master master, @Nullable Instant confirmedUntil) {
    String reason = "the sentinels name " + master.address();
    pipeline.renew(reason);
    directory.renew();
    ReceiveLoop running = loop;
    if (running != null) {
      boolean late =
          confirmedUntil == null
              || confirmedUntil.isBefore(clock.instant().minus(unconfirmedAfter()));
      Gap.Cause cause = late ? Gap.Cause.UNCONFIRMED : Gap.Cause.MOVED;
      running.giveUp(new Loss(cause, reason, confirmedUntil));
    }
  }

  /** After this time without a confirmation, a server that is replaced was unconfirmed. */
  private Duration unconfirmedAfter() {
    return lookInterval.multipliedBy(3).plusSeconds(3);
  }

  synchronized void start(Receiver receiver) {
    if (closed) {
      return; // by another thread
    }
    ReceiveLoop newLoop =
        new ReceiveLoop(
            dialer,
            config,
            receiver,
            receiving,
            clock,
            channels,
            window,
            pipeline,
            this::newProbes,
            lookInterval);
    loop = newLoop;
    startThread("receive", newLoop::receive);
    startThread("heartbeat", newLoop::writeCommands);
    startPublishing();
  }

  private Probes newProbes(String firstChannel) {
    return new Probes(
        firstChannel,
        config.probeInterval(),
        clock,
        pipeline::sendFirst,
        locator == null ? watch::publish : null,
        channels::requestHeartbeat,
        channels::askRole);
  }

  @SuppressWarnings("FutureReturnValueIgnored") // tick catches everything
  synchronized void startPublishing() {
    if (closed) {
      return;
    }
    if (locator != null) {
      locator.start();
    }
    publisher = startThread("publish", pipeline);
    startThread("watch", watch);
    credentials.start();
    long tick = Math.max(1, Math.min(50, shortest().toMillis() / 10));
    timer.scheduleWithFixedDelay(this::tick, tick, tick, TimeUnit.MILLISECONDS);
    directory.open();
    buffer.open(); // at last: what is accepted must be sent or expire
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
      boolean doubtful = doubt() != null;
      if (doubtful != wasDoubtful) {
        wasDoubtful = doubtful;
        onChange.run();
      }
    } catch (Throwable e) {
      // An exception would end the timer, and with it every deadline.
      log.error("Checking the connections to Redis failed", e);
    }
  }

  /** Why it may be at the wrong server; null if it is not in doubt. */
  private @Nullable String doubt() {
    ReceiveLoop running = loop;
    if (locator != null) {
      return locator.doubt();
    }
    return running == null ? null : running.doubt();
  }

  private void receivingChanged() {
    if (receiving.current().state() == ConnectionState.DOWN) {
      pipeline.suspect();
    } else if (receiving.current().state() == ConnectionState.UP) {
      pipeline.resume();
    }
    onChange.run();
  }

  private void publishingChanged() {
    if (publishing.current().state() == ConnectionState.UP) {
      channels.resume();
      reportMove(pipeline.peer());
    }
    onChange.run();
  }

  private void reportMove(@Nullable SocketAddress peer) {
    if (peer != null) {
      SocketAddress last = publishedTo.getAndSet(peer);
      if (last != null) {
        directory.renew(); // the old one may lead elsewhere
      }
      if (loop == null && last != null && !last.equals(peer)) { // otherwise receiving reports it
        dialer.moved(last, peer);
      }
    }
  }

  /** The connections lead to the wrong server: both are opened again. */
  private void leaveServer(String reason) {
    pipeline.renew(reason);
    directory.renew();
    ReceiveLoop running = loop;
    if (running != null) {
      running.giveUp(new Loss(Gap.Cause.MOVED, reason));
    }
  }

  /** Redis counted no subscriber for a message. */
  private void onUnheard() {
    ReceiveLoop running = loop;
    if (running != null) {
      running.prove();
    }
  }

  /** The name may lead to another server by now, or the server may have become a replica. */
  private boolean checkServer() {
    ReceiveLoop running = loop;
    SocketAddress peer = running == null ? pipeline.peer() : running.peer();
    boolean leadsElsewhere = names != null && peer != null && !names.leadsTo(peer);
    if (running != null) {
      if (leadsElsewhere) {
        running.proveFresh();
      }
    } else if (leadsElsewhere) {
      pipeline.renew("the name of Redis leads to another address now");
    } else {
      pipeline.suspect(); // no probe asks for the role
    }
    return true;
  }

  /** Both connections log in with the credentials of now; false if the provider failed. */
  private boolean logInAgain() {
    try {
      Login login = credentials.current();
      if (login != null) {
        logIn(login);
      }
      events.note(LinkEvents.Note.CREDENTIALS, null);
      return true;
    } catch (RuntimeException e) {
      events.note(LinkEvents.Note.CREDENTIALS, "no new credentials: " + Failures.inWords(e));
      return false;
    }
  }

  private void logIn(Login login) {
    pipeline.logIn(login);
    directory.logIn(login);
    channels.logIn(login);
  }

  BackplaneStatus status() {
    ReceiveLoop running = loop;
    return BackplaneStatus.builder(receiving.current(), publishing.current())
        .buffered(buffer.messages(), buffer.bytes())
        .bufferLimits(config.publishBufferMessages(), config.publishBufferBytes())
        .reconnects(running == null ? 0 : running.reconnects())
        .proof(running == null ? Proof.NOT_WANTED : running.proof())
        .doubt(Optional.ofNullable(doubt()))
        .notes(events.notes())
        .events(events.counts())
        .build();
  }

  /**
   * Redis' id of the receiving connection, by which another node can end it; {@link
   * ReceiveLoop#UNKNOWN_CLIENT} if there is none, or if Redis does not tell it.
   */
  long receivingClientId() {
    ReceiveLoop running = loop;
    return running == null ? ReceiveLoop.UNKNOWN_CLIENT : running.clientId();
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
    directory.close(deadline - System.nanoTime());
    pipeline.cut();
    watch.close();
    credentials.close();
    if (locator != null) {
      locator.close();
    }
    channels.close();
    if (publishThread != null) {
      timer.execute(buffer::rejectRest); // the publishing thread may still be connecting
    }
    timer.shutdown();
    long joinDeadline = System.nanoTime() + JOIN_LIMIT.toNanos();
    for (Thread thread : running) {
      Threads.join(thread, Duration.ofNanos(joinDeadline - System.nanoTime()));
    }
    directory.awaitEnd(Duration.ofNanos(joinDeadline - System.nanoTime()));
    // Its last task rejects messages, which the caller counts.
    Threads.awaitTermination(timer, Duration.ofNanos(joinDeadline - System.nanoTime()));
    // In case a thread was never started.
    publishing.moveTo(ConnectionState.CLOSED, "closed");
    receiving.moveTo(ConnectionState.CLOSED, "closed");
  }
}
