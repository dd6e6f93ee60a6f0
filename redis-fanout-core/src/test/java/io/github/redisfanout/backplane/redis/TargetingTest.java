package io.github.redisfanout.backplane.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.verifyNoInteractions;
import static org.mockito.Mockito.when;

import io.github.redisfanout.backplane.Outgoing;
import io.github.redisfanout.backplane.Recipients;
import io.github.redisfanout.backplane.redis.Refusal.Reason;
import java.util.List;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisDataException;

/** When messages go out by the script, after what Redis refused. */
class TargetingTest {
  private static final byte[] NAME = {'s'};

  private final OneConnection open = mock(OneConnection.class);
  private final LinkEvents events = new LinkEvents(event -> {});
  private final Targeting targeting = new Targeting(events);

  private final List<QueuedPublish> plain = queued(new Outgoing("c", new byte[1]));
  private final List<QueuedPublish> targeted =
      queued(new Outgoing("c", new byte[1]).to(new Recipients("m", List.of("u"), null, true)));
  private final List<QueuedPublish> joins =
      queued(new Outgoing("c", new byte[1]).withDetour("c:g:x"));

  private static List<QueuedPublish> queued(Outgoing message) {
    return List.of(new QueuedPublish(message, new FakeCallback(), 0));
  }

  private static Refusal refusal(Reason reason) {
    return new Refusal(reason, new JedisDataException("NOPERM evalsha"), List.of());
  }

  private boolean scripted(List<QueuedPublish> messages) {
    return targeting.script(open, messages) != null;
  }

  private void verifyLoads(int loads) {
    verify(open, times(loads)).sendCommand(any(Command.class), any(String.class), any());
  }

  @Test
  void batchWithoutRecipientsNeedsNoScript() {
    assertThat(scripted(plain)).isFalse();

    verifyNoInteractions(open);
  }

  @Test
  void scriptIsLoadedOnceAConnectionAndAgainWhenItIsForgotten() {
    when(open.getOne()).thenReturn(NAME);

    assertThat(scripted(targeted)).isTrue();
    assertThat(scripted(joins)).isTrue();
    verifyLoads(1);
    targeting.refused(refusal(Reason.NO_SCRIPT));
    assertThat(scripted(targeted)).isTrue();
    verifyLoads(2);
    targeting.reset();
    assertThat(scripted(targeted)).isTrue();
    verifyLoads(3);
    assertThat(events.notes()).isEmpty();
  }

  @Test
  void serverThatNeverKnowsTheScriptIsGivenUp() {
    when(open.getOne()).thenReturn(NAME);

    for (int i = 0; i < 100; i++) {
      assertThat(scripted(targeted)).isTrue();
      targeting.refused(refusal(Reason.NO_SCRIPT));
    }

    assertThat(scripted(targeted)).isFalse();
    assertThat(events.notes()).hasSize(1);
  }

  @Test
  void whatIsNotPermittedIsTriedAgainWithTheNextConnection() {
    when(open.getOne()).thenReturn(NAME);
    assertThat(scripted(targeted)).isTrue();

    targeting.refused(refusal(Reason.SCRIPT_NOT_PERMITTED));

    assertThat(scripted(targeted)).isFalse();
    assertThat(scripted(targeted)).isFalse();
    assertThat(events.notes())
        .containsExactly(
            "not targeted: Redis refuses EVALSHA, SCRIPT LOAD or PUBSUB NUMSUB: NOPERM evalsha");
    targeting.reset();
    assertThat(scripted(targeted)).isTrue();
    assertThat(events.notes()).as("it is not known yet").hasSize(1);
    targeting.held(targeted);
    assertThat(events.notes()).isEmpty();
  }

  @Test
  void detourIsTriedAgainEachTimeSinceOthersMayTarget() {
    when(open.getOne()).thenReturn(NAME);
    assertThat(scripted(joins)).isTrue();
    targeting.refused(refusal(Reason.SCRIPT_NOT_PERMITTED));

    assertThat(scripted(joins)).as("put back").isFalse();
    assertThat(scripted(joins)).as("the next one").isTrue();
    targeting.held(joins);
    assertThat(events.notes()).as("a join counts nothing").hasSize(1);

    assertThat(scripted(targeted)).isTrue();
    targeting.held(targeted);
    assertThat(events.notes()).isEmpty();
  }

  @Test
  void scriptThatCannotBeLoadedIsNotPermitted() {
    when(open.getOne()).thenThrow(new JedisDataException("NOPERM script"));

    assertThat(scripted(targeted)).isFalse();
    assertThat(scripted(targeted)).isFalse();

    verifyLoads(1);
    assertThat(events.notes()).singleElement().asString().endsWith("NOPERM script");
  }

  @Test
  void busyServerIsNoReasonToGiveUp() {
    when(open.getOne()).thenThrow(new JedisDataException("BUSY script")).thenReturn(NAME);

    assertThatThrownBy(() -> scripted(targeted)).hasMessage("BUSY script");

    assertThat(scripted(targeted)).isTrue();
    assertThat(events.notes()).isEmpty();
  }

  @Test
  void scriptThatFailsAgainAndAgainIsGivenUp() {
    when(open.getOne()).thenReturn(NAME);
    JedisDataException death = new JedisDataException("ERR bad script");

    targeting.died(death);
    targeting.died(death);
    targeting.held(targeted);
    targeting.died(death);
    targeting.died(death);
    assertThat(scripted(targeted)).isTrue();
    targeting.died(death);

    assertThat(scripted(targeted)).isFalse();
    assertThat(scripted(joins)).isFalse();
    assertThat(scripted(joins)).isFalse();
    assertThat(events.notes()).hasSize(1);
  }
}
