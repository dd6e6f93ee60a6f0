package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.AudienceModel.Member;
import io.github.redisfanout.internal.wire.Control;
import io.github.redisfanout.internal.wire.Target;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Who receives what, against a second computation by definition. */
class AudienceDeliveryTest {
  private static final int CASES_OF_A_REGISTRY = 100;

  private static Member open(AudienceModel model, SessionRig rig, String userId) {
    SequenceTransport transport = new SequenceTransport();
    Member member = new Member(rig.open(userId, transport), transport);
    model.members.add(member);
    return member;
  }

  private static void join(Member member, String group) {
    member.session.join(group);
    member.groups.add(group);
  }

  private static AudienceModel registry(SessionRig rig, Random random, int sessions) {
    AudienceModel model = new AudienceModel();
    for (int i = 0; i < sessions; i++) {
      Member member = open(model, rig, AudienceModel.one(AudienceModel.USERS, random));
      for (int j = random.nextInt(4); j > 0; j--) {
        join(member, AudienceModel.one(AudienceModel.GROUPS, random));
      }
    }
    return model;
  }

  private static void check(AudienceModel model) {
    for (Member member : model.members) {
      assertThat(member.transport.texts())
          .as("%s in %s", member.session, member.groups)
          .isEqualTo(member.expected);
    }
  }

  @Test
  void exactlyThoseWhoAreMeantReceiveEachMessageOnce() {
    checkCases(Effort.of(5_000));
  }

  @Test
  @Tag("full")
  void exactlyThoseWhoAreMeantReceiveEachOfManyMessagesOnce() {
    checkCases(100_000);
  }

  private static void checkCases(int cases) {
    for (int from = 0; from < cases; from += CASES_OF_A_REGISTRY) {
      Random random = new Random(from);
      FanoutConfig config = FanoutConfig.builder("chat").lanes(1 + random.nextInt(3)).build();
      try (SessionRig rig = new SessionRig(config)) {
        AudienceModel model = registry(rig, random, random.nextInt(201));
        for (int i = 0; i < CASES_OF_A_REGISTRY; i++) {
          Target target = model.target(random);
          String json = String.valueOf(from + i);
          model.publish(target, json);
          rig.deliver(List.of(AudienceModel.envelope(target, null, json)));
        }
        rig.awaitLanes();
        check(model);
        FanoutCounters counts = rig.counts();
        assertThat(counts.delivered()).isEqualTo(counts.queued());
        assertThat(counts.pending()).isZero();
      }
    }
  }

  /** With more sessions than a slice has, and all of it waiting on the lane at once. */
  @Test
  void whatComesForASessionNeverOvertakesWhatCameBefore() {
    for (int story = 0; story < Effort.of(50); story++) {
      Random random = new Random(story);
      try (SessionRig rig = new SessionRig(SessionRig.config().build())) {
        AudienceModel model = registry(rig, random, 3 * LaneDelivery.SLICE);
        rig.delivery.lanes.get(0).thread().offer(() -> {}, 0);
        for (int step = 0; step < 100; step++) {
          step(model, rig, random, String.valueOf(step));
        }
        rig.awaitLanes();
        check(model);
        assertThat(model.members)
            .allSatisfy(member -> assertThat(member.session.isOpen()).isEqualTo(member.open))
            .filteredOn(member -> member.open)
            .allSatisfy(member -> assertThat(member.session.groups()).isEqualTo(member.groups));
      }
    }
  }

  private static void step(AudienceModel model, SessionRig rig, Random random, String json) {
    switch (random.nextInt(10)) {
      case 0 -> control(model, rig, random, new Control.Join(remoteGroup(random)));
      case 1 -> control(model, rig, random, new Control.Leave(remoteGroup(random)));
      case 2 -> disconnectOne(model, rig, random);
      case 3 -> open(model, rig, AudienceModel.one(AudienceModel.USERS, random));
      case 4 -> {
        Member member = AudienceModel.one(model.members, random);
        if (member.open && member.session.isOpen()) {
          join(member, localGroup(random));
        }
      }
      default -> {
        Target target = model.target(random);
        model.publish(target, json);
        rig.deliver(List.of(AudienceModel.envelope(target, null, json)));
      }
    }
  }

  // What a node does by itself and what others ask of it have no order, so each has its groups.
  private static String remoteGroup(Random random) {
    return AudienceModel.GROUPS.get(random.nextInt(3));
  }

  private static String localGroup(Random random) {
    return AudienceModel.GROUPS.get(3 + random.nextInt(3));
  }

  private static void control(AudienceModel model, SessionRig rig, Random random, Control control) {
    Target target = model.target(random);
    model.apply(target, control);
    rig.deliver(List.of(AudienceModel.envelope(target, control, "{}")));
  }

  private static void disconnectOne(AudienceModel model, SessionRig rig, Random random) {
    Member member = AudienceModel.one(model.members, random);
    Set<String> others =
        Set.copyOf(
            model.members.stream()
                .filter(other -> other != member)
                .map(other -> other.session.id())
                .toList());
    Target target =
        new Target(List.of(member.session.userId()), List.of(), false, Set.of(), others);
    Control control = new Control.Disconnect(4403, "by the test");
    model.apply(target, control);
    rig.deliver(List.of(AudienceModel.envelope(target, control, "{}")));
  }
}
