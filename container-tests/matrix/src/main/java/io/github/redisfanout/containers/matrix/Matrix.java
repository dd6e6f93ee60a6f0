package io.github.redisfanout.containers.matrix;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Contracts and their tests as rows, containers as columns, and a note wherever one differs. */
final class Matrix {
  private final List<String> columns;

  /** By contract, then by test, then by column. */
  private final Map<String, Map<String, Map<String, String>>> cells = new TreeMap<>();

  private final List<String> notes = new ArrayList<>();

  Matrix(List<String> columns) {
    this.columns = List.copyOf(columns);
  }

  /** One case of a test with several is enough to make it differ. */
  void add(String column, TestResult result) {
    Map<String, String> row =
        cells
            .computeIfAbsent(result.contract(), contract -> new TreeMap<>())
            .computeIfAbsent(sentence(result.test()), test -> new TreeMap<>());
    if (result.skipped() != null) {
      row.put(column, result.skipped());
    } else {
      row.putIfAbsent(column, "");
    }
  }

  /** From {@code peerThatResets} to {@code peer that resets}. */
  static String sentence(String camelCase) {
    return camelCase
        .replaceAll("(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[a-z])(?=[0-9])", " ")
        .toLowerCase(Locale.ROOT);
  }

  String markdown() {
    notes.clear();
    StringBuilder text = new StringBuilder();
    cells.forEach((contract, tests) -> section(text, contract, tests));
    for (int i = 0; i < notes.size(); i++) {
      text.append('\n').append(i + 1).append(". ").append(notes.get(i));
    }
    return text.append(notes.isEmpty() ? "" : "\n").append('\n').toString();
  }

  private void section(
      StringBuilder text, String contract, Map<String, Map<String, String>> tests) {
    text.append("\n| ").append(contract);
    columns.forEach(column -> text.append(" | ").append(column));
    text.append(" |\n|---").append("|---".repeat(columns.size())).append("|\n");
    tests.forEach(
        (test, row) -> {
          text.append("| ").append(test);
          columns.forEach(column -> text.append(" | ").append(cell(row, column)));
          text.append(" |\n");
        });
  }

  private String cell(Map<String, String> row, String column) {
    String skipped = row.get(column);
    if (skipped == null) {
      return "not tested";
    }
    if (skipped.isEmpty()) {
      return "yes";
    }
    if (!notes.contains(skipped)) {
      notes.add(skipped);
    }
    return "no (" + (notes.indexOf(skipped) + 1) + ")";
  }
}
