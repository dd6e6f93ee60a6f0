package io.github.redisfanout.examples.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.logging.Level;
import org.openqa.selenium.By;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.support.ui.ExpectedCondition;
import org.openqa.selenium.support.ui.ExpectedConditions;
import org.openqa.selenium.support.ui.WebDriverWait;

/** The chat's page in a window, as its user sees it. Not thread-safe. */
final class ChatWindow {
  private static final Duration PATIENCE = Duration.ofSeconds(15);
  private static final Duration POLL = Duration.ofMillis(50);

  /** One message on the page. */
  record Message(String sender, String content) {}

  private final ChromeDriver driver;

  ChatWindow(ChromeDriver driver) {
    this.driver = driver;
  }

  /** Leaves the page that is shown, and its console, and goes to this one. */
  void visit(String url) {
    driver.get(url);
    consoleProblems(); // those of the page before
  }

  /** Logs in and waits until the page is connected. */
  void logIn(String userId) {
    type("user-id", userId);
    click("login-button");
    awaitConnection("connected");
  }

  void awaitConnection(String state) {
    until(
        "the connection is " + state,
        ExpectedConditions.attributeToBe(By.id("connection-status"), "data-state", state));
  }

  void awaitNodeName(String name) {
    until("the node is " + name, ExpectedConditions.textToBe(By.id("node-name"), name));
  }

  /** Starts a conversation, which the page then opens. */
  void startConversation(String participants) {
    type("participants", participants);
    click("create-button");
    awaitOpenConversation();
  }

  /** Opens the only conversation there is, as soon as there is one. */
  void openConversation() {
    until(
            "a conversation is listed",
            ExpectedConditions.elementToBeClickable(By.cssSelector(".conversation[data-id] > a")))
        .click();
    awaitOpenConversation();
  }

  /** Waits until this many conversations are listed as unread. */
  void awaitUnreadConversations(int count) {
    until(
        count + " unread conversations",
        ExpectedConditions.numberOfElementsToBe(By.cssSelector(".conversation.has-unread"), count));
  }

  private void awaitOpenConversation() {
    until(
        "a conversation is open",
        ExpectedConditions.visibilityOfElementLocated(By.id("message-form")));
  }

  String conversationTitle() {
    return driver.findElement(By.id("conversation-title")).getText();
  }

  void send(String content) {
    typeMessage(content);
    sendTyped();
  }

  void sendTyped() {
    click("send-button");
  }

  void typeMessage(String content) {
    type("content", content);
  }

  /** Waits for what the page says of who is typing in the open conversation. */
  void awaitTyping(String text) {
    until("typing: '" + text + "'", ExpectedConditions.textToBe(By.id("typing"), text));
  }

  String typing() {
    return driver.findElement(By.id("typing")).getText();
  }

  /** Waits until a user is marked so in the open conversation; has the page ask again meanwhile. */
  void awaitPresence(String user, String state) {
    await()
        .atMost(PATIENCE)
        .pollInterval(POLL)
        .until(
            () -> {
              driver.executeScript("document.dispatchEvent(new Event('visibilitychange'))");
              return driver.executeScript(
                  "return [...document.querySelectorAll('#people .person')]"
                      + ".find(person => person.dataset.user === arguments[0])?.dataset.presence",
                  user);
            },
            state::equals);
  }

  /** Waits until one's own messages are marked so, the oldest first. */
  void awaitReach(String... expected) {
    await()
        .atMost(PATIENCE)
        .pollInterval(POLL)
        .untilAsserted(
            () ->
                assertThat(
                        evaluate(
                            "[...document.querySelectorAll('.own .reach')]"
                                + ".map(mark => mark.innerText.replaceAll('\\n', ' '))"))
                    .isEqualTo(List.of(expected)));
  }

  void awaitMessages(List<Message> expected) {
    await()
        .atMost(PATIENCE)
        .pollInterval(POLL)
        .untilAsserted(() -> assertThat(messages()).isEqualTo(expected));
  }

  /** All of them read at once: the page may change between two questions. */
  private List<Message> messages() {
    List<?> rows =
        (List<?>)
            driver.executeScript(
                """
                return [...document.querySelectorAll('#messages .message')]
                    .filter(message => message.checkVisibility())
                    .map(message => [message.dataset.sender,
                        message.querySelector('.content').textContent]);
                """);
    return rows.stream()
        .map(row -> (List<?>) row)
        .map(row -> new Message((String) row.get(0), (String) row.get(1)))
        .toList();
  }

  /** What the page tells its user of failures. */
  String error() {
    return driver.findElement(By.id("error")).getText();
  }

  /** What the page's own scripts, or those that crept in, left behind. */
  Object evaluate(String expression) {
    return driver.executeScript("return " + expression);
  }

  /** Errors and warnings in the console since the last call, violations of the CSP among them. */
  List<String> consoleProblems() {
    return driver.manage().logs().get(LogType.BROWSER).getAll().stream()
        .filter(entry -> entry.getLevel().intValue() >= Level.WARNING.intValue())
        .map(Object::toString)
        .toList();
  }

  private void type(String id, String text) {
    clickable(id).sendKeys(text);
  }

  private void click(String id) {
    clickable(id).click();
  }

  private WebElement clickable(String id) {
    return until(id + " is clickable", ExpectedConditions.elementToBeClickable(By.id(id)));
  }

  private <T> T until(String what, ExpectedCondition<T> condition) {
    return new WebDriverWait(driver, PATIENCE, POLL).withMessage(what).until(condition);
  }
}
