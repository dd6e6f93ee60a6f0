package io.github.redisfanout.backplane.redis;

import io.github.redisfanout.backplane.BackplaneStatus.Direction;
import io.github.redisfanout.backplane.BackplaneStatus.State;
import java.time.Clock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The state of one direction; moved by one method, which tells whoever listens.
 *
 * <p>Thread-safe. {@link State#CLOSED} is final.
 */
final class DirectionState {
  private static final Logger log = LoggerFactory.getLogger(RedisBackplane.class);

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
    current = new Direction(State.IDLE, clock.instant(), "not started");
  }

  Direction current() {
    return current;
  }

  void moveTo(State state, String reason) {
    synchronized (this) {
      State before = current.state();
      if (before == State.CLOSED || (before == state && current.reason().equals(reason))) {
        return;
      }
      // The same state for another reason began when the state did.
      current = new Direction(state, before == state ? current.since() : clock.instant(), reason);
      if (before != state) {
        logChange(state, reason);
      }
    }
    onChange.run();
  }

  private void logChange(State state, String reason) {
    if (state == State.DOWN) {
      log.warn("{} is down at Redis {}: {}", name, endpoint, reason);
    } else if (state == State.UP) {
      log.info("{} is up at Redis {}", name, endpoint);
    }
  }
}
