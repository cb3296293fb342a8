package dev.stepbox.isolation.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stepbox.isolation.Eventually;
import dev.stepbox.isolation.SandboxErrorCode;
import dev.stepbox.isolation.SandboxException;
import dev.stepbox.isolation.linux.FakeLauncher.Request;
import dev.stepbox.isolation.linux.PendingCall.Answer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class LauncherClientTest {
  @TempDir private Path directory;

  private final BlockingQueue<SandboxException> losses = new LinkedBlockingQueue<>();
  private final BlockingQueue<String> ends = new LinkedBlockingQueue<>();
  private volatile @Nullable Throwable defect;
  private FakeLauncher launcher;
  private LauncherClient client;

  @BeforeEach
  void connect() throws IOException {
    launcher = new FakeLauncher(directory.resolve("socket"));
    client =
        LauncherClient.connect(
            directory.resolve("socket"),
            new LauncherClient.Listener() {
              @Override
              public void exited(ExitBody body) {
                switch (defect) {
                  case RuntimeException thrown -> throw thrown;
                  case Error thrown -> throw thrown;
                  case null, default -> {}
                }
                ends.add(body.step());
              }

              @Override
              public void lost(SandboxException why) {
                losses.add(why);
              }
            });
    launcher.accept();
  }

  @AfterEach
  void close() throws IOException {
    client.close();
    launcher.close();
  }

  @Test
  void answersFindTheirRequestsInAnyOrder() throws IOException, InterruptedException {
    PendingCall first = client.send(Wire.USAGE, new FrameWriter().str("first"));
    PendingCall second = client.send(Wire.CANCEL, new FrameWriter().str("second"));
    Request one = launcher.take();
    Request two = launcher.take();
    launcher.answer(two, new FrameWriter().str("2"), false);
    launcher.answer(one, new FrameWriter().str("1"), false);
    assertThat(text(second.await())).isEqualTo("2");
    assertThat(text(first.await())).isEqualTo("1");
  }

  @Test
  void anAnswerMayComeInSeveralFrames() throws IOException, InterruptedException {
    PendingCall call = client.send(Wire.LIST_TREE, new FrameWriter());
    Request request = launcher.take();
    launcher.answer(request, new FrameWriter().str("a"), true);
    launcher.answer(request, new FrameWriter().str("b"), true);
    launcher.answer(request, new FrameWriter().str("c"), false);
    List<String> early = new ArrayList<>();
    Answer last = call.await(frame -> early.add(frame.str()));
    assertThat(early).containsExactly("a", "b");
    assertThat(text(last)).isEqualTo("c");
  }

  @Test
  void aRefusalIsAnAnswer() throws IOException, InterruptedException {
    PendingCall call = client.send(Wire.RUN, new FrameWriter());
    FrameWriter body = new FrameWriter().u32(6).u32(13).str("mount").str("/proc").str("no");
    launcher.send(Wire.ERROR, 0, launcher.take().request(), body);
    assertThat(call.await())
        .isEqualTo(new Answer.Refused(new Refusal(6, 13, "mount", "/proc", "no")));
  }

  @Test
  void framesOfAnySizeAndInAnyPiecesAreRead() throws Exception {
    PendingCall call = client.send(Wire.READ_FILE, new FrameWriter());
    Request request = launcher.take();
    byte[] content = new byte[1_000_000];
    ByteBuffer frame =
        new FrameWriter().bytes(content).frame(Wire.REPLY | request.type(), request.request());
    FutureTask<Void> sender =
        new FutureTask<>(() -> {
          while (frame.hasRemaining()) {
            int piece = Math.min(frame.remaining(), 70_001);
            launcher.write(frame.slice(frame.position(), piece));
            frame.position(frame.position() + piece);
          }
          return null;
        });
    Thread.ofPlatform().daemon().start(sender);
    assertThat(call.await())
        .isInstanceOfSatisfying(
            Answer.Done.class, done -> assertThat(done.body().bytes()).hasSize(1_000_000));
    sender.get();
  }

  @Test
  void aFrameLargerThanAllowedEndsTheConnection() throws IOException, InterruptedException {
    launcher.write(new FrameWriter().u32(0).frame(1, 1).putInt(0, Wire.FRAME_MAX + 1));
    assertThat(losses.take().code()).isEqualTo(SandboxErrorCode.PROTOCOL);
  }

  @Test
  void anAnswerToNoRequestEndsTheConnection() throws IOException, InterruptedException {
    launcher.send(Wire.REPLY | Wire.RUN, 0, 99, new FrameWriter());
    assertThat(losses.take().code()).isEqualTo(SandboxErrorCode.PROTOCOL);
  }

  @Test
  void whoWaitsIsToldOfADefectInWhatHearsTheEnds() throws IOException, InterruptedException {
    RuntimeException thrown = new IllegalStateException("seen by whoever waits");
    defect = thrown;
    PendingCall call = client.send(Wire.RUN, new FrameWriter());
    launcher.take();
    launcher.send(Wire.EVENT_EXITED, 0, 0, ExitBodyTest.written(1, 0, 0));
    assertThatThrownBy(call::await).hasRootCause(thrown);
    assertThat(losses.take().code()).isEqualTo(SandboxErrorCode.PROTOCOL);
  }

  @Test
  @Timeout(20)
  void whoWaitsIsToldThatMemoryIsShort() throws IOException, InterruptedException {
    Error thrown = new OutOfMemoryError("of a test");
    defect = thrown;
    PendingCall call = client.send(Wire.LIST_TREE, new FrameWriter());
    launcher.answer(launcher.take(), new FrameWriter().str("a"), true);
    launcher.send(Wire.EVENT_EXITED, 0, 0, ExitBodyTest.written(1, 0, 0));
    assertThatThrownBy(() -> call.await(_ -> {})).hasRootCause(thrown);
    assertThat(losses.take().code()).isEqualTo(SandboxErrorCode.SUPERVISOR_LOST);
  }

  @Test
  void whoWaitsIsToldThatTheSupervisorIsGone() throws IOException, InterruptedException {
    PendingCall call = client.send(Wire.RUN, new FrameWriter());
    launcher.take();
    launcher.hangUp();
    assertThatThrownBy(call::await)
        .isInstanceOfSatisfying(
            SandboxException.class,
            e -> assertThat(e.code()).isEqualTo(SandboxErrorCode.SUPERVISOR_LOST));
    assertThat(losses.take().code()).isEqualTo(SandboxErrorCode.SUPERVISOR_LOST);
    assertThatThrownBy(() -> client.send(Wire.RUN, new FrameWriter()).await())
        .isInstanceOf(SandboxException.class);
  }

  @Test
  void closingIsNoLoss() throws IOException, InterruptedException {
    PendingCall call = client.send(Wire.RUN, new FrameWriter());
    launcher.take();
    client.close();
    assertThatThrownBy(call::await).isInstanceOf(SandboxException.class);
    assertThat(losses).isEmpty();
  }

  @Test
  void anInterruptedThreadDoesNotCutTheConnection() throws IOException, InterruptedException {
    Thread.currentThread().interrupt();
    PendingCall interrupted = client.send(Wire.USAGE, new FrameWriter().str("one"));
    assertThatThrownBy(interrupted::await).isInstanceOf(InterruptedException.class);
    PendingCall next = client.send(Wire.USAGE, new FrameWriter().str("two"));
    launcher.answer(launcher.take(), new FrameWriter().str("late"), false);
    launcher.answer(launcher.take(), new FrameWriter().str("in time"), false);
    assertThat(text(next.await())).isEqualTo("in time");
  }

  @Test
  void aSlowReaderHoldsTheWriterBackAndLosesNothing()
      throws IOException, InterruptedException, ExecutionException {
    int count = 8;
    FutureTask<Void> writer =
        new FutureTask<>(() -> {
          for (int i = 0; i < count; i++) {
            client.send(Wire.APPLY, new FrameWriter().bytes(new byte[1_000_000]));
          }
          return null;
        });
    Thread thread = Thread.ofPlatform().start(writer);
    Eventually.holds(
        "the writer waits", () -> assertThat(thread.getState()).isEqualTo(Thread.State.RUNNABLE));
    thread.interrupt();
    for (int i = 0; i < count; i++) {
      assertThat(launcher.take().body().bytes()).hasSize(1_000_000);
    }
    writer.get();
  }

  private static String text(Answer answer) {
    return switch (answer) {
      case Answer.Done done -> done.body().str();
      case Answer.Refused refused -> refused.refusal().message();
    };
  }
}
