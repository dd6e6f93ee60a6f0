package io.github.redisfanout.internal;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;

/**
 * Who came and who left, as it is published: {@code +} or {@code -}, the number of bytes of the
 * user's id, a colon, and the id, as often as needed, such as {@code +5:alice-3:bob}. A script
 * writes it, and ids may have any characters.
 *
 * @param users in the order of the message
 */
public record PresenceEvents(List<User> users) {

  /** One user. */
  public record User(String id, boolean online) {}

  /** Copies the list. */
  public PresenceEvents {
    users = List.copyOf(users);
  }

  /** The message. */
  public byte[] encode() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (User user : users) {
      byte[] id = user.id.getBytes(UTF_8);
      out.writeBytes(((user.online ? "+" : "-") + id.length + ":").getBytes(UTF_8));
      out.writeBytes(id);
    }
    return out.toByteArray();
  }

  /**
   * What a message says.
   *
   * @throws IllegalArgumentException if it has another form
   */
  public static PresenceEvents decode(byte[] message) {
    List<User> users = new ArrayList<>();
    for (int at = 0; at < message.length; ) {
      byte sign = message[at++];
      int length = 0;
      int digits = 0;
      while (at < message.length && message[at] >= '0' && message[at] <= '9' && digits++ < 8) {
        length = length * 10 + message[at++] - '0';
      }
      boolean complete = length > 0 && at < message.length && length < message.length - at;
      if ((sign != '+' && sign != '-') || !complete || message[at++] != ':') {
        throw new IllegalArgumentException("a presence event must be +length:id or -length:id");
      }
      users.add(new User(new String(message, at, length, UTF_8), sign == '+'));
      at += length;
    }
    return new PresenceEvents(users);
  }
}
