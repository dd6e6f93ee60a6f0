package io.github.redisfanout.backplane.redis;

import redis.clients.jedis.HostAndPort;

/**
 * A server that sentinels name as the master; immutable.
 *
 * @param address as the sentinels name it
 * @param runId of its process; empty while the sentinels do not know it
 * @param configEpoch the number of the failover that made it the master; {@link #UNKNOWN_EPOCH} if
 *     the sentinels may not say it
 */
record Master(HostAndPort address, String runId, long configEpoch) {
  static final long UNKNOWN_EPOCH = -1;

  boolean hasEpoch() {
    return configEpoch != UNKNOWN_EPOCH;
  }

  boolean hasAddressOf(Master other) {
    return address.equals(other.address);
  }

  Master withRunId(String newRunId) {
    return new Master(address, newRunId, configEpoch);
  }

  /** {@code host:port}, and the epoch if it is known. */
  @Override
  public String toString() {
    return hasEpoch() ? address + " with epoch " + configEpoch : address.toString();
  }
}
