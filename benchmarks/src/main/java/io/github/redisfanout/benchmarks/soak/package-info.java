/**
 * A soak: three nodes, their publishers and clients, and faults at random, with books of every
 * message.
 *
 * <pre>{@code
 * java -jar benchmarks.jar soak --minutes 10 --seed 7 --rate 4000
 * }</pre>
 *
 * <p>All nodes are in this JVM, so one clock says when anything happened. Redis is a process of its
 * own; each node reaches it through a proxy of its own. The seed decides which faults come and
 * when; what a fault hits is decided by the machine, so two runs of one seed are alike and not the
 * same.
 *
 * <p>It fails, and describes the first few offenders, if a published message is missing and nobody
 * was told, if one comes twice or after a later one of its publisher, if one comes to anybody whose
 * publisher was told that it reached nobody, if an outcome is missing, if a node's counters
 * disagree with the books, or if closing leaves a thread or connection behind. {@code late_unknown}
 * counts messages without an answer that arrived behind later ones: they lay in some buffer when
 * the next connection was made.
 */
@NullMarked
package io.github.redisfanout.benchmarks.soak;

import org.jspecify.annotations.NullMarked;
