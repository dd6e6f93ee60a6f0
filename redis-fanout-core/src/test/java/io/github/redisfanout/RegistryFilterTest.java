package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.internal.wire.EnvelopeCodec;
import io.github.redisfanout.internal.wire.NameFilter;
import io.github.redisfanout.internal.wire.Target;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What the registry keeps in its filter of user ids. */
class RegistryFilterTest {
  private static final FanoutConfig CONFIG = FanoutConfig.of("chat");
  private static final LaneThread LANE = new CallerLaneThread();
  private static final FanoutSession FIRST = session();
  private static final FanoutSession SECOND = session();

  private final InMemorySessionRegistry registry = new InMemorySessionRegistry();
  private final EnvelopeCodec codec = new EnvelopeCodec(1 << 20, false);

  private static FanoutSession session() {
    return new CallerOwner(CONFIG).session(new FakeTransport(), LANE);
  }

  private boolean contains(String userId) {
    try {
      byte[] message =
          codec.encode(Target.users(List.of(userId)), Map.of(), new byte[] {'1'}, null);
      return codec
          .decode(message, registry.userIds(), NameFilter.ALL)
          .target()
          .users()
          .contains(userId);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void userIsContainedFromTheFirstSessionToTheLast() {
    Address alice = Address.user("alice");
    assertThat(contains("alice")).isFalse();

    registry.add(alice, FIRST);
    registry.add(alice, SECOND);
    assertThat(contains("alice")).isTrue();

    registry.remove(alice, FIRST);
    assertThat(contains("alice")).isTrue();

    registry.remove(alice, SECOND);
    assertThat(contains("alice")).isFalse();
  }

  @Test
  void removingASessionThatIsNotThereLeavesTheOthersContained() {
    registry.add(Address.user("alice"), FIRST);

    registry.remove(Address.user("alice"), SECOND);
    registry.remove(Address.user("bob"), FIRST);

    assertThat(contains("alice")).isTrue();
  }

  @Test
  void filterGrowsWithTheUsersAndKeepsThemAll() {
    List<String> userIds = IntStream.range(0, 2_000).mapToObj(i -> "user-" + i).toList();

    userIds.forEach(userId -> registry.add(Address.user(userId), FIRST));

    assertThat(userIds).allMatch(this::contains);
    assertThat(registry.userIds().isCrowded()).isFalse();
    List<String> others = IntStream.range(0, 2_000).mapToObj(i -> "other-" + i).toList();
    assertThat(others.stream().filter(this::contains).count())
        .as("of 2,000 others, contained all the same")
        .isLessThan(600);
  }
}
