package io.github.redisfanout;

import io.github.redisfanout.backplane.BackplaneStatus.Direction;
import io.github.redisfanout.internal.wire.Control;

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

  /** What receiving does has changed; called on any thread. Default: nothing. */
  default void onReceiving(Direction now) {}
}
