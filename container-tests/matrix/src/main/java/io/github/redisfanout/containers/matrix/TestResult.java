package io.github.redisfanout.containers.matrix;

import org.jspecify.annotations.Nullable;

/**
 * What one test of one container came to.
 *
 * @param contract the subject it belongs to, such as {@code Hostile}
 * @param test its name, such as {@code peerThatResetsIsUnregistered}
 * @param skipped why it was given up, in a sentence; null if it passed
 */
record TestResult(String contract, String test, @Nullable String skipped) {}
