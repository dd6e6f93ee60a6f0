package io.github.redisfanout;

import java.util.List;

/** A decoded message: whom it is for, and what they get. */
record Envelope(List<String> userIds, TextPayload payload) {}
