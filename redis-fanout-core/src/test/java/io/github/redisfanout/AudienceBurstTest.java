package io.github.redisfanout;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.AudienceModel.Member;
import io.github.redisfanout.backplane.Incoming;
import io.github.redisfanout.internal.wire.Control;
import io.github.redisfanout.internal.wire.EnvelopeCodec;
import io.github.redisfanout.internal.wire.Target;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Whom messages reach that are received together with controls: each counts for the next. */
class AudienceBurstTest {
  private static final EnvelopeCodec CODEC = new EnvelopeCodec(Integer.MAX_VALUE, false);

  private final AudienceModel model = new AudienceModel();

  @Test
  void eachMessageOfABurstReachesThoseWhoAreMeantAfterTheControlsBeforeIt() {
    for (int story = 0; story < Effort.of(50); story++) {
      model.members.clear();
      FakeBackplane backplane = new FakeBackplane();
      Random random = new Random(story);
      FanoutConfig config = FanoutConfig.builder("chat").lanes(1 + random.nextInt(3)).build();
      try (Subscriber node =
          new Subscriber(
              backplane,
              new InMemorySessionRegistry(),
              new JacksonPayloadEncoder(),
              config,
              new FanoutListener() {})) {
        node.start();
        run(node, backplane, random);
        check(story);
      }
    }
  }

  private void run(Subscriber node, FakeBackplane backplane, Random random) {
    for (int burst = 0; burst < 40; burst++) {
      if (random.nextInt(3) == 0) {
        open(node, AudienceModel.one(AudienceModel.USERS, random));
      }
      List<Incoming> messages = new ArrayList<>();
      for (int i = random.nextInt(8); i >= 0; i--) {
        messages.add(message(random, burst * 10 + i));
      }
      requireNonNull(backplane.receiver).onMessages(messages);
    }
    model.publish(Target.EVERYONE, "-1");
    requireNonNull(backplane.receiver).onMessages(List.of(incoming(json(Target.EVERYONE, "-1"))));
  }

  private void open(Subscriber node, String userId) {
    SequenceTransport transport = new SequenceTransport();
    model.members.add(new Member(node.open(userId, transport), transport));
  }

  private Incoming message(Random random, int number) {
    Target target = model.target(random);
    Control control = control(random);
    if (control == null) {
      model.publish(target, String.valueOf(number));
      return incoming(json(target, String.valueOf(number)));
    }
    model.apply(target, control);
    return incoming(CODEC.encode(target, control, null));
  }

  private static Control control(Random random) {
    String group = AudienceModel.one(AudienceModel.GROUPS, random);
    return switch (random.nextInt(20)) {
      case 0, 1, 2, 3, 4 -> new Control.Join(group);
      case 5, 6, 7 -> new Control.Leave(group);
      case 8 -> new Control.Disconnect(4403, "by the test");
      default -> null;
    };
  }

  private static byte[] json(Target target, String json) {
    return CODEC.encode(target, Map.of(), json.getBytes(UTF_8), null);
  }

  private static Incoming incoming(byte[] message) {
    return new Incoming("chat", message);
  }

  private void check(int story) {
    await()
        .pollInterval(Duration.ofMillis(1))
        .atMost(Duration.ofSeconds(30))
        .until(() -> model.members.stream().allMatch(AudienceBurstTest::isDone));
    for (Member member : model.members) {
      assertThat(member.transport.texts())
          .as("%s of story %s", member.session, story)
          .isEqualTo(member.expected);
      assertThat(member.session.groups()).isEqualTo(member.open ? member.groups : Set.of());
    }
  }

  private static boolean isDone(Member member) {
    return member.open ? member.transport.texts().contains("-1") : !member.session.isOpen();
  }
}
