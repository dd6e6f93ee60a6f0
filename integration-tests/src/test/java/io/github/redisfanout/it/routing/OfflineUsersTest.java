package io.github.redisfanout.it.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.Disconnect;
import io.github.redisfanout.FanoutSession;
import io.github.redisfanout.PublishOption;
import io.github.redisfanout.Receipt;
import io.github.redisfanout.it.Nodes;
import io.github.redisfanout.testkit.RecordingTransport;
import io.github.redisfanout.testkit.RedisProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Who is offline according to receipts, while users come and go, against what was delivered. */
@Timeout(300)
class OfflineUsersTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  private static final int USERS = 8;

  /** What is certain of a user; a new object at each change. */
  private static final class Certainty {
    final boolean isOnline;
    final boolean isOffline;

    Certainty(boolean isOnline, boolean isOffline) {
      this.isOnline = isOnline;
      this.isOffline = isOffline;
    }
  }

  /** A user who opens and closes sessions on changing nodes until the test ends. */
  private static final class User {
    final String id;
    final AtomicReference<Certainty> now = new AtomicReference<>(new Certainty(false, true));
    final List<RecordingTransport> transports = Collections.synchronizedList(new ArrayList<>());

    User(String id) {
      this.id = id;
    }

    void is(boolean online, boolean offline) {
      now.set(new Certainty(online, offline));
    }

    Set<String> received() {
      Set<String> all = new HashSet<>();
      List.copyOf(transports).forEach(transport -> all.addAll(transport.texts()));
      return all;
    }
  }

  /** One user of one publish; nothing is certain if something changed meanwhile. */
  private record Statement(User user, String json, boolean offline, Certainty certain) {}

  private final AtomicInteger publishedLast = new AtomicInteger();
  private volatile boolean changing = true;

  @Test
  void receiptsKnowWhoIsOffline() throws Exception {
    check(600);
  }

  @Test
  @Tag("full")
  void manyReceiptsKnowWhoIsOffline() throws Exception {
    check(10_000);
  }

  private void check(int publishes) throws Exception {
    try (RoutedNodes nodes = new RoutedNodes(redis, 3, Optional.empty())) {
      nodes.awaitTargeted();
      List<User> users = new ArrayList<>();
      List<Thread> threads = new ArrayList<>();
      AtomicReference<Throwable> failure = new AtomicReference<>();
      for (int i = 0; i < USERS; i++) {
        User user = new User("user" + i);
        users.add(user);
        Random random = new Random(i);
        Thread thread = new Thread(() -> comeAndGo(user, nodes, random, failure), user.id);
        threads.add(thread);
        thread.start();
      }
      List<Statement> statements = new ArrayList<>();
      try {
        Random random = new Random(publishes);
        for (int i = 0; i < publishes; i++) {
          publish(users, String.valueOf(i), random.nextInt(3), random, nodes, statements);
        }
      } finally {
        changing = false;
        for (Thread thread : threads) {
          thread.join(TimeUnit.SECONDS.toMillis(60));
        }
      }
      assertThat(failure.get()).isNull();
      verify(users, statements);
      assertThat(nodes.targeted()).as("on their own channels").isGreaterThan(publishes / 5);
    }
  }

  private void comeAndGo(
      User user, RoutedNodes nodes, Random random, AtomicReference<Throwable> failure) {
    try {
      while (changing) {
        user.is(false, false);
        RecordingTransport transport = new RecordingTransport();
        user.transports.add(transport);
        FanoutSession session = nodes.get(random.nextInt(3)).open(user.id, transport);
        RoutedNodes.ready(session);
        user.is(true, false);
        int some = random.nextInt(3);
        soon(() -> !changing || transport.texts().size() >= some);
        user.is(false, false);
        // In the order of the publisher: then all that was published for it has come.
        String last = "\"last of " + publishedLast.incrementAndGet() + "\"";
        nodes.publisher().publishJson(List.of(user.id), last).get(30, TimeUnit.SECONDS);
        soon(() -> transport.texts().contains(last));
        session.disconnect(Disconnect.NOT_ALLOWED);
        soon(() -> subscribers(user).equals("0"));
        user.is(false, true);
        long later = nodes.publisher().counters().published() + random.nextInt(5);
        soon(() -> !changing || nodes.publisher().counters().published() >= later);
      }
    } catch (Throwable e) {
      failure.compareAndSet(null, e);
    }
  }

  private static void soon(Callable<Boolean> condition) {
    await()
        .dontCatchUncaughtExceptions() // several threads wait
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(1))
        .atMost(Duration.ofSeconds(30))
        .until(condition);
  }

  private static String subscribers(User user) {
    String[] answer =
        redis.command("PUBSUB", "NUMSUB", Nodes.CHANNEL + ":u:" + user.id).split("\n");
    return answer[1];
  }

  /** To one user, to a few, or to all: on either way. */
  private static void publish(
      List<User> users,
      String json,
      int kind,
      Random random,
      RoutedNodes nodes,
      List<Statement> statements)
      throws InterruptedException {
    List<User> named = new ArrayList<>(users);
    Collections.shuffle(named, random);
    named = named.subList(0, kind == 0 ? 1 : kind == 1 ? 3 : USERS);
    List<Certainty> before = named.stream().map(user -> user.now.get()).toList();

    Receipt receipt =
        nodes
            .publisher()
            .publishAndWait(
                named.stream().map(user -> user.id).toList(),
                Integer.valueOf(json),
                Duration.ofSeconds(30),
                PublishOption.KNOW_OFFLINE);

    assertThat(receipt.knowsOffline()).isTrue();
    for (int i = 0; i < named.size(); i++) {
      User user = named.get(i);
      Certainty after = user.now.get();
      statements.add(
          new Statement(
              user,
              json,
              receipt.offlineUsers().contains(user.id),
              after == before.get(i) ? after : new Certainty(false, false)));
    }
  }

  private static Map<User, Set<String>> received(List<User> users) {
    Map<User, Set<String>> received = new HashMap<>();
    users.forEach(user -> received.put(user, user.received()));
    return received;
  }

  private static void verify(List<User> users, List<Statement> statements) {
    // What they should have got is there before it is looked at.
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () -> {
              Map<User, Set<String>> received = received(users);
              assertThat(statements)
                  .filteredOn(s -> s.certain.isOnline && !received.get(s.user).contains(s.json))
                  .as("lost")
                  .isEmpty();
            });
    Map<User, Set<String>> received = received(users);
    int online = 0;
    int offline = 0;
    for (Statement s : statements) {
      boolean delivered = received.get(s.user).contains(s.json);
      if (s.offline) {
        assertThat(delivered).as("delivered although offline").isFalse();
        assertThat(s.certain.isOnline).as("online for all the time").isFalse();
        offline += s.certain.isOffline ? 1 : 0;
      } else {
        assertThat(s.certain.isOffline).as("offline for all the time").isFalse();
        online += s.certain.isOnline ? 1 : 0;
      }
    }
    assertThat(online).as("certainly online").isGreaterThan(statements.size() / 20);
    assertThat(offline).as("certainly offline").isGreaterThan(statements.size() / 20);
  }
}
