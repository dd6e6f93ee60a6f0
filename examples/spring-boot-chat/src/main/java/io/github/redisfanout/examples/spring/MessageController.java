package io.github.redisfanout.examples.spring;

import static java.util.Objects.requireNonNull;

import io.github.redisfanout.PublishException;
import io.github.redisfanout.Publisher;
import io.github.redisfanout.Receipt;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** Publishes; any bean may. The users can be connected to any node. */
@RestController
class MessageController {
  private final Publisher publisher;

  MessageController(Publisher publisher) {
    this.publisher = publisher;
  }

  /** A message and whom it is for. */
  record Message(List<String> to, String text) {}

  /** No thread waits for Redis: Spring answers when the future is done. */
  @PostMapping("/messages")
  @ResponseStatus(HttpStatus.ACCEPTED)
  CompletableFuture<Receipt> post(@RequestBody Message message) {
    return publisher.publish(
        message.to(), Map.of("text", requireNonNull(message.text(), "text == null")));
  }

  @ExceptionHandler({IllegalArgumentException.class, NullPointerException.class})
  ProblemDetail badMessage(RuntimeException refused) {
    return ProblemDetail.forStatusAndDetail(HttpStatus.BAD_REQUEST, refused.getMessage());
  }

  /** The message names the outcome: whether it may have reached somebody all the same. */
  @ExceptionHandler
  ProblemDetail notPublished(PublishException failed) {
    return ProblemDetail.forStatusAndDetail(HttpStatus.SERVICE_UNAVAILABLE, failed.getMessage());
  }
}
