package io.github.redisfanout.internal.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class NameFilterTest {
  private final NameFilter filter = new NameFilter();

  private static List<Integer> hashes(Collection<String> userIds) {
    return userIds.stream().map(NameFilter::hash).toList();
  }

  private List<String> readIds(String message) throws Exception {
    return new EnvelopeCodec(1 << 20, false)
        .decode(message.getBytes(UTF_8), filter, NameFilter.ALL)
        .userIds();
  }

  private static String message(List<String> userIds) {
    return "{\"target_user_ids\":[\"" + String.join("\",\"", userIds) + "\"],\"payload\":1}";
  }

  @Test
  void readerHashesIdsOfEveryLengthAsTheFilterDoes() throws Exception {
    for (int length = 1; length <= 70; length++) {
      String userId = "abcdefghijklmnopqrstuvwxyz0123456789-_~!".repeat(2).substring(0, length);
      filter.add(NameFilter.hash(userId));
      assertThat(readIds(message(List.of(userId)))).as("length %s", length).containsExactly(userId);
      filter.remove(NameFilter.hash(userId));
      assertThat(readIds(message(List.of(userId)))).as("length %s", length).isEmpty();
    }
  }

  @Test
  void readerLeavesOutIdsThatAreNotContainedAndKeepsTheOrderOfTheOthers() throws Exception {
    filter.add(NameFilter.hash("bob"));
    filter.add(NameFilter.hash("dave"));

    assertThat(readIds(message(List.of("alice", "dave", "carol", "bob", "dave"))))
        .containsExactly("dave", "bob", "dave");
  }

  /** Whether the filter contains them or not: the registry is asked then. */
  @Test
  void readerKeepsIdsThatAreNotPlainAsciiOrEndTheMessage() throws Exception {
    assertThat(readIds("{\"target_user_ids\":[\"é\",\"\\u0061\"],\"payload\":1}"))
        .containsExactly("é", "a");
    assertThat(readIds("{\"payload\":1,\"target_user_ids\":[\"a\"]}")).containsExactly("a");
  }

  @Test
  void emptyFilterContainsNothingAndTheOtherOneEverything() {
    List<Integer> hashes = hashes(IntStream.range(0, 1_000).mapToObj(i -> "user-" + i).toList());

    assertThat(hashes).noneMatch(filter::mayContain);
    assertThat(hashes).allMatch(NameFilter.ALL::mayContain);
  }

  @Test
  void neverDeniesAnIdThatIsThereWhileOthersComeAndGo() {
    Random random = new Random(7);
    Set<String> there = new HashSet<>();
    for (int step = 0; step < 20_000; step++) {
      String userId = "user-" + random.nextInt(500);
      if (there.add(userId)) {
        filter.add(NameFilter.hash(userId));
      } else {
        there.remove(userId);
        filter.remove(NameFilter.hash(userId));
      }
    }
    assertThat(hashes(there)).allMatch(filter::mayContain);
    List<String> others = IntStream.range(0, 10_000).mapToObj(i -> "other-" + i).toList();
    assertThat(hashes(others).stream().filter(filter::mayContain).count())
        .as("of 10,000 others, contained all the same")
        .isLessThan(5_000);
  }

  /** A slot counts to 127; what came beyond that must not be taken out of it. */
  @Test
  void slotThatWasFullStaysThere() {
    int hash = NameFilter.hash("alice");
    IntStream.range(0, 300).forEach(i -> filter.add(hash));
    IntStream.range(0, 299).forEach(i -> filter.remove(hash));

    assertThat(filter.mayContain(hash)).isTrue();
  }

  @Test
  void growsWhenItIsCrowdedAndKeepsAllIds() {
    List<String> userIds = IntStream.range(0, 200).mapToObj(i -> "user-" + i).toList();
    assertThat(filter.isCrowded()).isFalse();
    hashes(userIds).forEach(filter::add);
    assertThat(filter.isCrowded()).isTrue();

    filter.grow(userIds.stream().mapToInt(NameFilter::hash));

    assertThat(filter.isCrowded()).isFalse();
    assertThat(hashes(userIds)).allMatch(filter::mayContain);
  }
}
