package io.github.redisfanout.it.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.backplane.ConnectionState;
import io.github.redisfanout.backplane.Outgoing;
import io.github.redisfanout.backplane.PublishFailure;
import io.github.redisfanout.backplane.redis.RedisBackplane;
import io.github.redisfanout.backplane.redis.RedisConfig;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
import io.github.redisfanout.it.Leftovers;
import io.github.redisfanout.testkit.FaultProxy;
import io.github.redisfanout.testkit.RecordingCallback;
import io.github.redisfanout.testkit.RedisProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Redis has a certificate that must not be trusted, and later a right one. */
@DisabledIfSystemProperty(
    named = "compat.redis",
    matches = "6\\..*",
    disabledReason = "before Redis 7 certificate and key cannot be exchanged together")
class TlsFaultsTest {
  /** Too much for all the buffers between the node and a Redis that does not read. */
  private static final int LARGE = 12 << 20;

  @RegisterExtension static final RedisProcess redis = RedisProcess.start();
  @TempDir static Path directory;

  /** What is wrong with a certificate, and the words for it in the reason. */
  enum Flaw {
    WRONG_HOST("No subject alternative names matching IP address 127.0.0.1 found"),
    EXPIRED("NotAfter: "),
    UNKNOWN_AUTHORITY("unable to find valid certification path to requested target");

    private final String words;

    Flaw(String words) {
      this.words = words;
    }

    TestAuthority.Issued issue() throws Exception {
      return switch (this) {
        case WRONG_HOST -> authority.issue("redis.example.com");
        case EXPIRED -> authority.issueExpired("127.0.0.1");
        case UNKNOWN_AUTHORITY -> new TestAuthority(directory, "unknown").issue("127.0.0.1");
      };
    }
  }

  private static TestAuthority authority;
  private static TlsPort tls;

  private AdminConnection admin;
  private ObservedNode witness; // receives everything that reaches Redis, without TLS

  @BeforeAll
  static void makeCertificates() throws Exception {
    authority = new TestAuthority(directory, "authority of the tests");
    tls = TlsPort.open(redis, authority, authority.issue("127.0.0.1"));
  }

  @BeforeEach
  void openWitness() {
    admin = new AdminConnection(redis);
    witness = ObservedNode.up(RedisEndpoint.of(redis.uri()));
  }

  @AfterEach
  void showRightCertificate() {
    tls.show(tls.right());
    witness.close();
    admin.close();
    Leftovers.assertNone(redis);
  }

  @Test
  void rightCertificateIsTrusted() throws Exception {
    try (ObservedNode node = ObservedNode.up(tls.endpoint())) {
      node.publish("end");

      node.awaitReceived("end");
      witness.awaitReceived("end");
      node.assertStates(ConnectionState.CONNECTING, ConnectionState.UP);
    }
  }

  @ParameterizedTest
  @EnumSource
  void flawedCertificateAtStartIsRefusedUntilThereIsARightOne(Flaw flaw) throws Exception {
    tls.show(flaw.issue());
    try (ObservedNode node = new ObservedNode(tls.endpoint())) {
      assertRefused(node, flaw);
      node.assertState(ConnectionState.DOWN);

      tls.show(tls.right());

      assertFlowsAgain(node);
      witness.assertReceived("missed", "end");
      node.assertReceived("end");
      node.assertConnectedLate();
    }
  }

  @ParameterizedTest
  @EnumSource
  void flawedCertificateOfRenewalIsRefusedUntilThereIsARightOne(Flaw flaw) throws Exception {
    try (ObservedNode node = ObservedNode.up(tls.endpoint())) {
      node.publish("before");
      node.awaitReceived("before");

      tls.show(flaw.issue());
      admin.killClientsAt(tls.port());
      Instant fault = Instant.now();
      assertRefused(node, flaw);
      node.assertState(ConnectionState.DOWN);
      Instant cure = Instant.now();
      tls.show(tls.right());

      assertFlowsAgain(node);
      witness.assertReceived("before", "missed", "end");
      node.assertReceived("before", "end");
      node.assertLostOnce(fault, cure);
    }
  }

  /** It reports why, receives nothing, and publishes nothing. */
  private void assertRefused(ObservedNode node, Flaw flaw) throws Exception {
    node.awaitDown(flaw.words);
    assertThat(node.publishUnsent().failure()).isEqualTo(PublishFailure.EXPIRED);
    witness.assertFlows("missed"); // it is the only subscriber
  }

  private void assertFlowsAgain(ObservedNode node) throws Exception {
    node.awaitUp();
    node.publish("end");
    node.awaitReceived("end");
    witness.awaitReceived("end");
  }

