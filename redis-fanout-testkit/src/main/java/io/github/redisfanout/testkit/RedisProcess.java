package io.github.redisfanout.testkit;

import static java.util.Objects.requireNonNull;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A real Redis server that a test may kill, pause and restart.
 *
 * <p>It is Redis 7.0.15 from the embedded-redis jar, a separate process that listens on 127.0.0.1
 * on a free port and keeps nothing on disk. As a JUnit extension in a static field it lives as long
 * as the test class:
 *
 * <pre>{@code
 * @RegisterExtension static final RedisProcess redis = RedisProcess.start();
 * }</pre>
 *
 * <p>For another version, let the system property {@code testkit.redis.binary} name a {@code
 * redis-server} of your own. It is asked each time a server is started; redis-fanout's own tests
 * run on 6.2 and 7.0.
 *
 * <p>Then every test meets a running server: before each one a paused server is resumed and a dead
 * one restarted. Data, configuration and clients that an earlier test left in a living server stay;
 * {@code redis.command("FLUSHALL")} is the test's business. After the last test of the class,
 * including its nested ones, the server is closed. If the same field serves again, because a failed
 * test is run once more or because subclasses inherit it, a new server is started on the same port;
 * only classes that run at the same time need fields of their own. In an instance field it is never
 * closed by JUnit.
 *
 * <p>It is in one of four states:
 *
 * <ul>
 *   <li><em>running</em>: it answers;
 *   <li><em>paused</em>: the process exists and its connections stay open, the operating system
 *       even accepts new ones, but nothing is answered;
 *   <li><em>dead</em>: killed, stopped or crashed; connects are refused, the port is kept for it;
 *   <li><em>closed</em>: dead, its files are deleted; only JUnit brings it back, and only what
 *       JUnit closed.
 * </ul>
 *
 * <p>The code that starts it closes it. If that is forgotten, a shutdown hook kills it when the JVM
 * exits; a JVM that is itself killed with SIGKILL leaves the server behind.
 *
 * <p>Thread-safe. Methods that change the state run one after the other; none waits longer than
 * about ten seconds for Redis. Linux (amd64, arm64, 386) and macOS (amd64, arm64) only.
 */
