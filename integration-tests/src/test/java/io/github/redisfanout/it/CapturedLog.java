package io.github.redisfanout.it;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.text.MessageFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Everything that the library logs, down to TRACE, until it is closed; not on the console. */
public final class CapturedLog extends Handler {
  /** The one category of all modules. */
  public static final String CATEGORY = "io.github.redisfanout";

  private final Logger logger = Logger.getLogger(CATEGORY);
  private final List<LogRecord> records = new CopyOnWriteArrayList<>();

  private CapturedLog() {
    setLevel(Level.ALL);
    logger.setLevel(Level.ALL); // FINEST is SLF4J's TRACE
    logger.setUseParentHandlers(false);
    logger.addHandler(this);
  }

  public static CapturedLog open() {
    return new CapturedLog();
  }

  @Override
  public void publish(LogRecord record) {
    records.add(record);
  }

  /** What was logged at WARN, without stack traces. */
  public Stream<String> warnings() {
    return records.stream().filter(r -> r.getLevel() == Level.WARNING).map(CapturedLog::message);
  }

  /** What was logged in detail, without stack traces. */
  public Stream<String> details() {
    return records.stream().filter(r -> r.getLevel() == Level.FINE).map(CapturedLog::message);
  }

  /** The names of the loggers that were used. */
  public Set<String> categories() {
    return records.stream().map(LogRecord::getLoggerName).collect(Collectors.toSet());
  }

  /** Every line, those of stack traces included. */
  public String everything() {
    StringWriter lines = new StringWriter();
    PrintWriter writer = new PrintWriter(lines);
    for (LogRecord record : records) {
      writer.println(message(record));
      if (record.getThrown() != null) {
        record.getThrown().printStackTrace(writer);
      }
    }
    return lines.toString();
  }

  private static String message(LogRecord record) {
    Object[] parameters = record.getParameters();
    return parameters == null
        ? record.getMessage()
        : MessageFormat.format(record.getMessage(), parameters);
  }

  @Override
  public void flush() {}

  @Override
  public void close() {
    logger.removeHandler(this);
    logger.setUseParentHandlers(true);
    logger.setLevel(null);
  }
}
