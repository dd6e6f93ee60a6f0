package io.github.redisfanout.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.github.redisfanout.backplane.Backplane;
import io.github.redisfanout.backplane.PresenceTable;
import io.github.redisfanout.backplane.PresenceTable.Acquired;
import io.github.redisfanout.backplane.PresenceTable.Change;
import io.github.redisfanout.backplane.PresenceTable.Kind;
import io.github.redisfanout.backplane.PresenceTable.Known;
import io.github.redisfanout.backplane.PresenceTable.Lease;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What a presence table must do, of backplanes that have one: a part of the whole contract. */
abstract class PresenceContract extends DirectoryContract {
  private static final Duration LONG = Duration.ofMinutes(5);
  private static final Duration SHORT = Duration.ofMillis(50);
  private static final Duration LIMIT = Duration.ofSeconds(30);

  @Test
  void userIsOnTheNodesThatHaveWrittenIt() throws Exception {
    PresenceTable table = table(publishing());
    Lease first = acquire(table, "node-1", LONG);
    Lease second = acquire(table(publishing()), "node-2", LONG);

    assertThat(change(table, first, Kind.CAME, "alice", "bob")).isTrue();
    assertThat(change(table, second, Kind.CAME, "bob")).isTrue();

    assertThat(read(table, "alice", "bob", "carol"))
        .isEqualTo(Map.of("alice", Set.of("node-1"), "bob", Set.of("node-1", "node-2")));
    change(table, first, Kind.LEFT, "alice", "bob", "carol");
    assertThat(read(table, "alice", "bob")).isEqualTo(Map.of("bob", Set.of("node-2")));
    assertThat(get(table.read(channel + "s", List.of("bob")))).isEmpty();
  }

  @Test
  void onlyFromNowhereAndToNowhereIsPublished() throws Exception {
    RecordingReceiver events = receiving(PresenceTable.eventChannel(channel));
    PresenceTable table = table(publishing());
    Lease first = acquire(table, "node-1", LONG);
    Lease second = acquire(table, "node-2", LONG);

    change(table, first, Kind.CAME, "alice");
    change(table, first, Kind.CAME, "alice"); // again
    change(table, second, Kind.CAME, "alice");
    change(table, first, Kind.LEFT, "alice");
    change(table, second, Kind.STAYED, "bob");
    change(table, second, Kind.LEFT, "alice");
    change(table, second, Kind.LEFT, "alice"); // again
    change(table, first, Kind.CAME, "end");

    awaitEvents(events, "+5:alice-5:alice+3:end");
    assertThat(read(table, "bob")).containsKey("bob");
  }

  @Test
  void usersOfAnExpiredLeaseAreNowhereAndAreRemovedOnce() throws Exception {
    RecordingReceiver events = receiving(PresenceTable.eventChannel(channel));
    PresenceTable table = table(publishing());
    Lease lost = acquire(table, "lost", SHORT);
    Lease first = acquire(table, "first", LONG);
    Lease second = acquire(table, "second", LONG);
    change(table, lost, Kind.CAME, "alice", "bob");
    change(table, first, Kind.CAME, "bob");
    await().atMost(LIMIT).until(() -> read(table, "alice").isEmpty());

    assertThat(get(table.sweep(first))).isEqualTo(1);
    assertThat(get(table.sweep(second))).isZero();

    change(table, first, Kind.CAME, "end");
    awaitEvents(events, "+5:alice+3:bob-5:alice+3:end");
    assertThat(read(table, "alice", "bob")).isEqualTo(Map.of("bob", Set.of("first")));
    assertThat(change(table, lost, Kind.CAME, "carol")).as("after the end").isFalse();
    assertThat(get(table.renew(lost, LONG)).known()).isEqualTo(Known.SWEPT);
    assertThat(get(table.acquire(channel, "lost", LONG, lost, SHORT)).before())
        .isEqualTo(Known.SWEPT);
    assertThat(read(table, "carol")).isEmpty();
  }

  @Test
  void nodeThatIsNotKnownSweepsNothing() throws Exception {
    PresenceTable table = table(publishing());
    Lease swept = acquire(table, "swept", SHORT);
    Lease other = acquire(table, "other", LONG);
    await().atMost(LIMIT).until(() -> get(table.sweep(other)) == 1);
    Lease lost = acquire(table, "lost", SHORT);
    await()
        .atMost(LIMIT)
        .until(() -> get(table.renew(other, LONG)).nextExpiry().compareTo(Duration.ZERO) <= 0);

    assertThat(get(table.sweep(swept))).isZero();
    assertThat(get(table.sweep(lost))).as("its own").isZero();
    assertThat(get(table.sweep(other))).isEqualTo(1);
  }

