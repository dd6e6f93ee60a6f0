package io.github.redisfanout;

import io.github.redisfanout.internal.wire.Control;

/** What a control does to each session of its target. */
final class ControlEffect implements Effect {
  private final Control control;
  private final Groups groups;

  ControlEffect(Control control, Groups groups) {
    this.control = control;
    this.groups = groups;
  }

  @Override
  public boolean isMessage() {
    return false;
  }

  @Override
  public boolean changesGroups() {
    return !(control instanceof Control.Disconnect);
  }

  /** So that no message for the group is taken for one that concerns nobody on the lane. */
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
