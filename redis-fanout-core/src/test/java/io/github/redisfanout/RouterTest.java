package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.backplane.Outgoing;
import io.github.redisfanout.backplane.PublishAnswer;
import io.github.redisfanout.backplane.PublishAnswer.Route;
import io.github.redisfanout.backplane.Recipients;
import io.github.redisfanout.internal.wire.Target;
import java.util.AbstractList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Which way messages take, and what is learned from the answers. */
class RouterTest {
  private static final byte[] MESSAGE = {1};
  private static final Target ALICE = Target.users(List.of("alice"));
  private static final Target GROUP = groups(List.of("g"));

  private final Counters counters = new Counters();
  private long nanos;
  private final Router router = new Router("chat", null, counters, () -> nanos);

  private static Target groups(List<String> groups) {
    return new Target(List.of(), groups, false, Set.of(), Set.of());
  }

  private static Target users(int count) {
    return Target.users(IntStream.range(0, count).mapToObj(i -> "u" + i).toList());
  }

  private @Nullable Recipients recipients(Target target) {
    return router.way(target, 1, false).outgoing(MESSAGE).recipients();
  }

  private boolean isTargeted(Target target) {
    Recipients recipients = recipients(target);
    return recipients != null && recipients.targeted();
  }

  private void answer(Target target, PublishAnswer answer) {
    router.way(target, 1, false).answered(answer);
  }

  /** As the answers to other messages say. */
  private void nodesAre(long nodes) {
    router.commonWay().answered(PublishAnswer.ofNodes(nodes));
  }

  private Map<CommonReason, Long> common() {
    return counters.commonByReason().entrySet().stream()
        .filter(entry -> entry.getValue() > 0)
        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
  }

  // ---- which way

  @Test
  void nothingIsTargetedBeforeTheNodesAreKnown() {
    assertThat(recipients(ALICE)).isNull();

    answer(ALICE, PublishAnswer.ofNodes(64));

    assertThat(common()).containsExactly(Map.entry(CommonReason.NODES_UNKNOWN, 1L));
    assertThat(isTargeted(ALICE)).isTrue();
  }

  @Test
  void usersAreTargetedOnTheirChannels() {
    nodesAre(64);

    Outgoing message = router.way(users(2), 1, false).outgoing(MESSAGE);

    assertThat(message.channel()).isEqualTo("chat");
    assertThat(message.bytes()).isSameAs(MESSAGE);
    assertThat(message.recipients())
        .isEqualTo(
            new Recipients(
                "chat:redis-fanout:routed", List.of("chat:u:u0", "chat:u:u1"), null, true));
  }

  @Test
  void aGroupIsTargetedOnItsChannel() {
    nodesAre(64);

    Recipients recipients = recipients(GROUP);

    assertThat(recipients).isNotNull();
    assertThat(recipients.channels()).containsExactly("chat:g:g");
    assertThat(recipients.targeted()).isTrue();
  }

  @Test
  void manyRecipientsOrFewNodesTakeTheCommonChannel() {
    for (int nodes : List.of(0, 1, 2, 3, 4, 16, 64)) {
      nodesAre(nodes);
      int limit = Costs.maxChannels(nodes, 1, false);
      assertThat(limit).as("%s nodes", nodes).isBetween(0, Math.max(1, nodes));
      assertThat(isTargeted(users(limit + 1))).isFalse();
      assertThat(limit == 0 || isTargeted(users(limit))).isTrue();
    }
    nodesAre(1);
    answer(ALICE, PublishAnswer.ofNodes(1));
    assertThat(common()).containsEntry(CommonReason.CHEAPER, 1L);
  }

