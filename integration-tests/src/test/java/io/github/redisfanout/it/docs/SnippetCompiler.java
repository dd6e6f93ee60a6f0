package io.github.redisfanout.it.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.tools.ToolProvider;

/** Compiles code of the documents and loads it. */
public final class SnippetCompiler {
  private static final String IMPORTS =
      """
      import com.fasterxml.jackson.databind.ObjectMapper;
      import io.github.redisfanout.*;
      import io.github.redisfanout.backplane.*;
      import io.github.redisfanout.backplane.redis.*;
      import io.github.redisfanout.jakarta.*;
      import io.github.redisfanout.micrometer.*;
      import io.micrometer.core.instrument.*;
      import io.opentelemetry.api.trace.*;
      import io.opentelemetry.context.*;
      import io.opentelemetry.context.propagation.*;
      import jakarta.servlet.*;
      import jakarta.servlet.annotation.*;
      import jakarta.servlet.http.*;
      import jakarta.websocket.*;
      import jakarta.websocket.server.*;
      import java.io.*;
      import java.time.*;
      import java.util.*;
      import org.jspecify.annotations.Nullable;
      import redis.clients.jedis.*;
      """;

  private final Path directory;

  /** Writes sources and classes there. */
  public SnippetCompiler(Path directory) {
    this.directory = directory;
  }

  /** A class that is written without its imports, as a snippet is. */
  public Class<?> load(String className, String source) throws Exception {
    return compile(Map.of(className + ".java", IMPORTS + source)).loadClass(className);
  }

  /** Whole files, by their paths. */
  public ClassLoader compile(Map<String, String> sources) throws IOException {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "-proc:none",
                "-d",
                directory.toString(),
                "-cp",
                System.getProperty("java.class.path")));
    for (Map.Entry<String, String> source : sources.entrySet()) {
      Path file = directory.resolve(source.getKey());
      Files.createDirectories(file.getParent());
      Files.writeString(file, source.getValue());
      arguments.add(file.toString());
    }
    int result =
        ToolProvider.getSystemJavaCompiler()
            .run(null, null, System.err, arguments.toArray(String[]::new));
    assertThat(result).as("compiler's exit code").isZero();
    return new URLClassLoader(
        new URL[] {directory.toUri().toURL()}, SnippetCompiler.class.getClassLoader());
  }
}
