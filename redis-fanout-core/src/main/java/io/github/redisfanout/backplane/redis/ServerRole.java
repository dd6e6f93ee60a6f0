package io.github.redisfanout.backplane.redis;

import java.nio.charset.StandardCharsets;
import java.util.List;

/** What a server answers to ROLE: only what a master publishes reaches all nodes. */
enum ServerRole {
  MASTER,
  REPLICA,
  SENTINEL,
  /** An answer of a kind that is not known. */
  OTHER;

  /** Reads an answer to ROLE, whose first element is the role. */
  static ServerRole of(Object answer) {
    return switch (word(answer, 0)) {
      case "master" -> MASTER;
      case "slave" -> REPLICA;
      case "sentinel" -> SENTINEL;
      default -> OTHER;
    };
  }

  /**
   * Throws unless the answer to ROLE is that of a master, or of an unknown kind.
   *
   * @param server for people
   */
  static void check(Object answer, String server) {
    switch (of(answer)) {
      case REPLICA ->
          throw new WrongRoleException(
              "%s is a replica of %s:%s; nothing is published to a replica"
                  .formatted(server, word(answer, 1), word(answer, 2)));
      case SENTINEL ->
          throw new WrongRoleException(
              server
                  + " is a sentinel, not a server: name the master of the sentinels, as in"
                  + " redis-sentinel://host:26379#mymaster");
      default -> {}
    }
  }

  private static String word(Object answer, int index) {
    if (!(answer instanceof List<?> words) || words.size() <= index) {
      return "";
    }
    return words.get(index) instanceof byte[] text
        ? new String(text, StandardCharsets.UTF_8)
        : String.valueOf(words.get(index));
  }
}
