package io.github.redisfanout.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.github.redisfanout.Audience;
import io.github.redisfanout.Disconnect;
import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.FanoutSession;
import io.github.redisfanout.Publisher;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.backplane.Backplane;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What two nodes must do on any backplane: a part of {@link BackplaneContract}. */
abstract class NodesContract {
  private static final Duration LIMIT = Duration.ofSeconds(10);
  private static final String END = "\"end\"";

  private final String channel = "contract-" + UUID.randomUUID();
  private final Deque<Backplane> backplanes = new ArrayDeque<>();
  private final Deque<RedisFanout> nodes = new ArrayDeque<>();

  /**
   * Creates a backplane and does not start it.
   *
   * <p>A test calls this several times; the backplanes of one test must receive each other's
   * messages.
   */
  protected abstract Backplane create();

  @AfterEach
  void closeNodes() {
    nodes.forEach(RedisFanout::close);
    backplanes.forEach(Backplane::close);
  }

  @Test
  void audienceIsReachedOnAllNodesWithoutThoseThatItExcepts() throws Exception {
    RedisFanout first = node();
    RedisFanout second = node();
    RecordingTransport alice = new RecordingTransport();
    FanoutSession tab = first.open("alice", alice);
    RecordingTransport elsewhere = open(second, "alice");
    RecordingTransport bob = open(second, "bob");
    tab.join("room");
    second.sessions("bob").forEach(session -> session.join("room"));

    Audience room = Audience.group("room");
    Publisher publisher = first.publisher();
    for (CompletableFuture<?> outcome :
        List.of(
            publisher.publish(Audience.everyone(), "everyone"),
            publisher.publish(room, "room"),
            publisher.publish(room.exceptUsers("bob"), "not bob"),
            publisher.publish(Audience.everyone().exceptSessions(tab.id()), "not the tab"),
            publisher.publish(Audience.user("bob").and(room), "both"),
            publisher.publish(Audience.everyone(), "end"))) {
      get(outcome);
    }

    alice.awaitText(END);
    elsewhere.awaitText(END);
    bob.awaitText(END);
    assertThat(alice.texts())
        .containsExactly("\"everyone\"", "\"room\"", "\"not bob\"", "\"both\"", END);
    assertThat(elsewhere.texts()).containsExactly("\"everyone\"", "\"not the tab\"", END);
    assertThat(bob.texts())
        .containsExactly("\"everyone\"", "\"room\"", "\"not the tab\"", "\"both\"", END);
  }

  @Test
  void joinAndLeaveWorkOnAllNodesInOrderWithMessages() throws Exception {
    RedisFanout first = node();
    RedisFanout second = node();
    RecordingTransport here = open(first, "alice");
    RecordingTransport there = open(second, "alice");
    Publisher publisher = first.publisher();

    List<CompletableFuture<?>> outcomes = new ArrayList<>();
    for (int i = 0; i < 50; i++) { // without waiting
      outcomes.add(publisher.join(Audience.user("alice"), "room"));
      outcomes.add(publisher.publish(Audience.group("room"), i));
      outcomes.add(publisher.leave(Audience.group("room"), "room"));
      outcomes.add(publisher.publish(Audience.group("room"), "nobody"));
    }
    outcomes.add(publisher.join(Audience.everyone(), "room"));
    outcomes.add(publisher.publish(Audience.group("room"), "end"));
    for (CompletableFuture<?> outcome : outcomes) {
      get(outcome);
    }

    for (RecordingTransport session : List.of(here, there)) {
      session.awaitText(END);
      assertThat(session.texts()).hasSize(51).startsWith("0", "1", "2").endsWith("48", "49", END);
    }
    assertThat(second.sessions().get(0).groups()).isEqualTo(Set.of("room"));
  }

  @Test
  void disconnectClosesSessionsOfAllNodes() throws Exception {
    RedisFanout first = node();
    RedisFanout second = node();
    RecordingTransport here = open(first, "alice");
    RecordingTransport there = open(second, "alice");
    RecordingTransport bob = open(second, "bob");
    Disconnect why = new Disconnect(4403, "banned");

    get(first.publisher().disconnect(Audience.user("alice"), why));

    assertThat(here.awaitDisconnect()).isEqualTo(why);
    assertThat(there.awaitDisconnect()).isEqualTo(why);
    get(first.publisher().publish(Audience.everyone(), "end"));
    bob.awaitText(END);
    assertThat(bob.disconnects()).isEmpty();
  }

  private RedisFanout node() throws InterruptedException {
    Backplane backplane = create();
    backplanes.add(backplane);
    RedisFanout node = RedisFanout.builder(backplane, FanoutConfig.of(channel)).start();
    nodes.add(node);
    assertThat(node.awaitReady(LIMIT)).isTrue();
    return node;
  }

  private static RecordingTransport open(RedisFanout node, String userId) {
    RecordingTransport transport = new RecordingTransport();
    node.open(userId, transport);
    return transport;
  }

  @CanIgnoreReturnValue
  private static <T> T get(CompletableFuture<T> future) throws Exception {
    return future.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
  }
}
