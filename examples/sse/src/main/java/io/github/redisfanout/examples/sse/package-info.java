/** Server-Sent Events in place of WebSockets: an adapter for a transport of one's own. */
@NullMarked
package io.github.redisfanout.examples.sse;

import org.jspecify.annotations.NullMarked;
