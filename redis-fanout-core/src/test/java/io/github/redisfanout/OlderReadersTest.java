package io.github.redisfanout;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.redisfanout.backplane.Outgoing;
import io.github.redisfanout.internal.wire.Envelope;
import io.github.redisfanout.internal.wire.EnvelopeCodec;
import io.github.redisfanout.internal.wire.NameFilter;
import io.github.redisfanout.internal.wire.Target;
import io.github.redisfanout.internal.wire.VersionOneReader;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What is published today, read by nodes of the version before audiences and by the Python back
 * end: they never deliver more than the nodes of today, and nothing of a control.
 */
@Timeout(120)
class OlderReadersTest {
  private static final long SEED = 20_261_127;
  private static final int FEW = 10_000;
  private static final int MANY = 100_000;
  private static final List<String> USERS = List.of("a", "b", "7", "é\"", "😀", "\\u0061");
  private static final List<String> GROUPS = List.of("a", "g", "room 1", "]}", "{\"payload\":1}");
  private static final byte[] KEY = new byte[32];

  private final Random random = new Random(SEED);
  private final PublishRecorder recorder = new PublishRecorder();
  private final List<Publisher> publishers =
      List.of(
          recorder.publisher(FanoutConfig.of("chat")),
          recorder.publisher(
              FanoutConfig.builder("chat")
                  .authentication(MessageAuthentication.hmacSha256(KEY))
                  .build()));
  private final EnvelopeCodec codec = new EnvelopeCodec(1 << 20, false);
  private final List<Session> sessions = new ArrayList<>();

  private record Session(String userId, String id, Set<String> groups) {

    boolean isMeantBy(Target target) {
      return (target.everyone()
              || target.users().contains(userId)
              || target.groups().stream().anyMatch(groups::contains))
          && !target.exceptUsers().contains(userId)
          && !target.exceptSessions().contains(id);
    }
  }

  /** One published message, and whether it is a control. */
  private record Published(byte[] bytes, boolean isControl) {}

  OlderReadersTest() {
    for (int i = 0; i < 40; i++) {
      sessions.add(new Session(one(USERS), "s" + i, new HashSet<>(some(GROUPS))));
    }
  }

  private <T> T one(List<T> of) {
    return of.get(random.nextInt(of.size()));
  }

  private List<String> some(List<String> of) {
    return Stream.generate(() -> one(of)).limit(random.nextInt(4)).toList();
  }

  private Audience audience() {
    Audience audience = Audience.users(random.nextInt(3) == 0 ? List.of() : some(USERS));
    audience = random.nextBoolean() ? audience : audience.and(Audience.groups(some(GROUPS)));
    audience = random.nextInt(4) > 0 ? audience : audience.and(Audience.everyone());
    audience = random.nextInt(3) > 0 ? audience : audience.exceptUsers(some(USERS));
    return random.nextInt(3) > 0
        ? audience
        : audience.exceptSessions("s" + random.nextInt(sessions.size()), "elsewhere");
  }

  /** The next message that is for anybody. */
  private Published next() {
    recorder.published.clear();
    boolean isControl = false;
    while (recorder.published.isEmpty()) {
      isControl = random.nextInt(4) == 0;
      if (isControl) {
        control(one(publishers), audience());
      } else {
        one(publishers)
            .publishJson(audience(), one(List.of("1", "{}", "{\"to\":{\"everyone\":true}}")));
      }
    }
    Outgoing only = recorder.published.get(0);
    return new Published(only.bytes(), isControl);
  }

  private void control(Publisher publisher, Audience audience) {
    switch (random.nextInt(3)) {
      case 0 -> publisher.disconnect(audience, new Disconnect(4403, one(USERS)));
      case 1 -> publisher.join(audience, one(GROUPS));
      default -> publisher.leave(audience, one(GROUPS));
    }
  }

  /** What one reader makes of a message. */
  private record Delivery(List<String> userIds, String payload) {}

  private void check(Published message, Delivery older) throws Exception {
    Envelope now = codec.decode(message.bytes(), NameFilter.ALL, NameFilter.ALL);
    if (now.control() != null != message.isControl() || deliversMore(older, message, now)) {
      fail("%s, to %s: %s", new String(message.bytes(), UTF_8), older.userIds(), older.payload());
    }
  }

  private boolean deliversMore(Delivery older, Published message, Envelope now) {
    if (older.userIds().isEmpty()) {
      return false;
    }
    boolean isTheSame = !message.isControl() && older.payload().equals(now.payload());
    return !isTheSame
        || sessions.stream()
            .filter(session -> older.userIds().contains(session.userId()))
            .anyMatch(session -> !session.isMeantBy(now.target()));
  }

  @Test
  void aNodeOfTheVersionBeforeNeverDeliversMore() throws Exception {
    checkVersionOne(FEW);
  }

  @Test
  @Tag("full")
  void norDoesItOfTenTimesAsMany() throws Exception {
    checkVersionOne(MANY);
  }

  private void checkVersionOne(int messages) throws Exception {
    int delivered = 0;
    for (int i = 0; i < messages; i++) {
      Published message = next();
      VersionOneReader older = VersionOneReader.read(message.bytes());

      check(message, new Delivery(older.userIds(), older.payload()));

      delivered += older.userIds().isEmpty() ? 0 : 1;
    }
    assertThat(delivered).isGreaterThan(messages / 10); // or it proves nothing
  }

  /** Prints whom it delivers to and what, one line for each message. */
  private static final String PYTHON =
      """
      import json, sys
      for line in sys.stdin.buffer:
          data = json.loads(line)
          ids, payload = data.get("target_user_ids", []), data.get("payload", {})
          print(json.dumps([ids, json.dumps(payload, separators=(",", ":"))]))
      """;

  @Test
  void thePythonBackEndNeverDeliversMore(@TempDir Path directory) throws Exception {
    checkPython(FEW, directory);
  }

  @Test
  @Tag("full")
  void norDoesThePythonBackEndOfTenTimesAsMany(@TempDir Path directory) throws Exception {
    checkPython(MANY, directory);
  }

  private void checkPython(int count, Path directory) throws Exception {
    assumeTrue(hasPython(), "no python3 on the PATH");
    List<Published> messages = Stream.generate(this::next).limit(count).toList();
    Path file = directory.resolve("messages");
    try (OutputStream out = Files.newOutputStream(file)) {
      for (Published message : messages) {
        out.write(message.bytes());
        out.write('\n');
      }
    }
    Process python =
        new ProcessBuilder("python3", "-c", PYTHON)
            .redirectInput(file.toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();

    int delivered = 0;
    try (BufferedReader answers = python.inputReader(StandardCharsets.UTF_8)) {
      ObjectMapper mapper = new ObjectMapper();
      for (Published message : messages) {
        JsonNode answer = mapper.readTree(answers.readLine());
        List<String> userIds = new ArrayList<>();
        answer.get(0).forEach(id -> userIds.add(id.asText()));
        check(message, new Delivery(userIds, answer.get(1).textValue()));
        delivered += userIds.isEmpty() ? 0 : 1;
      }
    }
    assertThat(python.waitFor()).isZero();
    assertThat(delivered).isGreaterThan(count / 10);
  }

  private static boolean hasPython() throws InterruptedException {
    try {
      return new ProcessBuilder("python3", "--version").start().waitFor() == 0;
    } catch (IOException e) {
      return false;
    }
  }
}
