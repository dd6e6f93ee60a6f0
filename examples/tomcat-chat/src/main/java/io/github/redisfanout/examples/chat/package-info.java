/** A chat on two Tomcat nodes and one Redis: what a newcomer starts first. */
@NullMarked
package io.github.redisfanout.examples.chat;

import org.jspecify.annotations.NullMarked;
