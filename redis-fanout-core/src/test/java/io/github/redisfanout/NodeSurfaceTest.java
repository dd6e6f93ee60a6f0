package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.backplane.InMemoryBackplane;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The node is the only thing to close: nothing that it hands out can break it. */
class NodeSurfaceTest {
  private static final Duration LIMIT = Duration.ofSeconds(10);

  private final InMemoryBackplane backplane = new InMemoryBackplane();
  private final FakeTransport phone = new FakeTransport();
  private final FakeTransport laptop = new FakeTransport();
  private final FakeTransport bob = new FakeTransport();

  @AfterEach
  void close() {
    backplane.close();
  }

  private RedisFanout started(SessionRegistry registry) throws InterruptedException {
    RedisFanout node =
        RedisFanout.builder(backplane, FanoutConfig.of("chat")).registry(registry).start();
    assertThat(node.awaitReady(LIMIT)).isTrue();
    node.open("alice", phone);
    node.open("alice", laptop);
    node.open("bob", bob);
    return node;
  }

  private static void publish(RedisFanout node, int payload) throws InterruptedException {
    node.publisher().publishAndWait(List.of("alice", "bob"), payload, LIMIT);
  }

  @Test
  void nothingThatANodeHandsOutCanBeClosed() {
    Set<Class<?>> handedOut = new LinkedHashSet<>();
    for (Method method : RedisFanout.class.getMethods()) {
      if (method.getDeclaringClass() == RedisFanout.class) {
        classesIn(method.getGenericReturnType(), handedOut);
      }
    }
    handedOut.remove(RedisFanout.class); // connect

    assertThat(handedOut)
        .contains(Publisher.class, FanoutSession.class, FanoutHealth.class)
        .doesNotContain(Subscriber.class, SessionRegistry.class)
        .noneMatch(AutoCloseable.class::isAssignableFrom);
    assertThat(RedisFanout.class).isAssignableTo(AutoCloseable.class);
  }

  private static void classesIn(Type type, Collection<Class<?>> classes) {
    if (type instanceof Class<?> one) {
      classes.add(one);
    } else if (type instanceof ParameterizedType generic) {
      classesIn(generic.getRawType(), classes);
      for (Type argument : generic.getActualTypeArguments()) {
        classesIn(argument, classes);
      }
    }
  }

  @Test
  void publisherHasNoMethodThatEndsIt() {
    Set<String> methods = new TreeSet<>();
    Arrays.stream(Publisher.class.getMethods())
        .filter(method -> method.getDeclaringClass() == Publisher.class)
        .forEach(method -> methods.add(method.getName()));

    assertThat(methods)
        .containsExactly(
            "counters",
            "disconnect",
            "join",
            "leave",
            "publish",
            "publishAndWait",
            "publishJson",
            "toString");
  }

  @Test
  void snapshotOfSessionsCannotBeChangedAndChangesNothing() throws Exception {
    try (RedisFanout node = started(new InMemorySessionRegistry())) {
      List<FanoutSession> sessions = node.sessions("alice");
      FanoutSession first = sessions.get(0);

      assertThat(sessions).hasSize(2);
      for (Runnable change :
          List.<Runnable>of(
              () -> sessions.remove(first),
              () -> sessions.remove(0),
              sessions::clear,
              () -> sessions.add(first),
              () -> sessions.iterator().remove())) {
        assertThatThrownBy(change::run).isInstanceOf(UnsupportedOperationException.class);
      }
      first.clientLeft();
      assertThat(sessions).hasSize(2);
      assertThat(node.sessions("alice")).hasSize(1);
      assertThat(node.sessions("nobody")).isEmpty();

      publish(node, 1);
      await().until(() -> bob.texts().equals(List.of("1")));
      await().until(() -> phone.written.size() + laptop.written.size() == 1);
    }
  }

  @Test
  void snapshotIsACopyThoughTheRegistryGivesItsOwnCollection() throws Exception {
    List<FanoutSession> live = new ArrayList<>();
    ForwardingRegistry careless =
        new ForwardingRegistry() {
          @Override
          public Collection<FanoutSession> sessions(Address address) {
            live.clear();
            live.addAll(super.sessions(address));
            return live;
          }
        };
    try (RedisFanout node = started(careless)) {
      List<FanoutSession> sessions = node.sessions("alice");

      assertThatThrownBy(sessions::clear).isInstanceOf(UnsupportedOperationException.class);
      node.sessions("bob");
      assertThat(sessions).hasSize(2).allMatch(session -> session.userId().equals("alice"));
    }
  }

  @Test
  void disconnectClosesTheSessionsOfThisUserAndCountsThem() throws Exception {
    try (RedisFanout node = started(new InMemorySessionRegistry())) {
      List<FanoutSession> alices = node.sessions("alice");

      assertThat(node.disconnect("alice", Disconnect.NOT_ALLOWED)).isEqualTo(2);
      assertThat(node.disconnect("alice", Disconnect.NOT_ALLOWED)).isZero();
      assertThat(node.disconnect("nobody", Disconnect.NOT_ALLOWED)).isZero();

      await().until(() -> !phone.closes.isEmpty() && !laptop.closes.isEmpty());
      assertThat(phone.closes).containsExactly(Disconnect.NOT_ALLOWED);
      assertThat(laptop.closes).containsExactly(Disconnect.NOT_ALLOWED);
      assertThat(alices).noneMatch(FanoutSession::isOpen);
      assertThat(node.sessions("alice")).isEmpty();
      assertThat(node.counters().disconnects()).containsOnlyKeys(4403).containsEntry(4403, 2L);
      publish(node, 1);
      await().until(() -> bob.texts().equals(List.of("1")));
      assertThat(bob.closes).isEmpty();
      assertThat(node.open("alice", new FakeTransport()).isOpen()).isTrue();
    }
  }

  @Test
  void disconnectDoesNotCountASessionThatWasClosedBefore() throws Exception {
    ForwardingRegistry forgetful =
        new ForwardingRegistry() {
          @Override
          public boolean remove(Address address, FanoutSession session) {
            return false;
          }
        };
    try (RedisFanout node = started(forgetful)) {
      node.sessions("alice").get(0).clientLeft();

      assertThat(node.disconnect("alice", Disconnect.NOT_ALLOWED)).isEqualTo(1);
    }
  }

  @Test
  void userIdsAreCheckedAndAReasonIsNeeded() throws Exception {
    try (RedisFanout node = started(new InMemorySessionRegistry())) {
      assertThatThrownBy(() -> node.sessions(""))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("userId must not be empty");
      assertThatThrownBy(() -> node.disconnect("", Disconnect.NOT_ALLOWED))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("userId must not be empty");
      assertThatThrownBy(() -> node.disconnect("alice", noReason()))
          .isInstanceOf(NullPointerException.class)
          .hasMessage("why == null");
      assertThat(node.sessions("alice")).hasSize(2);
    }
  }

  @SuppressWarnings("NullAway") // what a caller without null checks may do
  private static Disconnect noReason() {
    return null;
  }
}
