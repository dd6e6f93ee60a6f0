package io.github.redisfanout;

import static java.util.Objects.requireNonNull;

import io.github.redisfanout.internal.wire.Target;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Whom a message is for: users, members of groups, everyone, or all of these but some.
 *
 * <pre>{@code
 * publisher.publish(Audience.group("room-1").exceptSessions(session.id()), payload);
 * publisher.publish(Audience.everyone(), payload);
 * publisher.disconnect(Audience.user("mallory"), new Disconnect(4403, "banned"));
 * }</pre>
 *
 * <p>A session gets a message once, whatever of its audience matches. Who is a member of a group is
 * decided by each node when it delivers; see {@link FanoutSession}. User ids, names of groups and
 * ids of sessions are opaque strings, never patterns: not empty, and without unpaired surrogates.
 * What is named twice counts once.
 *
 * <p>Immutable and thread-safe.
 */
public final class Audience {
  private static final int FEW = 16;
  private static final Audience EVERYONE = new Audience(Target.EVERYONE);

  private final Target target;

  private Audience(Target target) {
    this.target = target;
  }

  /**
   * All sessions of one user.
   *
   * @throws IllegalArgumentException if the id is empty or has an unpaired surrogate
   */
  public static Audience user(String userId) {
    Address.checkUserId(userId);
    return new Audience(Target.users(List.of(userId)));
  }

  /**
   * All sessions of these users; of no users: nobody.
   *
   * @throws IllegalArgumentException if an id is empty or has an unpaired surrogate
   */
  public static Audience users(Collection<String> userIds) {
    return new Audience(Target.users(distinct("userId", userIds)));
  }

  /** As {@link #users(Collection)}. */
  public static Audience users(String... userIds) {
    return users(list("userIds", userIds));
  }

  /**
   * All sessions that are in this group.
   *
   * @throws IllegalArgumentException if the name is empty or has an unpaired surrogate
   */
  public static Audience group(String group) {
    Address.checkGroup(group);
    return new Audience(ofGroups(List.of(group)));
  }

  /**
   * All sessions that are in at least one of these groups; of no groups: nobody.
   *
   * @throws IllegalArgumentException if a name is empty or has an unpaired surrogate
   */
  public static Audience groups(Collection<String> groups) {
    return new Audience(ofGroups(distinct("group", groups)));
  }

  private static Target ofGroups(List<String> groups) {
    return new Target(List.of(), groups, false, Set.of(), Set.of());
  }

  /** As {@link #groups(Collection)}. */
  public static Audience groups(String... groups) {
    return groups(list("groups", groups));
  }

  /** All sessions of all nodes. */
  public static Audience everyone() {
    return EVERYONE;
  }

  /**
   * The sessions of either audience, but none that either of them excepts: what is excepted narrows
   * the whole, also if the other audience names it.
   */
  public Audience and(Audience other) {
    Target more = requireNonNull(other, "other == null").target;
    return new Audience(
        new Target(
            List.copyOf(union(target.users(), more.users())),
            List.copyOf(union(target.groups(), more.groups())),
            target.everyone() || more.everyone(),
            union(target.exceptUsers(), more.exceptUsers()),
            union(target.exceptSessions(), more.exceptSessions())));
  }

  /**
   * This audience without all sessions of these users.
   *
   * @throws IllegalArgumentException if an id is empty or has an unpaired surrogate
   */
  public Audience exceptUsers(Collection<String> userIds) {
    return except(distinct("userId", userIds), List.of());
  }

  /** As {@link #exceptUsers(Collection)}. */
  public Audience exceptUsers(String... userIds) {
    return exceptUsers(list("userIds", userIds));
  }

  /**
   * This audience without these sessions, such as the browser tab that sent a message.
   *
   * @param sessionIds as {@link FanoutSession#id} gives them, on any node
   * @throws IllegalArgumentException if an id is empty or has an unpaired surrogate
   */
  public Audience exceptSessions(Collection<String> sessionIds) {
    return except(List.of(), distinct("sessionId", sessionIds));
  }

  /** As {@link #exceptSessions(Collection)}. */
  public Audience exceptSessions(String... sessionIds) {
    return exceptSessions(list("sessionIds", sessionIds));
  }

  private Audience except(List<String> userIds, List<String> sessionIds) {
    return new Audience(
        new Target(
            target.users(),
            target.groups(),
            target.everyone(),
            union(target.exceptUsers(), userIds),
            union(target.exceptSessions(), sessionIds)));
  }

  /** In their order. */
  private static Set<String> union(Collection<String> some, Collection<String> more) {
    Set<String> union = new LinkedHashSet<>(some);
    union.addAll(more);
    return union;
  }

  private static List<String> list(String name, String[] values) {
    return Arrays.asList(requireNonNull(values, () -> name + " == null"));
  }

  /** A copy of the ids or names, checked, each once. */
  static List<String> distinct(String name, Collection<String> values) {
    requireNonNull(values, () -> name + "s == null");
    List<String> given = new ArrayList<>(values);
    given.forEach(value -> Address.check(name, value));
    return given.size() <= FEW && isDistinct(given)
        ? given
        : new ArrayList<>(new LinkedHashSet<>(given));
  }

  // For a few strings, comparing all pairs is quicker than making a set: they keep their hashes.
  private static boolean isDistinct(List<String> few) {
    for (int i = 1; i < few.size(); i++) {
      for (int j = 0; j < i; j++) {
        if (few.get(i).hashCode() == few.get(j).hashCode() && few.get(i).equals(few.get(j))) {
          return false;
        }
      }
    }
    return true;
  }

  Target target() {
    return target;
  }

  /** Whether both name and except the same, in any order. */
  @Override
  public boolean equals(Object other) {
    return other instanceof Audience audience && audience.parts().equals(parts());
  }

  @Override
  public int hashCode() {
    return parts().hashCode();
  }

  private List<Object> parts() {
    return List.of(
        new HashSet<>(target.users()),
        new HashSet<>(target.groups()),
        target.everyone(),
        target.exceptUsers(),
        target.exceptSessions());
  }

  /** Numbers only: ids and names are nobody else's business. */
  @Override
  public String toString() {
    return "Audience(%s users, %s groups%s, except %s users and %s sessions)"
        .formatted(
            target.users().size(),
            target.groups().size(),
            target.everyone() ? ", everyone" : "",
            target.exceptUsers().size(),
            target.exceptSessions().size());
  }
}
