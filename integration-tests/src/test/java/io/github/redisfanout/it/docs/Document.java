package io.github.redisfanout.it.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A document of this repository, and the code in it that is marked, so that a test can run it.
 *
 * <p>A mark stands on the line before a block: {@code <!-- snippet: name -->} for a part of a
 * program, {@code <!-- file: path -->} for a whole file, {@code <!-- add: path -->} for lines to be
 * added to a file.
 */
public record Document(String path, String text) {
  private static final Pattern BLOCK =
      Pattern.compile("<!-- (snippet|file|add): (\\S+) -->\n```\\w*\n(.*?)```", Pattern.DOTALL);

  /** {@code path} is that from the root of the repository. */
  public static Document read(String path) throws IOException {
    return new Document(path, Files.readString(Path.of("..").resolve(path)));
  }

  public String snippet(String name) {
    Map<String, String> snippets = blocks("snippet");
    assertThat(snippets).as("snippets of %s", path).containsKey(name);
    return snippets.get(name);
  }

  /** The files that a reader writes, by their paths. */
  public Map<String, String> files() {
    return blocks("file");
  }

  /** The lines that a reader adds to files, in order, by the paths of these. */
  public Map<String, String> additions() {
    return blocks("add");
  }

  private Map<String, String> blocks(String kind) {
    Map<String, String> blocks = new LinkedHashMap<>();
    Matcher block = BLOCK.matcher(text);
    while (block.find()) {
      if (block.group(1).equals(kind)) {
        blocks.merge(block.group(2), block.group(3), String::concat);
      }
    }
    return blocks;
  }

  /** The cells of all rows that begin with a word in code, as a table of settings has them. */
  public List<List<String>> rows() {
    return text.lines()
        .filter(line -> line.startsWith("| `"))
        .map(line -> Stream.of(line.split("\\|")).skip(1).map(String::strip).toList())
        .toList();
  }
}
