/**
 * What was published, who should have received it and who did; knows no Redis and no threads.
 *
 * <p>Everything is told to {@link io.github.redisfanout.benchmarks.soak.books.Books}, which keeps a
 * message until its outcome is some time ago, judges it, and forgets it.
 */
@NullMarked
package io.github.redisfanout.benchmarks.soak.books;

import org.jspecify.annotations.NullMarked;
