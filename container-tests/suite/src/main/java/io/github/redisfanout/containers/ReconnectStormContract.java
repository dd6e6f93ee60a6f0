package io.github.redisfanout.containers;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.FanoutCounters;
import io.github.redisfanout.containers.Crowd.Leaving;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** All clients of a node lose their connection and come back at once. */
public abstract class ReconnectStormContract extends ContainerContract {
  private static final int CLIENTS = 2_000;
  private static final int STAYING = 20; // beside them

  /** Five seconds with processors to spare; clients, node, container and Redis share them here. */
  private static final Duration BACK_WITHIN = Duration.ofSeconds(10);

  private static final List<String> USERS =
      IntStream.range(0, 200).mapToObj(i -> "user" + i).toList();

  private static String user(int client) {
    return USERS.get(client % USERS.size());
  }

  /** Publishes, and remembers for each user what. */
  private static final class Traffic {
    private final Node node;
    private final Map<String, List<String>> published = new HashMap<>();
    private int next;

    Traffic(Node node) {
      this.node = node;
      USERS.forEach(user -> published.put(user, new ArrayList<>()));
    }

    void publish(List<String> users) throws InterruptedException {
      String text = "\"" + next + "\"";
      node.publish(users, "" + next++);
      users.forEach(user -> published(user).add(text));
    }

    List<String> published(String user) {
      return published.getOrDefault(user, List.of());
    }

    void publishToEveryone() throws InterruptedException {
      for (String user : USERS) {
        publish(List.of(user));
      }
      publish(USERS);
    }
  }

  @Test
  @Tag("full")
  void twoThousandClientsThatReconnectAtOnceAreServedAsBefore() throws Exception {
    try (Node node = node(config());
        Crowd crowd = new Crowd(node.port())) {
      List<CrowdMember> first = join(crowd, CLIENTS);
      List<CrowdMember> staying = join(crowd, STAYING);
      awaitAllRegistered(node, first, staying);
      Traffic traffic = new Traffic(node);
      traffic.publishToEveryone();

      List<CrowdMember> second = storm(node, crowd, first, traffic);

      awaitAllRegistered(node, second, staying);
      Map<String, Integer> sizes = new HashMap<>();
      USERS.forEach(user -> sizes.put(user, traffic.published(user).size()));
      for (int i = 0; i < 10; i++) {
        traffic.publishToEveryone();
      }
      for (CrowdMember member : staying) {
        awaitTexts(member, traffic.published(member.user()));
      }
      for (CrowdMember member : second) {
        List<String> all = traffic.published(member.user());
        awaitLastTexts(member, all.subList(sizes.getOrDefault(member.user(), 0), all.size()));
      }

      leave(crowd, second);
      leave(crowd, staying);
      awaitNobodyLeft(node);
    }
  }

  private static List<CrowdMember> join(Crowd crowd, int clients) {
    return IntStream.range(0, clients).mapToObj(i -> crowd.join(user(i))).toList();
  }

  private static void leave(Crowd crowd, List<CrowdMember> members) {
    Leaving[] ways = Leaving.values();
    for (int i = 0; i < members.size(); i++) {
      crowd.leave(members.get(i), ways[i % ways.length]);
    }
  }

  /** All go and come back, while messages flow. */
  private static List<CrowdMember> storm(
      Node node, Crowd crowd, List<CrowdMember> before, Traffic traffic) throws Exception {
    long start = System.nanoTime();
    leave(crowd, before);
    List<CrowdMember> back = join(crowd, before.size());
    int messages = 0;
    while (!back.stream().allMatch(CrowdMember::isOpen)
        || node.fanout().counters().sessions() != CLIENTS + STAYING) {
      traffic.publish(List.of(user(messages++)));
      assertThat(Duration.ofNanos(System.nanoTime() - start))
          .as(
              "%s are back, the node has %s",
              back.stream().filter(CrowdMember::isOpen).count(),
              node.fanout().counters().sessions())
          .isLessThan(BACK_WITHIN);
    }
    return back;
  }

  /** Waits until the node and the operating system agree with the clients. */
  private static void awaitAllRegistered(
      Node node, List<CrowdMember> some, List<CrowdMember> others) {
    List<CrowdMember> members = new ArrayList<>(some);
    members.addAll(others);
    soon().until(() -> members.stream().allMatch(CrowdMember::isOpen));
    Set<Integer> ports = new TreeSet<>();
    Map<String, Integer> sessions = new HashMap<>();
    for (CrowdMember member : members) {
      ports.add(member.localPort());
      sessions.merge(member.user(), 1, Integer::sum);
    }
    soon()
        .untilAsserted(
            () -> {
              assertThat(node.fanout().counters().sessions()).isEqualTo(members.size());
              assertThat(Sockets.peers(node.port())).isEqualTo(ports);
            });
    sessions.forEach((user, count) -> assertThat(node.sessions(user)).hasSize(count));
  }

  private static void awaitTexts(CrowdMember member, List<String> expected) {
    soon().until(() -> member.texts().size() >= expected.size());
    assertThat(member.texts()).isEqualTo(expected);
  }

  /** Before these it may have got any number of messages that were published during the storm. */
  private static void awaitLastTexts(CrowdMember member, List<String> expected) {
    String last = expected.get(expected.size() - 1);
    soon().until(() -> member.texts().contains(last));
    List<String> texts = member.texts();
    assertThat(texts).doesNotHaveDuplicates().endsWith(expected.toArray(new String[0]));
  }

  private static void awaitNobodyLeft(Node node) {
    soon()
        .untilAsserted(
            () -> {
              FanoutCounters counters = node.fanout().counters();
              assertThat(counters.sessions()).isZero();
              assertThat(counters.pending()).isZero();
              assertThat(Sockets.peers(node.port())).isEmpty();
            });
    assertThat(node.fanout().counters().gaps()).isZero();
    USERS.forEach(user -> assertThat(node.sessions(user)).isEmpty());
  }
}
