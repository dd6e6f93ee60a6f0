package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.backplane.ConnectionState;
import io.github.redisfanout.backplane.Outgoing;
import io.github.redisfanout.backplane.PublishAnswer;
import io.github.redisfanout.backplane.PublishCallback;
import io.github.redisfanout.backplane.PublishFailure;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Questions and answers of a node whose backplane has no directory, and may fail. */
class QuestionsTest {
  private static final Duration LONG = Duration.ofMinutes(1); // nobody waits for it
  private static final Duration SHORT = Duration.ofSeconds(1); // this passes
  private static final String NO_DIRECTORY = "the backplane has no directory of nodes";

  private final FakeBackplane backplane = new FakeBackplane();
  private final RedisFanout node = RedisFanout.builder(backplane, FanoutConfig.of("chat")).build();

  @BeforeEach
  void start() {
    node.start();
    backplane.receivingIs(ConnectionState.UP, "");
  }

  @AfterEach
  void close() {
    node.close();
  }

  private static Nodes answer(CompletableFuture<Nodes> asked) throws Exception {
    return asked.get(30, TimeUnit.SECONDS);
  }

  private String published(int index) {
    await().until(() -> backplane.published.size() > index);
    return new String(backplane.published.get(index).bytes(), StandardCharsets.UTF_8);
  }

  private String askedId() {
    return published(0).replaceFirst(".*\"ask\":\\{\"id\":\"([^\"]+)\".*", "$1");
  }

  private void hear(String id, String nodeId) {
    backplane.receive(
        """
        {"target_user_ids":[],"to":{"everyone":true},"control":{"answer":{"ask":"%s","node":"%s",\
        "since":5,"sessions":1,"users":1,"version":"9","health":"SPLENDID","reasons":["a"]}}}"""
            .formatted(id, nodeId));
  }

  // ---- asking

  @Test
  void withoutADirectoryItEndsWhenAllWhoHeardTheQuestionHaveAnswered() throws Exception {
    CompletableFuture<Nodes> asked = node.nodes(LONG);
    String id = askedId();
    backplane.callbacks.get(0).published(PublishAnswer.ofNodes(2));
    hear(id, "node-1");
    hear(id, "node-1"); // counts once
    hear("of another question", "node-3");
    assertThat(asked).isNotDone();

    hear(id, "node-2");

    Nodes nodes = answer(asked);
    assertThat(nodes.answers()).extracting(NodeInfo::id).containsExactly("node-1", "node-2");
    assertThat(nodes.missing()).isEmpty();
    assertThat(nodes.knowsMissing()).isFalse();
    assertThat(nodes.reason()).isEqualTo(NO_DIRECTORY);
    hear(id, "node-3"); // too late: nothing happens
  }

  @Test
  void healthOfALaterVersionIsDegradedAndNamed() throws Exception {
    CompletableFuture<Nodes> asked = node.nodes(LONG);
    hear(askedId(), "node-1");
    backplane.callbacks.get(0).published(PublishAnswer.ofNodes(1));

    NodeInfo info = answer(asked).answers().get(0);

    assertThat(info.health()).isEqualTo(FanoutHealth.Status.DEGRADED);
    assertThat(info.reasons())
        .containsExactly("its health is SPLENDID, which this version does not know", "a");
  }

  @Test
  void questionThatIsRejectedIsAnsweredAtOnce() throws Exception {
    backplane.onPublish =
        callback -> callback.failed(PublishFailure.REJECTED, new IllegalStateException("full"));

    Nodes nodes = answer(node.nodes(LONG));

    assertThat(nodes.answers()).isEmpty();
    assertThat(nodes.knowsMissing()).isFalse();
    assertThat(nodes.reason()).contains("the question was not published").contains("full");
  }

  @Test
  void questionThatPerhapsWasPublishedIsWaitedForUntilTheDeadline() throws Exception {
    CompletableFuture<Nodes> asked = node.nodes(SHORT);
    String id = askedId();
    backplane.callbacks.get(0).failed(PublishFailure.UNKNOWN, new IllegalStateException("cut"));
    hear(id, "node-1");

    Nodes nodes = answer(asked);

    assertThat(nodes.answers()).extracting(NodeInfo::id).containsExactly("node-1");
    assertThat(nodes.knowsMissing()).isFalse();
  }

  @Test
  void frozenBackplaneIsAnsweredAtTheDeadlineAndTheQuestionIsTakenBack() throws Exception {
    Nodes nodes = answer(node.nodes(SHORT));

    assertThat(nodes.answers()).isEmpty();
    assertThat(nodes.knowsMissing()).isFalse();
    await().until(() -> backplane.withdrawn.size() == 1);
  }

  @Test
  void cancelledQuestionIsTakenBackAndItsAnswersAreIgnored() {
    CompletableFuture<Nodes> asked = node.nodes(LONG);
    String id = askedId();

    assertThat(asked.cancel(false)).isTrue();

    await().until(() -> backplane.withdrawn.size() == 1);
    hear(id, "node-1");
  }

  // ---- answering

  @Test
  void questionIsAnsweredOnTheCallbackPoolAndNeverOnTheReadingThread() {
    List<String> threads = new CopyOnWriteArrayList<>();
    backplane.onPublish = callback -> threads.add(Thread.currentThread().getName());

    backplane.receive(question("q1"));

    await().until(() -> !threads.isEmpty());
    assertThat(threads).containsExactly("redis-fanout-callback");
    assertThat(published(0))
        .startsWith("{\"target_user_ids\":[],\"to\":{\"everyone\":true},\"control\":{\"answer\":{")
        .contains("\"ask\":\"q1\"", "\"node\":\"" + node.nodeId() + "\"", "\"health\":\"UP\"");
  }

  @Test
  void atMostSixteenAnswersAreUnderWay() {
    for (int i = 0; i < 100; i++) {
      backplane.receive(question("q" + i));
    }
    await().until(() -> backplane.callbacks.size() == 16);
    PublishCallback first = backplane.callbacks.get(0);

    first.published(PublishAnswer.ofNodes(1));
    backplane.receive(question("last"));

    await().until(() -> backplane.published.size() == 17);
    assertThat(published(16)).contains("\"ask\":\"last\"");
    assertThat(backplane.published.stream().map(Outgoing::channel)).containsOnly("chat");
  }

  @Test
  @Timeout(
      value = 60,
      threadMode = Timeout.ThreadMode.SEPARATE_THREAD) // on the reading thread it would never end
  void floodOfQuestionsDoesNotHoldUpTheReadingThread() throws Exception {
    CountDownLatch blocked = new CountDownLatch(1);
    backplane.onPublish = callback -> awaitUninterruptibly(blocked);

    for (int i = 0; i < 1_000; i++) {
      backplane.receive(question("q" + i)); // it would never come back
    }

    blocked.countDown();
    await().until(() -> backplane.published.size() == 16);
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static String question(String id) {
    return "{\"target_user_ids\":[],\"to\":{\"everyone\":true},\"control\":{\"ask\":{\"id\":\"%s\"}}}"
        .formatted(id);
  }
}
