package io.github.redisfanout.testkit;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A real master, two replicas and three sentinels, each of which a test may kill, pause and
 * restart.
 *
 * <p>As a JUnit extension in a static field it lives as long as the test class. Ready in about
 * three seconds:
 *
 * <pre>{@code
 * @RegisterExtension static final RedisSentinels redis = RedisSentinels.start();
 * }</pre>
 *
 * <p>Before each test all six are running again and agree: one master, two replicas in sync, and no
 * failover under way. After a test with a failover that can take a few seconds.
 *
 * <p>A sentinel takes a server for dead after half a second. Who the master is, a test asks again
 * after each failover. The methods of the single processes are those of {@link RedisProcess}; a
 * sentinel that is restarted remembers its last configuration.
 *
 * <p>Thread-safe, as its parts are. Linux and macOS only.
 */
public final class RedisSentinels
    implements BeforeAllCallback, BeforeEachCallback, AfterAllCallback, AutoCloseable {
  private static final String NAME = "mymaster";

  private final List<RedisProcess> servers = new ArrayList<>();
  private final List<RedisProcess> sentinels = new ArrayList<>();

  private RedisSentinels() {}

  /**
   * Starts all six, and waits until they agree.
   *
   * @param serverArguments for the three servers, as for {@link RedisProcess#start(String...)}
   * @throws IllegalStateException if a process does not start, or they do not agree within 30 s
   */
  public static RedisSentinels start(String... serverArguments) {
    RedisSentinels all = new RedisSentinels();
    try {
      all.startAll(List.of(serverArguments));
      return all;
    } catch (RuntimeException e) {
      all.close();
      throw e;
    }
  }

  private void startAll(List<String> arguments) {
    List<String> all = new ArrayList<>(List.of("--repl-ping-replica-period", "1"));
    all.addAll(arguments);
    servers.add(RedisProcess.start(all.toArray(String[]::new)));
    String port = Integer.toString(servers.get(0).port());
    all.addAll(List.of("--replicaof", "127.0.0.1 " + port));
    for (int i = 0; i < 2; i++) {
      servers.add(RedisProcess.start(all.toArray(String[]::new)));
    }
    for (int i = 0; i < 3; i++) {
      sentinels.add(
          RedisProcess.startSentinel(
              List.of(
                  "sentinel monitor " + NAME + " 127.0.0.1 " + port + " 2",
                  "sentinel down-after-milliseconds " + NAME + " 500",
                  "sentinel failover-timeout " + NAME + " 2000",
                  "sentinel parallel-syncs " + NAME + " 2")));
    }
    awaitAgreement();
  }

  /** Returns the name under which the sentinels know the master. */
  public String masterName() {
    return NAME;
  }

  /** Returns {@code redis-sentinel://127.0.0.1:PORT,127.0.0.1:PORT,127.0.0.1:PORT#mymaster}. */
  public String uri() {
    return sentinels.stream()
        .map(RedisProcess::toString)
        .collect(Collectors.joining(",", "redis-sentinel://", "#" + NAME));
  }

  /** Returns the three servers, whatever their roles are now. */
  public List<RedisProcess> servers() {
    return List.copyOf(servers);
  }

  /** Returns the three sentinels. */
  public List<RedisProcess> sentinels() {
    return List.copyOf(sentinels);
  }

  /**
   * Returns the server that most of the sentinels name now.
   *
   * @throws IllegalStateException if no majority names the same one
   */
  public RedisProcess master() {
    return servers.stream()
        .filter(server -> sentinels.stream().filter(each -> names(each, server)).count() >= 2)
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("two sentinels name no common master"));
  }

  /** Returns whether this sentinel answers, and names this server as the master. */
  public boolean names(RedisProcess sentinel, RedisProcess server) {
    return Integer.toString(server.port()).equals(masterOf(sentinel).get("port"));
  }

  private static Map<String, String> masterOf(RedisProcess sentinel) {
    Map<String, String> fields = new HashMap<>();
    if (!sentinel.isRunning()) {
      return fields;
    }
    try {
      String[] lines = sentinel.command("SENTINEL", "MASTER", NAME).split("\n", -1);
      for (int i = 0; i + 1 < lines.length; i += 2) {
        fields.put(lines[i], lines[i + 1]);
      }
    } catch (IllegalStateException | UncheckedIOException e) {
      // It is paused, or just starting.
    }
    return fields;
  }

  /**
   * Makes the sentinels replace the living master, and waits until two of them name the new one.
   *
   * <p>The old one goes on as a master for about ten seconds.
   *
   * @return the new master
   */
  @CanIgnoreReturnValue
  public RedisProcess failover() {
    RedisProcess old = master();
    requestFailover();
    return awaitOtherMaster(old);
  }

  /** Asks a sentinel for a failover, and does not wait for it. */
  public void requestFailover() {
    Waiting.until(
        "a sentinel begins a failover",
        () ->
            sentinels.stream()
                .filter(RedisProcess::isRunning)
                .findFirst()
                .map(sentinel -> sentinel.command("SENTINEL", "FAILOVER", NAME))
                .isPresent());
  }

  /** Waits until two sentinels name another master than this one, and returns it. */
  @CanIgnoreReturnValue
  public RedisProcess awaitOtherMaster(RedisProcess old) {
    Waiting.until("two sentinels name another master", () -> master() != old);
    return master();
  }

  /** Waits until all six run and agree; demotes masters that were replaced. */
  public void awaitAgreement() {
    Waiting.until("three sentinels agree on a master and two replicas in sync", this::agree);
  }

  private boolean agree() {
    RedisProcess master = master();
    boolean agree = master.command("ROLE").startsWith("master");
    for (RedisProcess sentinel : sentinels) {
      Map<String, String> fields = masterOf(sentinel);
      agree &=
          names(sentinel, master)
              && "master".equals(fields.get("flags"))
              && "2".equals(fields.get("num-other-sentinels"))
              && sentinel.command("SENTINEL", "CKQUORUM", NAME).startsWith("OK")
              && replicasAreWell(sentinel);
    }
    for (RedisProcess server : servers) {
      agree &= server == master || follows(server, master);
    }
    return agree;
  }

  private static boolean replicasAreWell(RedisProcess sentinel) {
    List<String> lines = sentinel.command("SENTINEL", "REPLICAS", NAME).lines().toList();
    long well = 0;
    for (int i = 0; i + 1 < lines.size(); i++) {
      well += lines.get(i).equals("flags") && lines.get(i + 1).equals("slave") ? 1 : 0;
    }
    return well == 2;
  }

  private static boolean follows(RedisProcess server, RedisProcess master) {
    String replication = server.command("INFO", "replication");
    if (!replication.contains("master_port:" + master.port() + "\r")) {
      // The sentinels would do that ten seconds later.
      server.command("REPLICAOF", "127.0.0.1", Integer.toString(master.port()));
    }
    return replication.contains("master_link_status:up");
  }

  /** Called by JUnit; starts all again if JUnit closed them. */
  @Override
  public void beforeAll(ExtensionContext context) {
    each(process -> process.beforeAll(context));
  }

  /** Called by JUnit; resumes and restarts what needs it, and waits until all agree. */
  @Override
  public void beforeEach(ExtensionContext context) {
    each(process -> process.beforeEach(context));
    awaitAgreement();
  }

  /** Called by JUnit; closes all after the test class. */
  @Override
  public void afterAll(ExtensionContext context) {
    each(process -> process.afterAll(context));
  }

  /** Kills all six and deletes their files; further calls do nothing. */
  @Override
  public void close() {
    each(RedisProcess::close);
  }

  private void each(java.util.function.Consumer<RedisProcess> action) {
    servers.forEach(action);
    sentinels.forEach(action);
  }
}
