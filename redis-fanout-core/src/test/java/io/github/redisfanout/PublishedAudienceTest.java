package io.github.redisfanout;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import io.github.redisfanout.internal.wire.Control;
import io.github.redisfanout.internal.wire.Target;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a publisher sends for an audience, and what it answers. */
class PublishedAudienceTest {
  private static final Audience ALICE = Audience.user("alice");
  private static final Audience NOBODY = Audience.users().exceptUsers("bob");
  private static final Disconnect BANNED = new Disconnect(4403, "banned");

  private final PublishRecorder recorder = new PublishRecorder();
  private final Publisher publisher = recorder.publisher(FanoutConfig.of("chat"));

  private String published() {
    assertThat(recorder.published).hasSize(1);
    String message = new String(recorder.published.get(0).bytes(), UTF_8);
    recorder.published.clear();
    return message;
  }

  @Test
  void usersAreWrittenAsEver() {
    publisher.publishJson(List.of("alice", "bob"), "1");
    String asEver = published();
    publisher.publishJson(Audience.users("alice", "bob"), "1");

    assertThat(published())
        .isEqualTo(asEver)
        .isEqualTo("{\"target_user_ids\":[\"alice\",\"bob\"],\"payload\":1}");
  }

  @Test
  void othersAreWrittenBesideTheUsers() {
    publisher.publish(ALICE.and(Audience.groups("room 1", "ö\"")).and(Audience.everyone()), 1);

    assertThat(published())
        .isEqualTo(
            "{\"target_user_ids\":[\"alice\"],"
                + "\"to\":{\"groups\":[\"room 1\",\"ö\\\"\"],\"everyone\":true},\"payload\":1}");
  }

  @Test
  void whoeverExceptsHasAllInOneField() {
    publisher.publish(ALICE.and(Audience.group("g")).exceptUsers("bob").exceptSessions("9f"), 1);
    assertThat(published())
        .isEqualTo(
            "{\"target_user_ids\":[],\"to\":{\"users\":[\"alice\"],\"groups\":[\"g\"],"
                + "\"except\":{\"users\":[\"bob\"],\"sessions\":[\"9f\"]}},\"payload\":1}");

    publisher.publish(ALICE.exceptSessions("9f"), 1);
    assertThat(published())
        .isEqualTo(
            "{\"target_user_ids\":[],"
                + "\"to\":{\"users\":[\"alice\"],\"except\":{\"sessions\":[\"9f\"]}},\"payload\":1}");
  }

  @Test
  void controlHasAllInOneFieldAndNoPayload() {
    publisher.disconnect(ALICE, BANNED);
    assertThat(published())
        .isEqualTo(
            "{\"target_user_ids\":[],\"to\":{\"users\":[\"alice\"]},"
                + "\"control\":{\"disconnect\":{\"code\":4403,\"reason\":\"banned\"}}}");

    publisher.join(Audience.everyone().exceptUsers("bob"), "room \"1\"");
    assertThat(published())
        .isEqualTo(
            "{\"target_user_ids\":[],\"to\":{\"everyone\":true,\"except\":{\"users\":[\"bob\"]}},"
                + "\"control\":{\"join\":{\"group\":\"room \\\"1\\\"\"}}}");

    publisher.leave(Audience.group("g"), "g");
    assertThat(published())
        .isEqualTo(
            "{\"target_user_ids\":[],\"to\":{\"groups\":[\"g\"]},"
                + "\"control\":{\"leave\":{\"group\":\"g\"}}}");
  }

  @Test
  void nodesAskAndAnswer() {
    publisher.publishControl(Target.EVERYONE, new Control.Ask("q1"));
    assertThat(published())
        .isEqualTo(
            "{\"target_user_ids\":[],\"to\":{\"everyone\":true},"
                + "\"control\":{\"ask\":{\"id\":\"q1\"}}}");

    publisher.publishControl(
        Target.EVERYONE,
        new Control.Answer("q1", "n1", 1767225600000L, 3, 2, "1.0", "UP", List.of("a", "b")));
    assertThat(published())
        .isEqualTo(
            "{\"target_user_ids\":[],\"to\":{\"everyone\":true},\"control\":{\"answer\":{"
                + "\"ask\":\"q1\",\"node\":\"n1\",\"since\":1767225600000,\"sessions\":3,"
                + "\"users\":2,\"version\":\"1.0\",\"health\":\"UP\",\"reasons\":[\"a\",\"b\"]}}}");
  }

  private interface Call extends Function<Publisher, CompletableFuture<Receipt>> {}

  static Stream<Call> calls() {
    return Stream.of(
        publisher -> publisher.publish(NOBODY, 1),
        publisher -> publisher.publishJson(NOBODY, "1"),
        publisher -> publisher.disconnect(NOBODY, BANNED),
        publisher -> publisher.join(NOBODY, "g"),
        publisher -> publisher.leave(NOBODY, "g"));
  }

  @ParameterizedTest
  @MethodSource("calls")
  void anAudienceThatNamesNobodyPublishesNothingAndSucceeds(Call call) {
    assertThat(call.apply(publisher))
        .isCompletedWithValueMatching(receipt -> receipt.recipients() == 0 && receipt.nodes() == 0);
    assertThat(recorder.published).isEmpty();
  }

  @Test
  void receiptCountsUsersAndGroupsAndEveryoneAsOne() throws Exception {
    Audience audience = Audience.users("a", "b", "a").and(Audience.groups("g", "h", "g"));

    assertThat(receipt(publisher.publish(audience, 1)).recipients()).isEqualTo(4);
    assertThat(receipt(publisher.publish(audience.and(Audience.everyone()), 1)).recipients())
        .isEqualTo(5);
    assertThat(receipt(publisher.join(audience.exceptUsers("x"), "g")).recipients()).isEqualTo(4);
    Receipt waited = publisher.publishAndWait(Audience.everyone(), 1, Duration.ofSeconds(30));
    assertThat(waited.recipients()).isEqualTo(1);
  }

  private static Receipt receipt(CompletableFuture<Receipt> future) {
    assertThat(future).isCompleted();
    return future.join();
  }

  @Test
  void wrongArgumentsAreRefusedWithTheirRule() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> publisher.join(ALICE, ""))
        .withMessage("group must not be empty");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> publisher.leave(ALICE, "\ud800"))
        .withMessage("group must not have an unpaired surrogate: at index 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> publisher.disconnect(ALICE, new Disconnect(4403, "a\ud800")))
        .withMessage("reason must not have an unpaired surrogate: at index 1");
    assertThatNullPointerException()
        .isThrownBy(() -> publisher.publish((Audience) null, 1))
        .withMessage("audience == null");
    assertThatIllegalArgumentException().isThrownBy(() -> publisher.publishJson(NOBODY, "NaN"));
    assertThat(recorder.published).isEmpty();
  }

  @Test
  void tooLargeAnAudienceIsRefusedAndNamed() {
    List<String> names = IntStream.range(100_000, 180_000).mapToObj(i -> "name_" + i).toList();

    assertThatIllegalArgumentException()
        .isThrownBy(() -> publisher.publish(Audience.groups(names).and(ALICE), 1))
        .withMessage(
            "message must be at most maxMessageBytes 1048576: 1120059 bytes for 1 users,"
                + " 80000 groups and a payload of 1 bytes");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> publisher.join(Audience.everyone().exceptUsers(names), "g"))
        .withMessage(
            "message must be at most maxMessageBytes 1048576: 1120099 bytes for 0 users,"
                + " everyone, 80000 excepted and a control of 22 bytes");
    assertThat(recorder.published).isEmpty();
  }
}
