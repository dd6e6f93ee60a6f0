package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.backplane.BackplaneStatus;
import io.github.redisfanout.backplane.BackplaneStatus.Direction;
import io.github.redisfanout.backplane.ConnectionState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** Both directions are reported in one vocabulary, each change once. */
class StateReporterTest {
  private final List<String> story = new CopyOnWriteArrayList<>();
  private final FanoutListener listener =
      new FanoutListener() {
        @Override
        public void onReceiving(ConnectionState state, String reason) {
          story.add(("receiving " + state + " " + reason).trim());
        }

        @Override
        public void onPublishing(ConnectionState state, String reason) {
          story.add(("publishing " + state + " " + reason).trim());
        }
      };
  private final Notifier notifier = new Notifier(listener, new Counters());
  private final StateReporter reporter = new StateReporter(notifier);

  private static Direction direction(ConnectionState state, String reason) {
    return new Direction(state, Instant.now(), reason);
  }

  private void report(Direction receiving, Direction publishing) {
    reporter.report(BackplaneStatus.builder(receiving, publishing).build());
  }

  private List<String> reported() {
    notifier.close(Duration.ofSeconds(10));
    return story;
  }

  @Test
  void eachDirectionReportsItsChangesOnceAndInOrder() {
    Direction idle = direction(ConnectionState.IDLE, "not started");
    Direction connecting = direction(ConnectionState.CONNECTING, "connecting");
    Direction up = direction(ConnectionState.UP, "");

    report(idle, idle);
    report(connecting, connecting);
    report(connecting, up);
    report(up, up);
    report(up, up);
    report(direction(ConnectionState.DOWN, "reset"), up);
    report(direction(ConnectionState.DOWN, "refused"), direction(ConnectionState.DOWN, "timeout"));
    report(up, up);

    assertThat(reporter.receiving()).isEqualTo(ConnectionState.UP);
    assertThat(reported())
        .containsExactly(
            "receiving CONNECTING connecting",
            "publishing CONNECTING connecting",
            "publishing UP",
            "receiving UP",
            "receiving DOWN reset",
            "publishing DOWN timeout",
            "receiving UP",
            "publishing UP");
  }

  @Test
  void nothingFollowsClosed() {
    Direction up = direction(ConnectionState.UP, "");
    Direction closed = direction(ConnectionState.CLOSED, "closed");

    reporter.receiving(closed);
    report(up, up);
    reporter.publishing(closed);
    report(up, up);

    assertThat(reporter.receiving()).isEqualTo(ConnectionState.CLOSED);
    assertThat(reported())
        .containsExactly("receiving CLOSED closed", "publishing UP", "publishing CLOSED closed");
  }
}
