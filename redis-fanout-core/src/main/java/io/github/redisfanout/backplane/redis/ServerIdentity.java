package io.github.redisfanout.backplane.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.SocketAddress;
import java.time.Instant;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which server a connection has led to. A proxy or a virtual address may lead to another server at
 * any time, so an address alone does not tell.
 *
 * @param runId identifies the process; null if Redis did not say it
 * @param startedAt when the process had started at the latest; null if Redis did not say it
 */
record ServerIdentity(SocketAddress address, @Nullable String runId, @Nullable Instant startedAt) {
  private static final Pattern RUN_ID = Pattern.compile("\\brun_id:(\\w+)");
  private static final Pattern UPTIME = Pattern.compile("\\buptime_in_seconds:(\\d{1,10})");

  /** From the answer to {@code INFO server}, whatever it is. */
  static ServerIdentity of(SocketAddress address, Object info, Instant now) {
    String text = info instanceof byte[] bytes ? new String(bytes, UTF_8) : "";
    Matcher runId = RUN_ID.matcher(text);
    Matcher uptime = UPTIME.matcher(text);
    return runId.find() && uptime.find()
        ? new ServerIdentity(
            // Redis subtracts whole seconds from whole seconds.
            address, runId.group(1), now.minusSeconds(Long.parseLong(uptime.group(1)) - 1))
        : new ServerIdentity(address, null, null);
  }

  boolean isAtOtherAddress(ServerIdentity before) {
    return !address.equals(before.address);
  }

  /**
   * Whether it is another server than the one that was left after this time. A process that started
   * later at the same address has replaced a dead one, to which nobody publishes any more.
   */
  boolean isOther(ServerIdentity before, Instant leftAfter) {
    if (isAtOtherAddress(before)) {
      return true;
    }
    return runId != null
        && before.runId != null
        && !runId.equals(before.runId)
        && startedAt != null
        && startedAt.isBefore(leftAfter);
  }
}
