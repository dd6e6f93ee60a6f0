package io.github.redisfanout.testkit;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.NANOSECONDS;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntSupplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The operating system's side of {@link RedisProcess}: start, signal, wait, clean up.
 *
 * <p>The owner calls one method at a time; only {@link #isAlive()}, {@link #port()} and the JVM's
 * shutdown hook may run beside it.
 */
final class ServerProcess {
  private static final Duration LIMIT = Duration.ofSeconds(10);
  private static final Duration PING_TIMEOUT = Duration.ofSeconds(1);
  private static final long POLL_MILLIS = 5;
  // The wording is that of the C library.
  private static final Pattern PORT_TAKEN = Pattern.compile("bind: Address (already )?in use");
  private static final int ATTEMPTS = 20; // each takes a few milliseconds if the port is taken

  private final Path binary;
  private final ServerDirectory directory;
  private final List<String> firstArguments;
  private final List<String> extraArguments;
  private final Thread shutdownHook = new Thread(this::abandon, "redis-process-shutdown");

  private volatile @Nullable Process process; // null until the first launch
  private volatile int port;
  private volatile boolean abandoned; // the JVM is exiting

  /** {@code firstArguments} stand before all others, as a configuration file must. */
  ServerProcess(
      Path binary,
      ServerDirectory directory,
      List<String> firstArguments,
      List<String> extraArguments) {
    this.binary = binary;
    this.directory = directory;
    this.firstArguments = firstArguments;
    this.extraArguments = extraArguments;
  }

  /**
   * Makes the JVM kill the server and delete its files on exit; {@link #dispose()} takes it back.
   */
  void killOnExit() {
    Runtime.getRuntime().addShutdownHook(shutdownHook);
  }

  int port() {
    return port;
  }

  boolean isAlive() {
    Process current = process;
    return current != null && current.isAlive();
  }

  long pid() {
    Process current = process;
    return current == null ? -1 : current.pid();
  }

  /**
   * Starts the server and waits until it answers; asks for a port again if that one was taken.
   *
   * @throws IllegalStateException with the server's output if it does not answer in time
   */
  void launch(IntSupplier ports) {
    long deadline = System.nanoTime() + LIMIT.toNanos();
    for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
      Process started = spawn(ports.getAsInt());
      if (answers(started, deadline)) {
        return;
      }
      if (started.isAlive() || !PORT_TAKEN.matcher(directory.outputTail()).find()) {
        break;
      }
    }
    String fault =
        isAlive() ? "did not answer within " + LIMIT.toSeconds() + " s" : "exited at once";
    sigkill();
    throw new IllegalStateException(
        "Redis on port " + port + " " + fault + "; its output:\n" + directory.outputTail());
  }

  private Process spawn(int candidate) {
    List<String> command = new ArrayList<>(List.of(binary.toString()));
    command.addAll(firstArguments);
    command.addAll(List.of("--save", "", "--appendonly", "no"));
    command.addAll(List.of("--repl-diskless-sync-delay", "0")); // or each sync takes 5 s
    command.addAll(extraArguments);
    // The last one wins, so nothing of the following can be overridden.
    command.addAll(List.of("--bind", "127.0.0.1", "--port", Integer.toString(candidate)));
    command.addAll(List.of("--dir", directory.path().toString()));
    command.addAll(List.of("--daemonize", "no", "--logfile", ""));
    command.addAll(List.of("--pidfile", directory.pidFile().toString()));
    try {
      Files.deleteIfExists(directory.pidFile());
      Process started =
          new ProcessBuilder(command)
              .directory(directory.path().toFile())
              .redirectInput(Redirect.from(new File("/dev/null")))
              .redirectErrorStream(true)
              .redirectOutput(directory.output().toFile())
              .start();
      port = candidate;
      process = started;
      if (abandoned) {
        started.destroyForcibly();
      }
      return started;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot start " + binary, e);
    }
  }

  private boolean answers(Process started, long deadline) {
    try {
      while (System.nanoTime() - deadline < 0) {
        // Without the pid file it may be a stranger on that port who answers.
        if (Files.exists(directory.pidFile()) && answersPing()) {
          return true;
        }
        if (started.waitFor(POLL_MILLIS, MILLISECONDS)) {
          return false;
        }
      }
      return false;
    } catch (InterruptedException e) {
      sigkill();
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while Redis was starting", e);
    }
  }

  private boolean answersPing() {
    try (RespConnection connection = new RespConnection(port, PING_TIMEOUT)) {
      connection.call("PING");
      return true;
    } catch (IllegalStateException e) {
      return !String.valueOf(e.getMessage()).startsWith("LOADING");
    } catch (IOException e) {
      return false;
    }
  }

  /** Sends SIGKILL and waits for the end; does nothing if the process is dead. */
  void sigkill() {
    Process current = process;
    if (current != null) {
      current.destroyForcibly();
      awaitExit(current, "SIGKILL");
    }
  }

  /** Sends SIGTERM and waits for the end; does nothing if the process is dead. */
  void sigterm() {
    Process current = process;
    if (current != null) {
      current.destroy();
      awaitExit(current, "SIGTERM");
    }
  }

  /** Sends a signal, by its name without SIG, to the process, which must be alive. */
  void signal(String name) {
    try {
      // The shell has kill built in; not every container has it as a program.
      Process kill =
          new ProcessBuilder("/bin/sh", "-c", "kill -s " + name + " " + pid())
              .redirectErrorStream(true)
              .redirectOutput(Redirect.DISCARD)
              .start();
      awaitExit(kill, "kill -s " + name);
      if (kill.exitValue() != 0) {
        throw new IllegalStateException(
            "cannot send SIG"
                + name
                + " to Redis on port "
                + port
                + ": status "
                + kill.exitValue());
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot run kill", e);
    }
  }

  private void awaitExit(Process awaited, String cause) {
    boolean interrupted = false;
    long deadline = System.nanoTime() + LIMIT.toNanos();
    try {
      while (true) {
        try {
          if (awaited.waitFor(deadline - System.nanoTime(), NANOSECONDS)) {
            return;
          }
          throw new IllegalStateException(
              "Redis on port " + port + ": no end " + LIMIT.toSeconds() + " s after " + cause);
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Kills the process, deletes its files and forgets the shutdown hook; never throws. */
  void dispose() {
    try {
      sigkill();
    } catch (IllegalStateException e) {
      // The operating system does not let go of it; there is nothing stronger than SIGKILL.
    }
    directory.delete();
    try {
      Runtime.getRuntime().removeShutdownHook(shutdownHook);
    } catch (IllegalStateException e) {
      // The JVM is exiting: the hook runs anyway, and finds nothing to do.
    }
  }

  private void abandon() {
    abandoned = true;
    try {
      sigkill();
    } finally {
      directory.delete();
    }
  }
}
