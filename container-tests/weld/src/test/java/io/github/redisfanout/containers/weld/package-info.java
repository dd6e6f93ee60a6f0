/**
 * Endpoints with CDI: which ways work with Weld on an embedded Tomcat.
 *
 * <ul>
 *   <li>An endpoint that Tomcat makes is <b>not</b> injected, although Weld does inject servlets
 *       and filters: Tomcat makes it in its own default configurator, which knows nothing of Weld.
 *       Its {@code @Inject} fields stay null. See {@link
 *       io.github.redisfanout.containers.weld.ContainerMadeSocket}.
 *   <li>An annotated endpoint whose configurator asks CDI works: {@link
 *       io.github.redisfanout.containers.weld.CdiConfigurator}, which is one method.
 *   <li>So does one whose supplier asks CDI: {@code sockets.supplyEndpoints(ChatSocket.class, () ->
 *       CDI.current().select(ChatSocket.class).get())}.
 * </ul>
 *
 * <p>Choose {@code @ApplicationScoped}, one endpoint for all connections: it needs to know nothing
 * of a connection, as the adapter does, and there is nothing to destroy. A {@code @Dependent} one
 * is destroyed by nobody, unless by its own {@code @OnClose} and by the very {@code Instance} that
 * made it, see {@link io.github.redisfanout.containers.weld.DependentSocket}; {@code
 * CDI.current().destroy(this)} does nothing. {@code @Singleton} alone does not make a class a bean
 * where beans are discovered by annotations, which they are by default: CDI then knows no such
 * endpoint, Tomcat logs {@code WELD-001334} and ends the connection after its handshake (1006).
 *
 * <p>What the library gives is final and cannot be proxied, so it is produced as
 * {@code @Singleton}: see {@link io.github.redisfanout.containers.weld.FanoutProducer}.
 */
@NullMarked
package io.github.redisfanout.containers.weld;

import org.jspecify.annotations.NullMarked;
