package io.github.redisfanout.backplane.redis;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.HostAndPort;

/**
 * Which sentinels there are: the configured ones, and those that sentinels name. Confined to one
 * thread.
 *
 * <p>The same sentinel may be configured by name and learned by address. So the total is never the
 * sum of both: it is the larger of the number configured and the number that sentinels know.
 */
final class KnownSentinels {
  private static final int MAX_LEARNED = 64;

  private final Set<HostAndPort> configured;
  private final Map<String, HostAndPort> learned = new HashMap<>(); // by run id

  /** Which sentinel was last at a configured address, see {@link Opinion#sentinel}. */
  private final Map<HostAndPort, String> ids = new HashMap<>();

  private final Map<HostAndPort, String> resolved = new HashMap<>(); // as last dialled
  private final Set<HostAndPort> answering = new HashSet<>(); // of the configured addresses

  KnownSentinels(List<HostAndPort> configured) {
    this.configured = Set.copyOf(configured);
  }

  /** The sentinel at this address has answered. */
  void heard(HostAndPort address, Opinion opinion) {
    if (configured.contains(address)) {
      answering.add(address);
      if (opinion.sentinel() != null) {
        ids.put(address, opinion.sentinel());
      }
    }
    opinion
        .others()
        .forEach(
            (runId, other) -> {
              if (learned.size() < MAX_LEARNED || learned.containsKey(runId)) {
                learned.put(runId, other);
              }
            });
  }

  /** The sentinel at this address has not answered. */
  void silent(HostAndPort address) {
    answering.remove(address);
  }

  /** What a configured address was resolved to; null if that is not certain. */
  void resolved(HostAndPort address, @Nullable String numeric) {
    if (numeric != null && configured.contains(address)) {
      resolved.put(address, numeric);
    }
  }

  /** The addresses to ask: a learned one only if no configured one leads to the same sentinel. */
  Set<HostAndPort> addresses() {
    Set<String> reached = new HashSet<>(resolved.values());
    answering.forEach(address -> reached.add(idOf(address)));
    Set<HostAndPort> addresses = new LinkedHashSet<>(configured);
    learned.forEach(
        (runId, address) -> {
          if (!reached.contains(runId) && !reached.contains(address.toString())) {
            addresses.add(address);
          }
        });
    return addresses;
  }

  private String idOf(HostAndPort address) {
    String numeric = resolved.getOrDefault(address, address.toString());
    return ids.getOrDefault(address, numeric);
  }

  /** How many sentinels there are, silent ones included. */
  int total(Collection<Opinion> opinions) {
    int distinct = (int) configured.stream().map(this::idOf).distinct().count();
    int total = Math.max(distinct, learned.size());
    for (Opinion opinion : opinions) {
      total = Math.max(total, opinion.sentinels());
    }
    return total;
  }

  /**
   * Forgets the learned ones that no answer names and that have not answered. A majority must have
   * answered: one sentinel alone may itself have forgotten the others.
   */
  void forgetUnnamed(Collection<Opinion> opinions) {
    Set<String> alive = new HashSet<>();
    opinions.stream().map(Opinion::sentinel).filter(Objects::nonNull).forEach(alive::add);
    if (alive.size() > total(opinions) / 2) {
      Set<String> named = new HashSet<>(alive);
      opinions.forEach(opinion -> named.addAll(opinion.others().keySet()));
      learned
          .entrySet()
          .removeIf(
              entry ->
                  !named.contains(entry.getKey()) && !alive.contains(entry.getValue().toString()));
    }
  }
}
