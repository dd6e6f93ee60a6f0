package io.github.redisfanout.backplane.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import redis.clients.jedis.exceptions.JedisAccessControlException;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;

/** The texts are those of Redis 6.2 to 8.0, of Valkey, or of what a proxy may say. */
class ServerErrorsTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '\0',
      value = {
        // Redis 7 and Valkey, then 6.2
        "ERR unknown command 'PUBLISH', with args beginning with: 'chat' '{\"target_user_ids\":' "
            + "; ERR unknown command 'PUBLISH'",
        "ERR unknown command `AUTH`, with args beginning with: `marked`, `marked pw`, "
            + "; ERR unknown command `AUTH`",
        // the end of a message is read as a command
        "ERR unknown command 'marked'; ERR unknown command '...'",
        "ERR unknown command '\"payload\":1}', with args; ERR unknown command '...', with args",
        "ERR unknown subcommand 'marked'. Try CLIENT HELP.; "
            + "ERR unknown subcommand '...'. Try CLIENT HELP.",
        // what a proxy or a later version may quote
        "NOPERM no permissions to access the 'chat:u:marked' channel; "
            + "NOPERM no permissions to access the '...' channel",
        "ERR cannot route PUBLISH chat {\"target_user_ids\":[\"marked\"]}; "
            + "ERR cannot route PUBLISH chat ...",
        "ERR invalid argument \"marked; ERR invalid argument '...'",
        "ERR invalid argument 'marked \"; ERR invalid argument '...'",
        "ERR no such channel ['marked']; ERR no such channel ...",
        "ERR bad escape \\u006darked; ERR bad escape ...",
      })
  void whatIsQuotedIsRemoved(String given, String expected) {
    assertThat(ServerErrors.clean(given)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "NOAUTH Authentication required.",
        "WRONGPASS invalid username-password pair or user is disabled.",
        "NOPERM this user has no permissions to access one of the channels used as arguments",
        "NOPERM this user has no permissions to run the 'config|get' command",
        "NOPERM User chat has no permissions to run the 'info' command",
        "NOPERM No permissions to access a channel",
        "READONLY You can't write against a read only replica.",
        "OOM command not allowed when used memory > 'maxmemory'.",
        "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to"
            + " disk. Commands that may modify the data set are disabled, because this instance is"
            + " configured to report errors during writes if RDB snapshotting fails"
            + " (stop-writes-on-bgsave-error option). Please check the Redis logs for details"
            + " about the RDB error.",
        "NOREPLICAS Not enough good replicas to write.",
        "LOADING Redis is loading the dataset in memory",
        "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.",
        "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
        "EXECABORT Transaction discarded because of previous errors.",
        "EXECABORT Transaction discarded because of: NOREPLICAS Not enough good replicas to write.",
        "ERR Can't execute 'role': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are"
            + " allowed in this context",
        "ERR wrong number of arguments for 'publish' command",
        "ERR max number of clients reached",
        "ERR Protocol error: invalid bulk length",
        "CLUSTERDOWN The cluster is down",
        "MOVED 1234 10.0.0.1:7000",
      })
  void whatQuotesNothingIsKept(String words) {
    assertThat(ServerErrors.clean(words)).isEqualTo(words);
  }

  @Test
  void aTextIsOneLineOfLimitedLength() {
    assertThat(ServerErrors.clean("ERR a\r\nb\u001b[0mc\u00e9" + " and so on".repeat(100)))
        .startsWith("ERR a  b ...");
    assertThat(ServerErrors.clean("ERR" + " and so on".repeat(100))).hasSize(403).endsWith("...");
  }

  @Test
  void errorsInsideOfArraysAreCleanedAndTheRestIsKept() {
    byte[] bytes = {1};
    JedisDataException harmless = new JedisDataException("ERR syntax error");
    List<Object> nested =
        Arrays.asList(0L, null, new JedisDataException("ERR bad 'marked'"), harmless, bytes);

    assertThat(ServerErrors.clean(Arrays.asList(nested, 7L)))
        .isInstanceOfSatisfying(
            List.class,
            replies -> {
              assertThat(replies.get(1)).isEqualTo(7L);
              List<?> cleaned = (List<?>) replies.get(0);
              assertThat(cleaned.get(0)).isEqualTo(0L);
              assertThat(cleaned.get(1)).isNull();
              assertThat((Throwable) cleaned.get(2)).hasMessage("ERR bad '...'");
              assertThat(cleaned.get(3)).isSameAs(harmless);
              assertThat(cleaned.get(4)).isSameAs(bytes);
            });
  }

  @Test
  void theKindOfAnErrorIsKept() {
    assertThat(ServerErrors.clean(new JedisAccessControlException("NOPERM the channel 'marked'")))
        .isInstanceOf(JedisAccessControlException.class)
        .hasMessage("NOPERM the channel '...'");
  }

  @Test
  void anErrorInTheExceptionOfALostConnectionIsCleaned() {
    Exception reset = new Exception("Connection reset");

    assertThat(ServerErrors.clean(new JedisConnectionException("ERR unknown '{\"a\"'", reset)))
        .hasMessage("ERR unknown '...'")
        .hasCause(reset);
  }
}
