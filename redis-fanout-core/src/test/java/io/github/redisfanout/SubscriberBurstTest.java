package io.github.redisfanout;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.backplane.ConnectionState;
import io.github.redisfanout.backplane.Incoming;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A subscriber that is given many messages at once, and asked how far it is. */
class SubscriberBurstTest {
  private final FakeBackplane backplane = new FakeBackplane();
  private final List<String> malformed = new CopyOnWriteArrayList<>();
  private final FakeTransport alice = new FakeTransport();
  private final AtomicInteger disconnects = new AtomicInteger();
  private final AtomicInteger reached = new AtomicInteger();
  private final CountDownLatch entered = new CountDownLatch(1);
  private final CountDownLatch release = new CountDownLatch(1);
  private final Subscriber subscriber =
      new Subscriber(
          backplane,
          new InMemorySessionRegistry(),
          new JacksonPayloadEncoder(),
          FanoutConfig.builder("chat").lanes(1).build(),
          new FanoutListener() {
            @Override
            public void onMalformedMessage(String rule) {
              malformed.add(rule);
            }

            @Override
            public void onDisconnect(FanoutSession session, Disconnect why) {
              disconnects.incrementAndGet();
            }
          });

  @BeforeEach
  void start() {
    subscriber.start();
    backplane.receivingIs(ConnectionState.UP, "");
  }

  @AfterEach
  void close() {
    release.countDown();
    subscriber.close(Duration.ZERO);
  }

  private static String forAlice(String payload) {
    return "{\"target_user_ids\":[\"alice\"],\"payload\":" + payload + "}";
  }

  private void receive(String... messages) {
    requireNonNull(backplane.receiver)
        .onMessages(
            Arrays.stream(messages).map(m -> new Incoming("chat", m.getBytes(UTF_8))).toList());
  }

  private void askHowFar() {
    requireNonNull(backplane.receiver).onCheckpoint(reached::incrementAndGet);
  }

  @Test
  void malformedMessagesInABurstDoNotCostTheOthers() {
    subscriber.open("alice", alice);

    receive("", forAlice("1"), "{", forAlice("2"), forAlice("tru"), forAlice("3"), "[]");

    await().until(() -> alice.texts().equals(List.of("1", "2", "3")));
    assertThat(subscriber.counters().received()).isEqualTo(7);
    assertThat(subscriber.counters().malformed()).isEqualTo(4);
    await().until(() -> malformed.contains("not a JSON object"));
  }

  @Test
  void eachRuleIsReportedOnceHoweverOftenItIsBroken() {
    for (int i = 0; i < 10_000; i++) {
      receive("{", "[]", "{");
    }
    subscriber.open("alice", alice).disconnect(Disconnect.FAILED);

    await().until(() -> disconnects.get() == 1); // the event after those
    assertThat(subscriber.counters().malformed()).isEqualTo(30_000);
    assertThat(malformed).hasSize(2).doesNotHaveDuplicates();
    assertThat(subscriber.counters().listenerEventsDropped()).isZero();
  }

  @Test
  void burstsAndSingleMessagesKeepTheirOrder() {
    subscriber.open("alice", alice);

    receive(forAlice("1"), forAlice("2"));
    backplane.receive(forAlice("3"));
    receive(forAlice("{\"p\\u0061yload\":4}"), forAlice("5")); // one for Jackson, one plain

    await().until(() -> alice.texts().equals(List.of("1", "2", "3", "{\"p\\u0061yload\":4}", "5")));
  }

  @Test
  void messageForAGroupReachesThoseWhoJoinedItInTheSameBurst() {
    subscriber.open("alice", alice);
    String toAlice = "{\"target_user_ids\":[],\"to\":{\"users\":[\"alice\"]},";
    String toRoom = "{\"target_user_ids\":[],\"to\":{\"groups\":[\"room\"]},";
    String join = "\"control\":{\"join\":{\"group\":\"room\"}}}";
    String leave = "\"control\":{\"leave\":{\"group\":\"room\"}}}";

    receive(
        toRoom + "\"payload\":1}",
        toAlice + join,
        toRoom + "\"payload\":2}",
        toRoom + leave,
        toRoom + "\"payload\":3}",
        toAlice + join,
        toRoom + "\"payload\":4}",
        forAlice("5"));

    await().until(() -> alice.texts().contains("5"));
    assertThat(alice.texts()).containsExactly("2", "4", "5");
  }

  @Test
  void closedSubscriberReadsNoBurst() {
    subscriber.close();

    receive(forAlice("1"), "{");

    assertThat(subscriber.counters().received()).isZero();
    assertThat(malformed).isEmpty();
  }

  @Test
  void checkpointIsReachedWhenWhatCameBeforeHasLeftTheLanes() throws Exception {
    subscriber.open("alice", FakeTransport.blocking(entered, release));
    receive(forAlice("1"), forAlice("2"));
    assertThat(entered.await(10, TimeUnit.SECONDS)).isTrue();

    askHowFar();

    assertThat(reached).hasValue(0);
    release.countDown();
    await().until(() -> reached.get() == 1);
    assertThat(subscriber.counters().delivered()).isEqualTo(2);
  }
}
