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

/** A session on the threads of the test only. */
final class SessionOnCallingThreads implements Transport {
  // One for all rounds: what it makes is dear.
  private static final Map<OverflowPolicy, CallerOwner> OWNERS =
      Arrays.stream(OverflowPolicy.values())
          .collect(Collectors.toMap(Function.identity(), SessionOnCallingThreads::owner));

  private final CallerOwner owner;
  private final FanoutCounters before;
  private final AtomicInteger sent = new AtomicInteger();
  private final AtomicReference<@Nullable Held> held = new AtomicReference<>();
  private volatile boolean overlapped;
  final FanoutSession session;

  /** A write that nobody has reported yet. */
  private record Held(int message, WriteCallback done) {}

  SessionOnCallingThreads(OverflowPolicy policy) {
    owner = requireNonNull(OWNERS.get(policy));
    before = owner.counts();
    session = owner.session(this, new CallerLaneThread());
  }

  private static CallerOwner owner(OverflowPolicy policy) {
    return new CallerOwner(
        FanoutConfig.builder("chat")
            .overflowPolicy(policy)
            .sessionQueueMessages(SessionModel.MAX_MESSAGES)
            .sessionQueueBytes(SessionModel.MAX_BYTES)
            .build());
  }

  boolean send(String json) {
    sent.incrementAndGet();
    return session.send(Integer.valueOf(json));
  }

  @Override
  public void write(Payload payload, WriteCallback done) {
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
  private boolean counted(Held write, boolean ok) {
    long before = reports();
    if (ok) {
      write.done().ok();
    } else {
      write.done().failed(new IllegalStateException("by the test"));
    }
    return reports() > before;
  }

  private long reports() {
    FanoutCounters counts = owner.counts();
    return counts.delivered() + counts.dropped().getOrDefault(DropReason.WRITE_FAILED, 0L);
  }

  void checkCounters() {
    while (report(true) != 0) {
      // what waited is delivered now
    }
    FanoutCounters after = owner.counts();
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
