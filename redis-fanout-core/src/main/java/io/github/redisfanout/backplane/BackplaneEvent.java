package io.github.redisfanout.backplane;

import static java.util.Objects.requireNonNull;

/**
 * Something about the server that an operator should know; immutable.
 *
 * <p>Every event is counted in {@link BackplaneStatus#events}. Events that repeat are reported at
 * most once in 10 s for each kind.
 *
 * @param kind what happened
 * @param description for people, with addresses and without secrets
 */
public record BackplaneEvent(Kind kind, String description) {

  /** Checks that nothing is null. */
  public BackplaneEvent {
    requireNonNull(kind, "kind == null");
    requireNonNull(description, "description == null");
  }

  /** What happened. More values may be added. */
  public enum Kind {
    /** The connections went to another server. */
    MOVED,
    /** A server was connected to that is not a master: nothing is published to it. */
    WRONG_ROLE,
    /** Redis refused a fenced batch as a whole: nothing of it was executed. */
    FENCE_REFUSED,
    /** A batch was sent without the fence although fencing is on. */
    UNFENCED
  }
}
