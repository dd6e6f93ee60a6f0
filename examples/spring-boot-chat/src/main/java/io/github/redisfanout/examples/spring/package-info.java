/** How an application with Spring Boot uses redis-fanout. */
@NullMarked
package io.github.redisfanout.examples.spring;

import org.jspecify.annotations.NullMarked;
