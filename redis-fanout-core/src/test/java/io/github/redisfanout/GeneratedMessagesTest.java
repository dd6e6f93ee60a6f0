package io.github.redisfanout;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.backplane.ConnectionState;
import io.github.redisfanout.backplane.Incoming;
import io.github.redisfanout.internal.wire.Control;
import io.github.redisfanout.internal.wire.Envelope;
import io.github.redisfanout.internal.wire.MessageKind;
import io.github.redisfanout.internal.wire.MessageMaker;
import io.github.redisfanout.internal.wire.StrictReader;
import io.github.redisfanout.internal.wire.Target;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * At least 100,000 messages a run, right ones and bad ones: each is delivered as {@link
 * StrictReader} reads it or counted as malformed, undeliverable or refused, nothing else happens,
 * and the valid message after it arrives.
 *
 * <p>Every run has a new seed; {@code -Dtests.seed=…} repeats one, {@code -Dtests.messages=…} says
 * how many.
 */
@Timeout(300)
class GeneratedMessagesTest {
  private static final long SEED = Long.getLong("tests.seed", System.nanoTime());
  private static final int MESSAGES = Integer.getInteger("tests.messages", 35_000);
  private static final int BATCH = 100;
  private static final String AFTER = "\"the valid message after number ";

  /** All that may be told of a malformed message, so no content is. */
  private static final Pattern RULE =
      Pattern.compile(
          "over maxMessageBytes 8192: \\d+"
              + "|it has a NUL byte, so it is not JSON in UTF-8"
              + "|it begins with a byte order mark"
              + "|it is not valid UTF-8: at byte \\d+"
              + "|not a JSON object"
              + "|not JSON(: at byte \\d+)?"
              + "|deeper than 64 levels"
              + "|text follows the object"
              + "|target_user_ids is not an array"
              + "|it has both payload and control"
              + "|control(\\.[a-z]+)? is not an object"
              + "|control has no right [a-z]+");

  private static final Pattern UNDELIVERABLE =
      Pattern.compile(
          "it has no target_user_ids and no to"
              + "|\\d+ of the \\d+ elements of target_user_ids and to are no id"
              + "|to(\\.except)? is not an object"
              + "|to(\\.except)? has a member that this version does not know"
              + "|to\\.(users|groups|except\\.users|except\\.sessions) is not an array"
              + "|to\\.except\\.(users|sessions) has an element that is no id"
              + "|to\\.everyone is neither true nor false");

  /** What can be an id; a user may have two sessions, and of an empty id there is none. */
  private static final List<String> IDS =
      List.of(
          "a",
          "a",
          "0",
          "-0",
          "7",
          "-1",
          "1e2",
          "18446744073709551616",
          "12".repeat(100),
          "x".repeat(300),
          "é",
          "😀",
          "{}",
          "\"\\",
          "\0\n",
          "null",
          " a");

  private final FanoutConfig config =
      FanoutConfig.builder("chat")
          .lanes(1)
          .acceptControl(false)
          .maxMessageBytes(8 * 1024)
          .sessionQueueMessages(4 * BATCH)
          .sessionQueueBytes(64 << 20)
          .deliveryBufferBytes(64 << 20)
          .build();
  private final FakeBackplane backplane = new FakeBackplane();
  private final Counters counters = new Counters();
  private final Object gate = new Object();
  private final Semaphore arrived = new Semaphore(0);
  private final List<String> told = new CopyOnWriteArrayList<>();
  private final List<String> toldUndeliverable = new CopyOnWriteArrayList<>();
  private final Subscriber subscriber =
      new Subscriber(
          backplane,
          new InMemorySessionRegistry(),
          new JacksonPayloadEncoder(),
          config,
          new Notifier(
              new FanoutListener() {
                @Override
                public void onMalformedMessage(String rule) {
                  synchronized (gate) {
                    told.add(rule);
                  }
                }

                @Override
                public void onUndeliverable(String rule) {
                  toldUndeliverable.add(rule);
                }
              },
              counters),
          counters,
          NodeMessages.IGNORED,
          Runnable::run);
  private final List<Client> clients = new ArrayList<>();
  private String everybody = "";
  private long received;
  private long malformedBefore;
  private long handed;
  private long undeliverableIds;
  private long undeliverableMessages;
  private long controlRefused;
  private long toNobody;

