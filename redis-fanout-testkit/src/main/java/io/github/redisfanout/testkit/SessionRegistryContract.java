package io.github.redisfanout.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.redisfanout.Address;
import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.FanoutSession;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.SessionRegistry;
import io.github.redisfanout.backplane.InMemoryBackplane;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What every {@link SessionRegistry} must do; extend it in the tests of an implementation.
 *
 * <p>Its sessions come from a node that does not know the registry, so that only the test uses it.
 * One test races four threads for 2,000 rounds. It needs no Redis.
 */
public abstract class SessionRegistryContract {
  private static final int THREADS = 4;
  private static final int ROUNDS = 2_000;
  private static final Address ALICE = Address.user("alice");
  private static final Address BOB = Address.user("bob");

  // Sessions come from a separate node, so that only the test uses the registry.
  private final InMemoryBackplane backplane = new InMemoryBackplane();
  private final RedisFanout node =
      RedisFanout.builder(backplane, FanoutConfig.of("contract")).start();

  private SessionRegistry registry = create();

  /** A new, empty registry; called more than once. */
  protected abstract SessionRegistry create();

  @BeforeEach
  void newRegistry() {
    registry = create();
  }

  @AfterEach
  void closeNode() {
    node.close();
    backplane.close();
  }

  @Test
  void firstSessionIsTheFirstAndTheSecondIsNot() {
    assertThat(registry.add(ALICE, session())).isTrue();
    assertThat(registry.add(ALICE, session())).isFalse();
    assertThat(registry.add(BOB, session())).isTrue();
  }

  @Test
  void onlyTheLastRemovedIsTheLast() {
    FanoutSession first = session();
    FanoutSession second = session();
    registry.add(ALICE, first);
    registry.add(ALICE, second);

    assertThat(registry.remove(ALICE, first)).isFalse();
    assertThat(registry.sessions(ALICE)).containsExactly(second);
    assertThat(registry.remove(ALICE, second)).isTrue();
    assertThat(registry.sessions(ALICE)).isEmpty();
    assertThat(registry.sessionCount()).isZero();
  }

  @Test
  void addingASessionTwiceKeepsItOnce() {
    FanoutSession session = session();
    registry.add(ALICE, session);

    assertThat(registry.add(ALICE, session)).isFalse();
    assertThat(registry.sessions(ALICE)).containsExactly(session);
    assertThat(registry.sessionCount()).isEqualTo(1);
  }

  @Test
  void removingWhatIsNotThereChangesNothing() {
    FanoutSession session = session();
    registry.add(ALICE, session);

    assertThat(registry.remove(ALICE, session())).isFalse();
    assertThat(registry.remove(BOB, session)).isFalse();
    assertThat(registry.sessions(ALICE)).containsExactly(session);
    assertThat(registry.sessionCount()).isEqualTo(1);
  }

  @Test
  void unknownAddressHasNoSessions() {
    assertThat(registry.sessions(ALICE)).isNotNull().isEmpty();
  }

  @Test
  void sessionsIsAnImmutableSnapshot() {
    FanoutSession session = session();
    registry.add(ALICE, session);
    Collection<FanoutSession> snapshot = registry.sessions(ALICE);

    registry.add(ALICE, session());
    registry.remove(ALICE, session);

    assertThat(snapshot).containsExactly(session);
    assertThatThrownBy(() -> snapshot.remove(session))
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void firstAndLastAlternatePerAddressUnderRaces() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    try {
      CyclicBarrier gate = new CyclicBarrier(THREADS);
      List<Future<int[]>> results = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        FanoutSession session = session();
        results.add(threads.submit(addsAndRemoves(gate, session)));
      }
      int firsts = 0;
      int lasts = 0;
      for (Future<int[]> result : results) {
        int[] counts = result.get(30, TimeUnit.SECONDS);
        firsts += counts[0];
        lasts += counts[1];
      }
      assertThat(firsts).isEqualTo(lasts).isGreaterThanOrEqualTo(ROUNDS);
      assertThat(registry.sessions(ALICE)).isEmpty();
      assertThat(registry.sessionCount()).isZero();
    } finally {
      threads.shutdownNow();
    }
  }

  private Callable<int[]> addsAndRemoves(CyclicBarrier gate, FanoutSession session) {
    return () -> {
      int firsts = 0;
      int lasts = 0;
      for (int round = 0; round < ROUNDS; round++) {
        gate.await(10, TimeUnit.SECONDS); // all are out: each round begins with an empty address
        firsts += registry.add(ALICE, session) ? 1 : 0;
        lasts += registry.remove(ALICE, session) ? 1 : 0;
      }
      return new int[] {firsts, lasts};
    };
  }

  private FanoutSession session() {
    return node.open("anybody", new RecordingTransport());
  }
}
