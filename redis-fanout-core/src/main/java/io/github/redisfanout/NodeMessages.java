package io.github.redisfanout;

import io.github.redisfanout.backplane.BackplaneStatus.Direction;
import io.github.redisfanout.internal.wire.Control;
import java.util.Set;

/** Takes what nodes ask and answer each other; called on the reading thread, must not wait. */
interface NodeMessages {

  /** For a subscriber outside of a node, which has nothing to answer. */
  NodeMessages IGNORED =
      new NodeMessages() {
        @Override
        public void asked(String id) {}

        @Override
        public void answered(Control.Answer answer) {}
      };

  void asked(String id);

  void answered(Control.Answer answer);

  /** A message on one of the {@link #channels}. */
  default void heard(byte[] message) {}

  /** What is received beside messages; default: nothing. */
  default Set<String> channels() {
    return Set.of();
  }

  /** A user has one session more here, or one less; may be called under a session's lock. */
  default void countSession(String userId, int change) {}

  /** What receiving does has changed; called on any thread. Default: nothing. */
  default void onReceiving(Direction now) {}
}