  /** One session, and what it should have got and has got since the last check. */
  private final class Client extends FakeTransport {
    final String userId;
    final Set<String> groups; // of the same names
    final List<String> expected = new ArrayList<>();

    Client(String userId, Set<String> groups) {
      this.userId = userId;
      this.groups = groups;
    }

    boolean isMeantBy(Target target) {
      boolean isNamed =
          target.everyone()
              || target.users().contains(userId)
              || target.groups().stream().anyMatch(groups::contains);
      return isNamed && !target.exceptUsers().contains(userId);
    }

    @Override
    public void write(Payload payload, WriteCallback done) throws Exception {
      assertThat(payload.utf8().remaining()).isEqualTo(((TextPayload) payload).bytes());
      synchronized (gate) {
        super.write(payload, done);
      }
      if (payload.text().startsWith(AFTER)) {
        arrived.release();
      }
    }
  }

  private record Sent(int number, MessageKind kind, byte[] bytes) {
    @Override
    public String toString() {
      String text = new String(bytes, ISO_8859_1);
      return "%s, message %s of -Dtests.seed=%s -Dtests.messages=%s, %s bytes in Latin-1: %s"
          .formatted(kind, number, SEED, MESSAGES, bytes.length, text);
    }
  }

  @BeforeEach
  void openSessions() {
    subscriber.start();
    backplane.receivingIs(ConnectionState.UP, "");
    for (int i = 0; i < IDS.size(); i++) {
      Client client = new Client(IDS.get(i), Set.copyOf(IDS.subList(i / 2, i / 2 + i % 3)));
      FanoutSession session = subscriber.open(IDS.get(i), client);
      for (String group : client.groups) {
        session.join(group);
      }
      clients.add(client);
    }
    MessageMaker maker = newMaker();
    everybody = IDS.stream().map(maker::quoted).collect(Collectors.joining(","));
  }

  @AfterEach
  void close() {
    subscriber.close(Duration.ZERO);
  }

  @Test
  void everyMessageIsDeliveredRightOrRefusedAndTheNextOneArrives() throws Exception {
    check(MESSAGES);
  }

  @Test
  @Tag("full")
  void soIsEachOfThreeTimesAsMany() throws Exception {
    check(3 * MESSAGES);
  }

  private void check(int messages) throws Exception {
    SoftAssertions softly = new SoftAssertions();
    MessageMaker maker = newMaker();
    Map<MessageKind, Integer> delivered = new EnumMap<>(MessageKind.class);
    Map<MessageKind, Integer> refused = new EnumMap<>(MessageKind.class);
    int forSomebodyHere = 0;

    for (int number = 1; number <= messages; number += BATCH) {
      List<Sent> batch = new ArrayList<>();
      // Waking the threads that deliver and tell for every message would take most of the time.
      synchronized (gate) {
        for (int i = 0; i < BATCH; i++) {
          MessageKind kind = MessageKind.values()[(number + i) % MessageKind.values().length];
          Sent sent = new Sent(number + i, kind, kind.make(maker));
          batch.add(sent);
          Optional<StrictReader.Message> expected =
              StrictReader.read(sent.bytes(), config.maxMessageBytes(), Envelope.MAX_DEPTH);
          (expected.isPresent() ? delivered : refused).merge(kind, 1, Integer::sum);
          forSomebodyHere += expected.isPresent() && expect(expected.get()) ? 1 : 0;
          receive(sent, expected.isPresent());
          receiveValidOne(sent);
        }
      }
      checkWhatArrived(batch);
    }

    StringBuilder report =
        new StringBuilder("tests.seed=" + SEED + ", " + forSomebodyHere + " for a session here");
    for (MessageKind kind : MessageKind.values()) {
      int good = delivered.getOrDefault(kind, 0);
      int bad = refused.getOrDefault(kind, 0);
      report.append("\n%s: %s delivered, %s refused".formatted(kind, good, bad));
      // A generator that makes nothing but garbage proves nothing.
      int few = (good + bad) / 20;
      softly
          .assertThat(good)
          .as("%s delivered", kind)
          .matches(n -> kind.mayBeDelivered() ? n > few : n == 0);
      softly
          .assertThat(bad)
          .as("%s refused", kind)
          .matches(n -> kind.mayBeRefused() ? n > few : n == 0);
    }
    System.out.println(report);
    assertThat(forSomebodyHere).isGreaterThan(messages / 5);
    assertThat(undeliverableMessages).isGreaterThan(messages / 100);
    assertThat(controlRefused).isGreaterThan(messages / 100);
    softly.assertAll();
  }

