package io.github.redisfanout;

/** What one publish asks for beyond the usual. More values may be added. */
public enum PublishOption {
  /**
   * The receipt shall say which of the named users are offline, whichever way the message takes;
   * see {@link Receipt#knowsOffline}. Costs Redis 0.5 to 1 µs for each user of a message that is
   * not targeted, in one command, so at most 10,000 users may be named.
   */
  KNOW_OFFLINE;

  static final int MAX_KNOW_OFFLINE = 10_000;
}
