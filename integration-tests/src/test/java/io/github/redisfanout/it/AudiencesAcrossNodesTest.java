package io.github.redisfanout.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.Audience;
import io.github.redisfanout.Disconnect;
import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.FanoutSession;
import io.github.redisfanout.Publisher;
import io.github.redisfanout.Receipt;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.testkit.RecordingTransport;
import io.github.redisfanout.testkit.RedisProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Whom of three nodes a message or a control reaches, on a real Redis. */
@Timeout(120)
class AudiencesAcrossNodesTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final String END = "\"end\"";

  private final Nodes nodes = new Nodes(redis.uri(), FanoutConfig.of("test-" + UUID.randomUUID()));
  private final List<Client> clients = new ArrayList<>();
  private final List<RedisFanout> three = new ArrayList<>();
  private Publisher publisher;

  /** One session, and what it should have received. */
  private static final class Client {
    final FanoutSession session;
    final RecordingTransport transport = new RecordingTransport();
    final Set<String> groups = new HashSet<>();
    final List<String> expected = new ArrayList<>();

    Client(RedisFanout node, String userId) {
      session = node.open(userId, transport);
    }

    void joinLocally(String... names) {
      for (String name : names) {
        session.join(name);
        groups.add(name);
      }
    }

    boolean isIn(String group) {
      return groups.contains(group);
    }

    boolean isOf(String userId) {
      return session.userId().equals(userId);
    }
  }

  @BeforeEach
  void startNodes() throws Exception {
    for (int i = 0; i < 3; i++) {
      three.add(nodes.start());
    }
    publisher = three.get(0).publisher();
  }

  @AfterEach
  void closeNodes() {
    nodes.close();
  }

  /** Alice, bob, carol and dave, on each node. */
  private void openClients() {
    for (RedisFanout node : three) {
      for (String userId : List.of("alice", "bob", "carol", "dave")) {
        clients.add(new Client(node, userId));
      }
    }
  }

  /** Whom each of these means, by definition. */
  private static Map<Audience, Predicate<Client>> audiences() {
    Map<Audience, Predicate<Client>> audiences = new LinkedHashMap<>();
    audiences.put(Audience.user("alice"), client -> client.isOf("alice"));
    audiences.put(
        Audience.users("alice", "bob", "nobody"),
        client -> client.isOf("alice") || client.isOf("bob"));
    audiences.put(Audience.group("red"), client -> client.isIn("red"));
    audiences.put(
        Audience.groups("red", "blue", "nobody"),
        client -> client.isIn("red") || client.isIn("blue"));
    audiences.put(Audience.everyone(), client -> true);
    audiences.put(
        Audience.user("dave").and(Audience.group("red")),
        client -> client.isOf("dave") || client.isIn("red"));
    audiences.put(
        Audience.users("alice", "bob").and(Audience.groups("red", "blue")),
        client ->
            client.isOf("alice")
                || client.isOf("bob")
                || client.isIn("red")
                || client.isIn("blue"));
    audiences.put(
        Audience.group("blue").and(Audience.everyone()).and(Audience.user("alice")),
        client -> true);
    audiences.put(Audience.users().and(Audience.groups()), client -> false);
    return audiences;
  }

  /** An audience of nobody that only narrows others. */
  private Map<Audience, Predicate<Client>> narrowings() {
    String one = clients.get(1).session.id(); // of bob
    String other = clients.get(8).session.id(); // of alice, on another node
    Predicate<Client> named = client -> Set.of(one, other).contains(client.session.id());
    Audience nobody = Audience.users();
    Map<Audience, Predicate<Client>> narrowings = new LinkedHashMap<>();
    narrowings.put(nobody, client -> false);
    narrowings.put(nobody.exceptUsers("alice", "nobody"), client -> client.isOf("alice"));
    narrowings.put(nobody.exceptSessions(one, other, "nobody"), named);
    narrowings.put(
        nobody.exceptUsers("carol").and(nobody.exceptSessions(one, other)),
        client -> client.isOf("carol") || named.test(client));
    return narrowings;
  }

  @Test
  void eachAudienceReachesExactlyItsSessionsOfAllNodesOnce() throws Exception {
    openClients();
    for (Client client : clients) {
      if (client.isOf("alice") || client.isOf("bob")) {
        client.joinLocally("red");
      }
      if (client.isOf("bob") || client.isOf("carol")) {
        client.joinLocally("blue");
      }
    }

    int number = 0;
    for (Map.Entry<Audience, Predicate<Client>> audience : audiences().entrySet()) {
      for (Map.Entry<Audience, Predicate<Client>> narrowing : narrowings().entrySet()) {
        String text = number++ + " for " + audience.getKey() + " narrowed by " + narrowing.getKey();
        publish(
            audience.getKey().and(narrowing.getKey()),
            text,
            audience.getValue().and(narrowing.getValue().negate()));
      }
    }

    awaitEndAndCheck();
    assertThat(clients).allSatisfy(client -> assertThat(client.expected).hasSizeGreaterThan(5));
  }

  /** Publishes without waiting, and remembers which clients have to receive it. */
  private void publish(Audience audience, String text, Predicate<Client> reaches) {
    CompletableFuture<Receipt> unused = publisher.publish(audience, text);
    clients.stream()
        .filter(reaches)
        .forEach(client -> client.expected.add("\"" + text.replace("\"", "\\\"") + "\""));
  }

  private void awaitEndAndCheck() throws InterruptedException {
    publisher.publishAndWait(Audience.everyone(), "end", LIMIT);
    for (Client client : clients) {
      client.transport.awaitText(END);
      client.expected.add(END);
      assertThat(client.transport.texts())
          .as("%s of %s", client.session, client.session.userId())
          .isEqualTo(client.expected);
    }
  }

  @Test
  void whatOnePublisherPublishesJoinsAndLeavesIsInOrder() throws Exception {
    openClients();
    Random random = new Random(7);
    for (int i = 0; i < 300; i++) {
      Map.Entry<Audience, Predicate<Client>> whom =
          List.copyOf(orderly().entrySet()).get(random.nextInt(4));
      String group = "room" + random.nextInt(3);
      CompletableFuture<Receipt> unused;
      if (random.nextBoolean()) {
        unused = publisher.join(whom.getKey(), group);
        meant(whom.getValue()).forEach(client -> client.groups.add(group));
      } else {
        unused = publisher.leave(whom.getKey(), group);
        meant(whom.getValue()).forEach(client -> client.groups.remove(group));
      }
      publish(Audience.group(group), i + " for " + group, client -> client.isIn(group));
      publish(
          Audience.groups("room0", "room1", "room2").exceptUsers("bob"),
          i + " for all",
          client -> !client.groups.isEmpty() && !client.isOf("bob"));
    }

    awaitEndAndCheck();
    for (Client client : clients) {
      assertThat(client.session.groups()).isEqualTo(client.groups);
      assertThat(client.expected).hasSizeGreaterThan(50);
    }
  }

  private Map<Audience, Predicate<Client>> orderly() {
    String other = clients.get(6).session.id();
    return Map.of(
        Audience.user("alice"), client -> client.isOf("alice"),
        Audience.users("bob", "carol"), client -> client.isOf("bob") || client.isOf("carol"),
        Audience.group("room1"), client -> client.isIn("room1"),
        Audience.everyone().exceptSessions(other), client -> !client.session.id().equals(other));
  }

  private List<Client> meant(Predicate<Client> whom) {
    return clients.stream().filter(whom).toList(); // first all, as the groups are about to change
  }

  @Test
  void sessionReceivesWhatIsPublishedAfterItJoinedAndNothingPublishedAfterItLeft()
      throws Exception {
    openClients();
    AtomicBoolean done = new AtomicBoolean();
    CompletableFuture<Void> others =
        CompletableFuture.runAsync(
            () -> {
              for (int i = 0; !done.get(); i++) {
                three.get(2).publisher().publish(Audience.group("room"), i).join();
              }
            });
    Client client = clients.get(5);

    for (int i = 0; i < 100; i++) {
      client.session.join("room");
      publishAndAwait(Audience.group("room"), "in " + i, client);
      client.session.leave("room");
      publisher.publishAndWait(Audience.group("room"), "out " + i, LIMIT);
      // Joining again, before the node has that message, might be in time for it.
      publishAndAwait(Audience.user("bob"), "direct " + i, client);
    }
    done.set(true);
    others.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
    publisher.publishAndWait(Audience.everyone(), "end", LIMIT);

    client.transport.awaitText(END);
    List<String> texts = client.transport.texts();
    client.expected.add(END);
    assertThat(texts.stream().filter(text -> text.startsWith("\"")).toList())
        .isEqualTo(client.expected);
    List<Integer> numbers =
        texts.stream().filter(text -> !text.startsWith("\"")).map(Integer::valueOf).toList();
    assertThat(numbers).isNotEmpty().doesNotHaveDuplicates().isSorted();
    clients.get(6).transport.awaitText(END);
    assertThat(clients.get(6).transport.texts()).containsExactly(END);
  }

  private void publishAndAwait(Audience audience, String text, Client client) throws Exception {
    publisher.publishAndWait(audience, text, LIMIT);
    String json = "\"" + text + "\"";
    client.expected.add(json);
    await().atMost(LIMIT).until(() -> client.transport.texts().contains(json));
  }

  @Test
  void disconnectClosesTheSessionsOfAllNodesAndNoneThatOpensLater() throws Exception {
    openClients();
    Disconnect why = new Disconnect(4403, "banned");
    Client spared = clients.get(4); // alice on the second node

    CompletableFuture<Receipt> unused = publisher.publish(Audience.user("alice"), "last");
    Receipt receipt =
        publisher
            .disconnect(Audience.user("alice").exceptSessions(spared.session.id()), why)
            .get(LIMIT.toSeconds(), TimeUnit.SECONDS);

    assertThat(receipt.nodes()).isEqualTo(3);
    assertThat(receipt.recipients()).isEqualTo(1);
    for (Client client : List.of(clients.get(0), clients.get(8))) {
      assertThat(client.transport.awaitDisconnect()).isEqualTo(why);
      assertThat(client.transport.wasForced()).isFalse();
      assertThat(client.transport.texts()).containsExactly("\"last\"");
    }
    await()
        .atMost(LIMIT)
        .until(
            () -> IntStream.range(0, 3).allMatch(i -> three.get(i).counters().controlTaken() == 1));
    clients.removeIf(client -> client.isOf("alice") && client != spared);
    clients.add(new Client(three.get(0), "alice"));
    spared.expected.add("\"last\"");
    awaitEndAndCheck();
    assertThat(three.get(2).counters().disconnects()).containsEntry(4403, 1L);
    assertThat(three.get(1).counters().disconnects()).isEmpty();
  }
}
