package io.github.redisfanout;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.redisfanout.internal.wire.Control;
import io.github.redisfanout.internal.wire.Envelope;
import io.github.redisfanout.internal.wire.Target;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Whom a target means, by definition, and what each session should have got; for one thread. */
final class AudienceModel {
  /** One session, and what is expected of it. */
  static final class Member {
    final FanoutSession session;
    final SequenceTransport transport;
    final Set<String> groups = new HashSet<>();
    final List<String> expected = new ArrayList<>();
    boolean open = true;

    Member(FanoutSession session, SequenceTransport transport) {
      this.session = session;
      this.transport = transport;
    }

    boolean isIn(Target target) {
      boolean named =
          target.everyone()
              || target.users().contains(session.userId())
              || target.groups().stream().anyMatch(groups::contains);
      return named
          && !target.exceptUsers().contains(session.userId())
          && !target.exceptSessions().contains(session.id());
    }
  }

  final List<Member> members = new ArrayList<>();

  void publish(Target target, String json) {
    meant(target).forEach(member -> member.expected.add(json));
  }

  void apply(Target target, Control control) {
    for (Member member : meant(target).toList()) {
      if (control instanceof Control.Join join) {
        member.groups.add(join.group());
      } else if (control instanceof Control.Leave leave) {
        member.groups.remove(leave.group());
      } else {
        member.open = false;
      }
    }
  }

  Stream<Member> meant(Target target) {
    return members.stream().filter(member -> member.open && member.isIn(target));
  }

  static Envelope envelope(Target target, @Nullable Control control, String json) {
    byte[] bytes = json.getBytes(UTF_8);
    return new Envelope(target, 1, 0, control, Map.of(), bytes, 0, bytes.length);
  }

  // ---- chance

  static final List<String> USERS = names("user", 12);
  static final List<String> GROUPS = names("group", 6);

  private static List<String> names(String prefix, int count) {
    return IntStream.range(0, count).mapToObj(i -> prefix + i).toList();
  }

  /** Each combination of parts; about half of them narrowed. */
  Target target(Random random) {
    return new Target(
        random.nextBoolean() ? some(USERS, random) : List.of(),
        random.nextBoolean() ? some(GROUPS, random) : List.of(),
        random.nextInt(4) == 0,
        random.nextInt(3) == 0 ? Set.copyOf(new HashSet<>(some(USERS, random))) : Set.of(),
        random.nextInt(3) == 0 ? someSessions(random) : Set.of());
  }

  /** Perhaps some twice, and one that nobody has. */
  private static List<String> some(List<String> names, Random random) {
    List<String> some = new ArrayList<>();
    for (int i = random.nextInt(5); i > 0; i--) {
      some.add(one(names, random));
    }
    if (random.nextInt(8) == 0) {
      some.add("nobody");
    }
    return List.copyOf(some);
  }

  private Set<String> someSessions(Random random) {
    Set<String> some = new LinkedHashSet<>();
    for (int i = random.nextInt(4); i > 0 && !members.isEmpty(); i--) {
      some.add(one(members, random).session.id());
    }
    return some;
  }

  static <E> E one(List<E> of, Random random) {
    return of.get(random.nextInt(of.size()));
  }
}
