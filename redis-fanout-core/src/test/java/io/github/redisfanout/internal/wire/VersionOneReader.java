package io.github.redisfanout.internal.wire;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * How nodes of the version before audiences read a message, with their two fields; never changed.
 *
 * @param userIds whom they deliver it to
 * @param payload what they deliver
 */
public record VersionOneReader(List<String> userIds, String payload) {

  public static VersionOneReader read(byte[] message) throws IOException {
    List<String> userIds = List.of();
    String payload = "{}";
    try (JsonParser parser = new JsonFactory().createParser(message)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new IOException("not a JSON object");
      }
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String field = parser.currentName();
        parser.nextToken();
        if (field.equals("target_user_ids")) {
          userIds = userIds(parser);
        } else if (field.equals("payload")) {
          int from = (int) parser.currentTokenLocation().getByteOffset();
          parser.skipChildren();
          parser.finishToken();
          int to = (int) parser.currentLocation().getByteOffset();
          payload = new String(message, from, to - from, StandardCharsets.UTF_8);
        } else {
          parser.skipChildren();
        }
      }
    }
    return new VersionOneReader(userIds, payload);
  }

  private static List<String> userIds(JsonParser parser) throws IOException {
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      throw new IOException("target_user_ids is not an array");
    }
    List<String> ids = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      switch (parser.currentToken()) {
        case VALUE_STRING -> ids.add(parser.getText());
        case VALUE_NUMBER_INT -> ids.add(parser.getText().equals("-0") ? "0" : parser.getText());
        default -> parser.skipChildren();
      }
    }
    ids.remove("");
    return ids;
  }
}
