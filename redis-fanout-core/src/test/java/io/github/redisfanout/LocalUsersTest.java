package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.backplane.ConnectionState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A node passes over recipients that it does not have, by the hash of their ids; it must pass over
 * nobody that it has, whatever the id is and however a message writes it.
 */
@Timeout(120)
class LocalUsersTest {
  private final FakeBackplane backplane = new FakeBackplane();
  private final Subscriber subscriber =
      new Subscriber(
          backplane,
          new InMemorySessionRegistry(),
          new JacksonPayloadEncoder(),
          FanoutConfig.builder("chat").lanes(1).build(),
          new FanoutListener() {});
  private final Map<String, FakeTransport> clients = new LinkedHashMap<>();

  @BeforeEach
  void start() {
    subscriber.start();
    backplane.receivingIs(ConnectionState.UP, "");
  }

  @AfterEach
  void close() {
    subscriber.close(Duration.ZERO);
  }

  private FanoutSession open(String userId) {
    FakeTransport transport = new FakeTransport();
    clients.put(userId, transport);
    return subscriber.open(userId, transport);
  }

  private void receive(List<String> userIds, UnaryOperator<String> written, String payload) {
    String ids =
        userIds.stream()
            .map(id -> '"' + written.apply(id) + '"')
            .collect(Collectors.joining(", ", "[", "]"));
    backplane.receive("{\"target_user_ids\": " + ids + ", \"payload\": " + payload + "}");
  }

  /** As Python writes it. */
  private static String escaped(String text) {
    StringBuilder all = new StringBuilder();
    for (char c : text.toCharArray()) {
      all.append(c < 128 ? "" + c : "\\u%04x".formatted((int) c));
    }
    return all.toString();
  }

  @Test
  void idsOfAllLengthsAndAlphabetsAreFoundHoweverTheyAreWritten() {
    Random random = new Random(1);
    List<String> ids = new ArrayList<>();
    for (int length = 1; length <= 40; length++) {
      for (String letters : List.of("a", "0123456789", "user_-.: ~", "é用户", "x用")) {
        ids.add(
            length
                + letters.substring(0, 1)
                + random
                    .ints(length, 0, letters.length())
                    .mapToObj(i -> letters.substring(i, i + 1))
                    .collect(Collectors.joining()));
      }
    }
    ids.forEach(this::open);

    receive(ids, id -> id, "1");
    receive(ids, LocalUsersTest::escaped, "2");
    for (String id : ids) {
      receive(List.of("nobody", id), written -> written, "3");
    }

    await()
        .untilAsserted(
            () ->
                clients.forEach(
                    (id, client) ->
                        assertThat(client.texts()).as(id).containsExactly("1", "2", "3")));
  }

  @Test
  void integersAreTheIdsOfTheirDecimalText() {
    open("4711");

    backplane.receive("{\"target_user_ids\":[1, 4711, \"x\"],\"payload\":1}");

    await().until(() -> clients.get("4711").texts().equals(List.of("1")));
  }

  @Test
  void usersAreFoundWhileOthersComeAndGoHoweverManyThereAre() {
    List<String> ids = IntStream.range(0, 20_000).mapToObj(i -> "user_" + i).toList();
    List<FanoutSession> sessions = ids.stream().map(this::open).toList();
    receive(ids, id -> id, "1");
    awaitDelivered(20_000);
    for (int i = 0; i < ids.size(); i += 2) {
      sessions.get(i).clientLeft();
    }
    receive(ids, id -> id, "2");

    awaitDelivered(20_000 + 10_000);
    assertThat(clients.get("user_0").texts()).containsExactly("1");
    assertThat(clients.get("user_1").texts()).containsExactly("1", "2");
  }

  private void awaitDelivered(long messages) {
    await().untilAsserted(() -> assertThat(subscriber.counters().delivered()).isEqualTo(messages));
  }

  @Test
  void userIsFoundFromTheMomentOnWhenTheSessionIsOpen() throws Exception {
    int users = Effort.of(5_000);
    List<FakeTransport> opened = new ArrayList<>();
    try (Race race = new Race()) {
      race.run(
          () -> {
            for (int i = 0; i < users; i++) {
              FakeTransport transport = new FakeTransport();
              opened.add(transport);
              subscriber.open("user_" + i, transport);
              receive(List.of("user_" + i), id -> id, "1");
            }
          },
          () -> {
            for (int i = 0; i < users; i++) {
              FanoutSession session = subscriber.open("other_" + i, new FakeTransport());
              if (i % 2 == 0) {
                session.clientLeft();
              }
            }
          });
    }

    awaitDelivered(users);
    assertThat(opened).allMatch(transport -> transport.written.size() == 1);
  }
}
