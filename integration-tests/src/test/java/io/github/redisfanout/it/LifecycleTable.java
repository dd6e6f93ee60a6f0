package io.github.redisfanout.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The tables of docs/lifecycle.md, by the heading above them. */
final class LifecycleTable {
  /** What the document says about one call in one state. */
  record Cell(String call, String state, String says) {
    @Override
    public String toString() {
      return call + " when " + state + ": " + says;
    }
  }

  private LifecycleTable() {}

  static Stream<Cell> cells(String heading) throws IOException {
    List<String> lines = Files.readAllLines(Path.of("../docs/lifecycle.md"));
    int start = lines.indexOf("## " + heading);
    assertThat(start).as("line of the heading %s", heading).isNotNegative();
    List<List<String>> rows =
        lines.stream()
            .skip(start + 1)
            .takeWhile(line -> !line.startsWith("## "))
            .filter(line -> line.startsWith("| "))
            .map(line -> Stream.of(line.split("\\|")).skip(1).map(String::strip).toList())
            .toList();
    List<String> states = rows.get(0);
    List<Cell> cells = new ArrayList<>();
    for (List<String> row : rows.subList(1, rows.size())) {
      assertThat(row).as("row of %s", row.get(0)).hasSameSizeAs(states);
      for (int i = 1; i < row.size(); i++) {
        cells.add(new Cell(row.get(0), states.get(i), row.get(i)));
      }
    }
    return cells.stream();
  }
}
