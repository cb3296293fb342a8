"""Caps: time, memory, pids, disk; and what is left after them."""

import os
import time as clock

import tap
from protocol import *

build = tap.Build()
client = build.client
V2 = "unified" in build.supervisor.cgroups


def memory(limit):
    return ([("memory", "memory.max", str(limit)), ("memory", "memory.swap.max", "0")] if V2 else
            [("memory", "memory.limit_in_bytes", str(limit)), ("memory", "memory.memsw.limit_in_bytes", str(limit))])


def timed(call):
    before = clock.monotonic()
    result = call()
    return result, clock.monotonic() - before


# What ends in time is told from what its alternative, half a minute or more, would take: this machine may be busy.
SOON = 10

(end, _), seconds = timed(lambda: build.sh("sleep 60", timeout=200, grace=60000))
tap.equal((end.code, end.reason, end.flags), (-15, "timeout", 0), "a step beyond its time gets TERM")
tap.ok(0.15 < seconds < SOON, "soon", seconds)
(end, output), seconds = timed(lambda: build.sh("trap 'echo no' TERM; while :; do sleep 0.05; done", timeout=1000, grace=300))
tap.equal((end.code, end.reason, end.flags, b"no\n" in output), (-9, "timeout", 2, True), "one that ignores TERM gets KILL after the grace")
tap.ok(1.25 < seconds < SOON, "then", seconds)
(end, _), seconds = timed(lambda: build.sh("(trap '' TERM; sleep 60) & sleep 60", timeout=100, grace=60000))
tap.equal((end.code, end.reason), (-15, "timeout"), "a background process that ignores TERM does not hold up the end")
tap.ok(seconds < SOON, "nor delay it", seconds)
(end, _), seconds = timed(lambda: build.sh("kill -STOP $$; exit 3", timeout=200, grace=60000))
tap.equal((end.code, end.reason), (-15, "timeout"), "a stopped step gets TERM all the same")
end, _ = build.sh("trap 'exit 7' TERM; sleep 60 & wait", timeout=1000, grace=60000)
tap.equal((end.code, end.reason), (7, "timeout"), "a step may end itself in its grace; the reason stays")
end, _ = build.sh("exit 4", timeout=60000)
tap.equal((end.code, end.reason), (4, "none"), "a timeout that is not reached says nothing")

step = build.start(["/bin/sh", "-c", "trap '' TERM; echo up; sleep 60"])
eventually(lambda: build.supervisor.output(step))
(_, seconds) = timed(lambda: (client.cancel(step, 60000), client.cancel(step, 100), client.wait_exit(step))[2])
record = read_record(build.supervisor.record(step))
tap.equal((record.code, record.reason), (-9, "cancel"), "a second cancel shortens the grace of the first")
tap.ok(seconds < SOON, "to its own", seconds)

(end, output), seconds = timed(lambda: build.sh("(sleep 60; echo late) & setsid sleep 61 & (setsid sh -c 'sleep 62' &) ; echo main; exit 5"))
tap.equal((end.code, output), (5, b"main\n"), "the step ends with its main process")
tap.ok(seconds < SOON, "however long others would hold the pipe", seconds)
end, _ = build.run(["/usr/bin/python3", "-c", "import os,time\nfor i in range(2000):\n  if os.fork() == 0:\n    if os.fork() == 0: os._exit(0)\n    os._exit(0)\ntime.sleep(0.2)\n"])
tap.equal(end.code, 0, "thousands of zombies and orphans are reaped")

end, _ = build.run(["/usr/bin/python3", "-c", "x = bytearray(1 << 30)\nfor i in range(0, 1 << 30, 4096): x[i] = 1"],
                   writes=memory(64 << 20))
tap.equal((end.code, end.reason), (-9, "oom"), "a memory bomb ends as oom")
tap.ok(end.oom_kills >= 1, "the kernel killed")
end, _ = build.sh("python3 -c 'x = bytearray(1 << 30)\nfor i in range(0, 1 << 30, 4096): x[i] = 1'; echo survived; sleep 60; exit 0",
                  writes=memory(64 << 20))
tap.equal(end.reason, "oom", "when the kernel kills one process for memory, the whole step ends")
end, _ = build.sh("dd if=/dev/zero of=/dev/shm/x bs=1M count=60; dd if=/dev/zero of=/tmp/y bs=1M", writes=memory(64 << 20))
tap.equal(end.reason, "oom", "a tmpfs counts as the step's memory")
end, _ = build.sh("tail /dev/zero", writes=memory(256 << 20))
tap.equal(end.reason, "oom", "so does a greedy tool")
end, output = build.sh("dd if=/dev/zero of=/workspace/file bs=1M count=300 2>&1 | tail -1; rm /workspace/file", writes=memory(64 << 20))
tap.equal((end.code, end.reason), (0, "none"), "the page cache does not count against it")
big, output = build.sh("head -c 200M /dev/zero", writes=memory(32 << 20))
tap.equal((big.reason, len(output)), ("none", 200 << 20), "nor does output")

