/** Small tools that several packages need; not for users, and not part of the API. */
@NullMarked
package io.github.redisfanout.internal;

import org.jspecify.annotations.NullMarked;
