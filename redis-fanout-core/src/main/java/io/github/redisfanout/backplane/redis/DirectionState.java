package io.github.redisfanout.backplane.redis;

import static io.github.redisfanout.internal.Log.log;

import io.github.redisfanout.backplane.BackplaneStatus.Direction;
import io.github.redisfanout.backplane.ConnectionState;
import java.time.Clock;

/**
 * The state of one direction; moved by one method, which reports each change. Thread-safe. {@link
 * ConnectionState#CLOSED} is final.
 */
final class DirectionState {
  private final String name;
  private final RedisEndpoint endpoint;
  private final Clock clock;
  private final Runnable onChange;
  private volatile Direction current;

  DirectionState(String name, RedisEndpoint endpoint, Clock clock, Runnable onChange) {
    this.name = name;
    this.endpoint = endpoint;
    this.clock = clock;
    this.onChange = onChange;
    current = new Direction(ConnectionState.IDLE, clock.instant(), "not started");
  }

  Direction current() {
    return current;
  }

  void moveTo(ConnectionState state, String reason) {
    ConnectionState before;
    synchronized (this) {
      before = current.state();
      if (before == ConnectionState.CLOSED
          || (before == state && current.reason().equals(reason))) {
        return;
      }
      // A new reason does not change when the state began.
      current = new Direction(state, before == state ? current.since() : clock.instant(), reason);
    }
    if (state == ConnectionState.DOWN && before != state) {
      log.warn("{} is down at Redis {}: {}", name, endpoint, reason);
    } else if (state == ConnectionState.UP && before != state) {
      log.info("{} is up at Redis {}", name, endpoint);
    }
    onChange.run();
  }
}
