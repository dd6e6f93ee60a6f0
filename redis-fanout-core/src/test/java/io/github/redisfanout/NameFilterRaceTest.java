package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.internal.wire.Envelope;
import io.github.redisfanout.internal.wire.EnvelopeCodec;
import io.github.redisfanout.internal.wire.NameFilter;
import io.github.redisfanout.internal.wire.Target;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The registry's filter of user ids, while sessions come and go and the filter grows. */
class NameFilterRaceTest {
  private static final int THREADS = 4;
  private static final int USERS = 2_000; // several times more than the filter begins with

  private final InMemorySessionRegistry registry = new InMemorySessionRegistry();
  private final EnvelopeCodec codec = new EnvelopeCodec(1 << 20, false);
  private final AtomicInteger missed = new AtomicInteger();

  private boolean isFound(String userId) {
    try {
      byte[] message =
          codec.encode(Target.users(List.of(userId)), Map.of(), new byte[] {'1'}, null);
      Envelope envelope = codec.decode(message, registry.userIds(), NameFilter.ALL);
      return envelope.target().users().contains(userId);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private void comeAndGo(SessionRig rig, int thread) {
    for (int i = 0; i < USERS; i++) {
      String userId = userId(thread, i);
      FanoutSession session = rig.open(userId, new FakeTransport());
      missed.addAndGet(isFound(userId) ? 0 : 1);
      if (i % 3 == 0) {
        session.clientLeft();
      }
    }
  }

  private static String userId(int thread, int number) {
    return "user-" + thread + "-" + number;
  }

  @Test
  void userIsFoundFromTheMomentWhenTheSessionIsOpen() throws Exception {
    try (SessionRig rig = new SessionRig(SessionRig.config().build(), registry);
        Race race = new Race()) {
      race.run(
          IntStream.range(0, THREADS)
              .<Race.Contender>mapToObj(thread -> () -> comeAndGo(rig, thread))
              .toArray(Race.Contender[]::new));

      assertThat(missed).hasValue(0);
      for (int thread = 0; thread < THREADS; thread++) {
        for (int i = 1; i < USERS; i += 3) {
          assertThat(isFound(userId(thread, i))).isTrue();
        }
      }
    }
  }
}
