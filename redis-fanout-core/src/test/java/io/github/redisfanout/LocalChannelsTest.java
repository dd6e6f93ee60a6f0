package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.internal.wire.Control;
import io.github.redisfanout.internal.wire.Envelope;
import io.github.redisfanout.internal.wire.Target;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which channels a node subscribes, and that it keeps none that nobody here needs. */
@Timeout(60)
class LocalChannelsTest {
  private static final String[] BASE = {"chat", "chat:redis-fanout:routed"};

  private SessionRig rig = new SessionRig(adaptive().build());

  private static FanoutConfig.Builder adaptive() {
    return SessionRig.config().routing(Routing.ADAPTIVE);
  }

  @AfterEach
  void close() {
    rig.close();
  }

  private void restart(FanoutConfig.Builder config) {
    rig.close();
    rig = new SessionRig(config.build());
  }

  private FanoutSession open(String userId) {
    return rig.open(userId, new FakeTransport());
  }

  private void assertNoneIsLeft() {
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(rig.backplane.wanted()).containsExactlyInAnyOrder(BASE));
  }

  @Test
  void broadcastSubscribesTheCommonChannelOnly() {
    restart(SessionRig.config());

    FanoutSession alice = open("alice");
    alice.join("room");
    alice.clientLeft();
    rig.close();

    assertThat(rig.backplane.subscribed).containsOnly("chat");
    assertThat(rig.backplane.unsubscribed).containsExactly("chat");
  }

  @Test
  void commonChannelAndMarkerAreSubscribedInOneCallAndLeftInOne() {
    assertThat(rig.backplane.subscribeCalls).containsExactly(List.of(BASE));

    open("alice").join("room");
    rig.channels.close();

    assertThat(rig.backplane.unsubscribeCalls).hasSize(1);
    assertThat(rig.backplane.unsubscribeCalls.get(0))
        .startsWith("chat:redis-fanout:routed", "chat")
        .containsExactlyInAnyOrder(
            "chat", "chat:redis-fanout:routed", "chat:u:alice", "chat:g:room");
    assertThat(rig.backplane.wanted()).isEmpty();
  }

  @Test
  void firstSessionOfAUserSubscribesAndTheLastUnsubscribes() {
    FanoutSession first = open("alice");
    FanoutSession second = open("alice");
    assertThat(rig.backplane.wanted()).contains("chat:u:alice");

    first.clientLeft();
    assertThat(rig.backplane.wanted()).contains("chat:u:alice");
    second.disconnect(Disconnect.NOT_ALLOWED);
    assertNoneIsLeft();

    assertThat(rig.backplane.subscribed).containsOnlyOnce("chat:u:alice");
    assertThat(rig.backplane.unsubscribed).containsExactly("chat:u:alice");
  }

  @Test
  void firstMemberOfAGroupSubscribesAndTheLastUnsubscribesHoweverItLeaves() {
    FanoutSession alice = open("alice");
    FanoutSession bob = open("bob");
    alice.join("room");
    bob.join("room");
    alice.leave("room");
    assertThat(rig.backplane.wanted()).contains("chat:g:room");

    bob.clientLeft();
    assertThat(rig.backplane.wanted()).doesNotContain("chat:g:room");
    alice.join("room");
    assertThat(rig.backplane.wanted()).contains("chat:g:room");
    alice.leave("room");
    alice.clientLeft();

    assertNoneIsLeft();
  }

  @Test
  void registryOfYourOwnNeedNotKnowWhoIsFirst() {
    rig.close();
    SessionRegistry wrong =
        new ForwardingRegistry() {
          @Override
          public boolean add(Address address, FanoutSession session) {
            super.add(address, session);
            return false;
          }

          @Override
          public boolean remove(Address address, FanoutSession session) {
            super.remove(address, session);
            return true;
          }
        };
    rig = new SessionRig(adaptive().build(), wrong);

    FanoutSession first = open("alice");
    FanoutSession second = open("alice");
    first.clientLeft();
    assertThat(rig.backplane.wanted()).contains("chat:u:alice");
    second.clientLeft();

    assertNoneIsLeft();
  }

  @Test
  void channelIsSubscribedOnlyWhenTheSessionCanBeFound() {
    rig.close();
    ForwardingRegistry looking =
        new ForwardingRegistry() {
          @Override
          public boolean add(Address address, FanoutSession session) {
            assertThat(rig.backplane.wanted()).doesNotContain("chat:u:alice");
            return super.add(address, session);
          }
        };
    rig = new SessionRig(adaptive().build(), looking);

    assertThat(open("alice").isOpen()).isTrue();
    assertThat(rig.backplane.wanted()).contains("chat:u:alice");
  }

  @Test
  void sessionThatIsRefusedLeavesNone() {
    restart(adaptive().maxSessions(1));
    FanoutSession alice = open("alice");
    assertThat(open("bob").isOpen()).isFalse();
    alice.clientLeft();
    assertNoneIsLeft();

    restart(adaptive().maxSessionsPerUser(1, SessionLimitPolicy.REFUSE_NEW));
    FanoutSession first = open("alice");
    assertThat(open("alice").isOpen()).isFalse();
    assertThat(rig.backplane.wanted()).contains("chat:u:alice");
    first.clientLeft();
    assertNoneIsLeft();
  }

  @Test
  void sessionThatIsReplacedKeepsTheChannelForTheNewOne() {
    restart(adaptive().maxSessionsPerUser(1, SessionLimitPolicy.CLOSE_OLDEST));
    FanoutSession last = open("alice");
    for (int i = 0; i < 20; i++) {
      last = open("alice");
    }
    assertThat(rig.backplane.wanted()).contains("chat:u:alice");
    assertThat(rig.backplane.unsubscribed).isEmpty();

    last.clientLeft();

    assertNoneIsLeft();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void sessionThatClosesWhileItOpensLeavesNone(boolean before) {
    rig.close();
    ForwardingRegistry closing =
        new ForwardingRegistry() {
          @Override
          public boolean add(Address address, FanoutSession session) {
            if (before) {
              session.clientLeft();
            }
            boolean first = super.add(address, session);
            if (!before) {
              session.clientLeft();
            }
            return first;
          }
        };
    rig = new SessionRig(adaptive().groupsOf(user -> List.of("red", "blue")).build(), closing);

    assertThat(open("alice").isOpen()).isFalse();

    assertNoneIsLeft();
  }

  @Test
  void registryOrGroupsThatThrowLeaveNone() {
    rig.close();
    ForwardingRegistry throwing =
        new ForwardingRegistry() {
          @Override
          public boolean add(Address address, FanoutSession session) {
            throw new IllegalStateException("by the test");
          }
        };
    Function<String, List<String>> groupsOf =
        user -> {
          if (user.equals("bob")) {
            throw new IllegalStateException("by the test");
          }
          return user.equals("carol") ? List.of("one", "two", "three") : List.of("red");
        };
    rig = new SessionRig(adaptive().maxGroupsPerSession(2).groupsOf(groupsOf).build(), throwing);

    assertThatThrownBy(() -> open("alice")).hasMessage("by the test");
    assertThat(open("bob").isOpen()).isFalse();
    assertThat(open("carol").isOpen()).isFalse();

    assertNoneIsLeft();
  }

  @Test
  void drainAndCloseLeaveNone() {
    for (int i = 0; i < 50; i++) {
      open("user " + i).join("group " + i % 7);
    }
    rig.delivery.drain.begin(Duration.ZERO);
    assertNoneIsLeft();

    assertThat(open("late").isOpen()).isFalse();
    assertNoneIsLeft();
    rig.close();
    assertThat(rig.backplane.wanted()).isEmpty();
    open("later").join("room");
    assertThat(rig.backplane.wanted()).isEmpty();
  }

  @Test
  void sessionsThatCameBeforeTheStartAreSubscribedWithIt() {
    FakeBackplane backplane = new FakeBackplane();
    LocalChannels channels = new LocalChannels(backplane, adaptive().build());
    channels.countSession("alice", 1);
    channels.countSession("bob", 1);
    channels.countGroup("room", 1);
    channels.countSession("bob", -1);
    assertThat(backplane.subscribed).isEmpty();
    var confirmed = channels.confirmation("alice", List.of()).toCompletableFuture();
    assertThat(confirmed).isNotDone();

    channels.start();

    assertThat(backplane.subscribeCalls.get(0))
        .startsWith(BASE)
        .containsExactlyInAnyOrder(BASE[0], BASE[1], "chat:u:alice", "chat:g:room");
    assertThat(confirmed).isCompleted();
    channels.close();
    assertThat(backplane.wanted()).isEmpty();
  }

  @Test
  void closeBeforeTheStartSubscribesNothing() {
    FakeBackplane backplane = new FakeBackplane();
    LocalChannels channels = new LocalChannels(backplane, adaptive().build());
    channels.countSession("alice", 1);
    var confirmed = channels.confirmation("alice", List.of()).toCompletableFuture();

    channels.close();
    channels.start();

    assertThat(confirmed).isCompletedExceptionally();
    assertThat(backplane.subscribed).isEmpty();
    assertThat(backplane.unsubscribed).isEmpty();
  }

  /** The lane may be far behind; the group must be heard at once. */
  @Test
  void joinThatWasReceivedSubscribesBeforeItsLaneComesToIt() throws Exception {
    CountDownLatch writing = new CountDownLatch(1);
    CountDownLatch mayWrite = new CountDownLatch(1);
    FanoutSession alice = rig.open("alice", FakeTransport.blocking(writing, mayWrite));
    rig.deliver(List.of("alice"), "1");
    writing.await();

    rig.deliver(List.of(join("room", "alice"), join("hall", "nobody here")));
    assertThat(rig.backplane.wanted()).contains("chat:g:room").doesNotContain("chat:g:hall");
    assertThat(alice.groups()).isEmpty();

    mayWrite.countDown();
    rig.awaitLanes();
    assertThat(alice.groups()).containsExactly("room");
    assertThat(rig.backplane.wanted()).contains("chat:g:room");
    alice.clientLeft();
    assertNoneIsLeft();
  }

  @Test
  void joinThatNobodyFollowsLeavesNone() {
    restart(adaptive().maxGroupsPerSession(1));
    FanoutSession alice = open("alice");
    alice.join("one");

    rig.deliver(List.of(join("two", "alice")));
    rig.awaitLanes();
    alice.leave("one");

    assertThat(rig.backplane.subscribed).contains("chat:g:two");
    alice.clientLeft();
    assertNoneIsLeft();
  }

  private static Envelope join(String group, String userId) {
    return AudienceModel.envelope(Target.users(List.of(userId)), new Control.Join(group), "{}");
  }
}
