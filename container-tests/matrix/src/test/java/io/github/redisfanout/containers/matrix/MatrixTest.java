package io.github.redisfanout.containers.matrix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MatrixTest {
  @TempDir Path directory;

  private List<TestResult> read(String cases) throws Exception {
    Files.writeString(
        directory.resolve("TEST-a.xml"),
        "<testsuite>" + cases + "<system-out>noise</system-out></testsuite>");
    Files.writeString(directory.resolve("other.xml"), "not a report");
    return TestReports.read(directory);
  }

  @Test
  void reportsAreReadWithWhyATestWasGivenUp() throws Exception {
    List<TestResult> results =
        read(
            "<testcase name='peerResets' classname='a.JettyTest$Hostile'/>"
                + "<testcase name='limit(Policy)[1]' classname='a.JettyTest$Sessions'>"
                + "<skipped type='x'>a.b.TestAbortedException: Jetty &lt;12&gt; cannot: ever.\n\tat x"
                + "</skipped></testcase>"
                + "<testcase name='later' classname='a.JettyTest$Sessions'>"
                + "<skipped message='not now'/></testcase>"
                + "<testcase name='alone' classname='a.OtherTest'/>");

    assertThat(results)
        .containsExactly(
            new TestResult("Hostile", "peerResets", null),
            new TestResult("Sessions", "limit", "Jetty <12> cannot: ever."),
            new TestResult("Sessions", "later", "not now"));
  }

  @Test
  void aTestThatFailedOrNeverRanMakesNoMatrix() {
    assertThatThrownBy(
            () -> read("<testcase name='t' classname='a.B$C'><failure>f</failure></testcase>"))
        .hasMessage("a test failed: a.B$C.t");
    assertThatThrownBy(() -> TestReports.read(directory.resolve("missing")))
        .hasMessageStartingWith("no test reports");
  }

  @Test
  void namesBecomeSentences() {
    assertThat(Matrix.sentence("aFrameOfAForeignPageEndsWith1009"))
        .isEqualTo("a frame of a foreign page ends with 1009");
  }

  @Test
  void differencesAreNotedOnceEach() {
    Matrix matrix = new Matrix(List.of("A", "B", "C"));
    matrix.add("A", new TestResult("Hostile", "peerThatResets", null));
    matrix.add("B", new TestResult("Hostile", "peerThatResets", "B keeps it."));
    matrix.add("A", new TestResult("Hostile", "both", null));
    matrix.add("B", new TestResult("Hostile", "both", null));
    matrix.add("B", new TestResult("Hostile", "both", "B keeps it."));
    matrix.add("B", new TestResult("Hostile", "both", null));
    matrix.add("C", new TestResult("Hostile", "both", "C, too."));

    assertThat(matrix.markdown())
        .isEqualTo(
            """

            | Hostile | A | B | C |
            |---|---|---|---|
            | both | yes | no (1) | no (2) |
            | peer that resets | yes | no (1) | not tested |

            1. B keeps it.
            2. C, too.

            """);
  }

  @Test
  void onlyTheTableIsReplaced() {
    String begin = "<!-- matrix: made from the test reports -->\n";
    String end = "<!-- end of matrix -->\n";

    assertThat(MatrixMain.replaced("a\n" + begin + "old\n" + end + "b\n", "new\n"))
        .isEqualTo("a\n" + begin + "new\n" + end + "b\n");
    assertThatThrownBy(() -> MatrixMain.replaced("a", "b"))
        .isInstanceOf(IllegalStateException.class);
  }
}
