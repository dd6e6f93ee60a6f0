package io.github.redisfanout;

import io.github.redisfanout.backplane.Backplane;
import io.github.redisfanout.backplane.BackplaneListener;
import io.github.redisfanout.backplane.BackplaneStatus;
import io.github.redisfanout.backplane.Outgoing;
import io.github.redisfanout.backplane.PublishAnswer;
import io.github.redisfanout.backplane.PublishCallback;
import io.github.redisfanout.backplane.Receiver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** A backplane that keeps what is published, and does nothing else. */
final class PublishRecorder implements Backplane {
  final List<Outgoing> published = new ArrayList<>();

  Publisher publisher(FanoutConfig config) {
    return new Publisher(this, new JacksonPayloadEncoder(), config, Runnable::run);
  }

  @Override
  public void publish(Outgoing message, PublishCallback callback) {
    published.add(message);
    callback.published(PublishAnswer.ofNodes(1));
  }

  @Override
  public void close(Duration flush) {}

  @Override
  public void start(Receiver receiver) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void startPublishing(BackplaneListener listener) {
    throw new UnsupportedOperationException();
  }

  @Override
  public CompletionStage<Void> subscribe(Collection<String> channels) {
    throw new UnsupportedOperationException();
  }

  @Override
  public CompletionStage<Void> unsubscribe(Collection<String> channels) {
    throw new UnsupportedOperationException();
  }

  @Override
  public BackplaneStatus status() {
    throw new UnsupportedOperationException();
  }
}
