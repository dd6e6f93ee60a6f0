package io.github.redisfanout.it.soak;

/** What can go wrong, and between how many milliseconds it lasts. */
enum FaultKind {
  // In Redis, or on the connections to it; one at a time.
  KILL_AND_RESTART(0, 2_500),
  STOP_SHORTLY(50, 800),
  STOP_LONG(1_200, 3_500),
  CUT(0, 0),
  CUT_WITHIN_SENT(0, 300),
  CUT_WITHIN_RECEIVED(0, 300),
  STALL_SENT(100, 2_800),
  STALL_RECEIVED(100, 2_800),
  STALL_BOTH(100, 2_800),
  STALL_THEN_CUT_WITHIN(400, 900),
  REFUSE(50, 2_500),
  KILL_SUBSCRIBERS(0, 0),
  KILL_PUBLISHERS(0, 0),
  OVERFLOW(500, 1_500),
  PAUSE_CLIENTS(100, 2_500),
  BUSY(50, 2_500),
  DEAD_SUBSCRIPTION(1_000, 4_000),

  // Of a node or its clients, at the same time as those above.
  RESTART_NODE(0, 1_500),
  SLOW_CLIENT(100, 2_500),
  SLOW_CLIENTS(100, 800),
  CLIENT_LEAVES(0, 0),
  WRITE_FAILS(0, 0),
  INTERRUPT(0, 0),

  // Of a master with replicas and sentinels, instead of the first ones.
  FAILOVER(1_000, 11_000),
  KILL_MASTER(0, 2_000),
  FREEZE_MASTER(0, 2_000),
  KILL_REPLICAS(500, 3_000),
  STALE_SENTINEL(0, 1_000),
  KILL_SENTINELS(500, 4_000);

  final int minMillis;
  final int maxMillis;

  FaultKind(int minMillis, int maxMillis) {
    this.minMillis = minMillis;
    this.maxMillis = maxMillis;
  }

  boolean isOfSentinels() {
    return compareTo(FAILOVER) >= 0;
  }

  boolean isOfRedis() {
    return compareTo(DEAD_SUBSCRIPTION) <= 0;
  }
}
