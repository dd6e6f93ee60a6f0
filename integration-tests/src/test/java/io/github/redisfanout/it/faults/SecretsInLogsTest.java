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
import io.github.redisfanout.backplane.BackplaneConfig;
import io.github.redisfanout.backplane.Gap;
import io.github.redisfanout.backplane.redis.RedisBackplane;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
import io.github.redisfanout.it.CapturedLog;
import io.github.redisfanout.it.Leftovers;
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

/** Nodes go through faults with marked contents; nothing that is marked is ever said. */
class SecretsInLogsTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  private static final String PASSWORD = "marked-password";
  private static final String WRONG_PASSWORD = "marked-wrong-password";
  private static final String USER = "marked-user";
  private static final String TEXT = "marked-text";

  private final CapturedLog log = CapturedLog.open();

  /** What is said elsewhere than in the log. */
  private final List<String> said = Collections.synchronizedList(new ArrayList<>());

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
  void runWithFaultsSaysNoContentAndNoSecret() throws Exception {
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
        .anyMatch(line -> line.startsWith("Deaf from "))
        .anyMatch(line -> line.equals("The listener threw"))
        .anyMatch(line -> line.contains(" disconnected: 1013 send queue is full"))
        .anyMatch(line -> line.contains(" disconnected: 1011 write failed"))
        .anyMatch(line -> line.equals("The session registry threw"));
    assertThat(log.details()).anyMatch(line -> line.endsWith(" has lost its client"));
    assertThat(said).hasSizeGreaterThan(30);
    assertThat(log.everything()).doesNotContainIgnoringCase("marked");
    assertThat(said.toString()).doesNotContainIgnoringCase("marked");
  }

  /** It never gets in: publishes wait, until there is no room for more. */
  private void wrongPasswordAndFullBuffer() throws Exception {
    BackplaneConfig small =
        BackplaneConfig.builder()
            .publishBufferMessages(2)
            .publishTimeout(Duration.ofMillis(200))
            .build();
    try (RedisFanout node = node(WRONG_PASSWORD, FanoutConfig.builder().backplane(small).build())) {
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
      said.add(report.toString());
    }
  }

  /** What comes is wrong in every way, and so is what is to be published. */
  private void malformedAndRefusedMessages() {
    FanoutConfig small = FanoutConfig.builder().maxMessageBytes(200).maxDepth(4).build();
    try (RedisFanout node = hearing(small)) {
      List<String> wrong =
          List.of(
              TEXT,
              "{\"target_user_ids\":[\"" + USER + "\"],\"payload\":" + TEXT + "}",
              "{\"target_user_ids\":[\"" + USER + "\"],\"payload\":\"" + TEXT,
              "{\"target_user_ids\":[\"" + USER + "\"],\"payload\":\"" + TEXT + "\"} " + TEXT,
              "{\"target_user_ids\":{\"" + USER + "\":1},\"payload\":\"" + TEXT + "\"}",
              "{\"target_user_ids\":[\"" + USER + "\\ud800\"],\"payload\":\"" + TEXT + "\"}",
              "{\"target_user_ids\":[\"" + USER + "\"],\"payload\":[[[[\"" + TEXT + "\"]]]]}",
              "{\"target_user_ids\":[],\"payload\":\"" + TEXT.repeat(20) + "\"}");
      wrong.forEach(message -> admin.call("PUBLISH", small.channel(), message));
      within().until(() -> node.counters().malformed() == wrong.size());

      Publisher publisher = node.publisher();
      List<String> users = List.of(USER);
      note(catchThrowable(() -> publisher.publish(users, TEXT.repeat(20))));
      note(
          catchThrowable(() -> publisher.publish(users, List.of(List.of(List.of(List.of(TEXT)))))));
      note(catchThrowable(() -> publisher.publishJson(users, TEXT)));
      note(catchThrowable(() -> publisher.publishJson(users, "\"" + TEXT + "\" " + TEXT)));
      note(catchThrowable(() -> publisher.publishJson(users, "\"" + TEXT + "\ud800\"")));
      note(catchThrowable(() -> publisher.publish(List.of(USER + "\ud800"), TEXT)));
      // Its cause is the encoder's, which may say anything.
      said.add(catchThrowable(() -> publisher.publish(users, new Object())).getMessage());
      note(catchThrowable(() -> node.open(USER + "\ud800", new RecordingTransport())));
      note(node);
    }
  }

  /** Redis cuts it off, and its listener can bear nothing. */
  private void lostConnectionAndThrowingListener() throws Exception {
    FanoutListener throwing =
        new FanoutListener() {
          @Override
          public void onGap(Gap gap) {
            said.add(gap.toString());
            throw new IllegalStateException("the listener is weary");
          }
        };
    FanoutConfig config = FanoutConfig.builder().gapNotice("{\"reload\":\"" + TEXT + "\"}").build();
    try (RedisFanout node =
        RedisFanout.builder(endpoint(PASSWORD)).config(config).listener(throwing).start()) {
      RecordingTransport client = new RecordingTransport();
      node.open(USER, client);
      within().until(() -> node.health().status() == FanoutHealth.Status.UP);
      publish(node, TEXT);
      client.awaitText("\"" + TEXT + "\"");

      admin.killClients();

      client.awaitText("{\"reload\":\"" + TEXT + "\"}");
      within().until(() -> node.counters().failuresOfUserCode() > 0);
      note(node);
    }
  }

  /** One client's writes fail, one does not read, one is lost. */
  private void failingAndSlowClients() throws Exception {
    for (boolean fails : List.of(true, false)) { // a node each: its warnings are limited
      try (RedisFanout node = hearing(FanoutConfig.builder().sessionQueueMessages(2).build())) {
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
        said.add(client.awaitDisconnect().toString());
        node.open(USER, new RecordingTransport())
            .closed(new IllegalStateException("reset by peer"));
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
    try (RedisFanout node = RedisFanout.builder(endpoint(PASSWORD)).registry(throwing).start()) {
      within().until(() -> node.health().status() == FanoutHealth.Status.UP);
      publish(node, TEXT);
      within().until(() -> node.counters().failuresOfUserCode() > 0);
      note(node);
    }
  }

  // ---- what is said

  /** What an exception says, and all behind it. */
  private void note(Throwable thrown) {
    assertThat(thrown).isNotNull();
    for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
      said.add(cause.toString());
    }
  }

  private void note(RedisFanout node) {
    said.add(node.toString());
    said.add(node.health().toString());
    said.add(node.counters().toString());
    said.add(node.config().toString());
    said.add(node.config().backplane().toString());
    said.add(node.publisher().toString() + node.subscriber() + node.registry());
    said.add(endpoint(PASSWORD).toString());
    try (RedisBackplane backplane =
        new RedisBackplane(endpoint(PASSWORD), BackplaneConfig.defaults())) {
      said.add(backplane + " " + backplane.status());
    }
  }

  // ---- nodes

  private static RedisFanout hearing(FanoutConfig config) {
    RedisFanout node = node(PASSWORD, config);
    within().until(() -> node.health().status() == FanoutHealth.Status.UP);
    return node;
  }

  private static RedisFanout node(String password, FanoutConfig config) {
    return RedisFanout.builder(endpoint(password)).config(config).start();
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
