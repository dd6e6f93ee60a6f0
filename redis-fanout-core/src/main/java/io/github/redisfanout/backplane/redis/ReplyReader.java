package io.github.redisfanout.backplane.redis;

import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.util.RedisInputStream;

/**
 * Reads what Redis sends to a subscriber, in RESP2 or RESP3. Jedis' own reader keeps each text
 * whole, however long; this one skips those that are over a limit. Confined to one thread.
 */
final class ReplyReader {
  /** In place of a text that was skipped. */
  record Skipped(long bytes) {}

  private static final int PART = 8 << 10;
  private static final int MANY = 16; // elements that a list usually has at most

  private final RedisInputStream in;
  private final int maxBytes;

  /** {@code maxBytes} is how long a text may be. */
  ReplyReader(InputStream in, int maxBytes) {
    this.in = new RedisInputStream(in);
    this.maxBytes = maxBytes;
  }

  /**
   * The next reply: a text as bytes, a number, a list, null, or {@link Skipped}.
   *
   * @throws JedisDataException if it is an error
   * @throws JedisConnectionException if the connection is lost, or this is not Redis
   */
  @Nullable Object read() {
    byte kind = in.readByte();
    return switch (kind) {
      case '$', '=' -> text(in.readLongCrLf());
      case ':' -> in.readLongCrLf();
      case '*', '>', '~' -> list(in.readLongCrLf());
      case '%' -> list(2 * in.readLongCrLf());
      case '+', ',', '#', '(' -> in.readLineBytes();
      case '-' -> throw ServerErrors.clean(new JedisDataException(in.readLine()));
      case '_' -> {
        in.readLineBytes();
        yield null;
      }
      default -> throw ServerErrors.notRedis(kind);
    };
  }

  private @Nullable List<@Nullable Object> list(long size) {
    if (size < 0) {
      return null;
    }
    List<@Nullable Object> list = new ArrayList<>((int) Math.min(size, MANY));
    for (long i = 0; i < size; i++) {
      list.add(read());
    }
    return list;
  }

  private @Nullable Object text(long length) {
    if (length < 0) {
      return null;
    }
    boolean isKept = length <= maxBytes;
    byte[] part = new byte[isKept ? (int) length : PART];
    int at = 0;
    for (long left = length; left > 0; ) {
      int read = in.read(part, at, (int) Math.min(left, part.length - at));
      if (read < 0) {
        throw new JedisConnectionException("It seems like server has closed the connection.");
      }
      left -= read;
      at += isKept ? read : 0;
    }
    in.readByte(); // CR
    in.readByte(); // LF
    return isKept ? part : new Skipped(length);
  }
}
