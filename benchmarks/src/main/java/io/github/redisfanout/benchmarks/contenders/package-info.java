/**
 * Ways to reach users on other nodes, each used as its own documentation recommends.
 *
 * <p>All do the same work: two or more nodes in this JVM, one session per user, a payload that is
 * an object when it is published, and JSON text when it reaches the session.
 */
@NullMarked
package io.github.redisfanout.benchmarks.contenders;

import org.jspecify.annotations.NullMarked;
