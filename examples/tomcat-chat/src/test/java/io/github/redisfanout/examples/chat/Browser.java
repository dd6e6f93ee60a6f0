package io.github.redisfanout.examples.chat;

import static org.awaitility.Awaitility.await;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

/**
 * Chromium without a screen: opens windows, each a process with a profile of its own.
 *
 * <p>It is the one that is installed; nothing is downloaded. {@link #close()} ends all windows and
 * removes their files. Not thread-safe.
 */
final class Browser implements AutoCloseable {
  private static final String INSTALL =
      "install it (Debian: apt-get install chromium chromium-driver), or name it in ";
  private static final List<String> ARGUMENTS =
      List.of(
          "--headless=new",
          "--no-sandbox",
          "--disable-gpu",
          "--disable-quic",
          "--no-first-run",
          "--disable-background-networking",
          "--disable-component-update",
          "--disable-sync",
          "--disable-dev-shm-usage",
          "--window-size=1280,800");

  // Kept, because java.util.logging forgets a level with its logger. Selenium warns of a protocol
  // that is not used here.
  private static final Logger SELENIUM_LOG = Logger.getLogger("org.openqa.selenium");

  private final File chromium;
  private final File chromedriver;
  private final List<AutoCloseable> opened = new ArrayList<>();

  private Browser(File chromium, File chromedriver) {
    this.chromium = chromium;
    this.chromedriver = chromedriver;
    SELENIUM_LOG.setLevel(Level.SEVERE);
  }

  /**
   * Finds Chromium and its driver: {@code CHROME_BIN} and {@code CHROMEDRIVER}, else on the {@code
   * PATH}. If one is missing the test fails where {@code CI} is {@code true}, and is skipped
   * elsewhere.
   */
  static Browser find(Map<String, String> environment) {
    return new Browser(
        find("chromium", "CHROME_BIN", environment),
        find("chromedriver", "CHROMEDRIVER", environment));
  }

  private static File find(String name, String variable, Map<String, String> environment) {
    String named = environment.get(variable);
    Optional<File> found =
        named != null
            ? Optional.of(new File(named)).filter(File::canExecute)
            : Stream.of(environment.getOrDefault("PATH", "").split(File.pathSeparator))
                .map(directory -> new File(directory, name))
                .filter(File::canExecute)
                .findFirst();
    if (found.isPresent()) {
      return found.get();
    }
    String missing =
        (named != null ? variable + " is not executable: " + named : name + " is not on the PATH")
            + "; "
            + INSTALL
            + variable;
    if ("true".equals(environment.get("CI"))) {
      return Assertions.fail(missing);
    }
    return Assumptions.abort("no test in a browser: " + missing);
  }

  /** Opens an empty window that shares nothing with the others. */
  ChatWindow open() throws IOException {
    Path files = Files.createTempDirectory("chat-browser-");
    opened.add(() -> remove(files));
    LoggingPreferences logs = new LoggingPreferences();
    logs.enable(LogType.BROWSER, Level.ALL);
    ChromeOptions options = new ChromeOptions();
    options.setBinary(chromium);
    options.addArguments(ARGUMENTS);
    options.addArguments("--user-data-dir=" + files.resolve("profile"));
    options.setCapability(ChromeOptions.LOGGING_PREFS, logs);
    ChromeDriverService service =
        new ChromeDriverService.Builder()
            .usingDriverExecutable(chromedriver)
            .usingAnyFreePort()
            .withEnvironment(Map.of("TMPDIR", files.toString()))
            .build();
    ChromeDriver driver = new ChromeDriver(service, options);
    opened.add(driver::quit);
    return new ChatWindow(driver);
  }

  @Override
  public void close() throws Exception {
    while (!opened.isEmpty()) {
      opened.remove(opened.size() - 1).close();
    }
  }

  /** Chromium's last processes may still write for a moment. */
  private static void remove(Path directory) {
    await()
        .atMost(Duration.ofSeconds(10))
        .ignoreExceptions()
        .until(
            () -> {
              try (Stream<Path> paths = Files.walk(directory)) {
                for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                  Files.deleteIfExists(path);
                }
              }
              return Files.notExists(directory);
            });
  }
}
