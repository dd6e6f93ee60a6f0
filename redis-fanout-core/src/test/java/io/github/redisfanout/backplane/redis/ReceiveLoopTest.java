package io.github.redisfanout.backplane.redis;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.Mockito.RETURNS_DEEP_STUBS;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.inOrder;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.mockingDetails;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import io.github.redisfanout.backplane.BackplaneStatus;
import io.github.redisfanout.backplane.ConnectionState;
import io.github.redisfanout.backplane.Gap;
import io.github.redisfanout.backplane.Incoming;
import io.github.redisfanout.backplane.Receiver;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.mockito.InOrder;
import org.mockito.invocation.Invocation;
import redis.clients.jedis.exceptions.JedisConnectionException;

/** Connections after a dead subscription, before a probe has come back. */
class ReceiveLoopTest {
  private static final String CHANNEL = "chat";
  private static final SocketAddress ADDRESS = new InetSocketAddress("127.0.0.1", 6379);

  /** Gaps and messages in the order of the calls. */
  private final List<String> events = new ArrayList<>();

  private final Receiver receiver =
      new Receiver() {
        @Override
        public void onMessages(List<Incoming> burst) {
          burst.forEach(message -> events.add(new String(message.bytes(), UTF_8)));
        }

        @Override
        public void onCheckpoint(Runnable reached) {
          reached.run();
        }

        @Override
        public void onGap(Gap gap) {
          events.add(gap.cause().name());
        }

        @Override
        public void onStatus(BackplaneStatus status) {}
      };

  private final Dialer dialer = mock(Dialer.class);
  private final PublishPipeline publishing = mock(PublishPipeline.class);
  private final Probes probes = mock(Probes.class, RETURNS_DEEP_STUBS);
  private final DirectionState state = mock(DirectionState.class);
  private final Channels channels = new Channels();
  private ReceiveLoop loop;

  @BeforeEach
  void create() {
    when(probes.channel()).thenReturn("probes");
    when(dialer.settlingTime(any())).thenReturn(Duration.ofSeconds(2));
    when(dialer.nameCacheTime()).thenReturn(Duration.ZERO);
    when(dialer.sureUntil(any(), any())).thenReturn(Instant.EPOCH);
    when(dialer.identify(any())).thenReturn(new ServerIdentity(ADDRESS, null, null));
    loop =
        new ReceiveLoop(
            dialer,
            RedisConfig.defaults(),
            receiver,
            state,
            Clock.systemUTC(),
            channels,
            new SendWindow(() -> {}),
            publishing,
            firstChannel -> probes,
            Duration.ofSeconds(5));
    channels.subscribe(Set.of(CHANNEL));
  }

  /** Confirms the subscription, then delivers each message by itself, and ends by this action. */
  private OneConnection connection(List<String> messages, Runnable end) {
    OneConnection connection = mock(OneConnection.class);
    when(connection.peer()).thenReturn(ADDRESS);
    AtomicReference<Runnable> beforeReading = new AtomicReference<>();
    doAnswer(call -> store(call.getArgument(0), beforeReading))
        .when(connection)
        .beforeReading(any());
    List<List<Object>> replies = new ArrayList<>();
    replies.add(List.of(bytes("subscribe"), bytes(CHANNEL), 1L));
    messages.forEach(text -> replies.add(List.of(bytes("message"), bytes(CHANNEL), bytes(text))));
    ReplyReader reader = mock(ReplyReader.class);
    when(connection.reader(anyInt())).thenReturn(reader);
    when(reader.read())
        .thenAnswer(
            call -> {
              beforeReading.get().run();
              if (replies.isEmpty()) {
                end.run();
                throw new JedisConnectionException("closed");
              }
              return replies.remove(0);
            });
    return connection;
  }

  private static Object store(Runnable action, AtomicReference<Runnable> into) {
    into.set(action);
    return into;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  private void die() {
    loop.giveUp(new Loss(Gap.Cause.DEAD_SUBSCRIPTION, "dead"));
  }

  @Test
  void connectionWithoutProofReportsOneGapBeforeItsFirstMessageAndOneWhenTheNodeCloses() {
    OneConnection first = connection(List.of("one"), this::die);
    OneConnection second = connection(List.of("two", "three", "four"), channels::close);
    when(dialer.dial(any())).thenReturn(first, second);

    loop.receive();

    assertThat(events)
        .containsExactly("one", "DEAD_SUBSCRIPTION", "two", "three", "four", "DEAD_SUBSCRIPTION");
  }

  @Test
  void eachConnectionWithoutProofReportsItsGap() {
    OneConnection first = connection(List.of("one"), this::die);
    OneConnection second = connection(List.of("two", "three"), this::die);
    OneConnection third = connection(List.of("four", "five"), loop::onProof);
    OneConnection fourth = connection(List.of("six"), channels::close);
    when(dialer.dial(any())).thenReturn(first, second, third, fourth);

    loop.receive();

    assertThat(events)
        .containsExactly(
            "one",
            "DEAD_SUBSCRIPTION",
            "two",
            "three",
            "DEAD_SUBSCRIPTION",
            "four",
            "five",
            "DEAD_SUBSCRIPTION", // the probe of the third has come back
            "CONNECTION_LOST",
            "six");
  }

  @Test
  void nodeThatClosesBeforeItIsConnectedAgainReportsTheGap() {
    OneConnection first = connection(List.of("one"), () -> {});
    when(dialer.dial(any()))
        .thenReturn(first)
        .thenAnswer(
            call -> {
              channels.close();
              throw new JedisConnectionException("refused");
            });

    loop.receive();

    assertThat(events).containsExactly("one", "CONNECTION_LOST");
  }

  /** Otherwise messages of the old server would be received, and the wrong server stay in use. */
  @Test
  void connectionThatIsGivenUpWhileItIsOpenedIsNotUsed() {
    OneConnection first = connection(List.of("of the old server"), () -> {});
    OneConnection second = connection(List.of("of the new server"), channels::close);
    when(dialer.dial(any()))
        .thenAnswer(
            call -> {
              loop.giveUp(new Loss(Gap.Cause.MOVED, "the sentinels name another"));
              return first;
            })
        .thenReturn(second);

    loop.receive();

    InOrder calls = inOrder(first);
    calls.verify(first).cut();
    calls.verify(first).subscribe(any());
    verify(publishing).renew("the sentinels name another");
  }

  @Test
  void nodeThatWantsNoChannelWhileItWaitsToConnectIsIdle() throws Exception {
    when(dialer.dial(any())).thenThrow(new JedisConnectionException("refused"));
    Thread receiving = new Thread(loop::receive);
    receiving.start();
    await().until(() -> !statesOf(ConnectionState.DOWN).isEmpty());

    channels.unsubscribe(Set.of(CHANNEL));

    await().until(() -> !statesOf(ConnectionState.IDLE).isEmpty());
    channels.close();
    receiving.join();
  }

  private List<Invocation> statesOf(ConnectionState wanted) {
    return mockingDetails(state).getInvocations().stream()
        .filter(call -> call.getArguments().length > 0 && call.getArgument(0) == wanted)
        .toList();
  }
}
