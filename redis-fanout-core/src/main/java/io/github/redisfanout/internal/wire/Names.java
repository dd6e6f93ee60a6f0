package io.github.redisfanout.internal.wire;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.github.redisfanout.internal.Checks;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * What one array of user ids or other names holds. One wrong element must not cost the others their
 * message.
 *
 * @param right those that are names, in their order
 * @param named how many elements there are
 */
record Names(List<String> right, int named) {
  static final Names NONE = new Names(List.of(), 0);

  /** Reads the array that begins here. */
  static Names read(JsonParser parser) throws IOException {
    List<String> right = new ArrayList<>();
    int named = 0;
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      named++;
      if (parser.currentToken().isStructStart()) {
        parser.skipChildren();
      } else {
        addIfRight(JsonTree.read(parser), right);
      }
    }
    return new Names(right, named);
  }

  static Names of(List<?> elements) {
    List<String> right = new ArrayList<>();
    elements.forEach(element -> addIfRight(element, right));
    return new Names(right, elements.size());
  }

  private static void addIfRight(Object element, List<String> right) {
    if (element instanceof String name) {
      if (!name.isEmpty() && Checks.indexOfUnpairedSurrogate(name) < 0) {
        right.add(name);
      }
    } else if (element instanceof JsonTree.Int number) {
      right.add(number.digits().equals("-0") ? "0" : number.digits());
    }
  }

  Names and(Names others) {
    if (others.named == 0) {
      return this;
    }
    List<String> both = new ArrayList<>(right);
    both.addAll(others.right);
    return new Names(both, named + others.named);
  }

  boolean areAllRight() {
    return right.size() == named;
  }
}
