package io.github.redisfanout.internal.wire;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.util.JsonParserDelegate;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import io.github.redisfanout.internal.Checks;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Makes Jackson parsers; thread-safe. Jackson keeps a table of the field names that it has seen,
 * which come from publishers. So that it cannot grow without limit, the table is replaced after
 * some input, with its factory. (Without a table, Jackson's parser does not know its position in
 * bytes.)
 */
final class JsonParsers {
  /** Input after which the table is replaced, in bytes. */
  private static final long TABLE_INPUT = 1 << 20;

  private final JsonFactory template;
  private volatile Table table;

  private record Table(JsonFactory factory, AtomicLong input) {}

  JsonParsers(int maxDepth) {
    // The message size limits all else, so a StreamConstraintsException is always about the depth.
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
            // Not Jackson's default, which leaves buffers, and so its classes, on every thread.
            .recyclerPool(JsonRecyclerPools.newConcurrentDequePool())
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

  /** Refuses names with an unpaired surrogate, as Jackson does since 2.21. */
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

    /** The same as Jackson's, but with our {@link #nextToken}. */
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
