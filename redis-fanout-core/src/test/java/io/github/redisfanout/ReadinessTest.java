package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** From when on a session receives, and a member of a group. */
@Timeout(60)
class ReadinessTest {
  private static final Duration SOON = Duration.ofSeconds(30);

  private SessionRig rig = new SessionRig(config(Routing.ADAPTIVE).build());

  private static FanoutConfig.Builder config(Routing routing) {
    return SessionRig.config().routing(routing);
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

  private static void assertFails(CompletableFuture<@Nullable Void> future, String message) {
    assertThat(future)
        .failsWithin(SOON)
        .withThrowableThat()
        .havingCause()
        .isInstanceOf(IllegalStateException.class)
        .withMessage(message);
  }

  /** Or another thread that asks meanwhile would be told that it is not subscribed. */
  @Test
  void channelIsSubscribedBeforeTheSessionShowsThatItNeedsIt() {
    List<String> seen = new CopyOnWriteArrayList<>();
    FanoutSession[] session = new FanoutSession[1];
    CallerOwner owner =
        new CallerOwner(config(Routing.ADAPTIVE).build()) {
          @Override
          public void countMember(String group, int lane, int change) {
            seen.add(group + " " + change + " " + session[0].groups());
          }

          @Override
          public void countSession(String userId, int change) {
            seen.add(userId + " " + change + " " + session[0].isRegistered());
          }
        };
    session[0] = owner.session(new FakeTransport(), rig.delivery.lanes.get(0).thread());

    session[0].addGroup("room", 10);
    session[0].registered();
    assertThat(session[0].groups()).containsExactly("room");
    assertThat(session[0].isRegistered()).isTrue();
    session[0].removeGroup("room");

    assertThat(seen).containsExactly("room 1 []", "alice 1 false", "room -1 []");
  }

  @ParameterizedTest
  @EnumSource
  void itIsReadyAtOnceWhileAllIsConfirmed(Routing routing) {
    restart(config(routing));

    FanoutSession alice = open("alice");

    assertThat(alice.ready()).isCompleted();
    assertThat(alice.join("room")).isCompleted();
    assertThat(alice.join("room")).as("a member").isCompleted();
  }

  @ParameterizedTest
  @EnumSource
  void duringAnOutageItIsReadyWhenAllIsConfirmedAgain(Routing routing) {
    restart(config(routing));
    FanoutSession early = open("alice");
    rig.backplane.disconnect();
    FanoutSession late = open("bob");
    List<CompletableFuture<@Nullable Void>> futures =
        List.of(early.ready(), late.ready(), early.join("room"), late.join("room"));
    rig.backplane.disconnect(); // once more

    assertThat(futures).noneMatch(CompletableFuture::isDone);
    rig.backplane.confirm();

    assertThat(futures).allSatisfy(each -> assertThat(each).succeedsWithin(SOON));
    assertThat(early.ready()).as("asked again").isCompleted();
    rig.backplane.disconnect();
    assertThat(early.ready()).as("asked again").isNotDone();
  }

  @Test
  void itIsReadyOnlyWhenEachOfItsChannelsIsConfirmed() {
    restart(config(Routing.ADAPTIVE).groupsOf(user -> List.of("red")));
    rig.backplane.disconnect();
    FanoutSession alice = open("alice");
    CompletableFuture<@Nullable Void> ready = alice.ready();
    CompletableFuture<@Nullable Void> joined = alice.join("room");

    rig.backplane.confirm("chat");
    rig.backplane.confirm("chat:u:alice");
    rig.backplane.confirm("chat:g:room");
    assertThat(joined).succeedsWithin(SOON);
    assertThat(ready).isNotDone();
    rig.backplane.confirm("chat:g:red");

    assertThat(ready).as("room was joined later").succeedsWithin(SOON);
  }

  @ParameterizedTest
  @EnumSource
  void sessionThatClosesFirstIsNeverReady(Routing routing) {
    restart(config(routing));
    rig.backplane.disconnect();
    FanoutSession alice = open("alice");
    open("alice"); // so that the channel stays
    CompletableFuture<@Nullable Void> ready = alice.ready();
    CompletableFuture<@Nullable Void> joined = alice.join("room");

    alice.disconnect(Disconnect.NOT_ALLOWED);

    assertFails(ready, "ready: session is closed");
    assertFails(joined, "join: session is closed");
    rig.backplane.confirm();
    assertFails(alice.ready(), "ready: session is closed");
    assertFails(alice.join("room"), "join: session is closed");
  }

  /** Sessions may come and go by the thousand while Redis is away. */
  @ParameterizedTest
  @EnumSource
  void backplaneNeedNotKeepTheCallOfASessionThatHasClosed(Routing routing) {
    restart(config(routing));
    open("alice");
    rig.backplane.disconnect();
    FanoutSession second = open("alice");
    CompletableFuture<@Nullable Void> ready = second.ready();
    CompletableFuture<Void> call =
        rig.backplane.confirmations.get(rig.backplane.confirmations.size() - 1);
    assertThat(call).isNotDone();

    second.disconnect(Disconnect.NOT_ALLOWED);

    assertFails(ready, "ready: session is closed");
    assertThat(call).isCancelled();
  }

  @ParameterizedTest
  @EnumSource
  void nodeThatClosesFirstIsNeverReady(Routing routing) {
    restart(config(routing));
    rig.backplane.disconnect();
    FanoutSession alice = open("alice");
    CompletableFuture<@Nullable Void> ready = alice.ready();

    rig.close();

    assertThat(ready).failsWithin(SOON);
    assertFails(alice.ready(), "ready: session is closed");
    assertFails(open("bob").ready(), "ready: session is closed");
  }

  @Test
  void memberThatLeavesFirstDoesNotJoinAndTheSessionBecomesReady() {
    rig.backplane.disconnect();
    FanoutSession alice = open("alice");
    FanoutSession bob = open("bob");
    CompletableFuture<@Nullable Void> alone = alice.join("room");
    CompletableFuture<@Nullable Void> among = alice.join("hall");
    CompletableFuture<@Nullable Void> other = bob.join("hall");
    CompletableFuture<@Nullable Void> ready = alice.ready();

    CompletableFuture<@Nullable Void> first = alice.join("kitchen");
    alice.leave("room");
    alice.leave("hall");
    alice.leave("kitchen");
    CompletableFuture<@Nullable Void> again = alice.join("kitchen");
    rig.backplane.confirm();

    assertFails(alone, "join: session has left the group");
    assertFails(among, "join: session has left the group");
    assertThat(List.of(other, ready, first, again))
        .allSatisfy(each -> assertThat(each).succeedsWithin(SOON));
    assertThat(rig.backplane.wanted())
        .contains("chat:g:kitchen", "chat:g:hall")
        .doesNotContain("chat:g:room");
  }

  @Test
  void waitingForItSubscribesNothingThatStays() {
    rig.backplane.disconnect();
    FanoutSession alice = open("alice");
    alice.join("room");
    CompletableFuture<@Nullable Void> ready = alice.ready();

    alice.leave("room");
    alice.clientLeft();
    assertFails(ready, "ready: session is closed");
    alice.ready();
    alice.join("room");
    rig.backplane.confirm();

    assertThat(rig.backplane.wanted())
        .containsExactlyInAnyOrder("chat", "chat:redis-fanout:routed");
  }

  @Test
  void futureOfOneCallerIsNotAnothers() {
    rig.backplane.disconnect();
    FanoutSession alice = open("alice");
    CompletableFuture<@Nullable Void> cancelled = alice.ready();
    CompletableFuture<@Nullable Void> kept = alice.ready();

    cancelled.cancel(false);
    rig.backplane.confirm();

    assertThat(kept).succeedsWithin(SOON);
  }

  @Test
  void codeThatDependsOnItRunsOnACallbackThread() throws Exception {
    rig.backplane.disconnect();
    FanoutSession alice = open("alice");
    FanoutSession bob = open("bob");
    CompletableFuture<Thread> confirming = alice.ready().thenApply(nothing -> thread());
    CompletableFuture<Thread> closing = bob.ready().handle((nothing, cause) -> thread());
    CompletableFuture<Thread> leaving = alice.join("room").handle((nothing, cause) -> thread());

    bob.clientLeft();
    alice.leave("room");
    rig.backplane.confirm();

    for (CompletableFuture<Thread> each : List.of(confirming, closing, leaving)) {
      assertThat(each.get(30, TimeUnit.SECONDS).getName()).startsWith("redis-fanout-callback");
    }
  }

  private static Thread thread() {
    return Thread.currentThread();
  }

  /** A registry of your own gets the session before it can be found. */
  @Test
  void askedBeforeItIsRegisteredItIsReadyAfterwards() {
    rig.close();
    List<CompletableFuture<@Nullable Void>> early = new CopyOnWriteArrayList<>();
    ForwardingRegistry asking =
        new ForwardingRegistry() {
          @Override
          public boolean add(Address address, FanoutSession session) {
            early.add(session.ready());
            early.add(session.join("room"));
            assertThat(early).noneMatch(CompletableFuture::isDone);
            if (address.userId().equals("bob")) {
              session.clientLeft();
            }
            return super.add(address, session);
          }
        };
    rig = new SessionRig(config(Routing.ADAPTIVE).build(), asking);

    open("alice");
    assertThat(early).hasSize(2);
    assertThat(early).allSatisfy(each -> assertThat(each).succeedsWithin(SOON));
    early.clear();
    open("bob");

    assertFails(early.get(0), "ready: session is closed");
    assertFails(early.get(1), "join: session is closed");
  }

  @Test
  void sessionThatIsRefusedIsNeverReady() {
    restart(config(Routing.ADAPTIVE).maxSessions(1));
    open("alice");

    assertFails(open("bob").ready(), "ready: session is closed");
  }

  @Test
  void groupsThatAreTooManyAreRefusedAtOnce() {
    restart(config(Routing.ADAPTIVE).maxGroupsPerSession(1));
    FanoutSession alice = open("alice");
    alice.join("one");

    assertThatThrownBy(() -> alice.join("two")).isInstanceOf(IllegalStateException.class);
    assertThat(rig.backplane.wanted()).doesNotContain("chat:g:two");
  }
}
