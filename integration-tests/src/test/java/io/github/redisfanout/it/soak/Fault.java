package io.github.redisfanout.it.soak;

/**
 * One planned fault.
 *
 * @param pauseMillis how long to wait before it
 * @param node which node it is for, if it is for one
 * @param millis how long it lasts
 * @param choice a number for what else there is to be chosen, not negative
 */
record Fault(int pauseMillis, FaultKind kind, int node, int millis, int choice) {

  /** A number from {@code min} to {@code max}, chosen by the plan. */
  int chosen(int min, int max) {
    return min + choice % (max - min + 1);
  }

  @Override
  public String toString() {
    return kind + " node" + node + " " + millis + " ms";
  }
}
