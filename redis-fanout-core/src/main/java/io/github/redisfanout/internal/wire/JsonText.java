package io.github.redisfanout.internal.wire;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Collection;

/** JSON that is written piece by piece, in UTF-8. */
final class JsonText {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream(128);

  /** JSON as it is, in ASCII. */
  JsonText raw(String json) {
    out.writeBytes(json.getBytes(StandardCharsets.US_ASCII));
    return this;
  }

  JsonText number(long value) {
    return raw(Long.toString(value));
  }

  JsonText string(String text) {
    out.write('"');
    out.writeBytes(escaped(text));
    out.write('"');
    return this;
  }

  JsonText strings(Collection<String> texts) {
    char before = '[';
    for (String text : texts) {
      out.write(before);
      string(text);
      before = ',';
    }
    return raw(texts.isEmpty() ? "[]" : "]");
  }

  byte[] bytes() {
    return out.toByteArray();
  }

  // Most ids need no escapes, and checking that is cheaper than escaping.
  static byte[] escaped(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < ' ' || c > '~' || c == '"' || c == '\\') {
        return JsonStringEncoder.getInstance().quoteAsUTF8(text);
      }
    }
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
