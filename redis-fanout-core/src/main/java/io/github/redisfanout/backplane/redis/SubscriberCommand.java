package io.github.redisfanout.backplane.redis;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A command for a receiving connection.
 *
 * @param channels those of SUBSCRIBE, UNSUBSCRIBE and HEARTBEAT, in the order of their answers
 * @param login that of LOGIN; otherwise null
 * @param completes whether its answer comes after those for all channels that the connection began
 *     with
 */
record SubscriberCommand(
    Kind kind, List<String> channels, @Nullable Login login, boolean completes) {
  /** What a command does. */
  enum Kind {
    SUBSCRIBE,
    UNSUBSCRIBE,
    /** One more SUBSCRIBE of a channel that is subscribed already. */
    HEARTBEAT,
    ROLE,
    LOGIN
  }

  static SubscriberCommand subscribe(List<String> channels, boolean completes) {
    return new SubscriberCommand(Kind.SUBSCRIBE, channels, null, completes);
  }

  static SubscriberCommand unsubscribe(List<String> channels) {
    return new SubscriberCommand(Kind.UNSUBSCRIBE, channels, null, false);
  }

  static SubscriberCommand heartbeat(String channel, boolean completes) {
    return new SubscriberCommand(Kind.HEARTBEAT, List.of(channel), null, completes);
  }

  static SubscriberCommand role() {
    return new SubscriberCommand(Kind.ROLE, List.of(), null, false);
  }

  static SubscriberCommand login(Login login) {
    return new SubscriberCommand(Kind.LOGIN, List.of(), login, false);
  }
}
