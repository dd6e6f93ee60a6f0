package io.github.redisfanout.examples.sse;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The pages for writers of adapters show code of this repository, which is compiled and tested. */
class PagesTest {
  private static final Path ROOT = Path.of("..", "..");
  private static final List<String> MODULES =
      List.of("examples/sse", "redis-fanout-testkit", "integration-tests");
  private static final Pattern SNIPPET =
      Pattern.compile("(?:<!-- snippet: (\\w+) -->\n)?```java\n(.*?)```", Pattern.DOTALL);

  @ParameterizedTest
  @ValueSource(strings = {"adapters.md", "testkit.md"})
  void everySnippetIsTheCodeOfTheClassThatItNames(String page) throws Exception {
    Matcher snippet = SNIPPET.matcher(Files.readString(ROOT.resolve("docs").resolve(page)));
    int snippets = 0;
    while (snippet.find()) {
      assertThat(snippet.group(1)).as("name of\n%s", snippet.group(2)).isNotNull();
      assertThat(source(snippet.group(1))).contains(snippet.group(2));
      snippets++;
    }
    assertThat(snippets).isGreaterThan(2);
  }

  private static String source(String className) throws IOException {
    for (String module : MODULES) {
      try (Stream<Path> files = Files.walk(ROOT.resolve(module).resolve("src"))) {
        Path file =
            files.filter(path -> path.endsWith(className + ".java")).findFirst().orElse(null);
        if (file != null) {
          return Files.readString(file);
        }
      }
    }
    throw new AssertionError("no class is named " + className);
  }
}