  @Test
  void otherAudiencesTakeTheCommonChannel() {
    nodesAre(64);
    List<Target> others =
        List.of(
            Target.EVERYONE,
            groups(List.of("g", "h")),
            new Target(List.of("alice"), List.of("g"), false, Set.of(), Set.of()),
            new Target(List.of(), List.of("g"), true, Set.of(), Set.of()),
            new Target(List.of("alice"), List.of(), true, Set.of(), Set.of()),
            new Target(List.of("alice"), List.of(), false, Set.of("alice"), Set.of()));

    for (Target other : others) {
      assertThat(recipients(other)).as("%s", other).isNull();
      answer(other, PublishAnswer.ofNodes(64));
    }

    assertThat(common())
        .containsExactly(Map.entry(CommonReason.AUDIENCE, others.size() + 1L)); // nodesAre is one
  }

  @Test
  void whoIsExceptedHasNoPartInIt() {
    nodesAre(16);
    Target narrowed =
        new Target(
            users(16).users(), List.of(), false, Set.copyOf(users(15).users()), Set.of("session"));

    assertThat(recipients(users(16))).isNull();
    Recipients recipients = recipients(narrowed);

    assertThat(recipients).isNotNull();
    assertThat(recipients.channels()).containsExactly("chat:u:u15");
  }

  @Test
  void ofALargeAudienceOnlyTheSizeIsLookedAt() {
    nodesAre(64);
    List<String> many =
        new AbstractList<>() {
          @Override
          public String get(int index) {
            throw new AssertionError("looked at");
          }

          @Override
          public int size() {
            return 100_000;
          }
        };
    Target target = new Target(many, List.of(), false, Set.of("bob"), Set.of());

    assertThat(recipients(target)).isNull();
    answer(target, PublishAnswer.ofNodes(64));

    assertThat(common()).containsEntry(CommonReason.CHEAPER, 1L);
  }

  // ---- what is learned

  @Test
  void theNodesAreThoseOfTheLastAnswer() {
    nodesAre(64);
    answer(ALICE, PublishAnswer.of(Route.TARGETED, 1, 3, 1));

    assertThat(isTargeted(ALICE)).isFalse();
    assertThat(counters.targeted.sum()).isEqualTo(1);

    nodesAre(64);
    answer(ALICE, PublishAnswer.of(Route.TARGETED, 1, -1, 1));
    assertThat(isTargeted(ALICE)).isTrue();
  }

  @Test
  void whileOthersSubscribeOneMessageASecondTries() {
    nodesAre(64);
    answer(ALICE, PublishAnswer.of(Route.OTHER_SUBSCRIBERS, 65, 64));

    assertThat(isTargeted(ALICE)).isFalse();
    answer(ALICE, PublishAnswer.ofNodes(65));
    nanos += Router.PAUSE.toNanos();
    assertThat(isTargeted(ALICE)).isTrue();
    assertThat(isTargeted(ALICE)).as("only one").isFalse();
    assertThat(common()).containsEntry(CommonReason.OTHER_SUBSCRIBERS, 2L);

    nanos += Router.PAUSE.toNanos();
    answer(ALICE, PublishAnswer.of(Route.TARGETED, 1, 64, 1));
    assertThat(isTargeted(ALICE)).isTrue();
    assertThat(isTargeted(ALICE)).isTrue();
  }

  @Test
  void whatIsNotPermittedIsTriedAgainNowAndThen() {
    nodesAre(64);
    for (PublishAnswer answer :
        List.of(
            PublishAnswer.of(Route.NOT_PERMITTED, 64, -1),
            PublishAnswer.ofNodes(64))) { // a backplane that knows one way only
      answer(ALICE, answer);
      assertThat(isTargeted(ALICE)).isFalse();
      nanos += Router.PAUSE.toNanos();
    }
    assertThat(common()).containsEntry(CommonReason.NOT_PERMITTED, 2L);
  }

  @Test
  void aDetourOfAGroupConcernsNoOtherMessage() {
    nodesAre(64);
    answer(GROUP, PublishAnswer.of(Route.DETOUR, 64, 64));

    assertThat(isTargeted(GROUP)).isTrue();
    assertThat(common()).containsEntry(CommonReason.DETOUR, 1L);
  }
}
