package io.github.redisfanout.backplane.redis;

import io.github.redisfanout.backplane.Outgoing;
import io.github.redisfanout.backplane.PublishFailure;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.args.Rawable;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;

/**
 * Messages that go out together on one connection: writes them, reads the answers, and gives each
 * its outcome. Confined to the publishing thread.
 *
 * <p>With a fence they are one transaction with the deletion of a key that never exists. PUBLISH is
 * no write, so a replica and a master that lost its replicas accept it; DEL is a write, which they
 * refuse, and with it the whole transaction. Deleting an absent key is not replicated.
 *
 * <p>Messages with recipients go out by {@link PublishScript}, together with the others, by one
 * command.
 */
final class Batch {
  private final OneConnection connection;
  private final List<QueuedPublish> taken;
  private final byte @Nullable [] script; // null: each message has a command
  private final Outcomes outcomes;
  private final List<QueuedPublish> written;
  private int settled; // how many of the written ones have their outcome
  private @Nullable JedisDataException death; // what the script ended with; null if it did not

  /** {@code script} is the name of the script to publish with; null: without it. */
  Batch(
      OneConnection connection,
      List<QueuedPublish> taken,
      byte @Nullable [] script,
      Outcomes outcomes) {
    this.connection = connection;
    this.taken = taken;
    this.script = script;
    this.outcomes = outcomes;
    written = new ArrayList<>(taken.size());
  }

  /** Whether a message was written: the others were taken back. */
  boolean isWritten() {
    return !written.isEmpty();
  }

  /** The error with which the script ended, perhaps in the middle; null if it did not. */
  @Nullable JedisDataException death() {
    return death;
  }

  private int commands() {
    return script == null ? written.size() : 1;
  }

  /**
   * Publishes the messages, each for itself, or by the script.
   *
   * @param unwritten gets those that were not written when the connection failed
   * @param onWritten runs before the first outcome, if there is a message
   * @return why the script published nothing; null if it did, or there is none
   */
  @Nullable Refusal publish(Consumer<List<QueuedPublish>> unwritten, Runnable onWritten) {
    write(null, unwritten);
    if (written.isEmpty()) {
      return null;
    }
    if (script != null) {
      List<Object> answers = new ArrayList<>(1);
      reading(() -> answers.add(read(connection)));
      return settleScript(answers.get(0), onWritten);
    }
    reading(
        () -> {
          onWritten.run();
          while (settled < written.size()) {
            settle(read(connection));
          }
        });
    return null;
  }

  /**
   * Publishes the messages behind the fence, all or none.
   *
   * @return why none was executed; null if they were
   */
  @Nullable Refusal publishFenced(byte[] key, Consumer<List<QueuedPublish>> unwritten) {
    List<Object> answers = new ArrayList<>(taken.size());
    Object[] multiDelExec = new Object[3];
    write(key, unwritten);
    if (written.isEmpty()) {
      return null;
    }
    reading(
        () -> {
          multiDelExec[0] = read(connection);
          multiDelExec[1] = read(connection);
          for (int i = 0; i < commands(); i++) {
            answers.add(read(connection));
          }
          multiDelExec[2] = read(connection);
        });
    if (multiDelExec[0] instanceof JedisDataException refused) {
      // Without MULTI, what followed was executed.
      Refusal ofScript = settleAll(answers);
      List<QueuedPublish> rest = ofScript == null ? List.of() : ofScript.rest();
      return new Refusal(Refusal.reason(refused), refused, rest);
    }
    if (multiDelExec[2] instanceof List<?> results && results.size() == commands() + 1) {
      return settleAll(results.subList(1, results.size()));
    }
    if (!(multiDelExec[2] instanceof JedisDataException exec)) {
      JedisConnectionException e =
          new JedisConnectionException("EXEC was not answered with a result for each command");
      unknown(e);
      throw e; // whatever answers, it is not Redis
    }
    return refusal(multiDelExec[1], answers, exec);
  }

  /** EXEC failed: the cause stands in the answer of the command that could not be queued. */
  private Refusal refusal(Object del, List<Object> answers, JedisDataException exec) {
    Refusal ofFence = refusal(written, del, exec);
    if (ofFence != null) {
      return ofFence;
    }
    if (script != null) {
      return answers.get(0) instanceof JedisDataException cause
          ? Refusal.ofQueuedScript(cause, written)
          : new Refusal(Refusal.Reason.NO_FENCE, exec, written);
    }
    List<QueuedPublish> rest = new ArrayList<>(written.size());
    for (int i = 0; i < written.size(); i++) {
      if (answers.get(i) instanceof JedisDataException refused) {
        written.get(i).fail(PublishFailure.REJECTED, refused);
      } else {
        rest.add(written.get(i));
      }
    }
    return new Refusal(Refusal.Reason.MESSAGES, exec, rest);
  }

