package io.github.redisfanout.testkit;

import static org.awaitility.Awaitility.await;

import io.github.redisfanout.backplane.BackplaneStatus;
import io.github.redisfanout.backplane.Gap;
import io.github.redisfanout.backplane.Incoming;
import io.github.redisfanout.backplane.Receiver;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Remembers the messages, gaps and statuses of a backplane, for tests. Thread-safe.
 *
 * <p>The lists are live views, in the order of the calls.
 */
public final class RecordingReceiver implements Receiver {
  private final List<Incoming> messages = new CopyOnWriteArrayList<>();
  private final List<Gap> gaps = new CopyOnWriteArrayList<>();
  private final List<BackplaneStatus> statuses = new CopyOnWriteArrayList<>();
  private final List<String> events = new CopyOnWriteArrayList<>();
  private final AtomicBoolean throwing = new AtomicBoolean();

  /** A receiver that has received nothing yet. */
  public RecordingReceiver() {}

  @Override
  public void onMessages(List<Incoming> burst) {
    boolean failed = false;
    for (Incoming message : burst) {
      if (throwing.getAndSet(false)) {
        failed = true;
      } else {
        messages.add(message);
        events.add(text(message));
      }
    }
    if (failed) {
      throw new IllegalStateException("thrown by the test");
    }
  }

  @Override
  public void onGap(Gap gap) {
    gaps.add(gap);
    events.add("gap " + gap.cause());
  }

  @Override
  public void onStatus(BackplaneStatus status) {
    statuses.add(status);
  }

  /**
   * The next message is not remembered, and the call that brings it throws; other messages of the
   * same burst are remembered.
   */
  public void throwOnNextMessage() {
    throwing.set(true);
  }

  /** The messages, with their channels and bytes. */
  public List<Incoming> messages() {
    return messages;
  }

  /** The messages as text, from UTF-8; a snapshot. */
  public List<String> texts() {
    return messages.stream().map(RecordingReceiver::text).toList();
  }

  /** The gaps. */
  public List<Gap> gaps() {
    return gaps;
  }

  /** Messages, as text, and gaps, as {@code gap CAUSE}, in one list. */
  public List<String> story() {
    return events;
  }

  /** The statuses. */
  public List<BackplaneStatus> statuses() {
    return statuses;
  }

  /** Waits up to 20 s until a message with this text is the last one. */
  public void awaitText(String text) {
    await()
        .atMost(Duration.ofSeconds(20))
        .pollInterval(Duration.ofMillis(10))
        .until(() -> !messages.isEmpty() && text(messages.get(messages.size() - 1)).equals(text));
  }

  private static String text(Incoming message) {
    return new String(message.bytes(), StandardCharsets.UTF_8);
  }
}
