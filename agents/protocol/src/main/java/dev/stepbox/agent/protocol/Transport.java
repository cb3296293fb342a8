package dev.stepbox.agent.protocol;

import java.util.Optional;

/**
 * One end of a connection between an engine and a worker.
 *
 * <ul>
 *   <li>Order: what one end sends arrives once, whole, and in the order of the sends; sends of
 *       several threads are ordered one by one. The two directions know nothing of each other.
 *   <li>Back-pressure: a send waits while too much of this direction is unread. So an end must go
 *       on receiving while it sends: the thread that receives must not send.
 *   <li>Threads: any thread may send; one thread at a time receives; {@link #close()} may be called
 *       by any thread and wakes those that wait.
 *   <li>End: after a close of either end, what was sent before can still be received by the other
 *       end, then {@link #receive()} is empty for ever, and sends fail.
 * </ul>
 *
 * @param <S> what this end sends
 * @param <R> what this end receives
 */
public interface Transport<S extends Message, R extends Message> extends AutoCloseable {
  /**
   * Hand a message to the other end, after a wait if too much is unread there.
   *
   * @throws AgentException with {@link AgentErrorCode#TRANSPORT_CLOSED} when either end is closed
   */
  void send(S message) throws InterruptedException;

  /** The next message, after a wait if there is none yet; empty when the connection has ended. */
  Optional<R> receive() throws InterruptedException;

  /** End the connection; idempotent. */
  @Override
  void close();
}
