package io.github.redisfanout;

/**
 * Why a message took the common channel although {@link Routing#ADAPTIVE} is on. More values may be
 * added.
 */
public enum CommonReason {
  /**
   * It is for everyone, for several groups, or for users and groups; or it is no payload but asks
   * something of sessions or nodes.
   */
  AUDIENCE,
  /** The common channel costs Redis less: there are few nodes, or many recipients. */
  CHEAPER,
  /**
   * Somebody listens on the common channel who takes no targeted messages: another program, or a
   * node that broadcasts or is of an older version.
   */
  OTHER_SUBSCRIBERS,
  /** Sessions have just been added to the group by {@link Publisher#join}. */
  DETOUR,
  /**
   * Redis does not permit what targeting needs, see {@link FanoutHealth#notes}; or a backplane of
   * your own knows only one channel.
   */
  NOT_PERMITTED,
  /** It was not known how many nodes there are; so before the first answer of Redis. */
  NODES_UNKNOWN
}
