package io.github.redisfanout.jakarta;

import io.github.redisfanout.Disconnect;
import io.github.redisfanout.Payload;
import io.github.redisfanout.Transport;
import io.github.redisfanout.WriteCallback;
import io.github.redisfanout.internal.Log;
import jakarta.websocket.CloseReason;
import jakarta.websocket.CloseReason.CloseCodes;
import jakarta.websocket.RemoteEndpoint;
import jakarta.websocket.SendResult;
import jakarta.websocket.Session;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes to one Jakarta session; thread-safe as far as {@link Transport} asks for it.
 *
 * <p>The API has no abort. The nearest to it is a short idle timeout, then a close with a code that
 * is not 1000: with 1000, Tomcat waits 20 s for a stuck client. Tyrus cannot free a stuck socket.
 */
final class JakartaTransport implements Transport {
  private static final Logger log = LoggerFactory.getLogger(Log.CATEGORY);

  /** How long a container may keep a socket whose client does not help to close it. */
  private static final long ABORT_MILLIS = 1_000;

  /** How long a client may take to answer our close; the session has no idle timeout before. */
  private static final long CLOSE_MILLIS = 10_000;

  /** How long Tomcat waits for the answer to a close; it ignores the idle timeout meanwhile. */
  private static final String TOMCAT_CLOSE_TIMEOUT =
      "org.apache.tomcat.websocket.SESSION_CLOSE_TIMEOUT";

  /** How long Tomcat waits to send a close with any code but 1000; 50 ms by default. */
  private static final String TOMCAT_CLOSE_SEND_TIMEOUT =
      "org.apache.tomcat.websocket.ABNORMAL_SESSION_CLOSE_SEND_TIMEOUT";

  /**
   * Tyrus ends nothing by an idle timeout once a session is closed. One that is set just when a
   * message comes makes it close the session as idle, with 1000, before our own close can.
   */
  private static final String TYRUS = "org.glassfish.tyrus.";

  private final Session session;
  private final RemoteEndpoint.Async remote;
  private final @Nullable TomcatThreads threads; // null: not limited
  private final Runnable beforeClose;
  private final Runnable onUnnoticedEnd;
  private boolean foundClosed; // by a ping; confined to the pinging of this session
  private volatile boolean writing; // until the container has reported the write

  /**
   * @param threads shared by all sessions of an adapter
   * @param beforeClose called before this side closes the session
   * @param onUnnoticedEnd called if the container closed it long ago, and the endpoint said nothing
   */
  JakartaTransport(
      Session session, TomcatThreads threads, Runnable beforeClose, Runnable onUnnoticedEnd) {
    this.session = session;
    this.threads = threads.limits(session) ? threads : null;
    this.remote = session.getAsyncRemote();
    this.beforeClose = beforeClose;
    this.onUnnoticedEnd = onUnnoticedEnd;
  }

  @Override
  public void write(Payload payload, WriteCallback callback) {
    writing = true;
    if (threads != null) {
      threads.writeBegins(session);
    }
    try {
      remote.sendText(payload.text(), result -> completeWrite(result, callback));
    } catch (RuntimeException | Error e) {
      writeEnded();
      throw e;
    }
  }

  private void writeEnded() {
    writing = false;
    if (threads != null) {
      threads.writeEnded(session);
    }
  }

  private void completeWrite(SendResult result, WriteCallback callback) {
    writeEnded(); // before the next write can start
    if (result.isOK()) {
      callback.ok();
    } else {
      Throwable cause = result.getException();
      callback.failed(cause != null ? cause : new IOException("the container gave no cause"));
    }
  }

  @Override
  public boolean ping() throws IOException {
    if (!session.isOpen()) {
      if (foundClosed) {
        onUnnoticedEnd.run();
      }
      foundClosed = true; // once: the endpoint may be about to report it
      return true;
    }
    remote.sendPing(ByteBuffer.allocate(0));
    return true;
  }

  @Override
  public void close(Disconnect why, boolean force) {
    beforeClose.run();
    close(session, why, force);
    if (threads != null) {
      threads.writeEnded(session); // if Tomcat does not report it any more
    }
  }

  /**
   * Containers report a write at the latest when its socket is freed; Undertow also says that a
   * session is open until then, others until the close has been sent.
   */
  @Override
  public boolean isClosing() {
    return writing || session.isOpen();
  }

  /** Lets a container keep the socket of a client that has closed for a limited time only. */
  static void limitClosing(Session session) {
    limitClosing(session, CLOSE_MILLIS);
  }

  /** Closes a session; what the container throws is of no use to anybody any more. */
  static void close(Session session, Disconnect why, boolean force) {
    boolean abort = force && why.code() == CloseCodes.NORMAL_CLOSURE.getCode();
    CloseReason reason = reason(why);
    end(
        session,
        abort ? new CloseReason(CloseCodes.UNEXPECTED_CONDITION, reason.getReasonPhrase()) : reason,
        force);
  }

  static CloseReason reason(Disconnect why) {
    return new CloseReason(CloseCodes.getCloseCode(why.code()), why.reason());
  }

  /** The same with a reason that need not be one that goes over the wire. */
  static void end(Session session, CloseReason reason, boolean force) {
    limitClosing(session, force ? ABORT_MILLIS : CLOSE_MILLIS);
    try {
      session.close(reason);
    } catch (IOException | RuntimeException e) {
      log.debug("A container threw when a session was closed", e);
    }
  }

  private static void limitClosing(Session session, long millis) {
    try {
      if (!session.getClass().getName().startsWith(TYRUS)) {
        session.setMaxIdleTimeout(millis);
      }
      session.getUserProperties().put(TOMCAT_CLOSE_TIMEOUT, millis);
      if (millis > ABORT_MILLIS) { // an orderly close, whose client shall learn the code
        session.getUserProperties().put(TOMCAT_CLOSE_SEND_TIMEOUT, ABORT_MILLIS);
      }
    } catch (RuntimeException e) {
      log.debug("A container refused an idle timeout", e); // closed already, as a rule
    }
  }
}
