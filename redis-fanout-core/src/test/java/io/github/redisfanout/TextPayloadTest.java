package io.github.redisfanout;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class TextPayloadTest {
  private final TextPayload payload = new TextPayload("\"é 😀\"", 9);

  @Test
  void bytesAreTheTextInUtf8() {
    assertThat(UTF_8.decode(payload.utf8()).toString()).isEqualTo(payload.text());
    assertThat(payload.utf8().remaining()).isEqualTo(payload.bytes()).isEqualTo(9);
  }

  @Test
  void everyReaderHasItsOwnPosition() {
    ByteBuffer first = payload.utf8();
    first.position(5).limit(6);

    assertThat(payload.utf8().position()).isZero();
    assertThat(payload.utf8().remaining()).isEqualTo(9);
  }

  @Test
  void nobodyCanChangeWhatOthersRead() {
    assertThat(payload.utf8().isReadOnly()).isTrue();
    assertThat(payload.utf8().hasArray()).isFalse();
  }
}
