package io.github.redisfanout;

import io.github.redisfanout.internal.Threads;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The lanes of one node, with its open sessions. Thread-safe. */
final class Lanes {
  private final List<Lane> lanes;

  Lanes(FanoutConfig config, Counters counters) {
    long bytes = Math.max(1, config.deliveryBufferBytes() / config.lanes());
    lanes =
        IntStream.range(0, config.lanes())
            .mapToObj(
                i ->
                    new Lane(
                        new LaneThread(i, bytes, Clock.systemUTC(), counters.laneBytes), counters))
            .toList();
  }

  void start() {
    lanes.forEach(lane -> lane.thread().start());
  }

  int count() {
    return lanes.size();
  }

  Lane get(int number) {
    return lanes.get(number);
  }

  List<Lane> all() {
    return lanes;
  }

  void forEachSession(Consumer<FanoutSession> action) {
    lanes.forEach(lane -> lane.sessions().forEach(action));
  }

  /** A copy of the list of sessions. */
  List<FanoutSession> sessions() {
    List<FanoutSession> all = new ArrayList<>();
    forEachSession(all::add);
    return all;
  }

  boolean hasSessions() {
    return lanes.stream().anyMatch(lane -> !lane.sessions().isEmpty());
  }

  /** A description of a lane that is blocked, or more than half full; null if none is. */
  @Nullable String trouble() {
    String blocked = blocked(System.nanoTime());
    return blocked == null ? filling() : blocked;
  }

  /** A description of a lane that is blocked; {@code now} is read as {@link System#nanoTime} is. */
  @Nullable String blocked(long now) {
    for (Lane lane : lanes) {
      LaneThread thread = lane.thread();
      LaneThread.Call call = thread.call();
      if (call != null && now - call.startedNanos() >= LaneWatch.BLOCKED_AFTER.toNanos()) {
        return "lane %s is blocked in %s".formatted(thread.number(), call.description());
      }
      if (thread.stuckThreads() > 0) {
        return "threads of lane %s that are stuck in transports: %s"
            .formatted(thread.number(), thread.stuckThreads());
      }
    }
    return null;
  }

  private @Nullable String filling() {
    for (Lane lane : lanes) {
      LaneThread thread = lane.thread();
      if (thread.waitingBytes() > thread.maxBytes() / 2) {
        return "lane %s is filling: %s of %s bytes"
            .formatted(thread.number(), thread.waitingBytes(), thread.maxBytes());
      }
    }
    return null;
  }

  /** Waits until all messages are delivered and written, or the deadline. */
  void awaitIdle(long deadlineNanos) {
    lanes.forEach(lane -> lane.thread().awaitIdle(deadlineNanos));
    forEachSession(
        session -> {
          while (!session.isIdle() && deadlineNanos - System.nanoTime() > 0) {
            Threads.pause(Duration.ofMillis(1));
          }
        });
  }

  void close() {
    lanes.forEach(lane -> lane.thread().close());
  }

  void join(long deadlineNanos) {
    for (Lane lane : lanes) {
      lane.thread().join(Duration.ofNanos(deadlineNanos - System.nanoTime()));
    }
  }
}
