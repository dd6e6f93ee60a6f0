package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.internal.wire.Control;
import io.github.redisfanout.internal.wire.Envelope;
import io.github.redisfanout.internal.wire.Target;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Sessions that join, leave and close at the same time, while messages come. */
@Timeout(120)
class GroupsRaceTest {
  private static final int ROUNDS = 1_000;
  private static final Target ROOM =
      new Target(List.of(), List.of("room"), false, Set.of(), Set.of());

  private final Race race = new Race();

  @AfterEach
  void close() {
    race.close();
  }

  @Test
  void membershipEndsWithASessionThatClosesWhileOthersChangeIt() throws Exception {
    try (SessionRig rig = new SessionRig(FanoutConfig.builder("chat").lanes(2).build())) {
      for (int round = 0; round < ROUNDS; round++) {
        SequenceTransport transport = new SequenceTransport();
        FanoutSession session = rig.open(transport);

        race.run(
            () -> session.join("room"),
            () -> session.leave("room"),
            () -> {
              rig.deliver(List.of(control(new Control.Join("room")), message("1")));
              rig.deliver(List.of(control(new Control.Leave("room")), message("2")));
            },
            session::clientLeft);

        assertThat(session.groups()).isEmpty();
        assertThat(transport.texts()).doesNotHaveDuplicates().isSorted();
        GroupsTest.checkNothingIsLeft(rig);
      }
      assertThat(rig.counts().pending()).isZero();
    }
  }

  @Test
  void whatTheSessionSaysIsWhatItGets() throws Exception {
    try (SessionRig rig = new SessionRig(FanoutConfig.builder("chat").lanes(2).build())) {
      SequenceTransport transport = new SequenceTransport();
      FanoutSession session = rig.open(transport);
      AtomicInteger left = new AtomicInteger();
      int expected = 0;
      for (int round = 0; round < ROUNDS; round++) {
        race.run(
            () -> session.join("room"),
            () -> left.addAndGet(session.leave("room") ? 1 : 0),
            () -> left.addAndGet(session.leave("room") ? 1 : 0),
            () -> rig.deliver(List.of(control(new Control.Join("room")))));
        rig.awaitLanes();
        boolean member = session.groups().contains("room");

        rig.deliver(List.of(message(String.valueOf(round))));
        rig.awaitLanes();

        expected += member ? 1 : 0;
        assertThat(transport.texts()).as("round %s", round).hasSize(expected);
        assertThat(rig.counts().joins() - left.get()).isEqualTo(member ? 1 : 0);
        assertThat(rig.delivery.groups.isHere("room")).isEqualTo(member);
      }
    }
  }

  private static Envelope control(Control control) {
    return AudienceModel.envelope(Target.users(List.of("alice")), control, "{}");
  }

  private static Envelope message(String json) {
    return AudienceModel.envelope(ROOM, null, json);
  }
}
