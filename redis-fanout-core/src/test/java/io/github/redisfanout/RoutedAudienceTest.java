package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.AudienceModel.Member;
import io.github.redisfanout.backplane.InMemoryBackplane;
import io.github.redisfanout.backplane.Receiver;
import io.github.redisfanout.internal.ChannelNames;
import io.github.redisfanout.internal.wire.Control;
import io.github.redisfanout.internal.wire.Target;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mockito.Mockito;

/**
 * Who receives what on several nodes, whichever way a message takes, against {@link AudienceModel}.
 */
class RoutedAudienceTest {
  private static final int NODES = 5;

  /** Enough, together with those, that messages for several users are targeted. */
  private static final int NODES_WITHOUT_SESSIONS = 20;

  /** One on each node, who is never named, and so receives only what is for everyone. */
  private static final String WATCHER = "watcher";

  private final InMemoryBackplane.Hub hub = new InMemoryBackplane.Hub();
  private final List<AutoCloseable> closing = new ArrayList<>();
  private final List<RedisFanout> nodes = new ArrayList<>();
  private final AudienceModel model = new AudienceModel();
  private int published;

  private void start(@Nullable MessageAuthentication key) throws Exception {
    FanoutConfig.Builder config = FanoutConfig.builder("chat").lanes(1).routing(Routing.ADAPTIVE);
    if (key != null) {
      config.authentication(key);
    }
    for (int i = 0; i < NODES; i++) {
      InMemoryBackplane backplane = new InMemoryBackplane(hub);
      RedisFanout node = RedisFanout.builder(backplane, config.build()).start();
      assertThat(node.awaitReady(Duration.ofSeconds(30))).isTrue();
      nodes.add(node);
      closing.add(node);
      closing.add(backplane);
    }
    for (int i = 0; i < NODES_WITHOUT_SESSIONS; i++) {
      InMemoryBackplane backplane = new InMemoryBackplane(hub);
      backplane.start(Mockito.mock(Receiver.class));
      backplane.subscribe(List.of("chat", new ChannelNames("chat").routed()));
      closing.add(backplane);
    }
  }

  @AfterEach
  void close() throws Exception {
    model.members.forEach(member -> member.session.clientLeft());
    for (AutoCloseable each : closing) {
      each.close();
    }
  }

  private Publisher publisher() {
    return nodes.get(0).publisher();
  }

  private void open(RedisFanout node, String userId) {
    SequenceTransport transport = new SequenceTransport();
    FanoutSession session = node.open(userId, transport);
    await(session.ready());
    model.members.add(new Member(session, transport));
  }

  private static void await(CompletableFuture<?> future) {
    future.orTimeout(30, TimeUnit.SECONDS).join();
  }

  private static Audience audience(Target target) {
    Audience audience = Audience.users(target.users()).and(Audience.groups(target.groups()));
    return (target.everyone() ? audience.and(Audience.everyone()) : audience)
        .exceptUsers(target.exceptUsers())
        .exceptSessions(target.exceptSessions());
  }

  /** The usual ones: a few users, or one group; each fourth is any. */
  private Target target(Random random) {
    Target any = model.target(random);
    return switch (random.nextInt(4)) {
      case 0 -> any;
      case 1 ->
          new Target(
              List.of(),
              List.of(AudienceModel.one(AudienceModel.GROUPS, random)),
              false,
              any.exceptUsers(),
              any.exceptSessions());
      default -> new Target(any.users(), List.of(), false, any.exceptUsers(), any.exceptSessions());
    };
  }

  private void publish(Target target) {
    String json = String.valueOf(published++);
    model.publish(target, json);
    publisher().publishJson(audience(target), json).join();
  }

  /** What nodes do by themselves; it has no order with what others ask of them. */
  private void change(Random random) {
    Member member = AudienceModel.one(model.members, random);
    String group = localGroup(random);
    if (random.nextInt(3) == 0) {
      open(AudienceModel.one(nodes, random), AudienceModel.one(AudienceModel.USERS, random));
    } else if (member.open && !member.session.userId().equals(WATCHER)) {
      switch (random.nextInt(4)) {
        case 0 -> {
          member.open = false;
          member.session.disconnect(Disconnect.NOT_ALLOWED);
        }
        case 1 -> {
          member.session.leave(group);
          member.groups.remove(group);
        }
        default -> {
          await(member.session.join(group));
          member.groups.add(group);
        }
      }
    }
  }

  /** In order with what is published next, so that nothing is waited for. */
  private void joinAnywhere(Random random) {
    Target target = target(random);
    String group = AudienceModel.GROUPS.get(random.nextInt(3));
    model.apply(target, new Control.Join(group));
    publisher().join(audience(target), group);
  }

  private static String localGroup(Random random) {
    return AudienceModel.GROUPS.get(3 + random.nextInt(3));
  }

  private void awaitAll() {
    Awaitility.await()
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(2))
        .atMost(Duration.ofSeconds(30))
        .until(
            () ->
                model.members.stream()
                    .allMatch(m -> m.transport.texts().size() >= m.expected.size()));
    for (Member member : model.members) {
      assertThat(member.transport.texts())
          .as("%s in %s", member.session, member.groups)
          .isEqualTo(member.expected);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void eachSessionReceivesWhatIsMeantForItOnceAndInOrder(boolean signed) throws Exception {
    start(signed ? MessageAuthentication.hmacSha256(new byte[32]) : null);
    Random random = new Random(17);
    nodes.forEach(node -> open(node, WATCHER));
    for (int i = 0; i < 15; i++) {
      change(random);
    }
    for (int round = 0; round < 30; round++) {
      for (int i = 0; i < 3; i++) {
        change(random);
      }
      for (int i = 0; i < 40; i++) {
        if (random.nextInt(40) == 0) {
          joinAnywhere(random);
        }
        publish(target(random));
      }
      publish(Target.EVERYONE); // so that no node is behind
      awaitAll();
    }

    FanoutCounters counters = publisher().counters();
    assertThat(counters.targeted()).isGreaterThan(150);
    assertThat(counters.common().get(CommonReason.AUDIENCE)).isGreaterThan(50);
    assertThat(counters.common().get(CommonReason.DETOUR)).isPositive();
    assertThat(counters.common().get(CommonReason.OTHER_SUBSCRIBERS)).isZero();
    for (RedisFanout node : nodes) {
      assertThat(node.counters().undeliverableMessages()).isZero();
      assertThat(node.counters().unauthenticated()).isZero();
      assertThat(node.counters().malformed()).isZero();
    }
  }

  @Test
  void nodesWithoutRecipientsReceiveNothing() throws Exception {
    start(null);
    SequenceTransport alice = new SequenceTransport();
    FanoutSession session = nodes.get(1).open("alice", alice);
    await(session.ready());
    publisher().publish(Audience.everyone(), "first").join();
    Awaitility.await().until(() -> nodes.stream().allMatch(node -> node.counters().received() > 0));
    List<Long> before = nodes.stream().map(node -> node.counters().received()).toList();

    for (int i = 0; i < 10; i++) {
      Receipt receipt = publisher().publish(List.of("alice"), i).join();
      assertThat(receipt.nodes()).isOne();
      assertThat(receipt.nodesExact()).isTrue();
      assertThat(receipt.knowsOffline()).isTrue();
      assertThat(receipt.offlineUsers()).isEmpty();
    }

    Awaitility.await().until(() -> alice.texts().size() == 11);
    for (int i = 0; i < NODES; i++) {
      assertThat(nodes.get(i).counters().received()).isEqualTo(before.get(i) + (i == 1 ? 10 : 0));
    }
  }
}
