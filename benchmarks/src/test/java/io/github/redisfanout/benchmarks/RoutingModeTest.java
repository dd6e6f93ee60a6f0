package io.github.redisfanout.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.benchmarks.routing.RoutingMode;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class RoutingModeTest {

  @Test
  void targetedMessagesReachOnlyNodesWithRecipients() throws Exception {
    assertThat(run("no")).isTrue();
  }

  @Test
  @Tag("full")
  void soDoSignedOnes() throws Exception {
    assertThat(run("yes")).isTrue();
  }

  private static boolean run(String sign) throws Exception {
    String words =
        "--nodes 2,4 --recipients 1,2 --rounds 1 --publishers 2 --under-way 20 --users 5"
            + " --cpu-millis 1 --sign ";
    return new RoutingMode().run(new Options(List.of((words + sign).split(" "))));
  }
}
