package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.InstanceOfAssertFactories.MAP;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class InMemorySessionRegistryTest {
  private static final int ROUNDS = Effort.of(5_000);
  private static final Address ALICE = Address.user("alice");
  private static final Address BOB = Address.user("bob");
  private static final CallerOwner OWNER = new CallerOwner(FanoutConfig.of("chat"));
  private static final Transport TRANSPORT = new FakeTransport();
  private static final LaneThread LANE = new CallerLaneThread();

  private final InMemorySessionRegistry registry = new InMemorySessionRegistry();
  private final FanoutSession phone = session("phone");
  private final FanoutSession laptop = session("laptop");

  /** One that is registered only, and never does anything. */
  private static FanoutSession session(String id) {
    return new FanoutSession(
        id, ALICE, TRANSPORT, new AdapterHabits(TRANSPORT.getClass()), LANE, OWNER.shared);
  }

  @Test
  void firstAndLastAreReportedOfEachAddress() {
    assertThat(registry.add(ALICE, phone)).isTrue();
    assertThat(registry.add(ALICE, laptop)).isFalse();
    assertThat(registry.add(BOB, phone)).isTrue();
    assertThat(registry.sessionCount()).isEqualTo(3);

    assertThat(registry.remove(ALICE, phone)).isFalse();
    assertThat(registry.remove(ALICE, laptop)).isTrue();
    assertThat(registry.sessions(BOB)).containsExactly(phone);
    assertThat(registry.remove(BOB, phone)).isTrue();
    assertThat(registry.sessionCount()).isZero();

    assertThat(registry.add(ALICE, phone)).isTrue();
  }

  @Test
  void addingASessionAgainChangesNothing() {
    registry.add(ALICE, phone);

    assertThat(registry.add(ALICE, phone)).isFalse();

    assertThat(registry.sessions(ALICE)).containsExactly(phone);
    assertThat(registry.sessionCount()).isEqualTo(1);
    assertThat(registry.remove(ALICE, phone)).isTrue();
    assertThat(registry.sessions(ALICE)).isEmpty();
  }

  @Test
  void removingASessionThatIsNotThereChangesNothing() {
    assertThat(registry.remove(ALICE, phone)).isFalse();

    registry.add(ALICE, phone);
    assertThat(registry.remove(ALICE, laptop)).isFalse();
    assertThat(registry.remove(BOB, phone)).isFalse();

    assertThat(registry.sessions(ALICE)).containsExactly(phone);
    assertThat(registry.sessionCount()).isEqualTo(1);
    assertThat(registry.remove(ALICE, phone)).isTrue();
    assertThat(registry.remove(ALICE, phone)).isFalse();
    assertThat(registry.sessionCount()).isZero();
  }

  @Test
  void sessionsAreAnImmutableSnapshot() {
    Collection<FanoutSession> none = registry.sessions(ALICE);
    registry.add(ALICE, phone);
    Collection<FanoutSession> one = registry.sessions(ALICE);
    registry.add(ALICE, laptop);
    Collection<FanoutSession> two = registry.sessions(ALICE);
    registry.remove(ALICE, phone);
    registry.remove(ALICE, laptop);

    assertThat(none).isEmpty();
    assertThat(one).containsExactly(phone);
    assertThat(two).containsExactly(phone, laptop);
    for (Collection<FanoutSession> snapshot : List.of(none, one, two)) {
      assertThatExceptionOfType(UnsupportedOperationException.class)
          .isThrownBy(() -> snapshot.add(laptop));
      assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(snapshot::clear);
    }
  }

  @Test
  void addressWithManySessionsKeepsAllInTheOrderInWhichTheyCame() {
    List<FanoutSession> crowd = crowd(100);
    for (int size = 0; size < crowd.size(); size++) {
      assertThat(registry.sessions(ALICE)).as("size %s", size).hasSize(size);
      assertThat(registry.add(ALICE, crowd.get(size))).isEqualTo(size == 0);
      assertThat(registry.add(ALICE, crowd.get(size / 2))).isFalse();
    }
    Collection<FanoutSession> snapshot = registry.sessions(ALICE);
    assertThat(snapshot).containsExactlyElementsOf(crowd);
    assertThat(registry.sessions(ALICE)).isSameAs(snapshot); // made once, until somebody comes
    assertThat(registry.sessionCount()).isEqualTo(100);

    for (int size = 100; size > 0; size--) {
      assertThat(registry.remove(ALICE, phone)).isFalse();
      assertThat(registry.remove(ALICE, crowd.get(100 - size))).isEqualTo(size == 1);
      assertThat(registry.sessions(ALICE))
          .containsExactlyElementsOf(crowd.subList(101 - size, 100));
    }
    assertThat(snapshot).hasSize(100);
    assertNothingIsKept(ALICE);
  }

  @Test
  void hundredThousandSessionsOfOneAddressComeAndGo() {
    List<FanoutSession> crowd = crowd(100_000);

    // Copying a list for each would take minutes, which the class does not have.
    crowd.forEach(session -> registry.add(ALICE, session));
    assertThat(registry.sessions(ALICE)).hasSize(100_000);
    crowd.forEach(session -> registry.remove(ALICE, session));

    assertNothingIsKept(ALICE);
  }

  private static List<FanoutSession> crowd(int size) {
    return IntStream.range(0, size).mapToObj(i -> session("s" + i)).toList();
  }

  // ---- races

  private static final int THREADS = 4;

  @Test
  void ofSessionsThatComeTogetherOneIsTheFirstAndOneTheLast() throws Exception {
    CyclicBarrier gate = new CyclicBarrier(THREADS);
    Callable<int[]> member =
        () -> {
          FanoutSession own = session("s");
          int[] answers = new int[2];
          for (int round = 0; round < ROUNDS; round++) {
            gate.await();
            answers[0] += registry.add(ALICE, own) ? 1 : 0;
            gate.await();
            answers[1] += registry.remove(ALICE, own) ? 1 : 0;
          }
          return answers;
        };

    int firsts = 0;
    int lasts = 0;
    for (int[] answers : inParallel(member)) {
      firsts += answers[0];
      lasts += answers[1];
    }

    assertThat(firsts).isEqualTo(ROUNDS);
    assertThat(lasts).isEqualTo(ROUNDS);
    assertNothingIsKept(ALICE);
  }

  @Test
  void lookingWhileASessionComesDoesNotHideItFromTheNextLook() throws Exception {
    int rounds = Effort.of(10_000);
    List<Address> addresses = new ArrayList<>();
    List<FanoutSession> crowd = crowd(20); // enough for a list that is made when somebody looks
    for (int round = 0; round < rounds; round++) {
      Address address = Address.user("user " + round);
      addresses.add(address);
      crowd.forEach(session -> registry.add(address, session));
    }

    try (Race race = new Race()) {
      race.rounds(
          rounds,
          round -> {
            for (int i = 0; i < 5; i++) {
              registry.add(addresses.get(round), phone);
              registry.remove(addresses.get(round), phone);
            }
            registry.add(addresses.get(round), phone);
          },
          round -> {
            for (int i = 0; i < 20; i++) {
              assertThat(registry.sessions(addresses.get(round)).size()).isBetween(20, 21);
            }
          });
    }

    for (Address address : addresses) {
      assertThat(registry.sessions(address)).hasSize(21).contains(phone);
    }
  }

  /** One call that answered first or last, and when: its tickets are before and after it. */
  private record Answer(boolean first, long began, long ended) {}

  @Test
  void firstAndLastAlternateForEachAddress() throws Exception {
    for (int round = 0; round < Effort.of(40); round++) {
      Address address = Address.user("user " + round);
      AtomicLong tickets = new AtomicLong();
      CyclicBarrier gate = new CyclicBarrier(THREADS);
      Callable<List<Answer>> member =
          () -> {
            FanoutSession own = session("s");
            List<Answer> answers = new ArrayList<>();
            gate.await();
            for (int i = 0; i < 1_000; i++) {
              boolean add = i % 2 == 0;
              long began = tickets.getAndIncrement();
              if (add ? registry.add(address, own) : registry.remove(address, own)) {
                answers.add(new Answer(add, began, tickets.getAndIncrement()));
              }
              if (ThreadLocalRandom.current().nextInt(8) == 0) {
                Thread.yield();
              }
            }
            return answers;
          };

      List<Answer> answers = new ArrayList<>();
      inParallel(member).forEach(answers::addAll);

      assertAlternating(answers, (int) tickets.get());
      assertNothingIsKept(address);
    }
  }

  /** At any time, the firsts must be able to lead the lasts by 0 or 1. */
  private static void assertAlternating(List<Answer> answers, int tickets) {
    int[] firstsBegun = new int[tickets + 1];
    int[] firstsEnded = new int[tickets + 1];
    int[] lastsBegun = new int[tickets + 1];
    int[] lastsEnded = new int[tickets + 1];
    for (Answer answer : answers) {
      (answer.first() ? firstsBegun : lastsBegun)[(int) answer.began() + 1]++;
      (answer.first() ? firstsEnded : lastsEnded)[(int) answer.ended() + 1]++;
    }
    for (int i = 1; i <= tickets; i++) {
      firstsBegun[i] += firstsBegun[i - 1];
      firstsEnded[i] += firstsEnded[i - 1];
      lastsBegun[i] += lastsBegun[i - 1];
      lastsEnded[i] += lastsEnded[i - 1];
      assertThat(lastsEnded[i]).as("lasts by ticket %s", i).isLessThanOrEqualTo(firstsBegun[i]);
      assertThat(firstsEnded[i])
          .as("firsts by ticket %s", i)
          .isLessThanOrEqualTo(lastsBegun[i] + 1);
    }
    assertThat(firstsEnded[tickets]).isPositive().isEqualTo(lastsEnded[tickets]);
  }

  private void assertNothingIsKept(Address address) {
    assertThat(registry.sessions(address)).isEmpty();
    assertThat(registry.sessionCount()).isZero();
    assertThat(registry).extracting("sessions").asInstanceOf(MAP).isEmpty();
  }

  private static <T> List<T> inParallel(Callable<T> member) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    try {
      List<Future<T>> futures = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        futures.add(threads.submit(member));
      }
      List<T> results = new ArrayList<>();
      for (Future<T> future : futures) {
        results.add(future.get());
      }
      return results;
    } finally {
      threads.shutdownNow();
    }
  }
}
