package dev.stepbox.isolation.linux;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The other end of a connection, which a test plays by hand. */
final class FakeLauncher implements AutoCloseable {
  private final ServerSocketChannel server;
  private @Nullable SocketChannel channel;

  record Request(int type, int request, FrameReader body) {}

  FakeLauncher(Path socket) throws IOException {
    server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(socket));
  }

  void accept() throws IOException {
    channel = server.accept();
  }

  Request take() throws IOException {
    ByteBuffer head = read(12);
    int length = head.getInt();
    int type = Short.toUnsignedInt(head.getShort());
    head.getShort();
    int request = head.getInt();
    return new Request(type, request, new FrameReader(read(length - 8)));
  }

  private ByteBuffer read(int bytes) throws IOException {
    ByteBuffer in = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    while (in.hasRemaining()) {
      if (connection().read(in) < 0) {
        throw new IOException("closed");
      }
    }
    return in.flip();
  }

  void answer(Request request, FrameWriter body, boolean hasMore) throws IOException {
    send(Wire.REPLY | request.type(), hasMore ? 1 : 0, request.request(), body);
  }

  void send(int type, int flags, int request, FrameWriter body) throws IOException {
    ByteBuffer frame = body.frame(type, request);
    frame.putShort(6, (short) flags);
    write(frame);
  }

  void write(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      connection().write(bytes);
    }
  }

  void hangUp() throws IOException {
    connection().close();
  }

  private SocketChannel connection() {
    return Objects.requireNonNull(channel, "nobody has connected");
  }

  @Override
  public void close() throws IOException {
    server.close();
    if (channel != null) {
      channel.close();
    }
  }
}
