package io.github.redisfanout;

/** On which channels messages travel. More values may be added. */
public enum Routing {
  /** On one common channel, which all nodes receive. Right for a few nodes. */
  BROADCAST,
  /**
   * On the channels of the users or the group, which only nodes receive that have such a session,
   * or on the common one: whichever costs Redis less for this message.
   */
  ADAPTIVE
}
