package io.github.redisfanout;

/** What closing a node could not finish in time; immutable. */
public final class CloseReport {
  private final long publishesRejected;
  private final long publishesUnknown;
  private final long deliveriesDropped;
  private final int sessionsDisconnected;

  /** {@code refusedMeanwhile}: publishes to the closed node, which nobody had accepted. */
  CloseReport(FanoutCounters before, FanoutCounters after, long refusedMeanwhile) {
    publishesRejected =
        Math.max(0, after.publishRejected() - before.publishRejected() - refusedMeanwhile);
    publishesUnknown = after.publishUnknown() - before.publishUnknown();
    deliveriesDropped = dropped(after) - dropped(before);
    sessionsDisconnected = Math.toIntExact(goneAway(after) - goneAway(before));
  }

  private static long goneAway(FanoutCounters counters) {
    return counters.disconnects().getOrDefault(Disconnect.GOING_AWAY.code(), 0L);
  }

  private static long dropped(FanoutCounters counters) {
    return counters.dropped().values().stream().mapToLong(Long::longValue).sum();
  }

  /** Publishes that were accepted and never sent. */
  public long publishesRejected() {
    return publishesRejected;
  }

  /** Publishes that were sent and got no answer. */
  public long publishesUnknown() {
    return publishesUnknown;
  }

  /** Messages that had arrived and were not written to their session. */
  public long deliveriesDropped() {
    return deliveriesDropped;
  }

  /** Sessions closed with {@link Disconnect#GOING_AWAY}. */
  public int sessionsDisconnected() {
    return sessionsDisconnected;
  }

  /** Whether everything accepted was sent, and everything received was delivered. */
  public boolean isComplete() {
    return publishesRejected == 0 && publishesUnknown == 0 && deliveriesDropped == 0;
  }

  @Override
  public String toString() {
    return "CloseReport(publishes rejected "
        + publishesRejected
        + ", unknown "
        + publishesUnknown
        + ", deliveries dropped "
        + deliveriesDropped
        + ", sessions disconnected "
        + sessionsDisconnected
        + ")";
  }
}
