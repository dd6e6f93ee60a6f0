package io.github.redisfanout.testkit;

import static org.awaitility.Awaitility.await;

import io.github.redisfanout.Disconnect;
import io.github.redisfanout.Payload;
import io.github.redisfanout.Transport;
import io.github.redisfanout.WriteCallback;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * A transport without a client: remembers what is written, for tests. Thread-safe.
 *
 * <p>Reports each write as done at once, until {@link #hold}. It cannot ping, so its sessions are
 * never silent. Extend it to change what it does; it needs no closing.
 */
public class RecordingTransport implements Transport {
  private final List<Payload> written = Collections.synchronizedList(new ArrayList<>());
  private final List<WriteCallback> held = new CopyOnWriteArrayList<>();
  private final List<Disconnect> disconnects = new CopyOnWriteArrayList<>();
  private volatile boolean holding;
  private volatile @Nullable Exception failure; // null: writes succeed
  private volatile boolean forced;

  /** A transport to which nothing was written yet. */
  public RecordingTransport() {}

  @Override
  public void write(Payload payload, WriteCallback done) throws Exception {
    Exception thrown = failure;
    if (thrown != null) {
      throw thrown;
    }
    written.add(payload);
    if (holding) {
      held.add(done);
    } else {
      done.ok();
    }
  }

  @Override
  public void close(Disconnect why, boolean force) {
    forced = force;
    disconnects.add(why);
  }

  /** From now on writes are not reported as done, as with a client that does not read. */
  public final void hold() {
    holding = true;
  }

  /**
   * The writes that were started and not reported, in order; a live view, never shortened.
   *
   * <p>The test reports them: {@code transport.held().get(0).ok()}. A node starts the next write
   * only after that.
   */
  public final List<WriteCallback> held() {
    return held;
  }

  /** From now on every write throws this, and is not remembered. */
  public final void failWith(Exception exception) {
    failure = exception;
  }

  /** What has been written so far, in order; a snapshot. */
  public final List<String> texts() {
    synchronized (written) {
      return written.stream().map(Payload::text).toList();
    }
  }

  /** Why this transport was closed; a live view. A node closes a transport at most once. */
  public final List<Disconnect> disconnects() {
    return disconnects;
  }

  /** Whether the last close was forced; false while there was none. */
  public final boolean wasForced() {
    return forced;
  }

  /**
   * Waits up to 20 s until this is the last text written.
   *
   * @param text JSON, as {@link #texts} has it: with its quotes if it is a string
   */
  public final void awaitText(String text) {
    await()
        .atMost(Duration.ofSeconds(20))
        .pollInterval(Duration.ofMillis(10))
        .until(() -> !written.isEmpty() && written.get(written.size() - 1).text().equals(text));
  }

  /** Waits up to 20 s until the node has closed this transport; returns why. */
  public final Disconnect awaitDisconnect() {
    await()
        .atMost(Duration.ofSeconds(20))
        .pollInterval(Duration.ofMillis(10))
        .until(() -> !disconnects.isEmpty());
    return disconnects.get(0);
  }
}
