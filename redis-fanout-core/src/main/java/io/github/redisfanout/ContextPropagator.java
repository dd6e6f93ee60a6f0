package io.github.redisfanout;

import java.util.Map;

/**
 * Carries the context of a publish, such as its trace, to where the message is delivered.
 *
 * <p>{@link #inject} returns the message's {@code headers}; nodes without a propagator skip them.
 * For OpenTelemetry see docs/tracing.md. Must be thread-safe. What a method throws is counted in
 * {@link FanoutCounters#userCodeFailures}, and the message goes on without context.
 */
public interface ContextPropagator {

  /**
   * The headers of a message to publish; called on the publishing thread.
   *
   * @return names and values, not encoded; they count toward the message's size
   */
  Map<String, String> inject();

  /**
   * Makes the context of a message with headers current; called on a delivering thread.
   *
   * <p>Called once for each lane with sessions of the message, right before they get it; the scope
   * is closed right after. A {@link Transport#write} that begins at once is inside the scope; if
   * the session is still busy, it begins later, outside. Must not block: other sessions wait.
   *
   * @param headers from any party that may publish; unmodifiable
   */
  Scope extract(Map<String, String> headers);

  /** The time in which a context is current; closed on the thread that opened it. */
  interface Scope extends AutoCloseable {
    @Override
    void close();
  }
}
