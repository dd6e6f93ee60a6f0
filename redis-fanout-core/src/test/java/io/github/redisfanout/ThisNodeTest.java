package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;

class ThisNodeTest {

  @Test
  void idBeginsWithTheNameOfTheHost() {
    assertThat(ThisNode.newId(Map.of("HOSTNAME", "chat-7f"))).matches("chat-7f-[0-9a-f]{8}");
    assertThat(ThisNode.newId(Map.of("COMPUTERNAME", "PC_1"))).matches("PC_1-[0-9a-f]{8}");
  }

  @Test
  void idBeginsWithNodeIfTheEnvironmentHasNoName() {
    assertThat(ThisNode.newId(Map.of())).matches("node-[0-9a-f]{8}");
    assertThat(ThisNode.newId(Map.of("HOSTNAME", "{\"\n"))).matches("node-[0-9a-f]{8}");
  }

  @Test
  void longAndStrangeNamesAreCut() {
    String host = "a:b c".repeat(100);

    assertThat(ThisNode.newId(Map.of("HOSTNAME", host))).matches("(abc){21}a-[0-9a-f]{8}");
  }

  @Test
  void versionIsThatOfTheManifest() {
    assertThat(ThisNode.version(Logger.class)).matches("\\d+\\.\\d+\\.\\d+.*"); // from a jar
    assertThat(ThisNode.version(ThisNodeTest.class)).isEqualTo("unknown"); // not from a jar
  }
}
