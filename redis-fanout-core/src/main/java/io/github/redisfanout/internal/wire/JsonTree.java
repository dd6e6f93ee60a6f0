package io.github.redisfanout.internal.wire;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One JSON value as objects: a {@code Map}, a {@code List}, a {@code String}, a {@code Boolean}, an
 * {@link Int} or {@link #OTHER}. Of a name given twice the last one counts.
 */
final class JsonTree {
  /** Null, or a number with a fraction or an exponent. */
  static final Object OTHER = new Object();

  private JsonTree() {}

  /** An integer of any size. */
  record Int(String digits) {}

  /** The value that begins at the current token; ends at its last token. */
  static Object read(JsonParser parser) throws IOException {
    return switch (parser.currentToken()) {
      case START_OBJECT -> {
        Map<String, Object> members = new LinkedHashMap<>();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
          String name = parser.currentName();
          parser.nextToken();
          members.put(name, read(parser));
        }
        yield members;
      }
      case START_ARRAY -> {
        List<Object> elements = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          elements.add(read(parser));
        }
        yield elements;
      }
      case VALUE_STRING -> parser.getText();
      case VALUE_NUMBER_INT -> new Int(parser.getText());
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      default -> OTHER;
    };
  }
}
