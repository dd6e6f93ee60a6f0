package io.github.redisfanout.internal.wire;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.util.JsonParserDelegate;
import io.github.redisfanout.internal.Checks;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Makes Jackson's parsers for the codec; thread-safe.
 *
 * <p>Jackson keeps the names of fields that it has seen, which is what makes it quick. But the
 * names are what publishers write: a flood of long ones must not stay. So after some input the
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
    // The size of the message limits everything else, so that a StreamConstraintsException is
    // always about the depth.
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
    return new StrictParser(current.factory().createParser(json));
  }

  /** Refuses names with an unpaired surrogate, as Jackson does since 2.21: all nodes must agree. */
  private static final class StrictParser extends JsonParserDelegate {
    StrictParser(JsonParser parser) {
      super(parser);
    }

    @Override
    public @Nullable JsonToken nextToken() throws IOException {
      JsonToken token = super.nextToken();
      if (token == JsonToken.FIELD_NAME && Checks.indexOfUnpairedSurrogate(currentName()) >= 0) {
        throw new JsonParseException(this, "a name has an unpaired surrogate");
      }
      return token;
    }

    /** As in Jackson, but by {@link #nextToken}. */
    @Override
    public JsonParser skipChildren() throws IOException {
      int open = isStart(currentToken()) ? 1 : 0;
      while (open > 0) {
        JsonToken token = nextToken();
        if (token == null) {
          throw new JsonParseException(this, "it ends within an object or array");
        }
        open += isStart(token) ? 1 : token.isStructEnd() ? -1 : 0;
      }
      return this;
    }

    private static boolean isStart(@Nullable JsonToken token) {
      return token != null && token.isStructStart();
    }
  }
}
