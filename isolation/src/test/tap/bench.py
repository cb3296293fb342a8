"""Measures steps: LAUNCHER=FILE bench.py [COUNT]. Medians in milliseconds; no test."""

import statistics
import sys

import tap
from protocol import *

WRITES = [("memory", "memory.limit_in_bytes", str(512 << 20)), ("pids", "pids.max", "1024"), ("cpu", "cpu.shares", "1024")]
READS = [("cpuacct", "cpuacct.usage"), ("memory", "memory.max_usage_in_bytes"), ("memory", "memory.failcnt"), ("cpu", "cpu.stat")]


def describe(name, values):
    values = sorted(values)
    print(f"{name:34} median {statistics.median(values):7.3f}  p10 {values[len(values) // 10]:7.3f}"
          f"  p90 {values[len(values) * 9 // 10]:7.3f}")


def measure(build, count, pause=0.0, **fields):
    client = build.client
    starts, replies, cycles = [], [], []
    for _ in range(count):
        before = time.monotonic()
        step, request = build.supervisor.start(client, ["/usr/bin/true"], **fields)
        client.receive(request)
        replied = time.monotonic()
        end = client.wait_exit(step)
        done = time.monotonic()
        assert end.code == 0, end
        starts.append(end.start / 1e6)
        replies.append((replied - before) * 1e3)
        cycles.append((done - before) * 1e3)
        if pause:
            time.sleep(pause)
    return starts, replies, cycles


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    before = time.monotonic()
    build = tap.Build()
    print(f"supervisor started in {(time.monotonic() - before) * 1e3:.1f} ms")
    caps = {"writes": WRITES, "reads": READS}
    for name, fields, pause in (("back to back, network none", caps, 0), ("20 ms apart, network none", caps, 0.02),
                                ("back to back, network build", dict(caps, network=BUILD), 0),
                                ("back to back, no caps", {}, 0)):
        measure(build, 20, pause, **fields)
        starts, replies, cycles = measure(build, count, pause, **fields)
        print(name)
        describe("  RUN received to exec", starts)
        describe("  RUN sent to STARTED received", replies)
        describe("  RUN sent to EXITED received", cycles)
    pid = build.supervisor.pid
    step = build.start(["/usr/bin/sleep", "100"])
    import subprocess
    children = [p for p in subprocess.run(["pgrep", "-P", str(pid)], stdout=subprocess.PIPE).stdout.split()]
    def resident(p):
        with open(f"/proc/{int(p)}/statm") as stream:
            return int(stream.read().split()[1]) * 4
    print(f"resident: supervisor {resident(pid)} KiB, process 1 of each sandbox "
          f"{[resident(p) for p in children]} KiB")
    before = time.monotonic()
    end, output = build.sh("head -c 1G /dev/zero")
    print(f"1 GiB of output: {1024 / (time.monotonic() - before):.0f} MiB/s")
    build.client.cancel(step, 0)
    build.client.wait_exit(step)
    build.close()


main()