  private static @Nullable Refusal refusal(
      List<QueuedPublish> messages, Object del, JedisDataException exec) {
    JedisDataException cause = del instanceof JedisDataException refused ? refused : exec;
    return cause == exec && Refusal.isForEarlierErrors(exec)
        ? null
        : new Refusal(Refusal.reason(cause), cause, messages);
  }

  /** Tries the fence without a message; null if it holds. */
  static @Nullable Refusal tryFence(OneConnection connection, byte[] key) {
    connection.sendCommand(Command.MULTI);
    connection.sendCommand(Command.DEL, key);
    connection.sendCommand(Command.EXEC);
    Object multi = read(connection);
    Object del = read(connection);
    Object exec = read(connection);
    if (multi instanceof JedisDataException refused) {
      return new Refusal(Refusal.reason(refused), refused, List.of());
    }
    if (!(exec instanceof JedisDataException error)) {
      return null;
    }
    Refusal refused = refusal(List.of(), del, error);
    return refused == null ? new Refusal(Refusal.Reason.MESSAGES, error, List.of()) : refused;
  }

  private void write(byte @Nullable [] fence, Consumer<List<QueuedPublish>> unwritten) {
    int next = 0;
    try {
      while (next < taken.size()) {
        QueuedPublish waiting = taken.get(next++);
        if (waiting.claim()) {
          written.add(waiting); // before MULTI may fail: a claimed message needs an outcome
          if (fence != null && written.size() == 1) {
            connection.sendCommand(Command.MULTI);
            connection.sendCommand(Command.DEL, fence);
          }
          if (script == null) {
            connection.sendCommand(publish(waiting.message()));
          }
        }
      }
      if (script != null && !written.isEmpty()) {
        connection.sendCommand(PublishScript.command(script, written));
      }
      if (fence != null && !written.isEmpty()) {
        connection.sendCommand(Command.EXEC);
      }
    } catch (Throwable e) {
      unwritten.accept(taken.subList(next, taken.size()));
      unknown(e);
      throw e;
    }
  }

  private void reading(Runnable reading) {
    try {
      reading.run();
    } catch (Throwable e) {
      unknown(e);
      throw e;
    }
  }

  private void unknown(Throwable cause) {
    List<QueuedPublish> rest = List.copyOf(written.subList(settled, written.size()));
    settled = written.size();
    String refusal = written.size() == 1 ? connection.protocolError() : null;
    if (refusal == null) {
      rest.forEach(waiting -> waiting.fail(PublishFailure.UNKNOWN, cause));
    } else { // it is over a limit of Redis, which executed nothing
      String words = "Redis takes no message of %s bytes: " + refusal;
      rest.forEach(
          waiting ->
              waiting.fail(
                  PublishFailure.REJECTED,
                  new JedisDataException(words.formatted(waiting.bytes()))));
    }
  }

  /** {@code answers} are those of the commands; returns why the script published nothing. */
  private @Nullable Refusal settleAll(List<?> answers) {
    if (script == null) {
      answers.forEach(this::settle);
      return null;
    }
    return settleScript(answers.get(0), () -> {});
  }

  private @Nullable Refusal settleScript(Object answer, Runnable onWritten) {
    if (answer instanceof JedisDataException error) {
      Refusal refused = Refusal.ofScript(error, written);
      if (refused == null) {
        death = error;
        unknown(error); // it may have stopped in the middle
      }
      return refused;
    }
    reading(
        () -> {
          onWritten.run();
          ScriptReply reply = new ScriptReply(answer);
          outcomes.begin(reply, written.get(0).message().channel());
          while (settled < written.size()) {
            outcomes.settle(written.get(settled), reply);
            settled++;
          }
        });
    return null;
  }

  private void settle(@Nullable Object answer) {
    outcomes.settle(written.get(settled++), answer);
  }

  /** The next answer; an error of Redis is returned, too, unless Redis ends the connection. */
  static Object read(OneConnection connection) {
    try {
      Object answer = connection.getOne();
      return answer == null ? "nothing" : answer;
    } catch (JedisDataException e) {
      if (String.valueOf(e.getMessage()).startsWith("ERR Protocol error")) {
        throw new JedisConnectionException(e.getMessage());
      }
      return e;
    }
  }

  static CommandArguments publish(Outgoing message) {
    Rawable bytes = message::bytes; // Jedis would copy a byte array
    return new CommandArguments(Command.PUBLISH).add(message.channel()).add(bytes);
  }
}
