package io.github.redisfanout.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Asks a real Python, where there is one; the committed vectors hold without it. */
@Timeout(30)
class PythonReadsOursTest {

  @Test
  void pythonReadsWhatWeWriteAndStillWritesTheSameVectors() throws Exception {
    assumeTrue(hasPython(), "no python3 on the PATH");
    Path script =
        Path.of(PythonReadsOursTest.class.getResource("/wire-format/v1/generate.py").toURI());

    Process check = python(script.toString(), "--check");
    String said = new String(check.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(check.waitFor()).as(said).isZero();
    assertThat(said).contains("messages of Python").contains("of ours read");
  }

  private static boolean hasPython() throws InterruptedException {
    try {
      Process version = python("--version");
      version.getInputStream().readAllBytes();
      return version.waitFor() == 0;
    } catch (IOException e) {
      return false;
    }
  }

  private static Process python(String... arguments) throws IOException {
    String[] command = new String[arguments.length + 1];
    command[0] = "python3";
    System.arraycopy(arguments, 0, command, 1, arguments.length);
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }
}
