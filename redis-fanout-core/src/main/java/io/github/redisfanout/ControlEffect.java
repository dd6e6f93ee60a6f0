package io.github.redisfanout;

import io.github.redisfanout.internal.wire.Control;

/** What a control does to each session of its target. */
final class ControlEffect implements Effect {
  private final Control control;
  private final long bytes;
  private final Groups groups;

  /** {@code names} is what the names in the target take, in bytes. */
  ControlEffect(Control control, long names, Groups groups) {
    this.control = control;
    bytes = Dispatcher.MESSAGE_BYTES + names + text(control).length();
    this.groups = groups;
  }

  private static String text(Control control) {
    if (control instanceof Control.Disconnect why) {
      return why.reason();
    } else if (control instanceof Control.Join join) {
      return join.group();
    }
    return control instanceof Control.Leave leave ? leave.group() : "";
  }

  @Override
  public long bytes() {
    return bytes;
  }

  @Override
  public boolean isMessage() {
    return false;
  }

  @Override
  public boolean changesGroups() {
    return !(control instanceof Control.Disconnect);
  }

  /**
   * So that no message for the group is taken for one that concerns nobody on the lane, and its
   * channel is subscribed at once, however far the lane is behind.
   */
  @Override
  public void offered(int lane) {
    expectMember(lane, 1);
  }

  @Override
  public void done(int lane) {
    expectMember(lane, -1);
  }

  private void expectMember(int lane, int change) {
    if (control instanceof Control.Join join) {
      groups.count(join.group(), lane, change);
    }
  }

  @Override
  public void apply(FanoutSession session) {
    if (control instanceof Control.Disconnect why) {
      session.disconnect(new Disconnect(why.code(), why.reason()));
    } else if (control instanceof Control.Leave leave) {
      groups.leaveNow(session, leave.group());
    } else if (control instanceof Control.Join join) {
      groups.joinNow(session, join.group());
    }
  }
}
