/**
 * The soak test: three nodes, their publishers and clients, random faults, and a check of every
 * message.
 *
 * <p>All nodes are in this JVM, so one clock says when anything happened. Redis is a separate
 * process, and each node reaches it through its own proxy. The seed decides which faults come and
 * when; what a fault hits depends on the machine, so two runs of one seed are alike and not the
 * same.
 *
 * <p>{@code late_unknown} counts messages without an answer that arrived behind later ones: they
 * lay in a buffer when the next connection was made.
 */
package io.github.redisfanout.it.soak;
