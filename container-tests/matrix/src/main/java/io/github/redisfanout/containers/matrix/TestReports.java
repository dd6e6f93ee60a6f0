package io.github.redisfanout.containers.matrix;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.jspecify.annotations.Nullable;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/** Reads what Surefire writes. */
final class TestReports {
  private TestReports() {}

  /** All results of a directory; a test that failed is an error here, too. */
  static List<TestResult> read(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      throw new IllegalStateException("no test reports: run the tests of " + directory);
    }
    List<TestResult> results = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "TEST-*.xml")) {
      for (Path file : files) {
        readFile(file, results);
      }
    }
    return results;
  }

  private static void readFile(Path file, List<TestResult> results) throws IOException {
    NodeList cases;
    try {
      cases =
          DocumentBuilderFactory.newDefaultInstance()
              .newDocumentBuilder()
              .parse(file.toFile())
              .getElementsByTagName("testcase");
    } catch (SAXException | ParserConfigurationException e) {
      throw new IOException("not a test report: " + file, e);
    }
    for (int i = 0; i < cases.getLength(); i++) {
      TestResult result = result((Element) cases.item(i));
      if (result != null) {
        results.add(result);
      }
    }
  }

  /** Null for a test that is in no contract. */
  private static @Nullable TestResult result(Element test) {
    String type = test.getAttribute("classname");
    int nested = type.indexOf('$');
    if (nested < 0) {
      return null;
    }
    String name = test.getAttribute("name").replaceFirst("[(\\[{].*", "");
    if (test.getElementsByTagName("failure").getLength() > 0
        || test.getElementsByTagName("error").getLength() > 0) {
      throw new IllegalStateException("a test failed: " + type + "." + name);
    }
    NodeList skipped = test.getElementsByTagName("skipped");
    return new TestResult(
        type.substring(nested + 1),
        name,
        skipped.getLength() == 0 ? null : message((Element) skipped.item(0)));
  }

  /** Why a test was skipped: for one that gave up, the first line of its exception. */
  private static String message(Element skipped) {
    String message = skipped.getAttribute("message");
    if (message.isEmpty()) {
      message = skipped.getTextContent().lines().findFirst().orElse("");
    }
    String reason = message.replaceFirst("^[\\w.]+Exception: ", "").strip();
    if (reason.isEmpty()) {
      throw new IllegalStateException("a test was skipped without a reason");
    }
    return reason;
  }
}