  private MessageMaker newMaker() {
    return new MessageMaker(new Random(SEED), IDS, config.maxMessageBytes(), Envelope.MAX_DEPTH);
  }

  /** Whether any session here should get it. */
  private boolean expect(StrictReader.Message message) {
    boolean isForSomebody = false;
    if (message.equals(StrictReader.Message.UNDELIVERABLE)) {
      undeliverableMessages++;
      return false;
    }
    if (message.control() != null) {
      controlRefused += isForNodes(message.control()) ? 0 : 1;
      return false;
    }
    undeliverableIds += message.undeliverable();
    toNobody += message.named() <= 0 ? 1 : 0;
    for (Client client : clients) {
      if (client.isMeantBy(message.target())) {
        client.expected.add(message.payload());
        isForSomebody = true;
      }
    }
    return isForSomebody;
  }

  private static boolean isForNodes(Control control) {
    return control instanceof Control.Ask || control instanceof Control.Answer;
  }

  private void receive(Sent sent, boolean isRight) {
    long malformed = counters.malformed.sum();
    try {
      onMessage(sent.bytes());
    } catch (RuntimeException | Error e) {
      throw new AssertionError("thrown for " + sent, e);
    }
    assertThat(counters.malformed.sum() - malformed).as("%s", sent).isEqualTo(isRight ? 0 : 1);
  }

  private void receiveValidOne(Sent sent) {
    String payload = AFTER + sent.number() + "\"";
    clients.forEach(client -> client.expected.add(payload));
    onMessage(
        ("{\"target_user_ids\":[" + everybody + "],\"payload\":" + payload + "}").getBytes(UTF_8));
  }

  private void onMessage(byte[] message) {
    received++;
    backplane.receiver.onMessages(List.of(new Incoming("chat", message)));
  }

  private void checkWhatArrived(List<Sent> batch) throws InterruptedException {
    int malformed = (int) (counters.malformed.sum() - malformedBefore);
    boolean inTime = arrived.tryAcquire(batch.size() * clients.size(), 30, TimeUnit.SECONDS);
    for (Client client : clients) {
      checkTexts(client, batch);
      handed += client.expected.size();
      client.expected.clear();
      client.written.clear();
    }
    assertThat(inTime).as("all arrived; last was %s", batch.get(batch.size() - 1)).isTrue();
    assertThat(told).as("seed %s", SEED).allMatch(rule -> RULE.matcher(rule).matches());
    told.clear();
    assertThat(toldUndeliverable).allMatch(rule -> UNDELIVERABLE.matcher(rule).matches());
    malformedBefore += malformed;
    checkThatNothingElseIsCounted();
  }

  private void checkTexts(Client client, List<Sent> batch) {
    List<String> texts = client.texts();
    if (texts.equals(client.expected)) {
      return;
    }
    int at = 0;
    int message = 0;
    while (at < texts.size()
        && at < client.expected.size()
        && texts.get(at).equals(client.expected.get(at))) {
      message += texts.get(at).startsWith(AFTER) ? 1 : 0;
      at++;
    }
    assertThat(texts.stream().skip(at).limit(1))
        .as("to the session of %s after %s", client.userId, batch.get(Math.min(message, BATCH - 1)))
        .isEqualTo(client.expected.stream().skip(at).limit(1).toList());
  }

  private void checkThatNothingElseIsCounted() {
    Counters expected = new Counters();
    expected.received.add(received);
    expected.malformed.add(malformedBefore);
    expected.undeliverableIds.add(undeliverableIds);
    expected.undeliverableMessages.add(undeliverableMessages);
    expected.controlRefused.add(controlRefused);
    expected.joins.add(clients.stream().mapToInt(client -> client.groups.size()).sum());
    expected.addressedToNobody.add(toNobody);
    expected.queued.add(handed);
    expected.delivered.add(handed);
    expected.sessions.set(clients.size());
    expected.users.set((int) IDS.stream().distinct().count());
    assertThat(subscriber.counters())
        .usingRecursiveComparison()
        .ignoringFields("queueHighWaterMessages", "laneHighWaterBytes")
        .isEqualTo(new FanoutCounters(expected, 0, Map.of()));
  }
}
