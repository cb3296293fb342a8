package dev.stepbox.agent.worker.workspace;

import dev.stepbox.agent.protocol.Action;
import dev.stepbox.agent.protocol.Assignment;
import dev.stepbox.agent.protocol.Caps;
import dev.stepbox.agent.protocol.Isolation;
import dev.stepbox.agent.protocol.NetworkMode;
import dev.stepbox.agent.protocol.StepAssignment;
import dev.stepbox.isolation.MachineSpec;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The virtual machine of a stage: as large as the largest of its steps may be. */
final class GuestNeeds {
  private GuestNeeds() {}

  /** Null for a stage whose steps run in containers. */
  static @Nullable MachineSpec of(Assignment assignment) {
    if (assignment.settings().isolation() != Isolation.VM) {
      return null;
    }
    List<Action.Shell> commands = new ArrayList<>();
    for (StepAssignment step : assignment.allSteps()) {
      if (step.action() instanceof Action.Shell shell) {
        commands.add(shell);
      }
    }
    boolean hasNetwork = commands.stream().anyMatch(each -> each.network() != NetworkMode.NONE);
    return new MachineSpec(
        largest(commands, Caps::cpuMillis),
        largest(commands, Caps::memoryBytes),
        hasNetwork
            ? dev.stepbox.isolation.NetworkMode.BUILD
            : dev.stepbox.isolation.NetworkMode.NONE);
  }

  /** Null as soon as one of them has no limit. */
  private static <N extends Comparable<N>> @Nullable N largest(
      List<Action.Shell> commands, Function<Caps, @Nullable N> limit) {
    List<N> limits = new ArrayList<>();
    for (Action.Shell command : commands) {
      N value = limit.apply(command.caps());
      if (value == null) {
        return null;
      }
      limits.add(value);
    }
    return limits.isEmpty() ? null : Collections.max(limits);
  }
}
