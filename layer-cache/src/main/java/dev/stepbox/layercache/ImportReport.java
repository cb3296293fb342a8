package dev.stepbox.layercache;

import java.util.List;

/**
 * What an import did.
 *
 * @param layersNew how many layers the store did not have before
 * @param entries tar entries unpacked
 * @param bytes of file content unpacked
 * @param notices what was not taken over as it stands in the archive, one sentence each
 */
public record ImportReport(
    Image image, int layersNew, long entries, long bytes, List<String> notices) {
  public ImportReport {
    notices = List.copyOf(notices);
  }
}
