package io.github.redisfanout;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Takes all at once, and remembers it in order; for one lane. */
final class SequenceTransport implements Transport {
  private final List<String> texts = new ArrayList<>();
  private volatile @Nullable Disconnect why; // null: it was not closed

  @Override
  public void write(Payload payload, WriteCallback callback) {
    synchronized (texts) {
      texts.add(payload.text());
    }
    callback.ok();
  }

  @Override
  public void close(Disconnect why, boolean force) {
    this.why = why;
  }

  List<String> texts() {
    synchronized (texts) {
      return List.copyOf(texts);
    }
  }

  @Nullable Disconnect why() {
    return why;
  }
}
