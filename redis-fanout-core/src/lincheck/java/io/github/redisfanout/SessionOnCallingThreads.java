package io.github.redisfanout;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A session without threads of its own: all that happens, happens on those of the test. */
final class SessionOnCallingThreads implements Transport {
  private static final Counters COUNTERS = new Counters();

  // One for all rounds: what it makes is dear, and it limits its warnings.
  private static final Map<OverflowPolicy, Sessions> OWNERS =
      Arrays.stream(OverflowPolicy.values())
          .collect(Collectors.toMap(Function.identity(), SessionOnCallingThreads::closedOwner));

  private final FanoutCounters before = COUNTERS.snapshot(0);
  private final AtomicInteger sent = new AtomicInteger();
  private final AtomicReference<@Nullable Held> held = new AtomicReference<>();
  private volatile boolean overlapped;
  final FanoutSession session;

  /** A write that nobody has reported yet. */
  private record Held(int message, WriteDone done) {}

  SessionOnCallingThreads(OverflowPolicy policy) {
    Sessions owner = requireNonNull(OWNERS.get(policy));
    session = new FanoutSession("id", Address.user("u"), this, new CallerLane(), owner);
  }

  /** A node that has closed has no threads left, and closes transports on the caller's. */
  private static Sessions closedOwner(OverflowPolicy policy) {
    FanoutConfig config =
        FanoutConfig.builder()
            .lanes(1)
            .overflowPolicy(policy)
            .sessionQueueMessages(SessionModel.MAX_MESSAGES)
            .sessionQueueBytes(SessionModel.MAX_BYTES)
            .build();
    Notifier notifier = new Notifier(new FanoutListener() {}, COUNTERS);
    notifier.close(Duration.ZERO);
    PayloadWriter payloads =
        new PayloadWriter(new JacksonPayloadEncoder(), new EnvelopeCodec(1_000, 64));
    Sessions owner =
        new Sessions(config, new InMemorySessionRegistry(), payloads, COUNTERS, notifier);
    owner.close(System.nanoTime());
    return owner;
  }

  boolean send(String json) {
    sent.incrementAndGet();
    return session.send(Integer.valueOf(json));
  }

  @Override
  public void write(Payload payload, WriteDone done) {
    Held write = new Held(payload.text().charAt(0) - '0', done);
    overlapped |= !held.compareAndSet(null, write) && session.isOpen();
  }

  @Override
  public void close(Disconnect why, boolean force) {}

  /**
   * Reports the write in flight; waits for it if there is something to write.
   *
   * @return the message of the report that counted; 0 if there was none
   */
  int report(boolean ok) {
    while (true) {
      Held write = held.getAndSet(null);
      if (write != null) {
        return counted(write, ok) ? write.message() : 0;
      }
      if (session.isIdle()) {
        return 0;
      }
      Thread.onSpinWait(); // another thread is about to write
    }
  }

  /** Only one write is in flight, so only one report can count meanwhile: this one. */
  private static boolean counted(Held write, boolean ok) {
    long before = reports();
    if (ok) {
      write.done().ok();
    } else {
      write.done().failed(new IllegalStateException("by the test"));
    }
    return reports() > before;
  }

  private static long reports() {
    FanoutCounters counts = COUNTERS.snapshot(0);
    return counts.delivered() + counts.dropped().getOrDefault(DropReason.WRITE_FAILED, 0L);
  }

  void checkCounters() {
    while (report(true) != 0) {
      // what waited is delivered now
    }
    FanoutCounters after = COUNTERS.snapshot(0);
    long queued = after.queued() - before.queued();
    long settled = settled(after) - settled(before);
    if (overlapped || queued != sent.get() || settled != sent.get()) {
      throw new AssertionError(
          "sent %s, queued %s, delivered or dropped %s, writes overlapped: %s"
              .formatted(sent, queued, settled, overlapped));
    }
  }

  private static long settled(FanoutCounters counts) {
    return counts.delivered() + counts.dropped().values().stream().mapToLong(n -> n).sum();
  }
}
