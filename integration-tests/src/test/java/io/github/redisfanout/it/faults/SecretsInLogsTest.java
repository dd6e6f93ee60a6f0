package io.github.redisfanout.it.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.Address;
import io.github.redisfanout.CloseReport;
import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.FanoutHealth;
import io.github.redisfanout.FanoutListener;
import io.github.redisfanout.FanoutSession;
import io.github.redisfanout.Publisher;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.SessionRegistry;
import io.github.redisfanout.backplane.Gap;
import io.github.redisfanout.backplane.redis.RedisBackplane;
import io.github.redisfanout.backplane.redis.RedisConfig;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
import io.github.redisfanout.it.CapturedLog;
import io.github.redisfanout.it.Leftovers;
import io.github.redisfanout.it.Nodes;
import io.github.redisfanout.testkit.RecordingTransport;
import io.github.redisfanout.testkit.RedisProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Nodes go through faults with marked contents; nothing marked is logged or in a message. */
class SecretsInLogsTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  private static final String PASSWORD = "marked-password";
  private static final String WRONG_PASSWORD = "marked-wrong-password";
  private static final String USER = "marked-user";
  private static final String TEXT = "marked-text";

  private final CapturedLog log = CapturedLog.open();

  /** Texts outside the log: messages of exceptions, and what toString gives. */
  private final List<String> texts = Collections.synchronizedList(new ArrayList<>());

  private AdminConnection admin;

  @BeforeEach
  void demandThePassword() {
    admin = new AdminConnection(redis);
    admin.requirePassword(PASSWORD);
  }

  @AfterEach
  void end() {
    log.close();
    admin.requirePassword("");
    admin.close();
    Leftovers.assertNone(redis);
  }

  @Test
  void faultsRevealNoContentAndNoSecret() throws Exception {
    wrongPasswordAndFullBuffer();
    malformedAndRefusedMessages();
    lostConnectionAndThrowingListener();
    failingAndSlowClients();
    throwingRegistry();

    assertThat(log.warnings())
        .anyMatch(line -> line.startsWith("Publishing is down at Redis 127.0.0.1:"))
        .anyMatch(line -> line.contains("WRONGPASS"))
        .anyMatch(line -> line.startsWith("Closed before all was done: "))
        .anyMatch(line -> line.startsWith("Malformed message on channel "))
        .anyMatch(line -> line.contains(" of target_user_ids and to are no id"))
        .anyMatch(line -> line.contains(" it has no target_user_ids"))
        .anyMatch(line -> line.startsWith("Messages from "))
        .anyMatch(line -> line.equals("The listener threw"))
        .anyMatch(line -> line.contains(" disconnected: 1013 send queue is full"))
        .anyMatch(line -> line.contains(" disconnected: 1011 write failed"))
        .anyMatch(line -> line.equals("The session registry threw"));
    assertThat(log.details()).anyMatch(line -> line.endsWith(" has lost its client"));
    assertThat(log.categories()).containsExactly(CapturedLog.CATEGORY);
    assertThat(texts).hasSizeGreaterThan(30);
    assertThat(log.everything()).doesNotContainIgnoringCase("marked");
    assertThat(texts.toString()).doesNotContainIgnoringCase("marked");
  }

  /** The password is wrong: publishes wait until the buffer is full. */
  private void wrongPasswordAndFullBuffer() throws Exception {
    RedisConfig small =
        RedisConfig.builder()
            .publishBufferMessages(2)
            .publishTimeout(Duration.ofMillis(200))
            .build();
    try (RedisFanout node =
        builder(WRONG_PASSWORD, FanoutConfig.of(Nodes.CHANNEL)).redis(small).start()) {
      within().until(() -> node.health().reason().contains("WRONGPASS"));
      while (node.counters().publishRejected() == 0 || node.counters().publishExpired() == 0) {
        var unused =
            node.publisher()
                .publish(List.of(USER), Map.of("text", TEXT))
                .whenComplete((receipt, failure) -> note(failure));
      }
      note(catchThrowable(() -> publish(node, TEXT)));
      note(node);
      var unused = node.publisher().publish(List.of(USER), TEXT);
      CloseReport report = node.close(Duration.ofMillis(1));
      texts.add(report.toString());
    }
  }

  /** Messages that arrive are wrong in every way, and so are those to be published. */
  private void malformedAndRefusedMessages() {
    FanoutConfig small = FanoutConfig.builder(Nodes.CHANNEL).maxMessageBytes(400).build();
    try (RedisFanout node = start(small)) {
      List<String> wrong =
          List.of(
              TEXT,
              "{\"target_user_ids\":[\"" + USER + "\"],\"payload\":" + TEXT + "}",
              "{\"target_user_ids\":[\"" + USER + "\"],\"payload\":\"" + TEXT,
              "{\"target_user_ids\":[\"" + USER + "\"],\"payload\":\"" + TEXT + "\"} " + TEXT,
              "{\"target_user_ids\":{\"" + USER + "\":1},\"payload\":\"" + TEXT + "\"}",
              "{\"target_user_ids\":[\""
                  + USER
                  + "\"],\"payload\":"
                  + "[".repeat(65)
                  + "\""
                  + TEXT
                  + "\""
                  + "]".repeat(65)
                  + "}",
              "{\"target_user_ids\":[],\"payload\":\"" + TEXT.repeat(40) + "\"}");
      wrong.forEach(message -> admin.call("PUBLISH", small.channel(), message));
      within().until(() -> node.counters().malformed() == wrong.size());
      List<String> badlyAddressed =
          List.of(
              "{\"target_user_ids\":[\"" + USER + "\\ud800\"],\"payload\":\"" + TEXT + "\"}",
              "{\"target_user_ids\":[{\"" + USER + "\":1}],\"payload\":\"" + TEXT + "\"}",
              "{\"user_ids\":[\"" + USER + "\"],\"payload\":\"" + TEXT + "\"}");
      badlyAddressed.forEach(message -> admin.call("PUBLISH", small.channel(), message));
      within().until(() -> node.counters().addressedToNobody() == 1);
      assertThat(node.counters().undeliverableIds()).isEqualTo(2);

      Publisher publisher = node.publisher();
      List<String> users = List.of(USER);
      note(catchThrowable(() -> publisher.publish(users, TEXT.repeat(40))));
      note(catchThrowable(() -> publisher.publish(users, nested(TEXT, 65))));
      note(catchThrowable(() -> publisher.publishJson(users, TEXT)));
      note(catchThrowable(() -> publisher.publishJson(users, "\"" + TEXT + "\" " + TEXT)));
      note(catchThrowable(() -> publisher.publishJson(users, "\"" + TEXT + "\ud800\"")));
      note(catchThrowable(() -> publisher.publish(List.of(USER + "\ud800"), TEXT)));
      // Its cause is the encoder's, which may say anything.
      texts.add(catchThrowable(() -> publisher.publish(users, new Object())).getMessage());
      note(catchThrowable(() -> node.open(USER + "\ud800", new RecordingTransport())));
      note(node);
    }
  }

  private static Object nested(Object content, int levels) {
    return levels == 0 ? content : List.of(nested(content, levels - 1));
  }

  /** Redis ends the connection, and the listener throws. */
  private void lostConnectionAndThrowingListener() throws Exception {
    FanoutListener throwing =
        new FanoutListener() {
          @Override
          public void onGap(Gap gap) {
            texts.add(gap.toString());
            throw new IllegalStateException("the listener failed");
          }
        };
    FanoutConfig config =
        FanoutConfig.builder(Nodes.CHANNEL).gapNotice("{\"reload\":\"" + TEXT + "\"}").build();
    try (RedisFanout node = builder(PASSWORD, config).listener(throwing).start()) {
      RecordingTransport client = new RecordingTransport();
      node.open(USER, client);
      within().until(() -> node.health().status() == FanoutHealth.Status.UP);
      publish(node, TEXT);
      client.awaitText("\"" + TEXT + "\"");

      admin.killClients();

      client.awaitText("{\"reload\":\"" + TEXT + "\"}");
      within().until(() -> node.counters().userCodeFailures() > 0);
      note(node);
    }
  }

  /** One client's writes fail, one does not read, one is lost. */
  private void failingAndSlowClients() throws Exception {
    for (boolean fails : List.of(true, false)) { // a node each: its warnings are limited
      try (RedisFanout node =
          start(FanoutConfig.builder(Nodes.CHANNEL).sessionQueueMessages(2).build())) {
        RecordingTransport client = new RecordingTransport();
        FanoutSession session = node.open(USER, client);
        if (fails) {
          client.failWith(new IllegalStateException("the socket is broken"));
        } else {
          client.hold();
        }
        for (int i = 0; session.isOpen() && i < 10; i++) {
          publish(node, TEXT);
        }
        texts.add(client.awaitDisconnect().toString());
        texts.add(session.toString());
        node.open(USER, new RecordingTransport())
            .clientLost(new IllegalStateException("reset by peer"));
        note(node);
      }
    }
  }

  private void throwingRegistry() throws Exception {
    SessionRegistry throwing =
        new SessionRegistry() {
          @Override
          public boolean add(Address address, FanoutSession session) {
            return true;
          }

          @Override
          public boolean remove(Address address, FanoutSession session) {
            return true;
          }

          @Override
          public Collection<FanoutSession> sessions(Address address) {
            throw new IllegalStateException("the registry is away");
          }

          @Override
          public int sessionCount() {
            return 0;
          }
        };
    try (RedisFanout node =
        builder(PASSWORD, FanoutConfig.of(Nodes.CHANNEL)).registry(throwing).start()) {
      within().until(() -> node.health().status() == FanoutHealth.Status.UP);
      publish(node, TEXT);
      within().until(() -> node.counters().userCodeFailures() > 0);
      note(node);
    }
  }

  // ---- texts

  /** What an exception says, and all behind it. */
  private void note(Throwable thrown) {
    assertThat(thrown).isNotNull();
    for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
      texts.add(cause.toString());
    }
  }

  private void note(RedisFanout node) {
    texts.add(node.toString());
    texts.add(node.health().toString());
    texts.add(node.counters().toString());
    texts.add(node.config().toString());
    texts.add(node.publisher().toString());
    texts.add(endpoint(PASSWORD).toString());
    try (RedisBackplane backplane =
        new RedisBackplane(endpoint(PASSWORD), RedisConfig.defaults())) {
      texts.add(backplane + " " + backplane.status());
    }
  }

  // ---- nodes

  private static RedisFanout start(FanoutConfig config) {
    RedisFanout node = builder(PASSWORD, config).start();
    within().until(() -> node.health().status() == FanoutHealth.Status.UP);
    return node;
  }

  private static RedisFanout.Builder builder(String password, FanoutConfig config) {
    return RedisFanout.builder(endpoint(password), config);
  }

  private static RedisEndpoint endpoint(String password) {
    return RedisEndpoint.of("redis://:" + password + "@127.0.0.1:" + redis.port());
  }

  private static void publish(RedisFanout node, String text) throws InterruptedException {
    node.publisher().publishAndWait(List.of(USER), text, Duration.ofSeconds(10));
  }

  private static ConditionFactory within() {
    return await().atMost(Duration.ofSeconds(20)).pollInterval(Duration.ofMillis(5));
  }
}
