package io.github.redisfanout;

import java.util.ArrayList;
import java.util.List;

/** What a session's queue promises, without any thought of threads. */
public abstract class SessionModel {
  static final int MAX_MESSAGES = 2;
  static final int MAX_BYTES = 5;

  private final OverflowPolicy policy;
  private final List<Integer> messages = new ArrayList<>(); // the first is on its way
  private boolean open = true;

  SessionModel(OverflowPolicy policy) {
    this.policy = policy;
  }

  /** A JSON number of 1, 3 or 6 digits that tells which message it is by its first. */
  static String text(int message) {
    int[] lengths = {1, 3, 6};
    return "" + message + "0".repeat(lengths[message % 3] - 1);
  }

  private boolean fits(int message) {
    if (messages.isEmpty()) {
      return true;
    }
    int bytes = messages.stream().skip(1).mapToInt(m -> text(m).length()).sum();
    return messages.size() - 1 < MAX_MESSAGES && bytes + text(message).length() <= MAX_BYTES;
  }

  /** Whether it is accepted. */
  public boolean send(int message) {
    if (!open) {
      return false;
    }
    boolean everFits = text(message).length() <= MAX_BYTES;
    while (policy == OverflowPolicy.DROP_OLDEST && everFits && !fits(message)) {
      messages.remove(1);
    }
    if (!fits(message)) {
      open = policy != OverflowPolicy.DISCONNECT;
      return false;
    }
    messages.add(message);
    return true;
  }

  /** Which message was completely written; 0 if there is none. */
  public int complete() {
    return open && !messages.isEmpty() ? messages.remove(0) : 0;
  }

  /** Which message was not written. */
  public int fail() {
    int failed = complete();
    open &= failed == 0;
    return failed;
  }

  public void disconnect() {
    open = false;
  }

  public boolean isOpen() {
    return open;
  }

  /** A slow client is disconnected. */
  public static final class Disconnecting extends SessionModel {
    public Disconnecting() {
      super(OverflowPolicy.DISCONNECT);
    }
  }

  /** What waited longest is dropped. */
  public static final class DroppingOldest extends SessionModel {
    public DroppingOldest() {
      super(OverflowPolicy.DROP_OLDEST);
    }
  }

  /** What comes is dropped. */
  public static final class DroppingNewest extends SessionModel {
    public DroppingNewest() {
      super(OverflowPolicy.DROP_NEWEST);
    }
  }
}
