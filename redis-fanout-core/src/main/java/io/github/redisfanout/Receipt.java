package io.github.redisfanout;

/**
 * A publish that succeeded.
 *
 * @param recipients distinct users it named; 0 means there was nobody to publish to, and nothing
 *     was sent
 * @param receivers connections that Redis handed the message to, usually one per node; says nothing
 *     about which users are online
 */
public record Receipt(int recipients, long receivers) {}