  @Test
  void renewedLeaseDoesNotExpire() throws Exception {
    PresenceTable table = table(publishing());
    Lease lease = acquire(table, "node-1", SHORT);
    change(table, lease, Kind.CAME, "alice");

    assertThat(get(table.renew(lease, LONG)).known()).isEqualTo(Known.YES);

    Lease other = acquire(table, "node-2", SHORT);
    await().atMost(LIMIT).until(() -> get(table.sweep(lease)) == 1); // it has expired meanwhile
    assertThat(other.node()).isEqualTo("node-2");
    assertThat(read(table, "alice")).isEqualTo(Map.of("alice", Set.of("node-1")));
    assertThat(get(table.renew(lease, LONG)).nextExpiry()).isBetween(LONG.minusSeconds(60), LONG);
  }

  @Test
  void newLeaseOfANodeReplacesTheOneBeforeWithoutAnEvent() throws Exception {
    RecordingReceiver events = receiving(PresenceTable.eventChannel(channel));
    PresenceTable table = table(publishing());
    Lease before = acquire(table, "node-1", LONG);
    change(table, before, Kind.CAME, "alice", "bob");

    Acquired now = get(table.acquire(channel, "node-1", LONG, before, SHORT));
    change(table, now.lease(), Kind.STAYED, "alice");

    assertThat(now.before()).isEqualTo(Known.YES);
    await().atMost(LIMIT).until(() -> get(table.sweep(now.lease())) == 1);
    change(table, now.lease(), Kind.CAME, "end");
    awaitEvents(events, "+5:alice+3:bob-3:bob+3:end");
    assertThat(read(table, "alice", "bob")).isEqualTo(Map.of("alice", Set.of("node-1")));
  }

  @Test
  void usersOfARetiredLeaseAreThereUntilItsTime() throws Exception {
    PresenceTable table = table(publishing());
    Lease lease = acquire(table, "node-1", SHORT);
    change(table, lease, Kind.CAME, "alice");

    get(table.retire(lease, LONG));
    assertThat(read(table, "alice")).containsKey("alice");
    get(table.retire(lease, SHORT));

    await().atMost(LIMIT).until(() -> read(table, "alice").isEmpty());
  }

  @Test
  void idsMayHaveAnyCharacters() throws Exception {
    PresenceTable table = table(publishing());
    RecordingReceiver events = receiving(PresenceTable.eventChannel(channel));
    Lease lease = acquire(table, "node-1", LONG);
    String[] ids = {"a b", "-3:x", "người dùng", "\0\r\n", "*", "{a}", "😀"};

    change(table, lease, Kind.CAME, ids);

    assertThat(read(table, ids)).containsOnlyKeys(ids);
    String expected =
        Arrays.stream(ids)
            .map(id -> "+" + id.getBytes(StandardCharsets.UTF_8).length + ":" + id)
            .collect(Collectors.joining());
    awaitEvents(events, expected);
  }

  @Test
  void thousandsOfUsersAreWrittenAndRemoved() throws Exception {
    PresenceTable table = table(publishing());
    Lease lost = acquire(table, "lost", LONG);
    Lease own = acquire(table, "own", LONG);
    String[] ids = IntStream.range(0, 5_000).mapToObj(i -> "user-" + i).toArray(String[]::new);

    assertThat(change(table, lost, Kind.CAME, ids)).isTrue();
    assertThat(read(table, ids)).hasSize(5_000);

    change(table, own, Kind.CAME, "user-7");
    get(table.retire(lost, Duration.ofMillis(1)));
    await().atMost(LIMIT).until(() -> get(table.sweep(own)) == 1);
    assertThat(read(table, ids)).isEqualTo(Map.of("user-7", Set.of("own")));
  }

  @Test
  void tableFailsBeforeTheStartAndAfterTheEnd() {
    Backplane backplane = track(create());
    PresenceTable table = table(backplane);
    assertFails(table.acquire(channel, "early", LONG, null, LONG));
    assertFails(table.read(channel, List.of("alice")));

    backplane.startPublishing();
    backplane.close();

    assertFails(table.acquire(channel, "late", LONG, null, LONG));
  }

  private static PresenceTable table(Backplane backplane) {
    Optional<PresenceTable> table = backplane.presence();
    assumeTrue(table.isPresent(), "the backplane has no presence table");
    return table.get();
  }

  private Lease acquire(PresenceTable table, String node, Duration ttl) throws Exception {
    Acquired acquired = get(table.acquire(channel, node, ttl, null, LONG));
    assertThat(acquired.before()).isEqualTo(Known.YES);
    return acquired.lease();
  }

  @CanIgnoreReturnValue
  private static boolean change(PresenceTable table, Lease lease, Kind kind, String... ids)
      throws Exception {
    return get(table.change(lease, Arrays.stream(ids).map(id -> new Change(kind, id)).toList()));
  }

  private Map<String, Set<String>> read(PresenceTable table, String... ids) throws Exception {
    return get(table.read(channel, List.of(ids)));
  }

  private static void awaitEvents(RecordingReceiver receiver, String expected) {
    await()
        .atMost(LIMIT)
        .untilAsserted(() -> assertThat(String.join("", receiver.texts())).isEqualTo(expected));
  }
}
