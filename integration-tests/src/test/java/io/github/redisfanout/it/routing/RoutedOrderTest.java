package io.github.redisfanout.it.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.Audience;
import io.github.redisfanout.CommonReason;
import io.github.redisfanout.FanoutSession;
import io.github.redisfanout.MessageAuthentication;
import io.github.redisfanout.Receipt;
import io.github.redisfanout.testkit.RecordingTransport;
import io.github.redisfanout.testkit.RedisProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Order, losses and duplicates while messages take both ways at random. */
class RoutedOrderTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  private static final int USERS = 12;
  private static final int GROUPS = 4;

  /** More than are buffered would be rejected. */
  private static final int UNDER_WAY = 1_000;

  /** One session, and all numbers that it should receive. */
  private record Client(
      String user, Set<String> groups, RecordingTransport transport, List<String> expected) {}

  private final List<Client> clients = new ArrayList<>();

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void eachSessionReceivesEverythingOnceAndInOrder(boolean signed) throws Exception {
    check(1_500, signed);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  @Tag("full")
  void eachSessionReceivesEverythingOfMuchOnceAndInOrder(boolean signed) throws Exception {
    check(20_000, signed);
  }

  private void check(int messages, boolean signed) throws Exception {
    Optional<MessageAuthentication> key =
        signed ? Optional.of(MessageAuthentication.hmacSha256(new byte[32])) : Optional.empty();
    try (RoutedNodes nodes = new RoutedNodes(redis, 3, key)) {
      Random random = new Random(messages);
      open(nodes, random);
      nodes.awaitTargeted();
      long targetedBefore = nodes.targeted();

      List<CompletableFuture<Receipt>> futures = new ArrayList<>();
      for (int i = 0; i < messages; i++) {
        futures.add(publish(nodes, random, String.valueOf(i)));
        if (i >= UNDER_WAY) {
          futures.get(i - UNDER_WAY).get(30, TimeUnit.SECONDS);
        }
      }
      for (CompletableFuture<Receipt> future : futures) {
        future.get(30, TimeUnit.SECONDS);
      }

      await()
          .atMost(Duration.ofSeconds(60))
          .until(
              () ->
                  clients.stream().allMatch(c -> c.transport.texts().size() >= c.expected.size()));
      for (Client client : clients) {
        assertThat(client.transport.texts()).as(client.user).isEqualTo(client.expected);
      }
      long targeted = nodes.targeted() - targetedBefore;
      assertThat(targeted).isBetween(messages / 10L, messages * 9L / 10);
      assertThat(nodes.common(CommonReason.CHEAPER)).isPositive();
      assertThat(nodes.common(CommonReason.AUDIENCE)).isPositive();
      assertThat(nodes.common(CommonReason.OTHER_SUBSCRIBERS)).isZero();
      for (int i = 0; i < 3; i++) {
        assertThat(nodes.get(i).counters().undeliverableMessages()).isZero();
        assertThat(nodes.get(i).counters().unauthenticated()).isZero();
        assertThat(nodes.get(i).counters().gaps()).isZero();
      }
    }
  }

  private void open(RoutedNodes nodes, Random random) {
    for (int i = 0; i < USERS; i++) {
      for (int device = random.nextInt(3); device >= 0; device--) {
        RecordingTransport transport = new RecordingTransport();
        FanoutSession session = nodes.get(random.nextInt(3)).open("user" + i, transport);
        Set<String> groups = new TreeSet<>();
        if (random.nextBoolean()) {
          String group = "group" + random.nextInt(GROUPS);
          groups.add(group);
          session.join(group).orTimeout(30, TimeUnit.SECONDS).join();
        }
        RoutedNodes.ready(session);
        clients.add(new Client(session.userId(), groups, transport, new ArrayList<>()));
      }
    }
  }

  private CompletableFuture<Receipt> publish(RoutedNodes nodes, Random random, String json) {
    int kind = random.nextInt(20);
    if (kind == 0) {
      clients.forEach(client -> client.expected.add(json));
      return nodes.publisher().publishJson(Audience.everyone(), json);
    }
    if (kind < 4) {
      String group = "group" + random.nextInt(GROUPS);
      clients.stream()
          .filter(client -> client.groups.contains(group))
          .forEach(client -> client.expected.add(json));
      return nodes.publisher().publishJson(Audience.group(group), json);
    }
    Set<String> users = new TreeSet<>();
    int count = 1 + (random.nextBoolean() ? random.nextInt(3) : random.nextInt(USERS));
    while (users.size() < count) {
      users.add("user" + random.nextInt(USERS));
    }
    clients.stream()
        .filter(client -> users.contains(client.user))
        .forEach(client -> client.expected.add(json));
    return nodes.publisher().publishJson(users, json);
  }
}
