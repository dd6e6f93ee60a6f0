package io.github.redisfanout.it.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.FanoutHealth;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
import io.github.redisfanout.it.Leftovers;
import io.github.redisfanout.it.Nodes;
import io.github.redisfanout.testkit.FaultProxy;
import io.github.redisfanout.testkit.FaultProxy.Direction;
import io.github.redisfanout.testkit.RedisProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A node is closed while Redis or the network fails: in time, and it leaves nothing behind. */
@Timeout(120)
class CloseDuringFaultsTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  private static final Duration CLOSE_LIMIT = Duration.ofMillis(300);

  /** What ending a stuck node may cost beyond its limit. */
  private static final Duration BEYOND = Duration.ofSeconds(4);

  /** A node that publishes and receives through a network that can fail, as can Redis. */
  private static final class Scene implements AutoCloseable {
    final FaultProxy net = FaultProxy.to(redis.port());
    final FaultRig rig = new FaultRig(redis, FaultRig.quick());
    final CheckedNode node;
    final FaultRig.Load load;
    @Nullable BusyScript script; // null unless a test began one

    Scene() throws Exception {
      // With a URI, as users do: then an answer to the greeting may take two seconds.
      node = rig.startNode(RedisEndpoint.of("redis://127.0.0.1:" + net.port()));
      load = rig.load(rig.write(node.fanout.publisher()));
    }

    @Override
    public void close() {
      net.resume();
      rig.close();
      net.close();
    }
  }

  private interface Step {
    void run(Scene scene) throws Exception;
  }

  private enum Fault {
    KILLED(scene -> redis.kill(), scene -> redis.restart()),
    ASLEEP(scene -> redis.pause(), scene -> redis.resume()),
    CUT_IN_A_MESSAGE(
        scene -> scene.net.cutAfter(Direction.SERVER_TO_CLIENT, 50), Fault::healsByItself),
    CUT_IN_A_PUBLISH(
        scene -> scene.net.cutAfter(Direction.CLIENT_TO_SERVER, 50), Fault::healsByItself),
    STALLED_TO_THE_NODE(
        scene -> scene.net.stall(Direction.SERVER_TO_CLIENT), scene -> scene.net.resume()),
    STALLED_TO_REDIS(
        scene -> scene.net.stall(Direction.CLIENT_TO_SERVER), scene -> scene.net.resume()),
    STALLED(scene -> scene.net.stall(Direction.BOTH), scene -> scene.net.resume()),
    REFUSED(scene -> scene.net.refuse(), scene -> scene.net.accept()),
    SILENT(
        scene -> {
          scene.net.redirect(SILENT_SERVER.getLocalPort());
          scene.net.cut();
        },
        scene -> scene.net.redirect(redis.port())),
    SUBSCRIPTION_KILLED(
        scene -> redis.command("CLIENT", "KILL", "TYPE", "pubsub"), Fault::healsByItself),
    PUBLISHING_KILLED(
        scene -> redis.command("CLIENT", "KILL", "TYPE", "normal"), Fault::healsByItself),
    OVERFLOW(Fault::overflow, Fault::endOverflow),
    CLIENTS_PAUSED(scene -> redis.command("CLIENT", "PAUSE", "1500", "ALL"), Fault::healsByItself),
    BUSY(Fault::beginScript, Fault::endScript),
    INTERRUPTED(Fault::interruptAll, Fault::healsByItself);

    private final Step begin;
    private final Step end;

    Fault(Step begin, Step end) {
      this.begin = begin;
      this.end = end;
    }

    private static void healsByItself(Scene scene) {}

    private static void overflow(Scene scene) {
      redis.command("CONFIG", "SET", "client-output-buffer-limit", "pubsub 64kb 0 0");
      scene.net.stall(Direction.SERVER_TO_CLIENT);
      FaultRig.within(FaultRig.LIMIT)
          .until(
              () -> {
                redis.command("PUBLISH", Nodes.CHANNEL, "x".repeat(100_000));
                return redis.command("CLIENT", "LIST", "TYPE", "pubsub").isEmpty();
              });
    }

    private static void endOverflow(Scene scene) {
      redis.command("CONFIG", "SET", "client-output-buffer-limit", "pubsub 32mb 8mb 60");
      scene.net.resume();
    }

    private static void beginScript(Scene scene) {
      scene.script = new BusyScript(redis);
    }

    private static void endScript(Scene scene) {
      BusyScript running = scene.script;
      if (running != null) {
        running.close();
      }
    }

    private static void interruptAll(Scene scene) {
      Leftovers.threads().forEach(Thread::interrupt);
    }
  }

  private static final ServerSocket SILENT_SERVER = silentServer();

  /** Its connections are accepted by the operating system and never answered. */
  private static ServerSocket silentServer() {
    try {
      return new ServerSocket(0, 100, InetAddress.getByName("127.0.0.1"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Fault.class,
      names = {"KILLED", "STALLED", "REFUSED", "CUT_IN_A_MESSAGE", "SUBSCRIPTION_KILLED"})
  void closeWhileSomethingFails(Fault fault) throws Exception {
    closeDuring(fault, scene -> {});
  }

  @ParameterizedTest
  @EnumSource
  @Tag("full")
  void closeBeforeTheFaultIsKnown(Fault fault) throws Exception {
    closeDuring(fault, scene -> {});
  }

  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {
        "CUT_IN_A_MESSAGE",
        "CUT_IN_A_PUBLISH",
        "SUBSCRIPTION_KILLED",
        "PUBLISHING_KILLED",
        "INTERRUPTED"
      })
  @Tag("full")
  void closeOnceTheFaultIsKnown(Fault fault) throws Exception {
    closeDuring(
        fault,
        scene ->
            FaultRig.within(FaultRig.LIMIT)
                .until(() -> scene.node.fanout.health().status() == FanoutHealth.Status.DOWN));
  }

  private static void closeDuring(Fault fault, Step untilClose) throws Exception {
    try (Scene scene = new Scene()) {
      Duration took;
      try {
        fault.begin.run(scene);
        int published = scene.rig.log.size();
        FaultRig.within(FaultRig.LIMIT).until(() -> scene.rig.log.size() > published + 20);
        untilClose.run(scene);
        long start = System.nanoTime();
        scene.node.fanout.close(CLOSE_LIMIT);
        took = Duration.ofNanos(System.nanoTime() - start);

        // While the fault lasts, and while publishing goes on.
        FaultRig.within(BEYOND).until(() -> Leftovers.threads().isEmpty());
        scene.load.stop();
        FaultRig.within(BEYOND).until(scene.rig.log::areSettled);
      } finally {
        fault.end.run(scene);
      }
      scene.rig.close();
      Leftovers.assertNone(redis);

      assertThat(took).isLessThan(CLOSE_LIMIT.plus(BEYOND));
      scene.node.assertClosed();
      scene.rig.log.assertReceivedRightly();
    }
  }
}
