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
 * Remembers all that a backplane tells, for tests. Thread-safe.
 *
 * <p>The lists are live views in the order in which they were told.
 */
public final class RecordingReceiver implements Receiver {
  private final List<Incoming> messages = new CopyOnWriteArrayList<>();
  private final List<Gap> gaps = new CopyOnWriteArrayList<>();
  private final List<BackplaneStatus> statuses = new CopyOnWriteArrayList<>();
  private final List<String> story = new CopyOnWriteArrayList<>();
  private final AtomicBoolean throwing = new AtomicBoolean();

  /** A receiver that was told nothing yet. */
  public RecordingReceiver() {}

  @Override
  public void onMessage(Incoming message) {
    if (throwing.getAndSet(false)) {
      throw new IllegalStateException("thrown by the test");
    }
    messages.add(message);
    story.add(text(message));
  }

  @Override
  public void onGap(Gap gap) {
    gaps.add(gap);
    story.add("gap " + gap.cause());
  }

  @Override
  public void onStatus(BackplaneStatus status) {
    statuses.add(status);
  }

  /** The next message is not remembered: an exception is thrown at the backplane instead. */
  public void throwOnNextMessage() {
    throwing.set(true);
  }

  /** The messages, with their channels and bytes. */
  /** The messages in the order in which they came; grows. */
  public List<Incoming> messages() {
    return messages;
  }

  /** The messages as text, from UTF-8; a snapshot. */
  public List<String> texts() {
    return messages.stream().map(RecordingReceiver::text).toList();
  }

  /** The gaps. */
  /** The gaps in the order in which they were told; grows. */
  public List<Gap> gaps() {
    return gaps;
  }

  /** Messages, as text, and gaps, as {@code gap CAUSE}, in the order in which they were told. */
  public List<String> story() {
    return story;
  }

  /** The statuses. */
  /** The statuses in the order in which they were told; grows. */
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
