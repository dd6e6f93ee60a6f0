package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import io.github.redisfanout.internal.wire.Control;
import io.github.redisfanout.internal.wire.EnvelopeCodec;
import io.github.redisfanout.internal.wire.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AnswersTest {
  @ParameterizedTest
  @CsvSource({"498, 500", "499, 499", "500, 500"})
  void longReasonIsShortenedBetweenItsCharacters(int before, int expected) {
    FanoutHealth health = mock(FanoutHealth.class);
    when(health.reason()).thenReturn("x".repeat(before) + "\uD83D\uDE00 and more");
    when(health.notes()).thenReturn(List.of());
    when(health.status()).thenReturn(FanoutHealth.Status.DOWN);
    when(health.counters()).thenReturn(new FanoutCounters(new Counters(), 0, Map.of()));
    List<Control> published = new ArrayList<>();
    Answers answers =
        new Answers(
            ThisNode.now(),
            () -> health,
            Runnable::run,
            control -> {
              published.add(control);
              return new CompletableFuture<>();
            });

    answers.answer("id");

    Control.Answer answer = (Control.Answer) published.get(0);
    assertThat(answer.reasons().get(0)).hasSize(expected);
    // Else it could not be written.
    assertThat(new EnvelopeCodec(10_000, false).encode(Target.EVERYONE, answer, null)).isNotEmpty();
  }
}
