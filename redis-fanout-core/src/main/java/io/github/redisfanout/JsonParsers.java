package io.github.redisfanout;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Makes Jackson's parsers for the codec; thread-safe.
 *
 * <p>Jackson keeps the names of fields that it has seen, which is what makes it quick. But the
 * names are whatever publishers write: a flood of long ones must not stay. So after some input the
 * table is thrown away with its factory. (Without a table Jackson gives a parser that does not know
 * its position in bytes.)
 */
final class JsonParsers {
  /** Input after which a table of names is thrown away, in bytes: what it may hold at most. */
  private static final long TABLE_INPUT = 1 << 20;

  private final JsonFactory template;
  private volatile Table table;

  private record Table(JsonFactory factory, AtomicLong input) {}

  JsonParsers(int maxDepth) {
    // Whatever else Jackson limits is limited by the size of the message, so that its
    // StreamConstraintsException is about the depth.
    template =
        JsonFactory.builder()
            .streamReadConstraints(
                StreamReadConstraints.builder()
                    .maxNestingDepth(maxDepth)
                    .maxNumberLength(Integer.MAX_VALUE)
                    .maxNameLength(Integer.MAX_VALUE)
                    .maxStringLength(Integer.MAX_VALUE)
                    .build())
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .build();
    table = newTable();
  }

  private Table newTable() {
    return new Table(template.copy(), new AtomicLong());
  }

  JsonParser of(byte[] json) throws IOException {
    Table current = table;
    if (current.input().addAndGet(json.length) > TABLE_INPUT) {
      current = newTable();
      table = current;
    }
    return current.factory().createParser(json);
  }
}
