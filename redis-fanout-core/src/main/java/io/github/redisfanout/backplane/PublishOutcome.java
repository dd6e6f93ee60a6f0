package io.github.redisfanout.backplane;

/** How a publish can fail. */
public enum PublishOutcome {
  /** Never sent, or refused by the other side: it reached nobody. */
  REJECTED,
  /** Waited longer than the publish timeout and was never sent: it reached nobody. */
  EXPIRED,
  /** Bytes have left and no answer came: it may or may not have reached the others. */
  UNKNOWN
}
