package io.github.redisfanout.backplane;

/**
 * One message to publish.
 *
 * @param channel where to
 * @param bytes its content, not copied: nobody may change it afterwards
 */
@SuppressWarnings("ArrayRecordComponent") // never compared; a copy per message would cost
public record Outgoing(String channel, byte[] bytes) {}
