package io.github.redisfanout.backplane;

import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/**
 * Carries bytes between the nodes of an application, at most once.
 *
 * <p>Started once, either for both directions or to publish only. Thread-safe. The code that builds
 * a backplane closes it; a {@code Publisher} or {@code Subscriber} that was given one never does.
 *
 * <p>Not promised: that anybody listens, and that a message published while a node does not receive
 * reaches that node later. What a node may have missed is reported as a {@link Gap}.
 */
public interface Backplane extends AutoCloseable {

  /**
   * Starts both directions and returns at once, without waiting for a connection.
   *
   * @throws IllegalStateException if it was started or closed before
   */
  void start(Receiver receiver);

  /**
   * Starts publishing only; no connection for receiving is ever opened.
   *
   * @param onStatus called when the state of publishing changes, on any thread, as {@link
   *     Receiver#onStatus} is
   * @throws IllegalStateException if it was started or closed before
   */
  void startPublishing(Consumer<BackplaneStatus> onStatus);

  /** Starts publishing only, without reports of its state. */
  default void startPublishing() {
    startPublishing(status -> {});
  }

  /**
   * Takes one message to send and never blocks.
   *
   * <p>Messages of calls of which one returned before the other was made are sent in that order.
   * Before {@link #start} and after {@link #close} the message is rejected.
   *
   * @param callback called exactly once, on a thread of the backplane, or on the caller's when the
   *     message is rejected at once; it must not block
   */
  void publish(Outgoing message, PublishCallback callback);

  /**
   * Frees the place of a message that has been taken back: {@link PublishCallback#claim} is false.
   *
   * <p>Never blocks. Does nothing if the message does not wait, and nothing by default: a backplane
   * that buffers nothing needs nothing.
   */
  default void withdraw(PublishCallback callback) {}

  /**
   * The longest that a message may wait before it is sent or expires; zero, the default, if it
   * never waits.
   */
  default Duration publishTimeout() {
    return Duration.ZERO;
  }

  /**
   * Subscribes to channels; they survive reconnects.
   *
   * @return completed once the other side has confirmed all of them, on a thread of the backplane;
   *     completed exceptionally with {@link IllegalStateException} if this backplane is closed
   *     first, or does not receive
   */
  CompletionStage<Void> subscribe(Collection<String> channels);

  /**
   * Leaves channels; their messages may still arrive until the stage completes.
   *
   * @return completed once confirmed, or when there is no connection that could still receive them
   */
  CompletionStage<Void> unsubscribe(Collection<String> channels);

  /** What is known right now; costs no I/O. */
  BackplaneStatus status();

  /**
   * Stops accepting, sends what waits for at most {@code flush}, then frees everything.
   *
   * <p>What could not be sent in time is rejected. Never throws; may be called before {@link
   * #start} and from a callback. A call during another one waits for that, for at most its own
   * time, and cuts nothing short; afterwards it does nothing.
   */
  void close(Duration flush);

  /** Closes without waiting for what has not been sent. */
  @Override
  default void close() {
    close(Duration.ZERO);
  }
}
