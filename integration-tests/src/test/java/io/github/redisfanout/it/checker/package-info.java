/**
 * Checks what clients received against what was published: lost, duplicated, reordered. Knows no
 * Redis and starts no threads; the fault tests and the soak test share it.
 *
 * <p>Start with {@link io.github.redisfanout.it.checker.DeliveryChecker}.
 */
package io.github.redisfanout.it.checker;
