package io.github.redisfanout.jakarta;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Steps a clock; what is said once is said of each endpoint. */
class UnopenedEndpointsTest {
  private final AtomicLong clock = new AtomicLong(Long.MAX_VALUE); // it wraps around
  private final UnopenedEndpoints endpoints = new UnopenedEndpoints(clock::get);
  private final List<String> warned = new CopyOnWriteArrayList<>();
  private final Logger logger = Logger.getLogger("io.github.redisfanout");
  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord entry) {
          warned.add(entry.getMessage());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  @BeforeEach
  void captureTheLog() {
    logger.addHandler(handler);
  }

  @AfterEach
  void leaveTheLog() {
    logger.removeHandler(handler);
  }

  private void pass(Duration time) {
    clock.addAndGet(time.toNanos());
  }

  @Test
  void endpointThatHasOpenedNothingInTenSecondsIsNamedOnce() {
    endpoints.letIn("ChatSocket");
    pass(Duration.ofMillis(9_999));
    endpoints.letIn("ChatSocket");
    assertThat(warned).isEmpty();

    pass(Duration.ofMillis(1));
    endpoints.letIn("ChatSocket");
    pass(Duration.ofMinutes(1));
    endpoints.letIn("ChatSocket");

    assertThat(warned)
        .singleElement()
        .asString()
        .startsWith("ChatSocket has let a client in 10 s ago or more");
  }

  @Test
  void endpointThatOpensSessionsIsNotNamedForOneThatLeftAtOnce() {
    endpoints.letIn("ChatSocket");
    endpoints.letIn("ChatSocket");
    endpoints.opened("ChatSocket");
    pass(Duration.ofMinutes(1));
    endpoints.letIn("ChatSocket");
    endpoints.letIn("OtherSocket");
    pass(Duration.ofMinutes(1));
    endpoints.letIn("ChatSocket");

    assertThat(warned).singleElement().asString().startsWith("OtherSocket has let a client in");
  }
}
