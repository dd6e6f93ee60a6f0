package io.github.redisfanout.backplane;

import java.time.Duration;
import java.util.Collection;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * Carries bytes between the nodes of an application, at most once.
 *
 * <p>Started once, for both directions or to publish only. Closed by the code that built it. A
 * message published while a node does not receive never reaches that node; it is reported as a
 * {@link Gap}. Thread-safe.
 */
public interface Backplane extends AutoCloseable {

  /**
   * Starts both directions, without waiting for a connection.
   *
   * @throws IllegalStateException if it was started or closed before
   */
  void start(Receiver receiver);

  /**
   * Starts publishing only, without a receiving connection.
   *
   * @throws IllegalStateException if it was started or closed before
   */
  void startPublishing(BackplaneListener listener);

  /** Starts publishing only, without reports of its state. */
  default void startPublishing() {
    startPublishing(status -> {});
  }

  /**
   * Takes one message to send; never blocks.
   *
   * <p>Messages of calls made one after the other are sent in that order. Before {@link #start} and
   * after {@link #close} the message is rejected.
   *
   * @param callback called once, on a thread of the backplane, or on the caller's if the message is
   *     rejected at once
   */
  void publish(Outgoing message, PublishCallback callback);

  /**
   * Removes a message that was taken back, so that {@link PublishCallback#claim} is false, from the
   * buffer. Never blocks; by default does nothing.
   */
  default void withdraw(PublishCallback callback) {}

  /** The longest time that a message waits before it expires. Default zero: it never waits. */
  default Duration publishTimeout() {
    return Duration.ZERO;
  }

  /**
   * Subscribes to channels, again after each reconnect. Cheap, for hundreds of thousands of
   * channels, and never blocks; completes no other call's future on this thread.
   *
   * <p>Calls for one channel take effect in their order: the last one decides. To call it for a
   * channel that is subscribed is the way to find out whether it is now. Cancel the returned future
   * to free it before it is done.
   *
   * @return completed once all are confirmed on the present connection, at once if they are, and
   *     otherwise on a thread of the backplane; completed exceptionally with {@link
   *     IllegalStateException} if this backplane is closed or one of them is unsubscribed first, or
   *     if this backplane does not receive
   */
  CompletionStage<Void> subscribe(Collection<String> channels);

  /**
   * Unsubscribes from channels; messages may arrive until the stage completes. Cheap and never
   * blocks, as {@link #subscribe}.
   *
   * @return completed once confirmed, or when no connection can receive them, or when they are
   *     subscribed again
   */
  CompletionStage<Void> unsubscribe(Collection<String> channels);

  /**
   * Where nodes announce themselves, so that others can say who is missing. Default: empty, and
   * nobody can.
   */
  default Optional<Directory> directory() {
    return Optional.empty();
  }

  /** Where nodes write which users they have. Default: empty, and no node can. */
  default Optional<PresenceTable> presence() {
    return Optional.empty();
  }

  /** The current status; costs no I/O. */
  BackplaneStatus status();

  /**
   * Sends waiting messages for at most {@code flush}, rejects the others, and frees everything.
   * What was asked of the {@link #directory} and of {@link #presence} is done if that is possible
   * in this time.
   *
   * <p>Never throws; may be called before {@link #start} and from a callback. A second call waits
   * for the first one, for at most its own time.
   */
  void close(Duration flush);

  /** Closes and rejects all waiting messages. */
  @Override
  default void close() {
    close(Duration.ZERO);
  }
}