pids = [("pids", "pids.max", "30")]
end, _ = build.run(["/usr/bin/python3", "-c", """
import os, time
made = 0
try:
    while made < 1000:
        if os.fork() == 0:
            time.sleep(60)
        made += 1
except BlockingIOError:
    print(made)
    raise SystemExit(3)
"""], writes=pids)
tap.equal((end.code, end.reason), (3, "pids"), "a fork bomb meets its cap")
tap.ok(end.refused_forks >= 1, "forks were refused")
tap.ok(25 <= int(build.supervisor.output(end.step)) <= 30, "near the number given", build.supervisor.output(end.step))
end, _ = build.sh("bomb() { bomb | bomb & }; sleep 0.5 & s=$!; bomb & wait $s; exit 0", writes=pids, timeout=60000)
tap.equal((end.code, end.reason), (0, "none"), "a step that succeeds in spite of it is not blamed")
step = build.start(["/bin/sh", "-c", "bomb() { bomb | bomb & }; bomb & exec sleep 60"], writes=pids)
# Of many, since something else than the bomb may have the processors.
fastest = min(timed(lambda: build.sh("true"))[1] for _ in range(20))
tap.ok(fastest < 0.3, "another step starts beside a fork bomb at once", fastest)
client.cancel(step, 0)
tap.equal(client.wait_exit(step).reason, "cancel", "a fork bomb can be cancelled")

disk = ["/store/upper1-root", "/store/upper1-usr"]
(end, _), seconds = timed(lambda: build.sh("while :; do head -c 4M /dev/zero; sleep 0.02; done > /workspace/fill", disk=disk, disk_bytes=200 << 20,
                                             grace=60000))
tap.equal((end.code, end.reason), (-15, "disk"), "a step that fills the disk is ended")
size = os.stat(build.supervisor.path("/store/upper1-root/workspace/fill")).st_size
tap.ok(size < 2 << 30, f"soon: after {size >> 20} MiB of 200")
build.sh("rm /workspace/fill")
(end, _), seconds = timed(lambda: build.sh("cd /workspace; mkdir i; cd i; i=0; while :; do : > $i; i=$((i+1)); done", disk=disk, disk_inodes=2000, grace=100))
tap.equal(end.reason, "disk", "so is one that makes too many files")
end, _ = build.sh("head -c 1M /dev/zero > /workspace/small; sleep 0.5", disk=disk, disk_bytes=200 << 20, disk_inodes=10**6)
tap.equal((end.code, end.reason), (0, "none"), "below its cap nothing happens")

reads = [("pids", "pids.max"), ("cpu", "no-such")] + (
    [("memory", "memory.peak")] if V2 else [("memory", "memory.max_usage_in_bytes"), ("cpuacct", "cpuacct.usage")])
end, _ = build.run(["/usr/bin/python3", "-c", "x = b'x' * (50 << 20)\nimport time\nwhile time.process_time() < 0.2: pass"],
                   writes=pids, reads=reads)
peak = int(end.readings[reads[2]])
tap.equal((end.readings["pids", "pids.max"], end.readings["cpu", "no-such"]), ("30", -2), "cgroup files are read after the end, with their errors")
tap.ok(50 << 20 < peak < 100 << 20, "the peak of memory is plausible", peak)
tap.ok(0.19e9 < end.user + end.system < 2e9, "so is the time used", (end.user, end.system))
step = build.start(["/bin/sh", "-c", "sleep 1000"], writes=pids)
r = client.call(USAGE, blob(step) + items(reads, lambda f: blob(f[0]) + blob(f[1])))
tap.equal([(r.i32(), r.bytes()) for _ in range(r.u32())][:2], [(0, b"30\n"), (2, b"")], "usage can be read while it runs")

def resident(pid):
    """In KiB; of a process that has ended, none."""
    try:
        with open(f"/proc/{pid}/statm", encoding="ascii") as stream:
            return int(stream.read().split()[1]) * os.sysconf("SC_PAGESIZE") >> 10
    except (FileNotFoundError, ProcessLookupError):
        return 0


largest = max(resident(pid) for pid in children_of(build.supervisor.pid))
both = resident(build.supervisor.pid) + largest
tap.ok(largest > 0 and (both < 2048 or "asan" in build.supervisor.launcher),
       f"supervisor and process 1 of a step take less than 2 MiB together ({both} KiB resident)")
client.cancel(step, 0)
client.wait_exit(step)

fd_before = len(os.listdir(f"/proc/{os.getpid()}/fd"))
(_, seconds) = timed(lambda: [build.sh(":") for _ in range(300)])
print(f"# 300 steps of 'sh -c :' in {seconds:.2f} s")
left = [p for p in build.supervisor.cgroups.values() for d in os.listdir(p) if os.path.isdir(os.path.join(p, d))]
tap.ok(eventually(lambda: all(len([d for d in os.listdir(p) if os.path.isdir(os.path.join(p, d))]) <= 2
                              for p in build.supervisor.cgroups.values())), "only the two kept ready are left", left)
build.close()

limited = tap.Build(cgroups=False)
tap.equal(limited.sh("exit 6")[0].code, 6, "without cgroups a step runs")
tap.raises("SETUP", lambda: limited.sh("true", writes=pids), "but no cap is silently ignored")
limited.close()
tap.done()
