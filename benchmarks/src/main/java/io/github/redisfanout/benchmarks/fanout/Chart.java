package io.github.redisfanout.benchmarks.fanout;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Locale;
import java.util.Map;

/** A picture of deliveries a second, one bar for each contender, as SVG. */
final class Chart {
  private static final int LEFT = 170;
  private static final int WIDTH = 760;
  private static final int BAR = 24;
  private static final int STEP = 34;
  private static final int TOP = 44;

  private Chart() {}

  static void draw(Path file, Map<String, Double> bars) throws IOException {
    double longest = Collections.max(bars.values());
    int height = TOP + STEP * bars.size() + 12;
    StringBuilder svg = new StringBuilder();
    svg.append(
        String.format(
            Locale.ROOT,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\""
                + " aria-label=\"Deliveries per second\" font-family=\"sans-serif\""
                + " font-size=\"14\">%n<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>%n"
                + "<text x=\"12\" y=\"26\" font-weight=\"bold\" fill=\"#222\">Deliveries per second"
                + " (2 nodes, 1 Redis, 2 cores)</text>%n",
            WIDTH,
            height));
    int y = TOP;
    for (Map.Entry<String, Double> bar : bars.entrySet()) {
      double width = Math.max(1, bar.getValue() / longest * (WIDTH - LEFT - 110));
      svg.append(
          String.format(
              Locale.ROOT,
              "<text x=\"%d\" y=\"%d\" text-anchor=\"end\" fill=\"#222\">%s</text>%n"
                  + "<rect x=\"%d\" y=\"%d\" width=\"%.0f\" height=\"%d\" fill=\"%s\"/>%n"
                  + "<text x=\"%.0f\" y=\"%d\" fill=\"#222\">%,.0f</text>%n",
              LEFT - 10,
              y + 17,
              bar.getKey(),
              LEFT,
              y,
              width,
              BAR,
              color(bar.getKey()),
              LEFT + width + 8,
              y + 17,
              bar.getValue()));
      y += STEP;
    }
    svg.append("</svg>\n");
    Files.writeString(file, svg);
  }

  private static String color(String contender) {
    if (contender.startsWith("redis-fanout")) {
      return "#c6302b";
    }
    return contender.equals("ceiling") ? "#bbb" : "#5b7a99";
  }
}
