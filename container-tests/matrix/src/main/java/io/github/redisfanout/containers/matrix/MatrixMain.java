package io.github.redisfanout.containers.matrix;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Brings the table of a document up to date with the reports of the container tests, or checks it.
 */
public final class MatrixMain {
  private static final String BEGIN = "<!-- matrix: made from the test reports -->\n";
  private static final String END = "<!-- end of matrix -->\n";

  /** The modules whose tests run, in the order of the columns, and what they are called. */
  private static final List<Column> COLUMNS =
      List.of(
          new Column("tomcat10", "Tomcat 10.1"),
          new Column("tomcat11", "Tomcat 11"),
          new Column("jetty", "Jetty 12"),
          new Column("undertow", "Undertow"),
          new Column("tyrus", "Tyrus"));

  private MatrixMain() {}

  record Column(String module, String name) {}

  /**
   * Fails if the document cannot be brought up to date, or is checked and is not.
   *
   * @param arguments {@code check} or {@code write}, the document, the directory of the modules
   */
  public static void main(String[] arguments) throws IOException {
    Path document = Path.of(arguments[1]);
    Matrix matrix = new Matrix(COLUMNS.stream().map(Column::name).toList());
    for (Column column : COLUMNS) {
      Path reports = Path.of(arguments[2], column.module(), "target", "surefire-reports");
      TestReports.read(reports).forEach(result -> matrix.add(column.name(), result));
    }
    String before = Files.readString(document);
    String after = replaced(before, matrix.markdown());
    if (arguments[0].equals("write")) {
      Files.writeString(document, after);
    } else if (!after.equals(before)) {
      throw new IllegalStateException(
          document
              + " is not what the test reports say; bring it up to date with -Dmatrix.mode=write."
              + " They say:\n"
              + matrix.markdown());
    }
  }

  static String replaced(String document, String table) {
    int begin = document.indexOf(BEGIN);
    int end = document.indexOf(END);
    if (begin < 0 || end < begin) {
      throw new IllegalStateException("the document has no place for the matrix: " + BEGIN + END);
    }
    return document.substring(0, begin + BEGIN.length()) + table + document.substring(end);
  }
}
