package io.github.redisfanout.internal.wire;

import java.util.List;

/** What a message asks of the nodes, in place of a payload. */
public sealed interface Control {

  /** Close the sessions of the target; the code is not checked. */
  record Disconnect(int code, String reason) implements Control {}

  /** The sessions of the target join a group. */
  record Join(String group) implements Control {}

  /** The sessions of the target leave a group. */
  record Leave(String group) implements Control {}

  /** Every node answers, naming this id. */
  record Ask(String id) implements Control {}

  /**
   * One node's answer.
   *
   * @param ask the id of the question
   * @param sinceMillis when the node started, since the epoch
   * @param health a name of {@code FanoutHealth.Status}, perhaps of a later version
   */
  record Answer(
      String ask,
      String node,
      long sinceMillis,
      int sessions,
      int users,
      String version,
      String health,
      List<String> reasons)
      implements Control {}

  /** One that this version does not know; it is skipped. */
  record Unknown(String name) implements Control {}
}
