package io.github.redisfanout.backplane.redis;

import java.time.Instant;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * The commands that were written to a receiving connection, in the order in which Redis answers
 * them. One thread adds, and one removes.
 */
final class AwaitedAnswers {
  /**
   * A command to be answered; what Redis had taken when it was written: the position of the send
   * window, and the probes.
   */
  record Awaited(
      SubscriberCommand command,
      Instant sentAt,
      long position,
      Probe.Mark probe,
      Probe.Mark freshProbe) {}

  private final Queue<Awaited> commands = new ConcurrentLinkedQueue<>();
  private int answered; // channels of the first command; confined to the thread that removes

  void add(Awaited command) {
    commands.add(command);
  }

  /** Redis has answered a command, or refused it; null if it was not asked. */
  @Nullable Awaited poll() {
    return commands.poll();
  }

  /** Redis has answered for one channel; returns the command once it has for all of them. */
  @Nullable Awaited answered(String channel) {
    Awaited next = commands.peek();
    List<String> channels = next == null ? List.of() : next.command().channels();
    if (answered >= channels.size() || !channels.get(answered).equals(channel)) {
      throw new IllegalStateException("Redis confirmed a channel that was not asked for");
    }
    answered++;
    if (answered < channels.size()) {
      return null;
    }
    answered = 0;
    return commands.poll();
  }
}
