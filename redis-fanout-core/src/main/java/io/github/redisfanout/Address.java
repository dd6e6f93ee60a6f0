package io.github.redisfanout;

import static java.util.Objects.requireNonNull;

import io.github.redisfanout.internal.Checks;

/**
 * The address of a message; immutable.
 *
 * <p>Today that is a user. An id is an opaque string, never a pattern.
 */
public final class Address {
  private final String userId;

  private Address(String userId) {
    this.userId = userId;
  }

  /**
   * The address of all sessions of one user.
   *
   * @param userId not empty, without unpaired surrogates, which have no UTF-8 form
   * @throws IllegalArgumentException if the id breaks a rule
   */
  public static Address user(String userId) {
    checkUserId(userId);
    return new Address(userId);
  }

  /** The address of a user whose id was checked before. */
  static Address checked(String userId) {
    return new Address(userId);
  }

  static void checkUserId(String userId) {
    check("userId", userId);
  }

  static void checkGroup(String group) {
    check("group", group);
  }

  static void check(String name, String value) {
    requireNonNull(value, () -> name + " == null");
    if (value.isEmpty()) {
      throw new IllegalArgumentException(name + " must not be empty");
    }
    Checks.noUnpairedSurrogate(name, value);
  }

  /** The user's id, as the application gave it. */
  public String userId() {
    return userId;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Address address && address.userId.equals(userId);
  }

  @Override
  public int hashCode() {
    return userId.hashCode();
  }

  @Override
  public String toString() {
    return "user " + userId;
  }
}
