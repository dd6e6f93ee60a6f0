package io.github.redisfanout.backplane.redis;

import io.github.redisfanout.backplane.Gap;

/** Why this node gives up a connection that is open. */
record Loss(Gap.Cause cause, String reason) {}
