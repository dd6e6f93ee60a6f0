package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.backplane.Gap;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DispatcherTest {
  private SessionRig rig = new SessionRig();
  private final FakeTransport alice = new FakeTransport();
  private final CountDownLatch entered = new CountDownLatch(1);
  private final CountDownLatch release = new CountDownLatch(1);

  @AfterEach
  void close() {
    release.countDown();
    rig.close();
  }

  @Test
  void sessionGetsAMessageOnceHoweverOftenItsUserIsNamed() {
    rig.open(alice);

    rig.deliver(List.of("alice", "bob", "alice", "alice"), "1");
    rig.deliver(List.of("alice"), "2");

    await().until(() -> alice.written.size() == 2);
    assertThat(alice.texts()).containsExactly("1", "2");
    assertThat(rig.counts().queued()).isEqualTo(2);
  }

  @Test
  void messageForNobodyHereCostsNothing() {
    rig.open(alice);

    rig.deliver(List.of("bob"), "1");
    rig.deliver(List.of(), "1");
    rig.awaitLanes();

    assertThat(alice.written).isEmpty();
    assertThat(rig.counts().queued()).isZero();
  }

  @Test
  void handingOverNeverWaitsForATransportThatBlocks() throws Exception {
    rig.close();
    int size = Dispatcher.MESSAGE_BYTES + LaneDelivery.ENTRY_BYTES + 1;
    rig = new SessionRig(SessionRig.config().deliveryBufferBytes(5 * size).build());
    rig.open(FakeTransport.blocking(entered, release));
    rig.deliver(List.of("alice"), "0");
    assertThat(entered.await(10, TimeUnit.SECONDS)).isTrue();

    for (int i = 0; i < 1_000; i++) {
      rig.deliver(List.of("alice"), "1");
    }

    assertThat(rig.dropped(DropReason.LANE_FULL)).isEqualTo(1_000 - 4);
    assertThat(rig.counts().queued()).isEqualTo(5); // what a lane refuses was never queued
    assertThat(rig.counts().pending()).isEqualTo(5); // four of them in the lane
    release.countDown();
    await().until(() -> rig.counts().delivered() == 5);
    await().atMost(10, TimeUnit.SECONDS).until(() -> rig.gaps.size() == 1); // once a second
    assertThat(rig.gaps.get(0).cause()).isEqualTo(Gap.Cause.OVERLOAD);
    assertThat(rig.counts().gaps()).isEqualTo(1);
    assertThat(rig.counts().pending()).isZero();
  }

  @Test
  void fullLaneCountsEachSessionOnceHoweverOftenItsUserIsNamed() throws Exception {
    rig.close();
    rig = new SessionRig(SessionRig.config().deliveryBufferBytes(1).build());
    rig.open(FakeTransport.blocking(entered, release));
    rig.deliver(List.of("alice"), "0");
    assertThat(entered.await(10, TimeUnit.SECONDS)).isTrue();

    rig.deliver(List.of("alice", "alice", "alice"), "1");

    assertThat(rig.dropped(DropReason.LANE_FULL)).isEqualTo(1);
  }

  @Test
  void eachSessionOfABatchTakesItsShareOfTheLane() throws Exception {
    int one = Dispatcher.MESSAGE_BYTES + 1 + LaneDelivery.ENTRY_BYTES;
    int two = one + LaneDelivery.ENTRY_BYTES;
    rig.close();
    rig = new SessionRig(SessionRig.config().deliveryBufferBytes(one + 2 * two - 1).build());
    FanoutSession stuck = rig.open("bob", FakeTransport.blocking(entered, release));
    rig.open(alice);
    rig.open(new FakeTransport());
    rig.deliver(List.of(stuck.userId()), "0");
    assertThat(entered.await(10, TimeUnit.SECONDS)).isTrue();

    rig.deliver(List.of("alice"), "1");
    rig.deliver(List.of("alice"), "2");

    assertThat(rig.dropped(DropReason.LANE_FULL)).isEqualTo(2);
    release.countDown();
    rig.awaitLanes();
    assertThat(alice.texts()).containsExactly("1");
  }

  @Test
  void otherLanesGoOnWhileOneIsBlocked() throws Exception {
    rig.close();
    rig = new SessionRig(FanoutConfig.builder("chat").lanes(2).build());
    FanoutSession stuck = rig.open(FakeTransport.blocking(entered, release));
    stuck.send(0);
    assertThat(entered.await(10, TimeUnit.SECONDS)).isTrue();
    List<FakeTransport> others = new ArrayList<>();
    while (others.size() < 3) { // sessions choose their lane at random
      FakeTransport transport = new FakeTransport();
      if (rig.open(transport).laneNumber() != stuck.laneNumber()) {
        others.add(transport);
      }
    }

    rig.deliver(List.of("alice"), "1");

    await().until(() -> others.stream().allMatch(other -> other.texts().equals(List.of("1"))));
  }

  @Test
  void registryThatThrowsForOneUserDoesNotCostTheOthersTheirMessage() {
    ForwardingRegistry broken =
        new ForwardingRegistry() {
          @Override
          public Collection<FanoutSession> sessions(Address address) {
            return switch (address.userId()) {
              case "throws" -> throw new IllegalStateException("by the test");
              case "null" -> nothing();
              case "null inside" -> Collections.singletonList(nothing());
              default -> super.sessions(address);
            };
          }
        };
    rig.close();
    rig = new SessionRig(SessionRig.config().build(), broken);
    rig.open(alice);

    rig.deliver(List.of("throws", "null", "null inside", "alice"), "1");

    await().until(() -> alice.written.size() == 1);
    assertThat(rig.counts().userCodeFailures()).isEqualTo(3);
  }

  @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"}) // a registry without null checks
  private static <T> T nothing() {
    return null;
  }

  @Test
  void failureThatCannotBeLoggedTakesNothingFromTheOthers() {
    rig.close();
    FakeTransport slow = FakeTransport.holding();
    rig =
        new SessionRig(
            SessionRig.config().sessionQueueMessages(1).build(),
            new ForwardingRegistry() {
              @Override
              public boolean remove(Address address, FanoutSession session) {
                throw new Unspeakable();
              }
            });
    rig.open("alice", slow);
    rig.open("bob", alice);

    for (int i = 0; i < 3; i++) {
      rig.deliver(List.of("alice", "bob"), String.valueOf(i));
    }

    await().untilAsserted(() -> assertThat(alice.texts()).containsExactly("0", "1", "2"));
    rig.awaitLanes();
    assertThat(rig.counters.inLanes.sum()).isZero();
    assertThat(rig.counts().sessions()).isEqualTo(1);
    await().untilAsserted(() -> assertThat(slow.closes).containsExactly(Disconnect.SLOW_CLIENT));
  }

  @Test
  void sessionIsClosedThoughTheCauseOfItsFailureCannotBeLogged() {
    FakeTransport failing =
        new FakeTransport() {
          @Override
          public void write(Payload payload, WriteCallback done) {
            done.failed(new Unspeakable());
          }
        };
    rig.open(failing);

    rig.deliver(List.of("alice"), "0");

    await()
        .untilAsserted(() -> assertThat(failing.closes).containsExactly(Disconnect.WRITE_FAILED));
  }
}
