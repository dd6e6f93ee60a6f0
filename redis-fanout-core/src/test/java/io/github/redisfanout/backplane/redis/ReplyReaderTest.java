package io.github.redisfanout.backplane.redis;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;

class ReplyReaderTest {
  private static final int LIMIT = 10;

  private static ReplyReader reader(String replies) {
    return new ReplyReader(stream(replies), LIMIT);
  }

  private static InputStream stream(String text) {
    return new ByteArrayInputStream(text.getBytes(UTF_8));
  }

  /** As text, if it is one. */
  private static Object text(Object reply) {
    return reply instanceof byte[] bytes ? new String(bytes, UTF_8) : reply;
  }

  @ParameterizedTest
  @ValueSource(strings = {"*", ">"})
  void messagesAreReadOneAfterTheOther(String kind) {
    ReplyReader reader =
        reader(
            (kind + "3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$10\r\n0123\r\n\u00e967\r\n").repeat(2)
                + kind
                + "3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n+OK\r\n");

    for (int i = 0; i < 2; i++) {
      assertThat((List<?>) reader.read())
          .extracting(ReplyReaderTest::text)
          .containsExactly("message", "c", "0123\r\n\u00e967");
    }
    assertThat((List<?>) reader.read())
        .extracting(ReplyReaderTest::text)
        .containsExactly("subscribe", "c", 1L);
    assertThat(text(reader.read())).isEqualTo("OK");
  }

  @Test
  void repliesOfEveryKindAreRead() {
    ReplyReader reader =
        reader(
            "*3\r\n$6\r\nmaster\r\n:-7\r\n*1\r\n*1\r\n$0\r\n\r\n"
                + "$-1\r\n*-1\r\n*0\r\n_\r\n%1\r\n+a\r\n:2\r\n,1.5\r\n#t\r\n(12\r\n~1\r\n:1\r\n:9\r\n");

    List<?> role = (List<?>) reader.read();
    assertThat(text(role.get(0))).isEqualTo("master");
    assertThat(role.get(1)).isEqualTo(-7L);
    assertThat((List<?>) role.get(2)).hasSize(1);
    assertThat(reader.read()).isNull();
    assertThat(reader.read()).isNull();
    assertThat(reader.read()).isEqualTo(List.of());
    assertThat(reader.read()).isNull();
    assertThat((List<?>) reader.read()).extracting(ReplyReaderTest::text).containsExactly("a", 2L);
    assertThat(text(reader.read())).isEqualTo("1.5");
    assertThat(text(reader.read())).isEqualTo("t");
    assertThat(text(reader.read())).isEqualTo("12");
    assertThat(reader.read()).isEqualTo(List.of(1L));
    assertThat(reader.read()).isEqualTo(9L);
  }

  /** More than an array of Java can hold. */
  @Test
  void aTextOverTheLimitIsSkippedAndNotKept() {
    long length = 3_000_000_000L;
    ReplyReader reader =
        new ReplyReader(
            new SequenceInputStream(
                java.util.Collections.enumeration(
                    List.of(
                        stream("*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$" + length + "\r\n"),
                        new Zeros(length),
                        stream("\r\n$11\r\n01234567890\r\n:9\r\n")))),
            LIMIT);

    assertThat((List<?>) reader.read())
        .extracting(ReplyReaderTest::text)
        .containsExactly("message", "c", new ReplyReader.Skipped(length));
    assertThat(reader.read()).isEqualTo(new ReplyReader.Skipped(11));
    assertThat(reader.read()).isEqualTo(9L);
  }

  private static final class Zeros extends InputStream {
    private long left;

    Zeros(long length) {
      left = length;
    }

    @Override
    public int read() {
      return left-- > 0 ? 0 : -1;
    }

    @Override
    public int read(byte[] bytes, int from, int length) {
      int read = (int) Math.min(length, left);
      left -= read;
      return read == 0 ? -1 : read;
    }
  }

  @Test
  void anErrorIsThrownWithoutWhatItQuotesAndReadingGoesOn() {
    ReplyReader reader = reader("-ERR unknown 'marked'\r\n:1\r\n");

    assertThatThrownBy(reader::read)
        .isInstanceOf(JedisDataException.class)
        .hasMessage("ERR unknown '...'");
    assertThat(reader.read()).isEqualTo(1L);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "*3\r\n$7\r\nmessage\r\n",
        "$5\r\nabc",
        "$5\r\nabcde\r",
        "$50\r\nabcde",
        "+OK",
        ":1"
      })
  void anEndWithinAReplyIsALostConnection(String replies) {
    assertThatThrownBy(() -> reader(replies).read()).isInstanceOf(JedisConnectionException.class);
  }

  @Test
  void whatIsNotRedisIsALostConnection() {
    assertThatThrownBy(() -> reader("HTTP/1.1 400 Bad Request\r\n").read())
        .isInstanceOf(JedisConnectionException.class);
    byte[] alert = {0x15, 3, 3, 0, 2, 2, 'F'};
    assertThatThrownBy(() -> reader(new String(alert, US_ASCII)).read())
        .isInstanceOf(JedisConnectionException.class);
  }
}
