package io.github.redisfanout.backplane.redis;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.redisfanout.backplane.redis.SentinelReplies.NoMasterException;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.exceptions.JedisDataException;

class SentinelRepliesTest {
  private static final HostAndPort ASKED = new HostAndPort("s1", 26379);
  private static final JedisDataException NOPERM = new JedisDataException("NOPERM no permission");
  private static final Object MASTER =
      words(
          "ip",
          "10.0.0.1",
          "port",
          "6379",
          "runid",
          "x",
          "config-epoch",
          "4",
          "num-other-sentinels",
          "2");
  private static final Object ADDRESS = words("10.0.0.1", "6379");
  private static final Object MY_ID = "run1".getBytes(UTF_8);

  private static List<byte[]> words(String... words) {
    return Arrays.stream(words).map(word -> word.getBytes(UTF_8)).toList();
  }

  private static Object sentinel(String runId, String host, String port) {
    return words("name", runId, "ip", host, "port", port, "runid", runId);
  }

  private static Opinion opinion(
      @Nullable Object master,
      @Nullable Object address,
      @Nullable Object sentinels,
      @Nullable Object myId) {
    return new SentinelReplies(master, address, sentinels, myId)
        .opinion(ASKED, "mymaster", "10.0.0.9:26379");
  }

  @Test
  void sentinelIsKnownByItsRunIdOrElseByItsAddress() {
    assertThat(opinion(MASTER, ADDRESS, List.of(), MY_ID).sentinel()).isEqualTo("run1");
    assertThat(opinion(MASTER, ADDRESS, List.of(), NOPERM).sentinel()).isEqualTo("10.0.0.9:26379");
  }

  @Test
  void otherSentinelWhoseAddressWasTakenIsNotLearned() {
    List<Object> sentinels =
        List.of(sentinel("run2", "10.0.0.2", "26379"), sentinel("run3", "10.0.0.3", "0"));

    assertThat(opinion(MASTER, ADDRESS, sentinels, MY_ID).others())
        .containsOnlyKeys("run2")
        .containsValue(new HostAndPort("10.0.0.2", 26379));
  }

  @Test
  void numberOfSentinelsNeedsNoList() {
    assertThat(opinion(MASTER, ADDRESS, NOPERM, MY_ID).sentinels()).isEqualTo(3);
  }

  @Test
  void numberOfSentinelsNeedsNothingButTheList() {
    List<Object> sentinels = List.of(sentinel("run2", "10.0.0.2", "26379"));

    assertThat(opinion(NOPERM, ADDRESS, sentinels, MY_ID).sentinels()).isEqualTo(2);
  }

  @Test
  void addressNeedsNothingButMaster() {
    assertThat(opinion(MASTER, NOPERM, NOPERM, NOPERM).master())
        .isEqualTo(new Master(new HostAndPort("10.0.0.1", 6379), "x", 4));
  }

  @Test
  void masterThatMayNotBeAskedForIsUnknownIfItHasNoAddress() {
    assertThatThrownBy(() -> opinion(NOPERM, null, NOPERM, NOPERM))
        .isInstanceOf(NoMasterException.class)
        .hasMessage("sentinel s1:26379 knows no master \"mymaster\"");
  }

  @Test
  void otherRefusalIsQuoted() {
    JedisDataException busy = new JedisDataException("BUSY running a script");

    assertThatThrownBy(() -> opinion(busy, busy, busy, busy))
        .hasMessage("s1:26379 refuses: BUSY running a script");
  }

  @Test
  void replyWithoutAnAddressNamesNone() {
    assertThatThrownBy(() -> opinion(List.of(), List.of(), List.of(), MY_ID))
        .hasMessage("s1:26379 names no address");
    assertThatThrownBy(() -> opinion(words("ip", "", "port", "?"), words("", "0"), null, MY_ID))
        .hasMessage("s1:26379 names no address");
  }
}
