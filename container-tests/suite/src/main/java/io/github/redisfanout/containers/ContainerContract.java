package io.github.redisfanout.containers;

import static org.awaitility.Awaitility.await;

import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.jakarta.JakartaConfig;
import io.github.redisfanout.jakarta.JakartaFanout;
import io.github.redisfanout.jakarta.OpenHandler;
import io.github.redisfanout.jakarta.TextHandler;
import io.github.redisfanout.testkit.RedisProcess;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Assumptions;

/** What the contracts have in common: how a test starts a node in its container. */
public abstract class ContainerContract {

  /** One server for all tests of a JVM, which ends it. */
  private static final class Redis {
    static final RedisProcess PROCESS = RedisProcess.start();
  }

  /** Starts the container that is under test, on a free port. */
  protected abstract ContainerServer start(ServerSetup setup) throws Exception;

  /** In what the container is different; every test looks at those that concern it. */
  protected abstract Set<Deviation> deviations();

  /** True for a container that does it otherwise: the test asserts how, and then {@link #skip}s. */
  protected final boolean deviates(Deviation deviation) {
    return deviations().contains(deviation);
  }

  /** Ends the test, so that its report says in a sentence what the container does instead. */
  protected static void skip(Deviation deviation) {
    Assumptions.abort(deviation.sentence());
  }

  /** Waits for a condition: looks often, and gives up after ten seconds. */
  protected static ConditionFactory soon() {
    return await()
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(2))
        .atMost(Duration.ofSeconds(10));
  }

  /** Waits until what is pending cannot be written, as its clients do not read. */
  protected static void awaitStuck(Node node) {
    AtomicLong delivered = new AtomicLong(-1);
    await()
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(200))
        .atMost(Duration.ofSeconds(30))
        .until(
            () -> {
              long now = node.fanout().counters().delivered();
              return delivered.getAndSet(now) == now && node.fanout().counters().pending() > 0;
            });
  }

  /** Redis answers nobody from now on. */
  protected static void pauseRedis() {
    Redis.PROCESS.pause();
  }

  /** Redis answers again; does nothing if it was not paused. */
  protected static void resumeRedis() {
    Redis.PROCESS.resume();
  }

  /** All defaults, to be changed. With one processor, see the pom, a node has one lane. */
  protected static FanoutConfig.Builder config() {
    return FanoutConfig.builder("container-tests");
  }

  /** A node with all defaults. */
  protected final Node node() throws Exception {
    return node(config());
  }

  /** A node whose application ignores what clients send. */
  protected final Node node(FanoutConfig.Builder config) throws Exception {
    return node(config, JakartaConfig.builder(), (session, text) -> {});
  }

  /** A node whose application does something with each session that opens. */
  protected final Node node(FanoutConfig.Builder config, OpenHandler openHandler) throws Exception {
    return node(config, openHandler, (session, text) -> {});
  }

  /** The same, and with texts. */
  protected final Node node(
      FanoutConfig.Builder config, OpenHandler openHandler, TextHandler textHandler)
      throws Exception {
    return node(
        config,
        JakartaConfig.builder(),
        sockets -> new ServerSetup(sockets, textHandler).withOpenHandler(openHandler));
  }

  /** A node in a container that speaks HTTP/2 without TLS, too. */
  protected final Node nodeWithHttp2() throws Exception {
    return node(
        config(),
        JakartaConfig.builder(),
        sockets -> new ServerSetup(sockets, (session, text) -> {}).withHttp2());
  }

  /** Starts a node and its container; the test closes it. */
  protected final Node node(
      FanoutConfig.Builder config, JakartaConfig.Builder jakarta, TextHandler handler)
      throws Exception {
    return node(config, jakarta, sockets -> new ServerSetup(sockets, handler));
  }

  /** The same with this many request threads, in containers that have such a setting. */
  protected final Node node(FanoutConfig.Builder config, int threads) throws Exception {
    return node(
        config,
        JakartaConfig.builder(),
        sockets -> new ServerSetup(sockets, (session, text) -> {}).withThreads(threads));
  }

  /** The same with a setup of the test's own. */
  protected final Node node(
      FanoutConfig.Builder config,
      JakartaConfig.Builder jakarta,
      Function<JakartaFanout, ServerSetup> setup)
      throws Exception {
    RedisFanout fanout = RedisFanout.connect(Redis.PROCESS.uri(), config.build());
    JakartaFanout sockets = new JakartaFanout(fanout, jakarta.build());
    try {
      if (!fanout.awaitReady(Duration.ofSeconds(10))) {
        throw new IllegalStateException("the node does not receive");
      }
      return new Node(fanout, sockets, start(setup.apply(sockets)));
    } catch (Exception | Error e) {
      fanout.close();
      throw e;
    }
  }
}
