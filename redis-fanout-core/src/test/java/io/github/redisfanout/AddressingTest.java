package io.github.redisfanout;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.backplane.ConnectionState;
import io.github.redisfanout.internal.wire.EnvelopeCodec;
import io.github.redisfanout.internal.wire.Signer;
import io.github.redisfanout.internal.wire.Target;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A node that receives messages which do not reach all that they were meant for. */
class AddressingTest {
  private static final String NO_FIELD = "it has no target_user_ids and no to";

  private final FakeBackplane backplane = new FakeBackplane();
  private final List<String> told = new CopyOnWriteArrayList<>();
  private final FakeTransport alice = new FakeTransport();
  private Subscriber subscriber = subscriber(FanoutConfig.of("chat"));

  private Subscriber subscriber(FanoutConfig config) {
    return new Subscriber(
        backplane,
        new InMemorySessionRegistry(),
        new JacksonPayloadEncoder(),
        config,
        new FanoutListener() {
          @Override
          public void onUndeliverable(String rule) {
            told.add(rule);
          }

          @Override
          public void onMalformedMessage(String rule) {
            told.add("malformed: " + rule);
          }
        });
  }

  private void start() {
    subscriber.start();
    backplane.receivingIs(ConnectionState.UP, "");
    subscriber.open("alice", alice);
  }

  @AfterEach
  void close() {
    subscriber.close(Duration.ZERO);
  }

  @Test
  void anIdThatIsNoneCostsTheOthersNothing() {
    start();

    backplane.receive("{\"target_user_ids\":[null,\"alice\",{}],\"payload\":1}");
    backplane.receive("{\"target_user_ids\":[\"alice\",7.0],\"payload\":2}");
    backplane.receive("{\"target_user_ids\":[\"\",\"alice\"],\"payload\":3}");

    await().until(() -> alice.texts().equals(List.of("1", "2", "3")));
    assertThat(subscriber.counters().undeliverableIds()).isEqualTo(4);
    assertThat(subscriber.counters().addressedToNobody()).isZero();
    await()
        .untilAsserted( // not each one
            () ->
                assertThat(told)
                    .containsExactly("2 of the 3 elements of target_user_ids and to are no id"));
  }

  @Test
  void aMessageThatNamesOthersInAnotherFieldIsCountedAndTold() {
    start();

    backplane.receive("{\"user_ids\":[\"alice\"],\"payload\":1}");
    backplane.receive("{\"user_ids\":[\"alice\"],\"payload\":2}");
    backplane.receive("{\"target_user_ids\":[\"alice\"],\"payload\":3}");

    await().until(() -> alice.texts().equals(List.of("3")));
    assertThat(subscriber.counters().addressedToNobody()).isEqualTo(2);
    await().untilAsserted(() -> assertThat(told).containsExactly(NO_FIELD));
  }

  @Test
  void aMessageWithoutRecipientsIsOnlyCounted() {
    start();

    backplane.receive("{\"target_user_ids\":[],\"payload\":1}");
    backplane.receive("{\"to\":{\"everyone\":false},\"payload\":2}");
    backplane.receive("{\"to\":{\"except\":{\"users\":[\"bob\"]}},\"payload\":3}");
    backplane.receive("{\"payload\":4}"); // is reported after all those before it

    await().untilAsserted(() -> assertThat(told).containsExactly(NO_FIELD));
    assertThat(subscriber.counters().addressedToNobody()).isEqualTo(4);
    assertThat(subscriber.counters().malformed()).isZero();
  }

  @Test
  void aMessageForAGroupOrEveryoneIsAddressed() {
    start();

    backplane.receive("{\"target_user_ids\":[],\"to\":{\"groups\":[\"g\"]},\"payload\":1}");
    backplane.receive("{\"to\":{\"users\":[\"bob\"]},\"payload\":2}");
    backplane.receive("{\"to\":{\"everyone\":true,\"except\":{\"users\":[\"alice\"]}}}");
    backplane.receive("{\"target_user_ids\":[\"alice\"],\"payload\":3}");

    await().until(() -> alice.texts().equals(List.of("3")));
    assertThat(subscriber.counters().addressedToNobody()).isZero();
    assertThat(told).isEmpty();
  }

  @Test
  void aMessageForUsersOfOtherNodesIsAddressed() {
    start();

    backplane.receive("{\"target_user_ids\":[\"bob\"],\"payload\":1}");
    backplane.receive("{\"target_user_ids\":[8],\"payload\":2}");
    backplane.receive("{\"target_user_ids\":[\"alice\"],\"payload\":3}");

    await().until(() -> alice.texts().equals(List.of("3")));
    assertThat(subscriber.counters().addressedToNobody()).isZero();
    assertThat(subscriber.counters().undeliverableIds()).isZero();
  }

  @Test
  void signedMessagesAreReadInTheSameWay() {
    MessageAuthentication authentication = MessageAuthentication.hmacSha256(new byte[32]);
    subscriber = subscriber(FanoutConfig.builder("chat").authentication(authentication).build());
    start();
    Signer signer = authentication.newSigner("chat");
    EnvelopeCodec codec = new EnvelopeCodec(1 << 20, false);
    byte[] forNobody = codec.encode(Target.users(List.of()), Map.of(), "1".getBytes(UTF_8), signer);

    // An empty id is the only wrong one that a signing writer of ours could send.
    byte[] withAnEmptyId =
        codec.encode(Target.users(List.of("", "alice")), Map.of(), "2".getBytes(UTF_8), signer);
    backplane.receive(new String(forNobody, UTF_8));
    backplane.receive(new String(withAnEmptyId, UTF_8));

    await().until(() -> alice.texts().equals(List.of("2")));
    assertThat(subscriber.counters().addressedToNobody()).isEqualTo(1);
    assertThat(subscriber.counters().undeliverableIds()).isEqualTo(1);
    assertThat(subscriber.counters().unauthenticated()).isZero();
  }
}
