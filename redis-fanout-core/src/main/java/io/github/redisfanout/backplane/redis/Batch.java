package io.github.redisfanout.backplane.redis;

import io.github.redisfanout.backplane.Outgoing;
import io.github.redisfanout.backplane.PublishAnswer;
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
import redis.clients.jedis.exceptions.JedisException;

/**
 * Messages that go out together on one connection: writes them, reads the answers, and gives each
 * its outcome. Confined to the publishing thread.
 *
 * <p>With a fence they are one transaction with the deletion of a key that never exists. PUBLISH is
 * no write, so a replica and a master that lost its replicas accept it; DEL is a write, which they
 * refuse, and with it the whole transaction. Deleting an absent key is not replicated.
 */
final class Batch {
  private final OneConnection connection;
  private final List<QueuedPublish> taken;
  private final List<QueuedPublish> written;
  private int settled; // how many of the written ones have their outcome
  private long executedBytes;
  private boolean unheard;
  private @Nullable JedisDataException lastError; // of a single message; null while there is none

  Batch(OneConnection connection, List<QueuedPublish> taken) {
    this.connection = connection;
    this.taken = taken;
    written = new ArrayList<>(taken.size());
  }

  /** The bytes of the messages that Redis has executed. */
  long executedBytes() {
    return executedBytes;
  }

  /** The last error of a single message; null if there was none. */
  @Nullable JedisDataException lastError() {
    return lastError;
  }

  /** Whether Redis counted no subscriber for one of the messages. */
  boolean isUnheard() {
    return unheard;
  }

  /** Whether a message was written: the others were taken back. */
  boolean isWritten() {
    return !written.isEmpty();
  }

  /**
   * Publishes the messages, each for itself.
   *
   * @param unwritten gets those that were not written when the connection failed
   * @param onWritten runs before the first outcome, if there is a message
   */
  void publish(Consumer<List<QueuedPublish>> unwritten, Runnable onWritten) {
    write(null, unwritten);
    reading(
        () -> {
          if (!written.isEmpty()) {
            onWritten.run();
          }
          while (settled < written.size()) {
            settle(written.get(settled), read(connection));
          }
        });
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
          for (int i = 0; i < written.size(); i++) {
            answers.add(read(connection));
          }
          multiDelExec[2] = read(connection);
        });
    if (multiDelExec[0] instanceof JedisDataException refused) {
      settleAll(answers); // without MULTI, what followed was executed
      return new Refusal(Refusal.reason(refused), refused, List.of());
    }
    if (multiDelExec[2] instanceof List<?> results && results.size() == written.size() + 1) {
      settleAll(results.subList(1, results.size()));
      return null;
    }
    if (!(multiDelExec[2] instanceof JedisDataException exec)) {
      JedisConnectionException e =
          new JedisConnectionException("EXEC was not answered with a result for each command");
      unknown(e);
      throw e; // whatever answers, it is not Redis
    }
    return refusal(written, multiDelExec[1], answers, exec);
  }

  /** EXEC failed: the cause stands in the answer of the command that could not be queued. */
  private static Refusal refusal(
      List<QueuedPublish> messages, Object del, List<Object> answers, JedisDataException exec) {
    if (del instanceof JedisDataException cause) {
      return new Refusal(Refusal.reason(cause), cause, messages);
    }
    if (!Refusal.isForEarlierErrors(exec)) {
      return new Refusal(Refusal.reason(exec), exec, messages);
    }
    List<QueuedPublish> rest = new ArrayList<>(messages.size());
    for (int i = 0; i < messages.size(); i++) {
      if (answers.get(i) instanceof JedisDataException refused) {
        messages.get(i).fail(PublishFailure.REJECTED, refused);
      } else {
        rest.add(messages.get(i));
      }
    }
    return new Refusal(Refusal.Reason.MESSAGES, exec, rest);
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
    return exec instanceof JedisDataException error
        ? refusal(List.of(), del, List.of(), error)
        : null;
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
          connection.sendCommand(publish(waiting.message()));
        }
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
    List<QueuedPublish> rest = written.subList(settled, written.size());
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

  private void settleAll(List<?> answers) {
    for (Object answer : answers) {
      settle(written.get(settled), answer);
    }
  }

  private void settle(QueuedPublish message, @Nullable Object answer) {
    settled++;
    if (answer instanceof JedisDataException refused) {
      lastError = refused; // the connection is fine
      message.fail(PublishFailure.REJECTED, refused);
    } else if (answer instanceof Long nodes) {
      executedBytes += message.bytes();
      unheard |= nodes == 0;
      message.published(PublishAnswer.ofNodes(nodes));
    } else {
      message.fail(
          PublishFailure.UNKNOWN, new JedisException("PUBLISH was not answered with a number"));
    }
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
