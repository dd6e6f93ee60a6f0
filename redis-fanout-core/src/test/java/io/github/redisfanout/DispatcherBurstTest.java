package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.internal.wire.Envelope;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Many messages that are delivered at once. */
class DispatcherBurstTest {
  private SessionRig rig = new SessionRig();
  private final FakeTransport alice = new FakeTransport();
  private final CountDownLatch entered = new CountDownLatch(1);
  private final CountDownLatch release = new CountDownLatch(1);

  @AfterEach
  void close() {
    release.countDown();
    rig.close();
  }

  private void configure(FanoutConfig.Builder config) {
    rig.close();
    rig = new SessionRig(config.build());
  }

  private static Envelope message(String json, String... userIds) {
    return SessionRig.message(List.of(userIds), json);
  }

  @Test
  void everySessionGetsItsMessagesOfABurstInOrderAndOnce() {
    configure(FanoutConfig.builder("chat").lanes(4));
    List<FakeTransport> transports = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      transports.add(new FakeTransport());
      rig.open("user " + i % 10, transports.get(i));
    }
    List<Envelope> burst = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      burst.add(message("" + i, "user " + i % 10, "user " + (i + 1) % 10, "user " + i % 10));
    }

    rig.deliver(burst);

    await().until(() -> rig.counts().delivered() == 800);
    for (int i = 0; i < 20; i++) {
      int user = i % 10;
      assertThat(transports.get(i).texts())
          .isEqualTo(
              IntStream.range(0, 200)
                  .filter(n -> n % 10 == user || (n + 1) % 10 == user)
                  .mapToObj(n -> "" + n)
                  .toList());
    }
  }

  @Test
  void equalMessagesOfOneBurstAreDifferentOnes() {
    rig.open(alice);
    Envelope twice = message("1", "alice");

    rig.deliver(List.of(twice, twice));

    await().until(() -> alice.texts().equals(List.of("1", "1")));
  }

  @Test
  void messagesForNobodyHereCostTheOthersNothing() {
    rig.open(alice);

    rig.deliver(List.of(message("1", "bob"), message("2"), message("3", "alice", "bob")));
    rig.deliver(List.<Envelope>of());

    await().until(() -> alice.texts().equals(List.of("3")));
    assertThat(rig.counts().queued()).isEqualTo(1);
  }

  @Test
  void partOfABurstThatDoesNotFitIsCountedOncePerSession() throws Exception {
    int one = Dispatcher.MESSAGE_BYTES + 1 + LaneDelivery.ENTRY_BYTES;
    int two = one + LaneDelivery.ENTRY_BYTES;
    configure(SessionRig.config().deliveryBufferBytes(one + two));
    rig.open("stuck", FakeTransport.blocking(entered, release));
    rig.open(alice);
    rig.open(new FakeTransport());
    rig.deliver(List.of(message("0", "stuck")));
    assertThat(entered.await(10, TimeUnit.SECONDS)).isTrue();

    rig.deliver(
        List.of(message("1", "alice"), message("2", "alice", "alice"), message("3", "alice")));

    assertThat(rig.dropped(DropReason.LANE_FULL)).isEqualTo(4);
    release.countDown();
    await().until(() -> alice.texts().equals(List.of("1")));
  }

  @Test
  void registryThatThrowsCostsOnlyTheUserItThrewFor() {
    rig.close();
    rig =
        new SessionRig(
            SessionRig.config().build(),
            new ForwardingRegistry() {
              @Override
              public Collection<FanoutSession> sessions(Address address) {
                if (address.userId().equals("throws")) {
                  throw new IllegalStateException("by the test");
                }
                return super.sessions(address);
              }
            });
    rig.open(alice);

    rig.deliver(
        List.of(
            message("1", "alice"),
            message("2", "throws", "alice", "throws"),
            message("3", "alice")));

    await().until(() -> alice.texts().equals(List.of("1", "2", "3")));
    assertThat(rig.counts().userCodeFailures()).isEqualTo(2);
  }
}
