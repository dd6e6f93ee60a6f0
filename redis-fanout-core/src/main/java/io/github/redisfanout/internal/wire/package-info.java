/**
 * The wire format: reading, writing and signing of messages; not for users, and not part of the
 * API.
 *
 * <p>Knows Jackson, and neither sessions nor configuration. The rules are in docs/wire-format.md.
 */
@NullMarked
package io.github.redisfanout.internal.wire;

import org.jspecify.annotations.NullMarked;
