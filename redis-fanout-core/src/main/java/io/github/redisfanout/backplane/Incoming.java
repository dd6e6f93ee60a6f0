package io.github.redisfanout.backplane;

/**
 * One message that a backplane received.
 *
 * @param channel where it was published
 * @param bytes its content, not copied: the receiver must not change it
 */
// A record and not two parameters: a durable backplane adds the message's position here.
@SuppressWarnings("ArrayRecordComponent") // never compared; a copy per message would cost
public record Incoming(String channel, byte[] bytes) {}