  @Test
  void redissUriTrustsOnlyWhatTheJvmTrusts() throws Exception {
    try (ObservedNode node = new ObservedNode(RedisEndpoint.of(tls.uri()))) {
      node.awaitDown(Flaw.UNKNOWN_AUTHORITY.words);

      // In this order: the JVM remembers what it found in a store, even without its password.
      System.setProperty("javax.net.ssl.trustStorePassword", TestAuthority.PASSWORD);
      System.setProperty("javax.net.ssl.trustStore", authority.trustStore().toString());
      assertFlowsAgain(node);

      tls.show(Flaw.WRONG_HOST.issue());
      admin.killClientsAt(tls.port());
      node.awaitDown(Flaw.WRONG_HOST.words);
    } finally {
      System.clearProperty("javax.net.ssl.trustStore");
      System.clearProperty("javax.net.ssl.trustStorePassword");
    }
  }

  @Test
  void clientWithoutTheCertificateThatIsDemandedIsRefused() throws Exception {
    admin.call("CONFIG", "SET", "tls-auth-clients", "yes");
    try (ObservedNode node = new ObservedNode(tls.endpoint())) {
      node.awaitDown("certificate_required");
      assertThat(node.publishUnsent().failure()).isEqualTo(PublishFailure.EXPIRED);

      admin.call("CONFIG", "SET", "tls-auth-clients", "no");

      assertFlowsAgain(node);
      node.assertConnectedLate();
    } finally {
      admin.call("CONFIG", "SET", "tls-auth-clients", "no");
    }
  }

  @Test
  void clientWithTheCertificateThatIsDemandedIsLetIn() throws Exception {
    admin.call("CONFIG", "SET", "tls-auth-clients", "yes");
    try (ObservedNode node = ObservedNode.up(tls.endpoint(authority.issue("client")))) {
      assertFlowsAgain(node);
    } finally {
      admin.call("CONFIG", "SET", "tls-auth-clients", "no");
    }
  }

  @ParameterizedTest
  @EnumSource
  void nodeIsClosedWhileTheCertificateIsFlawed(Flaw flaw) throws Exception {
    tls.show(flaw.issue());
    ObservedNode node = new ObservedNode(tls.endpoint());
    node.awaitDown(flaw.words);
    witness.close();

    node.assertClosesAtOnce();
  }

  @Test
  @Tag("full")
  void nodeIsClosedWhileTheTlsConnectionIsStalled() throws Exception {
    try (FaultProxy proxy = FaultProxy.to(tls.port())) {
      ObservedNode node = ObservedNode.up(tls.endpoint(proxy.port()));
      witness.close();
      proxy.stall(FaultProxy.Direction.BOTH);

      node.assertClosesAtOnce();
    }
  }

  @Test
  void idleConnectionIsClosedAtOnceThoughTheOtherSideIsSilent() throws Exception {
    try (FaultProxy proxy = FaultProxy.to(tls.port());
        RedisBackplane backplane = publishing(proxy)) {
      proxy.stall(FaultProxy.Direction.BOTH);

      assertClosesAtOnce(backplane);
    }
  }

  @Test
  @Tag("full")
  void connectionWithAStuckWriteIsClosedAtOnce() throws Exception {
    try (FaultProxy proxy = FaultProxy.to(tls.port());
        RedisBackplane backplane = publishing(proxy)) {
      proxy.stall(FaultProxy.Direction.BOTH);
      RecordingCallback stuck = new RecordingCallback();
      backplane.publish(new Outgoing("any", new byte[LARGE]), stuck);
      await().atMost(Duration.ofSeconds(20)).until(TlsFaultsTest::isPublishStuck);

      assertClosesAtOnce(backplane);
      assertThat(stuck.awaitReport()).isEqualTo(PublishFailure.UNKNOWN);
    }
  }

  /** A backplane whose connection has just been used, so that it is trusted. */
  private RedisBackplane publishing(FaultProxy proxy) throws Exception {
    witness.close();
    RedisBackplane backplane =
        new RedisBackplane(tls.endpoint(proxy.port()), RedisConfig.defaults());
    backplane.startPublishing();
    RecordingCallback first = new RecordingCallback();
    backplane.publish(new Outgoing("any", new byte[] {1}), first);
    first.awaitPublished();
    return backplane;
  }

  private static void assertClosesAtOnce(RedisBackplane backplane) {
    Instant before = Instant.now();
    backplane.close(Duration.ofMillis(50));
    assertThat(Duration.between(before, Instant.now())).isLessThan(Duration.ofSeconds(4));
  }

  private static boolean isPublishStuck() {
    return Thread.getAllStackTraces().entrySet().stream()
        .filter(entry -> entry.getKey().getName().equals("redis-fanout-publish"))
        .flatMap(entry -> Stream.of(entry.getValue()))
        .anyMatch(frame -> frame.getMethodName().equals("implWrite"));
  }

  @Test
  void nodeIsClosedDuringTheTlsHandshake() throws Exception {
    try (FaultProxy proxy = FaultProxy.to(tls.port())) {
      proxy.stall(FaultProxy.Direction.SERVER_TO_CLIENT);
      // A thread that shakes hands ends when the socket's own time is up, not before.
      ObservedNode node = new ObservedNode(tls.endpoint(proxy.port(), Duration.ofMillis(300)));
      witness.close();
      await().atMost(Duration.ofSeconds(20)).until(() -> proxy.connections() == 2);

      node.assertClosesAtOnce();
    }
  }
}
