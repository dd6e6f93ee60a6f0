package io.github.redisfanout;

import java.util.Map;

/**
 * Carries the context of a publish, such as its trace, to where the message is delivered.
 *
 * <p>What {@link #inject} gives travels as the envelope's {@code headers}; nodes without a
 * propagator, and older readers, skip them. With OpenTelemetry both methods are a few lines round
 * its {@code TextMapPropagator}: see docs/tracing.md. Thread-safe; what a method throws is caught
 * and counted in {@link FanoutCounters#failuresOfUserCode}, and the message goes on without.
 */
public interface ContextPropagator {

  /**
   * The headers of a message that is being published; called on the publishing thread.
   *
   * @return names and values, not encoded in any way; they count for the size of the message. Empty
   *     leaves the envelope as it is without a propagator
   */
  Map<String, String> inject();

  /**
   * Takes up the context of a message with headers; called on a lane's thread.
   *
   * <p>Called once for each lane that has sessions of the message, right before they are handed it,
   * and closed right after. A {@link Transport#write} that begins at once begins inside; to a
   * session that is still busy with an earlier message it begins later, outside. Must not block:
   * other sessions wait.
   *
   * @param headers as they were published, by any party that may publish; unmodifiable
   */
  Scope extract(Map<String, String> headers);

  /** The time in which a context is the current one; closed on the thread that made it. */
  interface Scope extends AutoCloseable {
    @Override
    void close();
  }
}
