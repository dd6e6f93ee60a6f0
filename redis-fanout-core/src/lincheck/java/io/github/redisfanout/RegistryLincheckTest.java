package io.github.redisfanout;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Whether all that the registry answers has one order, as if nothing ran beside it. */
@Tag("full")
class RegistryLincheckTest {
  private static final int OTHERS = 14;

  @Test
  void registryOfFewSessionsIsLinearizable() {
    options().sequentialSpecification(FewSpecification.class).check(Few.class);
  }

  @Test
  void registryIsLinearizableWhereFewBecomeMany() {
    options().sequentialSpecification(CrowdSpecification.class).check(Crowd.class);
  }

  private static StressOptions options() {
    return new StressOptions()
        .iterations(30)
        .invocationsPerIteration(3_000)
        .threads(3)
        .actorsPerThread(3)
        .actorsBefore(2)
        .actorsAfter(2);
  }

  /** Two users, and three sessions that come and go. */
  @Param(name = "user", gen = IntGen.class, conf = "0:1")
  @Param(name = "session", gen = IntGen.class, conf = "0:2")
  public static class Few {
    private static final CallerOwner OWNER = new CallerOwner(FanoutConfig.of("chat"));
    private static final CallerLaneThread LANE = new CallerLaneThread();

    private final List<FanoutSession> sessions =
        IntStream.range(0, 3 + OTHERS).mapToObj(i -> identity()).toList();
    private final List<Address> users = List.of(Address.user("a"), Address.user("b"));
    private final InMemorySessionRegistry registry = new InMemorySessionRegistry();

    /** Nothing is ever sent to it. */
    private static FanoutSession identity() {
      return OWNER.session(new FakeTransport(), LANE);
    }

    @Operation
    public boolean add(@Param(name = "user") int user, @Param(name = "session") int session) {
      return registry.add(users.get(user), sessions.get(session));
    }

    @Operation
    public boolean remove(@Param(name = "user") int user, @Param(name = "session") int session) {
      return registry.remove(users.get(user), sessions.get(session));
    }

    @Operation
    public Set<Integer> sessions(@Param(name = "user") int user) {
      Set<Integer> found = new TreeSet<>();
      for (FanoutSession session : registry.sessions(users.get(user))) {
        found.add(sessions.indexOf(session));
      }
      return found;
    }

    /** It may lag behind what is under way, but is exact in the end. */
    @Validate
    public void sessionCountIsRightInTheEnd() {
      int sum = 0;
      for (Address user : users) {
        sum += registry.sessions(user).size();
      }
      if (registry.sessionCount() != sum) {
        throw new AssertionError(registry.sessionCount() + " counted, " + sum + " there");
      }
    }
  }

  /** Begins so that the three sessions make few into many, and many into few. */
  public static class Crowd extends Few {
    public Crowd() {
      for (int other = 0; other < OTHERS; other++) {
        add(0, 3 + other);
        add(1, 3 + other);
      }
    }
  }

  /** The same without any thought of threads. */
  public static class FewSpecification {
    final List<Set<Integer>> users = List.of(new TreeSet<>(), new TreeSet<>());

    public boolean add(int user, int session) {
      boolean first = users.get(user).isEmpty();
      users.get(user).add(session);
      return first;
    }

    public boolean remove(int user, int session) {
      return users.get(user).remove(session) && users.get(user).isEmpty();
    }

    public Set<Integer> sessions(int user) {
      return new TreeSet<>(users.get(user));
    }
  }

  /** As {@link Crowd} begins. */
  public static class CrowdSpecification extends FewSpecification {
    public CrowdSpecification() {
      for (Set<Integer> user : users) {
        IntStream.range(0, OTHERS).forEach(other -> user.add(3 + other));
      }
    }
  }
}
