package io.github.redisfanout.examples.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.testkit.RedisProcess;
import io.github.redisfanout.testkit.RedisSentinels;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The chat, its store included, goes on when the master of Redis is replaced. */
class ChatFailoverTest {
  @RegisterExtension static final RedisSentinels redis = RedisSentinels.start();

  private static final Duration LIMIT = Duration.ofSeconds(20);

  @Test
  void chatGoesOnAfterAFailover() throws Exception {
    try (ChatApplication chat = ChatApplication.start(redis.uri(), "127.0.0.1", List.of(0, 0))) {
      int first = chat.nodes().get(0).port();
      int second = chat.nodes().get(1).port();
      ChatClient alice = ChatClient.loggedIn(first, "alice");
      ChatClient bob = ChatClient.loggedIn(second, "bob");
      alice.createConversation("c1", "alice", "bob");
      ChatClient.Socket socket = bob.connect();
      assertThat(alice.say("c1", "before").status()).isEqualTo(202);
      await().atMost(LIMIT).until(() -> socket.texts.stream().anyMatch(t -> t.contains("before")));

      RedisProcess old = redis.master();
      redis.failover();
      // As the sentinels do some ten seconds later; open connections stay, and writes are refused.
      old.command("REPLICAOF", "127.0.0.1", Integer.toString(redis.master().port()));

      await().atMost(LIMIT).until(() -> alice.say("c1", "after").status() == 202);
      await().atMost(LIMIT).until(() -> socket.texts.stream().anyMatch(t -> t.contains("after")));
      assertThat(alice.on(second).get("/api/conversations/c1/messages").body())
          .contains("before", "after");
      await().atMost(LIMIT).until(() -> alice.get("/health").status() == 200);
    }
  }

  /** Behind a name or proxy: the pooled connections lead to a server that has become a replica. */
  @Test
  void storeRepeatsWhatAReplicaRefused() {
    RedisProcess server = redis.servers().get(0);
    RedisProcess master = redis.master();
    try (ChatStore store = new ChatStore(master.uri())) {
      store.append("c2", "one");
      RedisProcess other = server == master ? redis.servers().get(1) : server;
      master.command("REPLICAOF", "127.0.0.1", Integer.toString(other.port()));
      Thread promotion = new Thread(() -> promoteSoon(master));
      promotion.start();

      store.append("c2", "two");

      assertThat(store.messages("c2")).contains("two");
    }
  }

  private static void promoteSoon(RedisProcess server) {
    await().pollDelay(Duration.ofMillis(300)).until(() -> true);
    server.promote();
  }
}
