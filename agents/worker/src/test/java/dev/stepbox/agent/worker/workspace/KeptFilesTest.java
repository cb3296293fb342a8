package dev.stepbox.agent.worker.workspace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.agent.worker.workspace.WorkspaceView.Found;
import dev.stepbox.isolation.TreeEntry;
import dev.stepbox.isolation.TreeEntry.Kind;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class KeptFilesTest {

  private static Found file(long bytes) {
    var entry = new TreeEntry("f", Kind.FILE, 0644, 0, 0, bytes, 0, 1, 1, "", new TreeMap<>());
    return new Found("f", entry, Path.of("/store/layer"));
  }

  @Test
  void oneStepKeeps100000FilesAtMost() {
    assertThat(KeptFiles.excess(Collections.nCopies(100_000, file(1)))).isEmpty();
    assertThat(KeptFiles.excess(Collections.nCopies(100_001, file(1))))
        .isEqualTo(
            "100001 files match, the limit is 100000. Match fewer, or pack them into an archive.");
  }

  @Test
  void sizesThatHolesMakeDoNotOverflowTheSum() {
    assertThat(KeptFiles.excess(Collections.nCopies(4, file(Long.MAX_VALUE / 2))))
        .startsWith("the files have more than");
  }

  @Test
  void oneStepKeeps64GibibytesAtMost() {
    long half = KeptFiles.MAX_BYTES / 2;
    assertThat(KeptFiles.excess(List.of(file(half), file(half)))).isEmpty();
    assertThat(KeptFiles.excess(List.of(file(half), file(half), file(1))))
        .isEqualTo("the files have more than 68719476736 bytes, which is the limit. Match fewer.");
  }
}
