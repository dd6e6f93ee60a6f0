package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Sessions that open while their node closes, their client leaves, or messages come. */
@Timeout(120)
class SessionsRaceTest {
  private final Race race = new Race();

  @AfterEach
  void close() {
    race.close();
  }

  @Test
  void sessionOpenedWhileTheNodeClosesIsSentAwayOnceAndForgotten() throws Exception {
    for (int round = 0; round < 200; round++) {
      SessionRig rig = new SessionRig();
      List<FakeTransport> clients = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        clients.add(new FakeTransport());
      }

      race.run(
          () -> clients.forEach(rig::open),
          () -> rig.close(Duration.ofSeconds(5)),
          () -> rig.deliver(List.of("alice"), "1"));

      String what = "round " + round;
      for (FakeTransport client : clients) {
        assertThat(client.closes).as(what).containsExactly(Disconnect.GOING_AWAY);
      }
      assertThat(rig.registry.sessionCount()).as(what).isZero();
      assertThat(rig.counts().sessions()).as(what).isZero();
      assertThat(rig.counts().pending()).as(what).isZero();
      assertThat(rig.counts().disconnects()).as(what).containsEntry(1001, 3L);
    }
  }

  /** The registry is called in the order that routing needs: first, last, first, last. */
  @Test
  void firstAndLastOfAUserAlternateWhileSessionsComeAndGo() throws Exception {
    List<Boolean> answers = new CopyOnWriteArrayList<>();
    ForwardingRegistry recording =
        new ForwardingRegistry() {
          @Override
          public synchronized boolean add(Address address, FanoutSession session) {
            boolean first = super.add(address, session);
            if (first) {
              answers.add(true);
            }
            return first;
          }

          @Override
          public synchronized boolean remove(Address address, FanoutSession session) {
            boolean last = super.remove(address, session);
            if (last) {
              answers.add(false);
            }
            return last;
          }
        };
    try (SessionRig rig = new SessionRig(SessionRig.config().build(), recording)) {
      for (int round = 0; round < 500; round++) {
        FanoutSession early = rig.open(new FakeTransport());
        race.run(
            () -> early.clientLeft(),
            () -> early.disconnect(Disconnect.NOT_ALLOWED),
            () -> rig.open(new FakeTransport()).clientLeft(),
            () -> rig.open(new FakeTransport()).disconnect(Disconnect.NOT_ALLOWED));

        assertThat(recording.sessionCount()).as("round %s", round).isZero();
        assertThat(recording.sessions(Address.user("alice"))).isEmpty();
      }
      assertThat(rig.counts().sessions()).isZero();
    }
    assertThat(answers.size()).isGreaterThanOrEqualTo(1_000).isEven();
    for (int i = 0; i < answers.size(); i++) {
      assertThat(answers.get(i)).as("answer %s", i).isEqualTo(i % 2 == 0);
    }
  }

  @Test
  void sessionThatIsOpenBeforeAMessageComesGetsItWhileOthersComeAndGo() throws Exception {
    try (SessionRig rig = new SessionRig(FanoutConfig.builder("chat").lanes(2).build())) {
      FakeTransport steady = new FakeTransport();
      rig.open(steady);
      for (int round = 1; round <= 500; round++) {
        race.run(
            () -> rig.deliver(List.of("alice"), "1"),
            () -> rig.open(new FakeTransport()).clientLeft(),
            () -> rig.open(new FakeTransport()).disconnect(Disconnect.NOT_ALLOWED));
        rig.awaitLanes();
        assertThat(steady.written).hasSize(round);
      }
      FanoutCounters counts = rig.counts();
      long dropped = counts.dropped().values().stream().mapToLong(Long::longValue).sum();
      assertThat(counts.queued()).isEqualTo(counts.delivered() + dropped);
    }
  }
}
