package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import io.github.redisfanout.internal.wire.Target;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class AudienceTest {
  private static final Audience ALICE = Audience.user("alice");

  private static Target target(List<String> users, List<String> groups, boolean everyone) {
    return new Target(users, groups, everyone, Set.of(), Set.of());
  }

  @Test
  void eachFormNamesWhatItSays() {
    assertThat(ALICE.target()).isEqualTo(target(List.of("alice"), List.of(), false));
    assertThat(Audience.users("b", "a").target())
        .isEqualTo(target(List.of("b", "a"), List.of(), false));
    assertThat(Audience.group("g").target()).isEqualTo(target(List.of(), List.of("g"), false));
    assertThat(Audience.groups("h", "g").target())
        .isEqualTo(target(List.of(), List.of("h", "g"), false));
    assertThat(Audience.everyone().target()).isEqualTo(target(List.of(), List.of(), true));
  }

  @Test
  void collectionsAndVarargsAreTheSame() {
    List<String> names = List.of("a", "b");

    assertThat(Audience.users(names)).isEqualTo(Audience.users("a", "b"));
    assertThat(Audience.groups(names)).isEqualTo(Audience.groups("a", "b"));
    assertThat(ALICE.exceptUsers(names)).isEqualTo(ALICE.exceptUsers("a", "b"));
    assertThat(ALICE.exceptSessions(names)).isEqualTo(ALICE.exceptSessions("a", "b"));
    assertThat(ALICE).isEqualTo(Audience.users("alice"));
    assertThat(Audience.group("g")).isEqualTo(Audience.groups("g"));
  }

  @Test
  void whatIsNamedTwiceCountsOnce() {
    assertThat(Audience.users("a", "b", "a").target().users()).containsExactly("a", "b");
    assertThat(Audience.groups("a", "b", "a").target().groups()).containsExactly("a", "b");
    assertThat(ALICE.and(ALICE).target()).isEqualTo(ALICE.target());
    assertThat(ALICE.exceptUsers("a").exceptUsers("a", "b").target().exceptUsers())
        .containsExactly("a", "b");
    List<String> many = Collections.nCopies(100, "a");
    assertThat(Audience.users(many).target().users()).containsExactly("a");
  }

  @Test
  void unionNamesWhatEitherNames() {
    Audience union =
        Audience.users("a", "b")
            .and(Audience.groups("g"))
            .and(Audience.users("b", "c").and(Audience.groups("h", "g")));

    assertThat(union.target()).isEqualTo(target(List.of("a", "b", "c"), List.of("g", "h"), false));
    assertThat(Audience.everyone().and(ALICE).target())
        .isEqualTo(ALICE.and(Audience.everyone()).target())
        .isEqualTo(target(List.of("alice"), List.of(), true));
  }

  @Test
  void exceptsOfBothSidesNarrowTheWhole() {
    Audience one = Audience.group("g").exceptUsers("bob").exceptSessions("s1");
    Audience other = Audience.users("bob", "eve").exceptUsers("eve").exceptSessions("s2");
    Target expected =
        new Target(
            List.of("bob", "eve"), List.of("g"), false, Set.of("bob", "eve"), Set.of("s1", "s2"));

    assertThat(one.and(other).target()).isEqualTo(expected);
    assertThat(other.and(one).target()).isEqualTo(expected);
  }

  @Test
  void callersCannotChangeIt() {
    List<String> names = new ArrayList<>(List.of("a"));
    String[] given = {"a"};
    Audience users = Audience.users(names);
    Audience groups = Audience.groups(given);
    Audience excepting = ALICE.exceptUsers(names).exceptSessions(given);

    names.set(0, "b");
    given[0] = "b";
    ALICE.exceptUsers("x");
    ALICE.and(groups);

    assertThat(users.target().users()).containsExactly("a");
    assertThat(groups.target().groups()).containsExactly("a");
    assertThat(excepting.target().exceptUsers()).containsExactly("a");
    assertThat(excepting.target().exceptSessions()).containsExactly("a");
    assertThat(ALICE.target()).isEqualTo(target(List.of("alice"), List.of(), false));
  }

  @Test
  void nobodyIsAnAudience() {
    assertThat(Audience.users(List.of()).target().isNobody()).isTrue();
    assertThat(Audience.groups().target().isNobody()).isTrue();
    assertThat(Audience.users().exceptUsers("a").target().isNobody()).isTrue();
    assertThat(Audience.users().and(ALICE)).isEqualTo(ALICE);
  }

  @Test
  void orderDoesNotMatterForEquality() {
    Audience one = Audience.users("a", "b").and(Audience.groups("g", "h")).exceptUsers("c", "d");
    Audience same = Audience.groups("h", "g").exceptUsers("d", "c").and(Audience.users("b", "a"));

    assertThat(one).isEqualTo(same).hasSameHashCodeAs(same);
    assertThat(Audience.user("a"))
        .isNotEqualTo(Audience.group("a"))
        .isNotEqualTo(Audience.user("b"))
        .isNotEqualTo(Audience.users("a", "b"))
        .isNotEqualTo(Audience.user("a").and(Audience.everyone()))
        .isNotEqualTo(Audience.user("a").exceptUsers("b"))
        .isNotEqualTo(Audience.user("a").exceptSessions("b"))
        .isNotEqualTo("a");
    assertThat(ALICE.exceptUsers("b")).isNotEqualTo(ALICE.exceptSessions("b"));
  }

  @Test
  void textHasNumbersAndNoNames() {
    Audience audience =
        Audience.users("alice", "bob")
            .and(Audience.group("secret"))
            .and(Audience.everyone())
            .exceptUsers("eve")
            .exceptSessions("s1", "s2");

    assertThat(audience)
        .hasToString("Audience(2 users, 1 groups, everyone, except 1 users and 2 sessions)");
    assertThat(ALICE).hasToString("Audience(1 users, 0 groups, except 0 users and 0 sessions)");
  }

  private record Form(String name, String value, Function<Collection<String>, Audience> maker) {}

  static Stream<Form> forms() {
    return Stream.of(
        new Form("userIds", "userId", Audience::users),
        new Form("groups", "group", Audience::groups),
        new Form("userIds", "userId", ALICE::exceptUsers),
        new Form("sessionIds", "sessionId", ALICE::exceptSessions),
        new Form("userIds", "userId", names -> Audience.user(names.iterator().next())),
        new Form("groups", "group", names -> Audience.group(names.iterator().next())));
  }

  @ParameterizedTest
  @MethodSource("forms")
  void wrongNamesAreRefusedWithTheRule(Form form) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> form.maker.apply(List.of("")))
        .withMessage(form.value + " must not be empty");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> form.maker.apply(List.of("ab\udc00")))
        .withMessage(form.value + " must not have an unpaired surrogate: at index 2");
    assertThatNullPointerException()
        .isThrownBy(() -> form.maker.apply(Arrays.asList((String) null)))
        .withMessage(form.value + " == null");
  }

  @Test
  void nullIsRefusedWithItsName() {
    String[] none = null;
    assertThatNullPointerException()
        .isThrownBy(() -> Audience.users(none))
        .withMessage("userIds == null");
    assertThatNullPointerException()
        .isThrownBy(() -> Audience.groups((Collection<String>) null))
        .withMessage("groups == null");
    assertThatNullPointerException()
        .isThrownBy(() -> ALICE.exceptSessions(none))
        .withMessage("sessionIds == null");
    assertThatNullPointerException().isThrownBy(() -> ALICE.and(null)).withMessage("other == null");
  }
}
