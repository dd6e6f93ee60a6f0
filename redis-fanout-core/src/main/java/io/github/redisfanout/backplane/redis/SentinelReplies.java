package io.github.redisfanout.backplane.redis;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNullElse;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.exceptions.JedisDataException;

/**
 * One sentinel's replies to {@code SENTINEL MASTER}, {@code GET-MASTER-ADDR-BY-NAME}, {@code
 * SENTINELS} and {@code MYID}, in RESP2. Each may also be the exception that it was answered with.
 */
record SentinelReplies(
    @Nullable Object master,
    @Nullable Object masterAddress,
    @Nullable Object sentinels,
    @Nullable Object myId) {

  /** A sentinel names no master; the message is a sentence that says which sentinel and why. */
  static final class NoMasterException extends RuntimeException {
    private static final long serialVersionUID = 1;

    NoMasterException(String message) {
      super(message);
    }
  }

  /**
   * What the sentinel thinks.
   *
   * @param resolved its resolved address, for when it may not say its run id; null if not certain
   * @throws NoMasterException if it names none
   */
  Opinion opinion(HostAndPort asked, String masterName, @Nullable String resolved) {
    Map<String, String> fields = master instanceof List ? fields(master) : Map.of();
    Map<String, HostAndPort> others = others();
    int sentinelCount =
        1 + Math.max(others.size(), (int) number(fields.get("num-other-sentinels"), 0));
    String id = text(myId);
    return new Opinion(
        id == null ? resolved : id, named(asked, masterName, fields), others, sentinelCount);
  }

  /**
   * While a sentinel leads a failover, {@code MASTER} already has the new epoch and still the old
   * address; {@code GET-MASTER-ADDR-BY-NAME} has the new one.
   */
  private Master named(HostAndPort asked, String masterName, Map<String, String> fields) {
    HostAndPort listed = address(fields);
    HostAndPort current = masterAddress instanceof List<?> pair ? address(pair) : listed;
    if (current == null) {
      throw new NoMasterException(whyNone(asked, masterName));
    }
    // The listed run id is the old server's while the addresses differ.
    String runId = current.equals(listed) ? requireNonNullElse(fields.get("runid"), "") : "";
    return new Master(current, runId, number(fields.get("config-epoch"), Master.UNKNOWN_EPOCH));
  }

  private String whyNone(HostAndPort asked, String masterName) {
    String refusal =
        master instanceof JedisDataException e ? requireNonNullElse(e.getMessage(), "") : "";
    if (refusal.startsWith("ERR unknown command")) {
      return asked + " is no sentinel";
    }
    if (refusal.startsWith("NOPERM") && masterAddress instanceof JedisDataException) {
      return "%s is no sentinel, or the user needs +sentinel|master and".formatted(asked)
          + " +sentinel|get-master-addr-by-name: "
          + refusal;
    }
    if (refusal.startsWith("ERR No such master")
        || (refusal.startsWith("NOPERM") && masterAddress == null)) {
      return "sentinel %s knows no master \"%s\"".formatted(asked, masterName);
    }
    return asked + (refusal.isEmpty() ? " names no address" : " refuses: " + refusal);
  }

  private Map<String, HostAndPort> others() {
    Map<String, HostAndPort> others = new HashMap<>();
    if (sentinels instanceof List<?> list) {
      for (Object each : list) {
        Map<String, String> fields = fields(each);
        String runId = requireNonNullElse(fields.get("runid"), "");
        HostAndPort address = address(fields);
        // Port 0: another sentinel has taken its address.
        if (!runId.isEmpty() && address != null) {
          others.put(runId, address);
        }
      }
    }
    return others;
  }

  private static @Nullable HostAndPort address(Map<String, String> fields) {
    return address(fields.get("ip"), fields.get("port"));
  }

  private static @Nullable HostAndPort address(List<?> pair) {
    return pair.size() == 2 ? address(text(pair.get(0)), text(pair.get(1))) : null;
  }

  private static @Nullable HostAndPort address(@Nullable String host, @Nullable String port) {
    long number = number(port, 0);
    return host == null || host.isEmpty() || number < 1 || number > 65_535
        ? null
        : new HostAndPort(host, (int) number);
  }

  private static Map<String, String> fields(@Nullable Object reply) {
    Map<String, String> fields = new HashMap<>();
    if (reply instanceof List<?> list) {
      for (int i = 0; i + 1 < list.size(); i += 2) {
        String name = text(list.get(i));
        String value = text(list.get(i + 1));
        if (name != null && value != null) {
          fields.put(name, value);
        }
      }
    }
    return fields;
  }

  private static @Nullable String text(@Nullable Object reply) {
    return reply instanceof byte[] bytes ? new String(bytes, UTF_8) : null;
  }

  private static long number(@Nullable String text, long instead) {
    try {
      return text == null ? instead : Long.parseLong(text);
    } catch (NumberFormatException e) {
      return instead;
    }
  }
}
