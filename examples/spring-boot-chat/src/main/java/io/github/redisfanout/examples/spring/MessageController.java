package io.github.redisfanout.examples.spring;

import static java.util.Objects.requireNonNull;

import io.github.redisfanout.PublishException;
import io.github.redisfanout.Publisher;
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

  /**
   * What became of it.
   *
   * @param recipients users it was published for
   * @param nodes how many nodes Redis has sent it to
   */
  record Published(int recipients, long nodes) {}

  /** No thread waits for Redis: Spring answers when the future is done. */
  @PostMapping("/messages")
  @ResponseStatus(HttpStatus.ACCEPTED)
  CompletableFuture<Published> post(@RequestBody Message message) {
    return publisher
        .publish(message.to(), Map.of("text", requireNonNull(message.text(), "text == null")))
        .thenApply(receipt -> new Published(receipt.recipients(), receipt.nodes()));
  }

  @ExceptionHandler({IllegalArgumentException.class, NullPointerException.class})
  ProblemDetail badMessage(RuntimeException refused) {
    return ProblemDetail.forStatusAndDetail(HttpStatus.BAD_REQUEST, refused.getMessage());
  }

  /** The message says whether it may have reached somebody all the same. */
  @ExceptionHandler
  ProblemDetail notPublished(PublishException failed) {
    return ProblemDetail.forStatusAndDetail(HttpStatus.SERVICE_UNAVAILABLE, failed.getMessage());
  }
}
