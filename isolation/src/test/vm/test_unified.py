"""Caps in the unified hierarchy: what the kernel does to a step, and what the exit record says of it."""

import os
import signal
import statistics

import tap
from protocol import *

MIB = 1024 * 1024


def writes(*pairs):
    return tuple(("unified", name, value) for name, value in pairs)


def memory(size):
    return writes(("memory.max", str(size)), ("memory.swap.max", "0"), ("memory.oom.group", "1"))


def reads(*names):
    return tuple(("unified", name) for name in names)


def counter(text, key):
    return next(int(line.split()[1]) for line in text.splitlines() if line.split()[0] == key)


build = tap.Build()
delegated = build.supervisor.cgroups["unified"]
tap.ok("cgroup=v2" in build.supervisor.line, "the supervisor says that it uses version 2",
       build.supervisor.line)

end, output = build.run(["/bin/cat", "/proc/self/cgroup"], reads=reads("memory.peak", "pids.peak", "cpu.stat"))
tap.equal(output, b"0::/\n", "a step sees its cgroup as the root of the hierarchy")
tap.ok(int(end.readings["unified", "memory.peak"]) > 0, "the peak of memory is read", end.readings)
tap.equal(end.readings["unified", "pids.peak"], "2", "it had two processes, with process 1")
tap.ok(counter(end.readings["unified", "cpu.stat"], "usage_usec") > 0, "the cpu time is read",
       end.readings)



def commands(group):
    """What the processes of a cgroup run; nothing where it has just gone."""
    try:
        with open(f"{group}/cgroup.procs", encoding="ascii") as processes:
            return [open(f"/proc/{process.strip()}/comm", encoding="ascii").read().strip()
                    for process in processes]
    except (FileNotFoundError, ProcessLookupError):
        return []


step = build.start(["/bin/sleep", "10000"])
mine = [commands(f"{delegated}/{name}") for name in os.listdir(delegated) if name.startswith("step-")]
tap.equal([sorted(each) for each in mine if "sleep" in each], [["sleep", "stepbox-init"]],
          "process 1 and the payload of a step are in one cgroup")
tap.equal(open(f"{delegated}/cgroup.procs", encoding="ascii").read(), "",
          "no process is in the build's own cgroup")

end, _ = build.sh("head -c 1G /dev/zero | tail -n 1; echo survived", writes=memory(64 * MIB),
                  reads=reads("memory.peak", "memory.events"))
tap.equal((end.outcome, end.reason), (1, "oom"), "a memory bomb ends by oom")
tap.ok(end.oom_kills > 0, "its out-of-memory kills are counted", end)
tap.ok(int(end.readings["unified", "memory.peak"]) <= 64 * MIB, "it never had more than its cap",
       end.readings)

end, output = build.sh("sleep 60 & { head -c 1G /dev/zero | tail -n 1; } & wait; echo survived",
                       writes=memory(64 * MIB))
tap.equal((end.reason, output), ("oom", b""), "all of a step dies when one process is too big")

end, output = build.sh("i=0; while [ $i -lt 40 ]; do sleep 1000 & i=$((i+1)); done; wait",
                       writes=writes(("pids.max", "16")), reads=reads("pids.peak", "pids.events"))
tap.equal(end.reason, "pids", "a step that may not fork ends by pids")
tap.equal(end.readings["unified", "pids.peak"], "16", "it had as many processes as its cap")

end, _ = build.sh("bomb() { bomb | bomb & }; bomb; wait; sleep 60",
                  writes=writes(("pids.max", "32")), timeout=3000, grace=100)
tap.equal(end.reason, "timeout", "a fork bomb is ended")
tap.ok(end.refused_forks > 0, "its refused forks are counted", end)

end, _ = build.sh("while :; do :; done", timeout=1500, grace=100,
                  writes=writes(("cpu.max", "20000 100000")), reads=reads("cpu.stat"))
tap.equal(end.reason, "timeout", "an endless step is ended")
stat = end.readings["unified", "cpu.stat"]
tap.ok(counter(stat, "throttled_usec") > 0, "its cpu was throttled", stat)
fifth = (end.ended - end.started) / 5 / 1000
tap.ok(counter(stat, "usage_usec") < 2 * fifth + 100_000, f"it got about a fifth of its time, {fifth:.0f} us", stat)

tap.raises("SETUP", lambda: build.sh("true", writes=writes(("memory.max", "much"))),
           "a value that the kernel refuses stops the step before its program")
tap.raises("SETUP", lambda: build.sh("true", writes=writes(("hugetlb.2MB.max", "0"))),
           "so does a controller that is not there")

tap.equal(len(build.client.list_steps()), 1, "the neighbour of all of these never noticed")
build.client.cancel(step)
tap.equal(build.client.wait_exit(step).reason, "cancel", "until it is cancelled")

starts = [build.sh("true")[0].start for _ in range(20)]
print(f"# from RUN to exec, emulated: median {statistics.median(starts) / 1e6:.2f} ms")
build.close()

killed = tap.Build()
delegated = killed.supervisor.cgroups["unified"]
killed.start(["/bin/sh", "-c", "setsid sleep 60 & sleep 60"])
os.kill(killed.supervisor.pid, signal.SIGKILL)
groups = [f"{delegated}/{name}" for name in os.listdir(delegated) if name.startswith("step-")]


def are_empty():
    return not any(open(f"{group}/cgroup.procs", encoding="ascii").read() for group in groups)


tap.ok(eventually(are_empty), "when a supervisor is killed, its cgroups get empty")
killed.supervisor.remove_cgroups()
tap.ok(not os.path.exists(delegated), "and can be removed")
tap.done()
