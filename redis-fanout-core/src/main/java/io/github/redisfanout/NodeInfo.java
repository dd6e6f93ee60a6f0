package io.github.redisfanout;

import io.github.redisfanout.FanoutHealth.Status;
import io.github.redisfanout.internal.wire.Control;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** What one node answered to {@link RedisFanout#nodes}; immutable. */
public final class NodeInfo {
  private final Control.Answer answer;
  private final Status health;
  private final List<String> reasons;

  NodeInfo(Control.Answer answer) {
    this.answer = answer;
    List<String> said = new ArrayList<>(answer.reasons());
    health = status(answer.health(), said);
    reasons = List.copyOf(said);
  }

  private static Status status(String name, List<String> reasons) {
    for (Status status : Status.values()) {
      if (status.name().equals(name)) {
        return status;
      }
    }
    reasons.add(0, "its health is " + name + ", which this version does not know");
    return Status.DEGRADED;
  }

  /** Its {@link RedisFanout#nodeId}. */
  public String id() {
    return answer.node();
  }

  /** When it was started, by its own clock. */
  public Instant since() {
    return Instant.ofEpochMilli(answer.sinceMillis());
  }

  /** How many sessions it has. */
  public int sessions() {
    return answer.sessions();
  }

  /** How many users have a session there; a user may have others elsewhere. */
  public int users() {
    return answer.users();
  }

  /** The version of redis-fanout that it runs, such as {@code 1.0.0}; perhaps {@code unknown}. */
  public String version() {
    return answer.version();
  }

  /** Its health; {@link Status#DEGRADED} if it has one that this version does not know. */
  public Status health() {
    return health;
  }

  /**
   * Why it is not {@link Status#UP}, and what its configuration restricts, for people: its {@link
   * FanoutHealth#reason} and {@link FanoutHealth#notes}. Unmodifiable; empty if all is well.
   */
  public List<String> reasons() {
    return reasons;
  }

  @Override
  public String toString() {
    return "NodeInfo(%s, %s, %s sessions)".formatted(id(), health, sessions());
  }
}
