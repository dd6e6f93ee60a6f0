package io.github.redisfanout;

/**
 * What closing a node could not finish in time.
 *
 * @param publishesNotSent publishes that were accepted and never sent; they failed as REJECTED or
 *     EXPIRED
 * @param publishesUnknown publishes that were sent and got no answer
 * @param deliveriesDropped messages that had arrived and were not written to their session, those
 *     that wait in a blocked lane included
 * @param sessionsDisconnected sessions closed with {@link Disconnect#GOING_AWAY}
 */
public record CloseReport(
    long publishesNotSent,
    long publishesUnknown,
    long deliveriesDropped,
    int sessionsDisconnected) {

  /** Whether all accepted publishes were sent and all received messages delivered. */
  public boolean isComplete() {
    return publishesNotSent == 0 && publishesUnknown == 0 && deliveriesDropped == 0;
  }

  static CloseReport between(FanoutCounters before, FanoutCounters after) {
    return new CloseReport(
        after.refused - before.refused + after.publishExpired() - before.publishExpired(),
        after.publishUnknown() - before.publishUnknown(),
        dropped(after) - dropped(before) + after.pending(),
        Math.toIntExact(goneAway(after) - goneAway(before)));
  }

  private static long goneAway(FanoutCounters counters) {
    return counters.disconnects().getOrDefault(Disconnect.GOING_AWAY.code(), 0L);
  }

  private static long dropped(FanoutCounters counters) {
    return counters.dropped().values().stream().mapToLong(Long::longValue).sum();
  }
}
