package io.github.redisfanout.internal.wire;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The field {@code to}: whom a message is for beside {@code target_user_ids}, and who is excepted.
 *
 * <p>A narrowing that is not understood must not be ignored. So what is unknown here, or of a wrong
 * type, makes the message undeliverable.
 */
record To(
    Names users,
    Names groups,
    boolean everyone,
    Set<String> exceptUsers,
    Set<String> exceptSessions) {
  static final String USERS = "users";
  static final String GROUPS = "groups";
  static final String EVERYONE = "everyone";
  static final String EXCEPT = "except";
  static final String SESSIONS = "sessions";

  private static final Set<String> MEMBERS = Set.of(USERS, GROUPS, EVERYONE, EXCEPT);
  private static final Set<String> EXCEPT_MEMBERS = Set.of(USERS, SESSIONS);

  static final To ABSENT = new To(Names.NONE, Names.NONE, false, Set.of(), Set.of());

  static To of(Object tree) throws UndeliverableMessageException {
    Map<?, ?> to = object("to", tree, MEMBERS);
    Map<?, ?> except =
        to.containsKey(EXCEPT) ? object("to.except", to.get(EXCEPT), EXCEPT_MEMBERS) : Map.of();
    return new To(
        names("to.users", to.get(USERS)),
        names("to.groups", to.get(GROUPS)),
        isEveryone(to.get(EVERYONE)),
        excepted("to.except.users", except.get(USERS)),
        excepted("to.except.sessions", except.get(SESSIONS)));
  }

  private static Map<?, ?> object(String name, Object tree, Set<String> known)
      throws UndeliverableMessageException {
    if (!(tree instanceof Map<?, ?> members)) {
      throw new UndeliverableMessageException(name + " is not an object");
    }
    if (!known.containsAll(members.keySet())) {
      throw new UndeliverableMessageException(
          name + " has a member that this version does not know");
    }
    return members;
  }

  private static Names names(String name, @Nullable Object tree)
      throws UndeliverableMessageException {
    if (tree == null) {
      return Names.NONE;
    }
    if (!(tree instanceof List<?> elements)) {
      throw new UndeliverableMessageException(name + " is not an array");
    }
    return Names.of(elements);
  }

  private static Set<String> excepted(String name, @Nullable Object tree)
      throws UndeliverableMessageException {
    Names excepted = names(name, tree);
    if (!excepted.areAllRight()) {
      throw new UndeliverableMessageException(name + " has an element that is no id");
    }
    return new HashSet<>(excepted.right());
  }

  private static boolean isEveryone(@Nullable Object tree) throws UndeliverableMessageException {
    if (tree == null) {
      return false;
    }
    if (!(tree instanceof Boolean everyone)) {
      throw new UndeliverableMessageException("to.everyone is neither true nor false");
    }
    return everyone;
  }
}
