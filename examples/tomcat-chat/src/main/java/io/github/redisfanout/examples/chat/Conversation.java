package io.github.redisfanout.examples.chat;

import java.util.List;

/** A conversation and who takes part in it. */
record Conversation(String id, List<String> participants) {}
