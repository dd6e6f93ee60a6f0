package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.redisfanout.backplane.BackplaneStatus;
import io.github.redisfanout.backplane.Directory;
import io.github.redisfanout.backplane.Gap;
import io.github.redisfanout.backplane.InMemoryBackplane;
import io.github.redisfanout.backplane.Incoming;
import io.github.redisfanout.backplane.Receiver;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a node hears of the others, without Redis. */
class NodesTest {
  private static final FanoutConfig CONFIG = FanoutConfig.of("chat");
  private static final Duration LONG = Duration.ofMinutes(1); // nobody waits for it
  private static final Duration SHORT = Duration.ofSeconds(1); // this passes

  private final InMemoryBackplane.Hub hub = new InMemoryBackplane.Hub();
  private final Deque<AutoCloseable> open = new ArrayDeque<>();

  @AfterEach
  void close() throws Exception {
    while (!open.isEmpty()) {
      open.pop().close();
    }
  }

  private InMemoryBackplane backplane() {
    InMemoryBackplane backplane = new InMemoryBackplane(hub);
    open.push(backplane);
    return backplane;
  }

  private RedisFanout node() {
    RedisFanout node = RedisFanout.builder(backplane(), CONFIG).start();
    open.push(node);
    return node;
  }

  private static Nodes answer(CompletableFuture<Nodes> asked) throws Exception {
    return asked.get(30, TimeUnit.SECONDS);
  }

  private static Nodes ask(RedisFanout node, Duration deadline) throws Exception {
    return answer(node.nodes(deadline));
  }

  /** Puts a node that never answers into the directory. */
  private void announceFrozen(String id, Duration ttl) {
    InMemoryBackplane backplane = backplane();
    backplane.startPublishing();
    Directory directory = backplane.directory().orElseThrow();
    directory.announce("chat", id, ttl).toCompletableFuture().join();
  }

  private static List<String> ids(Nodes nodes) {
    return nodes.answers().stream().map(NodeInfo::id).toList();
  }

  private static List<String> sortedIds(RedisFanout... nodes) {
    return Stream.of(nodes).map(RedisFanout::nodeId).sorted().toList();
  }

  // ---- all answer

  @Test
  void allNodesAnswerLongBeforeTheDeadline() throws Exception {
    Instant before = Instant.now().minusMillis(1);
    RedisFanout first = node();
    RedisFanout second = node();
    RedisFanout third = node();
    second.open("alice", new FakeTransport());
    second.open("alice", new FakeTransport());
    second.open("bob", new FakeTransport());
    third.open("alice", new FakeTransport());

    Nodes nodes = ask(first, LONG);

    assertThat(ids(nodes)).isEqualTo(sortedIds(first, second, third));
    assertThat(nodes.sessions()).isEqualTo(4);
    assertThat(nodes.missing()).isEmpty();
    assertThat(nodes.lost()).isEmpty();
    assertThat(nodes.knowsMissing()).isTrue();
    assertThat(nodes.reason()).isEmpty();
    assertThat(nodes.answers())
        .filteredOn(node -> node.id().equals(second.nodeId()))
        .singleElement()
        .satisfies(
            node -> {
              assertThat(node.sessions()).isEqualTo(3);
              assertThat(node.users()).isEqualTo(2);
              assertThat(node.since()).isBetween(before, Instant.now());
              assertThat(node.version()).isNotEmpty();
              assertThat(node.health()).isEqualTo(FanoutHealth.Status.UP);
              assertThat(node.reasons()).isEmpty();
            });
  }

  @Test
  void nodeThatIsNotWellSaysWhy() throws Exception {
    RedisFanout first = node();
    RedisFanout second = node();
    second.drain(Duration.ZERO);

    NodeInfo drained =
        ask(first, LONG).answers().stream()
            .filter(node -> node.id().equals(second.nodeId()))
            .findFirst()
            .orElseThrow();

    assertThat(drained.health()).isEqualTo(FanoutHealth.Status.DRAINING);
    assertThat(drained.reasons()).containsExactly("draining: 0 sessions left");
  }

  @Test
  void nodesOfAnotherChannelAreOthers() throws Exception {
    RedisFanout node = node();
    RedisFanout other = RedisFanout.builder(backplane(), FanoutConfig.of("other")).start();
    open.push(other);

    assertThat(ids(ask(node, LONG))).containsExactly(node.nodeId());
    assertThat(ids(ask(other, LONG))).containsExactly(other.nodeId());
  }

  @Test
  void severalQuestionsAtTheSameTimeAreAllAnswered() throws Exception {
    RedisFanout first = node();
    RedisFanout second = node();

    List<CompletableFuture<Nodes>> asked = new ArrayList<>();
    for (int i = 0; i < 4; i++) { // each is answered by both, of at most 16 answers under way
      asked.add(first.nodes(LONG));
      asked.add(second.nodes(LONG));
    }

    for (CompletableFuture<Nodes> each : asked) {
      assertThat(ids(answer(each))).isEqualTo(sortedIds(first, second));
    }
  }

  // ---- some are missing

  @Test
  void nodeThatDoesNotAnswerIsNamedAtTheDeadline() throws Exception {
    RedisFanout first = node();
    RedisFanout second = node();
    announceFrozen("frozen", LONG);
    long start = System.nanoTime();

    Nodes nodes = ask(first, SHORT);

    assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(SHORT.toNanos());
    assertThat(ids(nodes)).isEqualTo(sortedIds(first, second));
    assertThat(nodes.missing()).containsExactly("frozen");
    assertThat(nodes.lost()).isEmpty();
    assertThat(nodes.knowsMissing()).isTrue();
  }

