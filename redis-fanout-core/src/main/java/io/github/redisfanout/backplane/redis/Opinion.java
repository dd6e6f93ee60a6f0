package io.github.redisfanout.backplane.redis;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.HostAndPort;

/**
 * What one sentinel answered to a look-up; immutable.
 *
 * @param sentinel who answered: its run id, or else its resolved address; null if neither is
 *     certain, and then it counts for no majority
 * @param master the master that it names
 * @param others the other sentinels that it knows, by run id
 * @param sentinels how many sentinels there are, itself included, as far as it knows
 */
record Opinion(
    @Nullable String sentinel, Master master, Map<String, HostAndPort> others, int sentinels) {
  Opinion {
    others = Map.copyOf(others);
  }

  /** Whether it names this master; without an epoch, an opinion counts for the address. */
  boolean supports(Master candidate) {
    return master.hasAddressOf(candidate)
        && (master.configEpoch() == candidate.configEpoch()
            || !master.hasEpoch()
            || !candidate.hasEpoch());
  }

  /** Whether it names another server and may be newer than an opinion for this one. */
  boolean contradicts(Master candidate) {
    return !master.hasAddressOf(candidate)
        && (!master.hasEpoch()
            || !candidate.hasEpoch()
            || master.configEpoch() >= candidate.configEpoch());
  }
}
