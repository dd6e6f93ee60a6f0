package io.github.redisfanout.it.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The tests that the guarantees name exist. */
class GuaranteesTest {
  private static final Pattern NAMED = Pattern.compile("`([A-Z]\\w+Test)(?:\\.(\\w+))?`");

  @Test
  void everyTestThatAPromiseNamesIsThere() throws IOException {
    Map<String, Path> tests = tests();
    Matcher named = NAMED.matcher(Files.readString(Path.of("../docs/guarantees.md")));
    int count = 0;
    while (named.find()) {
      count++;
      assertThat(tests).containsKey(named.group(1));
      if (named.group(2) != null) {
        assertThat(Files.readString(tests.get(named.group(1))))
            .contains("void " + named.group(2) + "(");
      }
    }
    assertThat(count).isGreaterThan(30);
  }

  private static Map<String, Path> tests() throws IOException {
    try (Stream<Path> files = Files.walk(Path.of(".."))) {
      return files
          .filter(file -> file.toString().contains("src/test/java"))
          .filter(file -> file.toString().endsWith("Test.java"))
          .collect(
              Collectors.toMap(
                  file -> file.getFileName().toString().replace(".java", ""), file -> file));
    }
  }
}
