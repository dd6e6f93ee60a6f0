package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.Mockito.mock;

import io.github.redisfanout.backplane.InMemoryBackplane;
import io.github.redisfanout.backplane.Receiver;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Asking who is online, without Redis; by the subscriptions of users' channels. */
class PresenceTest {
  private final InMemoryBackplane.Hub hub = new InMemoryBackplane.Hub();
  private final InMemoryBackplane elsewhere = new InMemoryBackplane(hub);
  private final InMemoryBackplane backplane = new InMemoryBackplane(hub);
  private final FanoutConfig adaptive =
      FanoutConfig.builder("chat").routing(Routing.ADAPTIVE).build();

  @AfterEach
  void close() {
    elsewhere.close();
    backplane.close();
  }

  private RedisFanout.Builder publishOnly(FanoutConfig config) {
    return RedisFanout.builder(backplane, config).publishOnly();
  }

  private static <T> T get(CompletableFuture<T> future) throws Exception {
    return future.get(30, TimeUnit.SECONDS);
  }

  @Test
  void usersWhoseChannelIsSubscribedAreOnline() throws Exception {
    elsewhere.start(mock(Receiver.class));
    elsewhere.subscribe(Set.of("chat:u:alice", "chat:u:a:u:b"));
    try (RedisFanout node = publishOnly(adaptive).start()) {
      Presence presence = node.presence();

      assertThat(get(presence.online(List.of("alice", "bob", "alice", "a:u:b"))))
          .containsExactlyInAnyOrder("alice", "a:u:b");
      assertThat(get(presence.online(List.of()))).isEmpty();
      Set<String> online = get(presence.online(Set.of("alice")));
      assertThatThrownBy(online::clear).isInstanceOf(UnsupportedOperationException.class);
    }
  }

  @Test
  void answersAreCompletedOnTheCallbackExecutor() throws Exception {
    Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    try (RedisFanout node = publishOnly(adaptive).callbackExecutor(tasks::add).start()) {
      CompletableFuture<Set<String>> answer = node.presence().online(Set.of("alice"));

      assertThat(answer).isNotDone();
      tasks.remove().run();
      assertThat(get(answer)).isEmpty();
    }
  }

  @Test
  void broadcastingNodeSaysWhatToSwitchOn() {
    try (RedisFanout node = publishOnly(FanoutConfig.of("chat")).start()) {
      assertThatIllegalStateException()
          .isThrownBy(() -> node.presence().online(Set.of("alice")))
          .withMessage(
              "online: a node that broadcasts does not know who is elsewhere; set"
                  + " FanoutConfig.routing(Routing.ADAPTIVE) or trackPresence(true) on all nodes");
    }
  }

  @Test
  void badUserIdIsRefused() {
    try (RedisFanout node = publishOnly(adaptive).start()) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> node.presence().online(Set.of("")))
          .withMessage("userId must not be empty");
    }
  }

  @Test
  void nodeThatIsNotStartedAnswersWithAnException() {
    try (RedisFanout node = publishOnly(adaptive).build()) {
      CompletableFuture<Set<String>> answer = node.presence().online(Set.of("alice"));

      assertThatThrownBy(() -> get(answer))
          .isInstanceOf(ExecutionException.class)
          .hasCauseInstanceOf(IllegalStateException.class);
    }
  }
}