  /** The hub knows that nobody but this node has heard the question. */
  @Test
  void lostNodeIsNamedAndNotWaitedForIfItCannotHaveHeardTheQuestion() throws Exception {
    RedisFanout node = node();
    announceFrozen("lost", Duration.ofNanos(1));

    Nodes nodes = ask(node, LONG);

    assertThat(ids(nodes)).containsExactly(node.nodeId());
    assertThat(nodes.missing()).containsExactly("lost");
    assertThat(nodes.lost()).containsExactly("lost");
  }

  @Test
  void lostNodeIsWaitedForIfItMayHaveHeardTheQuestion() throws Exception {
    RedisFanout node = node();
    announceFrozen("lost", Duration.ofNanos(1));
    InMemoryBackplane listener = backplane(); // it hears the channel, and never answers
    listener.start(
        new Receiver() {
          @Override
          public void onMessages(List<Incoming> burst) {}

          @Override
          public void onGap(Gap gap) {}

          @Override
          public void onStatus(BackplaneStatus status) {}
        });
    listener.subscribe(List.of("chat"));
    long start = System.nanoTime();

    Nodes nodes = ask(node, SHORT);

    assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(SHORT.toNanos());
    assertThat(nodes.lost()).containsExactly("lost");
  }

  @Test
  void closedNodeIsNotMissing() throws Exception {
    RedisFanout first = node();
    RedisFanout second = node();
    assertThat(ids(ask(first, LONG))).isEqualTo(sortedIds(first, second));

    second.close();

    Nodes nodes = ask(first, LONG);
    assertThat(ids(nodes)).containsExactly(first.nodeId());
    assertThat(nodes.missing()).isEmpty();
  }

  @Test
  void nodeThatIsClosedWhileItIsWaitedForIsNotWaitedForAnyLonger() throws Exception {
    RedisFanout node = node();
    announceFrozen("leaving", LONG);
    CompletableFuture<Nodes> asked = node.nodes(LONG);
    assertThat(asked).isNotDone();

    InMemoryBackplane backplane = backplane();
    backplane.startPublishing();
    backplane.directory().orElseThrow().withdraw("chat", "leaving");

    Nodes nodes = answer(asked);
    assertThat(ids(nodes)).containsExactly(node.nodeId());
    assertThat(nodes.missing()).isEmpty();
  }

  @Test
  void closingTheAskingNodeAnswersWithWhatHasCome() throws Exception {
    RedisFanout node = node();
    announceFrozen("frozen", LONG);
    CompletableFuture<Nodes> asked = node.nodes(LONG);

    node.close();

    Nodes nodes = answer(asked);
    assertThat(nodes.missing()).contains("frozen");
    assertThat(nodes.knowsMissing()).isFalse();
    assertThat(nodes.reason()).isEqualTo("the node is closed");
  }

  // ---- refused

  static List<Duration> invalidDeadlines() {
    return List.of(Duration.ZERO, Duration.ofNanos(-1), Duration.ofHours(1).plusNanos(1));
  }

  @ParameterizedTest
  @MethodSource("invalidDeadlines")
  void invalidDeadlineIsRefused(Duration deadline) {
    RedisFanout node = node();

    assertThatThrownBy(() -> node.nodes(deadline))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("deadline must be more than 0 and at most 1 hour: " + deadline);
  }

  @Test
  void nodeThatOnlyPublishesCannotAsk() {
    RedisFanout node = RedisFanout.builder(backplane(), CONFIG).publishOnly().start();
    open.push(node);

    assertThatThrownBy(() -> node.nodes(LONG))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("nodes: the node only publishes, so it hears no answers");
  }

  @Test
  void nodeThatIsNotStartedCannotAsk() {
    RedisFanout node = RedisFanout.builder(backplane(), CONFIG).build();
    open.push(node);

    assertThatThrownBy(() -> node.nodes(LONG))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("nodes: the node is not started; call start first");
  }

  @Test
  void closedNodeAnswersAtOnceThatItKnowsNothing() throws Exception {
    RedisFanout used = node();
    RedisFanout unused = RedisFanout.builder(backplane(), CONFIG).build();
    used.close();
    unused.close();

    for (RedisFanout node : List.of(used, unused)) {
      Nodes nodes = ask(node, LONG);
      assertThat(nodes.answers()).isEmpty();
      assertThat(nodes.knowsMissing()).isFalse();
      assertThat(nodes.reason()).isEqualTo("the node is closed");
    }
  }

  @Test
  void seventeenthQuestionIsRefusedUntilAnotherOneHasEnded() throws Exception {
    RedisFanout node = node();
    announceFrozen("frozen", LONG);
    List<CompletableFuture<Nodes>> asked =
        Stream.generate(() -> node.nodes(LONG)).limit(16).toList();

    assertThatThrownBy(() -> node.nodes(LONG))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("nodes: 16 questions are under way");

    asked.get(0).cancel(false);
    // It may name itself, too, if it still answers the first sixteen: it answers no more at a time.
    assertThat(ask(node, SHORT).missing()).contains("frozen");
    asked.forEach(question -> question.cancel(false));
  }

  @Test
  void idIsReadableAndAnotherOneForEachNode() {
    RedisFanout first = node();
    RedisFanout second = node();

    assertThat(first.nodeId()).matches("[A-Za-z0-9._-]{1,64}-[0-9a-f]{8}");
    assertThat(first.nodeId()).isNotEqualTo(second.nodeId());
  }
}
