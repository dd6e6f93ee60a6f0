package io.github.redisfanout;

import java.util.function.Consumer;

/** Something that this node tells its clients by itself. */
record NoticeEffect(Consumer<FanoutSession> notice) implements Effect {

  @Override
  public boolean isMessage() {
    return false;
  }

  @Override
  public void apply(FanoutSession session) {
    notice.accept(session);
  }
}
