package io.github.redisfanout.backplane;

/** How a publish can fail. More values may be added. */
public enum PublishFailure {
  /** Never sent, or refused by the other side: it reached nobody. */
  REJECTED,
  /** Waited longer than the publish timeout and was never sent: it reached nobody. */
  EXPIRED,
  /** Bytes were sent and no answer came: it may or may not have reached the others. */
  UNKNOWN
}