public final class RedisProcess
    implements BeforeAllCallback, BeforeEachCallback, AfterAllCallback, AutoCloseable {
  private static final Duration COMMAND_TIMEOUT = Duration.ofSeconds(5);

  private final List<String> configuration; // lines of a file; empty: there is no file
  private final List<String> arguments;

  private volatile ServerProcess server; // another one after JUnit has closed it and comes again

  @GuardedBy("this")
  private boolean paused; // of no meaning while the process is dead

  @GuardedBy("this")
  private boolean closed;

  @GuardedBy("this")
  private boolean closedByJUnit;

  @GuardedBy("this")
  private @Nullable String owner; // the id of the outermost test class; null outside of JUnit

  private RedisProcess(List<String> configuration, List<String> arguments) {
    this.configuration = configuration;
    this.arguments = arguments;
    server = launched(LoopbackPorts::free);
  }

  /**
   * Starts a server on a free port and waits until it answers.
   *
   * @throws IllegalStateException if there is no Redis for this platform, if {@code
   *     testkit.redis.binary} names none, or if it does not answer within ten seconds; the message
   *     then ends with the server's output
   * @throws UncheckedIOException if the executable cannot be extracted or run
   */
  public static RedisProcess start() {
    return start(new String[0]);
  }

  /**
   * Starts a server with more arguments, for example {@code "--requirepass", "x"}.
   *
   * <p>They are given to every later restart, too. They may override that nothing is saved, but not
   * the address, the port, the directory, the log file or the pid file. Configuration that makes
   * Redis speak TLS only is not supported.
   *
   * @throws IllegalStateException if there is no Redis for this platform, if {@code
   *     testkit.redis.binary} names none, or if it does not answer within ten seconds; the message
   *     then ends with the server's output
   * @throws UncheckedIOException if the executable cannot be extracted or run
   */
  public static RedisProcess start(String... extraArguments) {
    return new RedisProcess(
        List.of(), List.of(requireNonNull(extraArguments, "extraArguments == null")));
  }

  /** Starts a sentinel with these lines in its configuration, which survives a restart. */
  static RedisProcess startSentinel(List<String> configuration) {
    return new RedisProcess(configuration, List.of());
  }

  private ServerProcess launched(IntSupplier ports) {
    ServerDirectory directory = ServerDirectory.create();
    List<String> first =
        configuration.isEmpty()
            ? List.of()
            : List.of(directory.configuration(configuration), "--sentinel");
    ServerProcess process =
        new ServerProcess(RedisBinary.executable(), directory, first, arguments);
    try {
      process.killOnExit();
      process.launch(ports);
      return process;
    } catch (RuntimeException e) {
      process.dispose();
      throw e;
    }
  }

  /** Returns the TCP port, which stays the same for life. */
  public int port() {
    return server.port();
  }

  /** Returns {@code redis://127.0.0.1:PORT}, without a password even if there is one. */
  public String uri() {
    return "redis://127.0.0.1:" + port();
  }

  /**
   * Returns whether the process exists; a paused one does.
   *
   * <p>It does not promise that Redis answers.
   */
  public boolean isRunning() {
    return server.isAlive();
  }

  /**
   * Kills the server with SIGKILL and waits for its end.
   *
   * <p>The operating system ends its connections. Does nothing if it is dead or closed.
   */
  public synchronized void kill() {
    server.sigkill();
  }

  /**
   * Stops the server cleanly with SIGTERM and waits for its end.
   *
   * <p>A paused server is resumed for it. Does nothing if it is dead or closed.
   *
   * @throws IllegalStateException if it is still there after ten seconds
   */
  public synchronized void stop() {
    resume();
    server.sigterm();
  }

  /**
   * Starts the server again on the same port and waits until it answers.
   *
   * <p>A living server, paused or not, is stopped first. Arguments are those of the first start;
   * data survives only if they say so.
   *
   * @throws IllegalStateException if it is closed, or if it does not answer within ten seconds, for
   *     instance because someone else took the port; the message then ends with the server's output
   */
  public synchronized void restart() {
    requireOpen("restart");
    stop();
    server.launch(server::port);
  }

  /**
   * Pauses the server with SIGSTOP: connections stay open, nothing is answered.
   *
   * <p>What Redis wrote before may still arrive. Does nothing if it is paused already.
   *
   * @throws IllegalStateException if it is dead or closed
   */
  public synchronized void pause() {
    requireOpen("pause");
    if (!isRunning()) {
      throw new IllegalStateException("cannot pause Redis on port " + port() + ": it is dead");
    }
    server.signal("STOP");
    paused = true;
  }

  /**
   * Resumes a paused server with SIGCONT; it then handles what came in meanwhile.
   *
   * <p>Does nothing if it is not paused.
   */
  public synchronized void resume() {
    if (paused && isRunning()) {
      server.signal("CONT");
    }
    paused = false;
  }

  /**
   * Runs one command over a separate connection and returns the reply as text.
   *
   * <p>Elements of arrays, nested ones too, are joined by a newline; a null reply is {@code (nil)}.
   * Words and replies are UTF-8. It sends no AUTH: a server with a password answers with an error.
   * It does not wait for other methods and works from any thread. Connecting and each read may take
   * five seconds, so it fails on a paused server.
   *
   * @param words the command's name and its arguments, for example {@code "CLIENT", "KILL", "TYPE",
   *     "pubsub"}
   * @throws IllegalArgumentException if there are no words
   * @throws IllegalStateException if Redis replies with an error; the message is its text
   * @throws UncheckedIOException if there is no connection or no reply
   */
  public String command(String... words) {
    List<String> command = List.of(requireNonNull(words, "words == null"));
    if (command.isEmpty()) {
      throw new IllegalArgumentException("words must hold at least the command's name: []");
    }
    try (RespConnection connection = new RespConnection(port(), COMMAND_TIMEOUT)) {
      return connection.call(command.toArray(String[]::new));
    } catch (IOException e) {
      throw new UncheckedIOException(
          command.get(0) + " to Redis on port " + port() + " got no reply", e);
    }
  }

  /**
   * Makes this server a replica of another one, and waits until it is in sync.
   *
   * @throws IllegalStateException if it is not within ten seconds
   */
  public void replicaOf(RedisProcess master) {
    command("REPLICAOF", "127.0.0.1", Integer.toString(master.port()));
    String online = "port=" + port() + ",state=online"; // it gets what its master publishes
    Waiting.until(
        this + " is a replica in sync",
        () ->
            command("INFO", "replication").contains("master_link_status:up")
                && master.command("INFO", "replication").contains(online));
  }

  /** Makes this server a master, and waits until it says so. */
  public void promote() {
    command("REPLICAOF", "NO", "ONE");
    Waiting.until(this + " is a master", () -> command("ROLE").startsWith("master"));
  }

  /** The address. */
  @Override
  public String toString() {
    return "127.0.0.1:" + port();
  }

  /** Kills the server, paused or not, and deletes its files; further calls do nothing. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      server.dispose();
    }
  }

  /**
   * Called by JUnit; remembers the test class after which to close, and starts the process again if
   * JUnit closed it.
   *
   * @throws IllegalStateException if it does not come back
   */
  @Override
  public synchronized void beforeAll(ExtensionContext context) {
    if (owner == null) {
      owner = context.getUniqueId();
    }
    if (closedByJUnit) {
      server = launched(server::port);
      closedByJUnit = false;
      closed = false;
    }
  }

  /**
   * Called by JUnit; resumes the server if it is paused, restarts it if it is dead.
   *
   * @throws IllegalStateException if it is closed, or if it does not come back
   */
  @Override
  public synchronized void beforeEach(ExtensionContext context) {
    requireOpen("use");
    resume();
    if (!isRunning()) {
      restart();
    }
  }

  /** Called by JUnit; closes the server after the test class, though not after a nested one. */
  @Override
  public synchronized void afterAll(ExtensionContext context) {
    if (owner == null || owner.equals(context.getUniqueId())) {
      closedByJUnit |= !closed;
      close();
      owner = null;
    }
  }

  private synchronized void requireOpen(String verb) {
    if (closed) {
      throw new IllegalStateException(
          "cannot " + verb + " Redis on port " + port() + ": it is closed");
    }
  }

  long pid() {
    return server.pid();
  }
}
