package dev.stepbox.isolation.linux;

import dev.stepbox.isolation.SandboxErrorCode;
import dev.stepbox.isolation.SandboxException;
import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A connection to a supervisor. Safe for use by several threads; one thread of its own reads.
 *
 * <p>The channel does not block: a blocking one would be closed for all when a thread that happens
 * to use it is interrupted.
 */
final class LauncherClient implements AutoCloseable {
  private static final int READ_BYTES = 64 * 1024;

  private final SocketChannel channel;
  private final Selector readable;
  private final Listener listener;
  private final AtomicInteger requests = new AtomicInteger();
  private final Map<Integer, PendingCall> pending = new ConcurrentHashMap<>();
  private final ReentrantLock sending = new ReentrantLock();
  private volatile @Nullable SandboxException lost;
  private volatile boolean closing;

  /** Hears what the supervisor says by itself. Called on the reading thread, so must not wait. */
  interface Listener {
    /** A step ended. */
    void exited(ExitBody body);

    /** The connection is gone; nothing more will come. Not called after {@link #close()}. */
    void lost(SandboxException why);
  }

  private LauncherClient(SocketChannel channel, Selector readable, Listener listener) {
    this.channel = channel;
    this.readable = readable;
    this.listener = listener;
  }

  /**
   * Has the JDK do what it does before the first socket of its kind, such as to look for a source
   * of chance among its security providers: for milliseconds, in which a launcher is at work, too.
   */
  static void makeReady() throws IOException {
    SocketChannel.open(StandardProtocolFamily.UNIX).close();
  }

  /** Connects to a socket at which a supervisor listens. */
  static LauncherClient connect(Path socket, Listener listener) throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      channel.connect(UnixDomainSocketAddress.of(socket));
      channel.configureBlocking(false);
      Selector readable = Selector.open();
      channel.register(readable, SelectionKey.OP_READ);
      LauncherClient client = new LauncherClient(channel, readable, listener);
      Thread.ofPlatform().daemon().name("stepbox-launcher").start(client::readAll);
      return client;
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /** Sends a request; the answer is asked of what is returned. */
  PendingCall send(int type, FrameWriter body) {
    int request = requests.incrementAndGet();
    PendingCall call = new PendingCall(type);
    pending.put(request, call);
    try {
      write(body.frame(type, request));
    } catch (SandboxException e) {
      pending.remove(request);
      throw e;
    } catch (IOException e) {
      pending.remove(request);
      SandboxException why = lost(e);
      throw new SandboxException(why.code(), why.getMessage(), e);
    }
    SandboxException before = lost;
    if (before != null) {
      call.fail(before);
    }
    return call;
  }

  private void write(ByteBuffer frame) throws IOException {
    sending.lock();
    try {
      while (frame.hasRemaining()) {
        if (channel.write(frame) == 0) {
          awaitWritable();
        }
      }
    } finally {
      sending.unlock();
    }
  }

  /** Rare: the supervisor reads all the time, and requests are small. */
  private void awaitWritable() throws IOException {
    boolean isInterrupted = Thread.interrupted();
    try (Selector writable = Selector.open()) {
      channel.register(writable, SelectionKey.OP_WRITE);
      writable.select();
      isInterrupted |= Thread.interrupted();
    } finally {
      if (isInterrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  // ---- the reading thread

  private void readAll() {
    try {
      ByteBuffer in = ByteBuffer.allocate(READ_BYTES).order(ByteOrder.LITTLE_ENDIAN);
      while (true) {
        int read = channel.read(in);
        if (read < 0) {
          throw new EOFException("the supervisor closed the connection");
        }
        if (read == 0) {
          readable.select();
        }
        in = handleFrames(in.flip());
      }
    } catch (IOException | ClosedSelectorException e) {
      end(lost(e));
    } catch (SandboxException e) {
      lost = e;
      end(e);
    } catch (RuntimeException e) {
      broke(SandboxErrorCode.PROTOCOL, e);
    } catch (Error e) {
      // Also when memory is short: whoever waits for an answer would wait for ever if this thread
      // ended without a word.
      broke(SandboxErrorCode.SUPERVISOR_LOST, e);
    } finally {
      closeQuietly();
    }
  }

  private void broke(SandboxErrorCode code, Throwable e) {
    SandboxException why =
        new SandboxException(code, "cannot take what the supervisor says: " + e, e);
    lost = why;
    end(why);
  }

  /** Handles the whole frames of a buffer, and makes room for the rest of the last one. */
  private ByteBuffer handleFrames(ByteBuffer in) {
    int wanted = READ_BYTES;
    while (in.remaining() >= Wire.LENGTH_BYTES) {
      long length = Integer.toUnsignedLong(in.getInt(in.position()));
      if (length < Wire.HEADER_BYTES || length > Wire.FRAME_MAX) {
        throw FrameReader.broken("a frame of %d bytes".formatted(length));
      }
      int whole = Wire.LENGTH_BYTES + (int) length;
      if (in.remaining() < whole) {
        wanted = Math.max(wanted, whole);
        break;
      }
      handle(in, (int) length);
    }
    if (wanted > in.capacity()) {
      return ByteBuffer.allocate(wanted).order(ByteOrder.LITTLE_ENDIAN).put(in);
    }
    return in.compact();
  }

  private void handle(ByteBuffer in, int length) {
    in.position(in.position() + Wire.LENGTH_BYTES);
    int type = Short.toUnsignedInt(in.getShort());
    int flags = Short.toUnsignedInt(in.getShort());
    int request = in.getInt();
    byte[] body = new byte[length - Wire.HEADER_BYTES];
    in.get(body);
    if (type == Wire.EVENT_EXITED) {
      listener.exited(ExitBody.decode(FrameReader.of(body)));
      return;
    }
    boolean hasMore = (flags & Wire.FLAG_MORE) != 0;
    PendingCall call = hasMore ? pending.get(request) : pending.remove(request);
    if (call == null) {
      throw FrameReader.broken("an answer of type %d to no request".formatted(type));
    }
    if (type == Wire.ERROR) {
      call.refuse(Refusal.decode(FrameReader.of(body)));
    } else if (type == (Wire.REPLY | call.type())) {
      call.answer(FrameReader.of(body), body.length, hasMore);
    } else {
      throw FrameReader.broken(
          "an answer of type %d to a request of type %d".formatted(type, call.type()));
    }
  }

  private SandboxException lost(Exception cause) {
    SandboxException known = lost;
    if (known == null) {
      known =
          new SandboxException(
              SandboxErrorCode.SUPERVISOR_LOST,
              "the supervisor of the build is gone, or another engine has taken it over: "
                  + cause.getMessage(),
              cause);
      lost = known;
    }
    return known;
  }

  private void end(SandboxException why) {
    Queue<PendingCall> open = new ConcurrentLinkedQueue<>(pending.values());
    pending.clear();
    open.forEach(call -> call.breakOff(why));
    if (!closing) {
      listener.lost(why);
    }
  }

  /** Ends the connection; the supervisor goes on. */
  @Override
  public void close() {
    closing = true;
    closeQuietly();
  }

  private void closeQuietly() {
    try {
      channel.close();
      readable.close();
    } catch (IOException ignored) {
      // Nothing is written at close, so nothing can be lost by it.
    }
  }
}
