package io.github.redisfanout.jakarta;

import java.util.Collection;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Host and scheme in lower case, and the port that is meant when none is written. */
record Origin(String scheme, String host, int port) {
  static final String AUTHORITY = "(\\[[0-9A-Fa-f:.]+]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?";

  /** The port of a scheme that has none of its own. */
  static final int NO_PORT = -1;

  private static final Pattern ORIGIN = Pattern.compile("([A-Za-z][A-Za-z0-9+.-]*)://" + AUTHORITY);

  /** Null if this is not an origin. */
  static @Nullable Origin parse(String text) {
    Matcher matcher = ORIGIN.matcher(text);
    if (!matcher.matches()) {
      return null;
    }
    String scheme = matcher.group(1).toLowerCase(Locale.ROOT);
    return new Origin(
        scheme,
        matcher.group(2).toLowerCase(Locale.ROOT),
        portOf(matcher.group(3), defaultPort(scheme)));
  }

  /**
   * The origins that an application names.
   *
   * @throws IllegalArgumentException if one of them is not an origin
   */
  static Set<Origin> allOf(Collection<String> texts) {
    return texts.stream().map(Origin::required).collect(Collectors.toUnmodifiableSet());
  }

  /** A header for the log: at most 100 characters, all of them printable ASCII. */
  static String printable(@Nullable String header) {
    if (header == null) {
      return "none";
    }
    String shown = header.substring(0, Math.min(header.length(), 100));
    return '"'
        + shown.replaceAll("[^ -~]|\"", "?")
        + (shown.length() < header.length() ? "…\"" : "\"");
  }

  private static Origin required(String text) {
    Origin origin = parse(text);
    if (origin == null) {
      throw new IllegalArgumentException(
          "origin must be scheme://host or scheme://host:port, without a path: '" + text + "'");
    }
    return origin;
  }

  static int portOf(@Nullable String digits, int otherwise) {
    return digits == null ? otherwise : Integer.parseInt(digits);
  }

  static int defaultPort(String scheme) {
    return switch (scheme) {
      case "http" -> 80;
      case "https" -> 443;
      default -> NO_PORT;
    };
  }

  @Override
  public String toString() {
    return scheme + "://" + host + (port == NO_PORT ? "" : ":" + port);
  }
}
