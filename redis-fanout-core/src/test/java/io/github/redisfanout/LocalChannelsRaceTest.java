package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.internal.wire.Control;
import io.github.redisfanout.internal.wire.Target;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The last session of a user or group against the first, in every order. */
@Timeout(120)
class LocalChannelsRaceTest {
  private static final int ROUNDS = Effort.of(1_500);

  private final Race race = new Race();

  @AfterEach
  void close() {
    race.close();
  }

  private static FanoutConfig adaptive() {
    return FanoutConfig.builder("chat").lanes(2).routing(Routing.ADAPTIVE).build();
  }

  @Test
  void channelIsSubscribedExactlyWhileAnyoneNeedsIt() throws Exception {
    try (SessionRig rig = new SessionRig(adaptive())) {
      for (int round = 0; round < ROUNDS; round++) {
        FanoutSession last = rig.open(new FakeTransport());
        last.join("room");
        FanoutSession[] first = new FanoutSession[1];
        race.run(
            last::clientLeft,
            () -> {
              FanoutSession session = rig.open(new FakeTransport());
              session.join("room");
              first[0] = session;
            },
            () ->
                rig.deliver(
                    List.of(
                        AudienceModel.envelope(
                            Target.users(List.of("alice")), new Control.Join("hall"), "{}"))));

        String what = "round " + round;
        assertThat(rig.backplane.wanted())
            .as(what)
            .contains("chat", "chat:redis-fanout:routed", "chat:u:alice", "chat:g:room");
        assertThat(first[0].ready().get(60, TimeUnit.SECONDS)).as(what).isNull();
        race.run(
            first[0]::clientLeft, () -> first[0].leave("room"), () -> first[0].join("kitchen"));
        rig.awaitLanes();
        assertThat(rig.backplane.wanted())
            .as(what)
            .containsExactlyInAnyOrder("chat", "chat:redis-fanout:routed");
      }
    }
  }

  @Test
  void futureEndsHoweverConfirmingClosingAndLeavingMeet() throws Exception {
    try (SessionRig rig = new SessionRig(adaptive())) {
      for (int round = 0; round < ROUNDS; round++) {
        rig.backplane.disconnect();
        FanoutSession alice = rig.open(new FakeTransport());
        FanoutSession bob = rig.open("bob", new FakeTransport());
        alice.join("room");
        bob.join("room");
        CompletableFuture<@Nullable Void> closing = alice.ready();
        CompletableFuture<@Nullable Void> staying = bob.ready();

        race.run(
            rig.backplane::confirm,
            alice::clientLeft,
            () -> bob.leave("room"),
            () -> bob.ready().get(60, TimeUnit.SECONDS));

        assertThat(staying.get(60, TimeUnit.SECONDS)).as("round %s", round).isNull();
        await().atMost(Duration.ofSeconds(60)).until(closing::isDone);
        bob.clientLeft();
      }
      assertThat(rig.backplane.wanted())
          .containsExactlyInAnyOrder("chat", "chat:redis-fanout:routed");
    }
  }

  @Test
  void closingSubscriberLeavesNothingWhileSessionsComeAndGo() throws Exception {
    for (int round = 0; round < ROUNDS / 10; round++) {
      FakeBackplane backplane = new FakeBackplane();
      Subscriber subscriber =
          new Subscriber(
              backplane,
              new InMemorySessionRegistry(),
              new JacksonPayloadEncoder(),
              adaptive(),
              new FanoutListener() {});
      subscriber.start();
      FanoutSession alice = subscriber.open("alice", new FakeTransport());

      race.run(
          () -> subscriber.close(Duration.ZERO),
          () -> subscriber.open("bob", new FakeTransport()).join("room"),
          alice::ready,
          () -> subscriber.open("carol", new FakeTransport()).clientLeft());

      assertThat(backplane.wanted()).as("round %s", round).isEmpty();
    }
  }
}
