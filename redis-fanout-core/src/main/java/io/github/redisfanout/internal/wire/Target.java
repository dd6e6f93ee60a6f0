package io.github.redisfanout.internal.wire;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Whom a message is for: these users, the members of these groups or everyone, but none of the
 * excepted. Nobody may change its parts.
 *
 * @param users as published; a user may be named twice
 * @param groups as published; a group may be named twice
 * @param exceptUsers their sessions get nothing, whatever matches
 * @param exceptSessions ids of sessions that get nothing, whatever matches
 */
public record Target(
    List<String> users,
    List<String> groups,
    boolean everyone,
    Set<String> exceptUsers,
    Set<String> exceptSessions) {

  public static final Target NOBODY = users(List.of());
  public static final Target EVERYONE = new Target(List.of(), List.of(), true, Set.of(), Set.of());

  public static Target users(List<String> users) {
    return new Target(users, List.of(), false, Set.of(), Set.of());
  }

  /** Whether it names nobody; what is excepted does not matter. */
  public boolean isNobody() {
    return users.isEmpty() && groups.isEmpty() && !everyone;
  }

  /** How many users and groups it names; everyone counts as one. */
  public int named() {
    return users.size() + groups.size() + (everyone ? 1 : 0);
  }

  /** Whether a list of user ids does not say all of it. */
  boolean isMoreThanUsers() {
    return everyone || !groups.isEmpty() || isNarrowed();
  }

  public boolean isNarrowed() {
    return !exceptUsers.isEmpty() || !exceptSessions.isEmpty();
  }

  /** Of those it names only this user. */
  public Target onlyUser(String user) {
    return users.contains(user)
        ? new Target(List.of(user), List.of(), false, exceptUsers, exceptSessions)
        : NOBODY;
  }

  /** Of those it names only this group. */
  public Target onlyGroup(String group) {
    return groups.contains(group)
        ? new Target(List.of(), List.of(group), false, exceptUsers, exceptSessions)
        : NOBODY;
  }

  /** The same without users, and with each group once. */
  public Target withoutUsers() {
    if (!isMoreThanUsers()) {
      return NOBODY;
    }
    List<String> each = groups.size() < 2 ? groups : List.copyOf(new LinkedHashSet<>(groups));
    return new Target(List.of(), each, everyone, exceptUsers, exceptSessions);
  }

  public boolean excepts(String userId, String sessionId) {
    return exceptUsers.contains(userId) || exceptSessions.contains(sessionId);
  }
}
