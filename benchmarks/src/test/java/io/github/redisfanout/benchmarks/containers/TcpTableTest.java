package io.github.redisfanout.benchmarks.containers;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.benchmarks.containers.TcpTable.Socket;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TcpTableTest {
  private static final String ESTABLISHED =
      "   3: 0100007F:1F90 0100007F:C350 01 00001000:00000000 01:00000014 00000000"
          + "     0        0 41234 2 0000000000000000 20 4 30 10 -1";
  private static final String ORPHAN =
      "   4: 0000000000000000FFFF00000100007F:1F90 0000000000000000FFFF00000100007F:C351 04"
          + " 000000FF:00000000 01:00000014 00000000     0        0 0 2 0000000000000000";
  private static final String LISTENING =
      "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000"
          + "     0        0 41111 1 0000000000000000 100 0 0 10 0";

  private final Map<Integer, Socket> sockets = new HashMap<>();

  @Test
  void connectionsOfThePortAreReadOfBothFamilies() {
    TcpTable.read(ESTABLISHED, 8080, sockets);
    TcpTable.read(ORPHAN, 8080, sockets);

    assertThat(sockets)
        .containsOnly(
            Map.entry(50_000, new Socket(0x1000, true)), Map.entry(50_001, new Socket(255, false)));
  }

  @Test
  void whatListensAndOtherPortsAreLeftOut() {
    TcpTable.read(LISTENING, 8080, sockets);
    TcpTable.read(ESTABLISHED, 8081, sockets);

    assertThat(sockets).isEmpty();
  }
}
