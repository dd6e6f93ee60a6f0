package io.github.redisfanout.backplane.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.HostAndPort;

class KnownSentinelsTest {
  private static final Master MASTER = new Master(new HostAndPort("10.0.1.1", 6379), "x", 4);

  private static HostAndPort name(int sentinel) {
    return new HostAndPort("s" + sentinel, 26379);
  }

  private static HostAndPort ip(int sentinel) {
    return new HostAndPort("10.0.0." + sentinel, 26379);
  }

  private static Opinion opinion(@Nullable String id, int... others) {
    Map<String, HostAndPort> known = new HashMap<>();
    Arrays.stream(others).forEach(other -> known.put("run" + other, ip(other)));
    return new Opinion(id, MASTER, known, known.size() + 1);
  }

  private final KnownSentinels known = new KnownSentinels(List.of(name(1), name(2), name(3)));

  @Test
  void configuredOnesAreKnown() {
    assertThat(known.addresses()).containsExactlyInAnyOrder(name(1), name(2), name(3));
    assertThat(known.total(List.of())).isEqualTo(3);
  }

  @Test
  void learnedOneIsAdded() {
    Opinion opinion = opinion("run1", 2, 3, 4);
    known.heard(name(1), opinion);
    known.heard(name(2), opinion("run2", 1, 3, 4));
    known.heard(name(3), opinion("run3", 1, 2, 4));

    assertThat(known.addresses()).containsExactlyInAnyOrder(name(1), name(2), name(3), ip(4));
    assertThat(known.total(List.of(opinion))).isEqualTo(4);
  }

  @Test
  void learnedOneThatIsConfiguredByNameIsRecognisedByItsRunId() {
    Opinion opinion = opinion("run1", 2, 3);
    known.heard(name(1), opinion);
    known.heard(name(2), opinion("run2", 1, 3));
    known.heard(name(3), opinion("run3", 1, 2));

    assertThat(known.addresses()).containsExactlyInAnyOrder(name(1), name(2), name(3));
    assertThat(known.total(List.of(opinion))).isEqualTo(3);
  }

  @Test
  void learnedOneThatIsConfiguredByNameIsRecognisedByItsResolvedAddress() {
    known.resolved(name(2), ip(2).toString());
    known.heard(name(1), opinion("run1", 2));

    assertThat(known.addresses()).containsExactlyInAnyOrder(name(1), name(2), name(3));
  }

  /** Its name may be gone while its address still works, and neither inflates the total. */
  @Test
  void silentConfiguredOneIsAskedAtItsLearnedAddressToo() {
    Opinion opinion = opinion("run1", 2, 3);
    known.heard(name(1), opinion);
    known.heard(name(2), opinion("run2", 1, 3));
    known.heard(name(3), opinion("run3", 1, 2));
    known.silent(name(3));

    assertThat(known.addresses()).containsExactlyInAnyOrder(name(1), name(2), name(3), ip(3));
    assertThat(known.total(List.of(opinion))).isEqualTo(3);
  }

  @Test
  void sentinelConfiguredTwiceCountsOnce() {
    KnownSentinels twice = new KnownSentinels(List.of(name(1), ip(1), name(2)));
    twice.heard(name(1), opinion("run1", 2));
    twice.heard(ip(1), opinion("run1", 2));

    assertThat(twice.total(List.of())).isEqualTo(2);
  }

  @Test
  void silentSentinelConfiguredTwiceCountsOnce() {
    KnownSentinels twice = new KnownSentinels(List.of(name(1), ip(1), name(2)));
    twice.resolved(name(1), ip(1).toString());
    twice.silent(name(1));
    twice.silent(ip(1));

    assertThat(twice.total(List.of())).isEqualTo(2);
  }

  @Test
  void numberThatASentinelSaysCountsWithoutItsList() {
    Opinion withoutList = new Opinion("run1", MASTER, Map.of(), 5);

    assertThat(known.total(List.of(withoutList))).isEqualTo(5);
  }

  @Test
  void learnedOneThatIsNoLongerNamedIsForgotten() {
    known.heard(name(1), opinion("run1", 2, 3, 4));
    List<Opinion> later =
        List.of(opinion("run1", 2, 3), opinion("run2", 1, 3), opinion("run3", 1, 2));

    known.forgetUnnamed(later);

    assertThat(known.addresses()).doesNotContain(ip(4));
    assertThat(known.total(later)).isEqualTo(3);
  }

  @Test
  void learnedOneThatAnswersIsNotForgotten() {
    known.heard(name(1), opinion("run1", 2, 3, 4));

    known.forgetUnnamed(List.of(opinion("run1", 2, 3), opinion("run2", 1), opinion("run4", 1)));

    assertThat(known.addresses()).contains(ip(4));
  }

  @Test
  void sentinelThatHasForgottenTheOthersIsNoMajority() {
    KnownSentinels one = new KnownSentinels(List.of(name(1)));
    one.heard(name(1), opinion("run1", 2, 3));
    Opinion alone = opinion("run1");
    one.heard(name(1), alone);

    one.forgetUnnamed(List.of(alone));

    assertThat(one.addresses()).contains(ip(2), ip(3));
    assertThat(one.total(List.of(alone))).isEqualTo(2);
  }

  @Test
  void learnedOnesAreBounded() {
    known.heard(name(1), opinion("run1", IntStream.range(2, 200).toArray()));

    assertThat(known.addresses()).hasSizeLessThan(70);
  }
}
