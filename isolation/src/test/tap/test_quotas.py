"""What the kernel counts for a user in the whole machine: one step cannot use it up for the user."""

import ctypes
import os
import signal

import tap
from protocol import *

LIBRARY = ctypes.CDLL(None, use_errno=True)


def of_the_host(name):
    with open(f"/proc/sys/fs/{name}", encoding="ascii") as stream:
        return int(stream.read())


# Every id that a step can have takes what it gets; the sums are printed, and held until the end.
TAKE = """
import ctypes, os, signal, sys, time
library = ctypes.CDLL(None, use_errno=True)
signal.pthread_sigmask(signal.SIG_BLOCK, [40])
library.sigqueue.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_void_p]
reader, writer = os.pipe()
for uid in range(4):
    if os.fork() == 0:
        os.setresuid(uid, uid, uid)
        taken = [0, 0]
        while library.inotify_init1(0) >= 0:
            taken[0] += 1
        while taken[1] < 20000 and library.sigqueue(os.getpid(), 40, None) == 0:
            taken[1] += 1
        os.write(writer, b'%d %d\\n' % tuple(taken))
        time.sleep(1000)
os.close(writer)
text = b''
while text.count(b'\\n') < 4:
    text += os.read(reader, 99)
taken = [[int(n) for n in line.split()] for line in text.splitlines()]
print(sum(t[0] for t in taken), sum(t[1] for t in taken), max(t[0] for t in taken), flush=True)
time.sleep(1000)
"""
build = tap.Build()
instances = of_the_host("inotify/max_user_instances")
step = build.start(["/usr/bin/python3", "-c", TAKE], rlimits=[(7, 4096, 4096)])
eventually(lambda: build.supervisor.output(step))
sums = [int(n) for n in build.supervisor.output(step).split()]
tap.ok(0 < sums[2] <= instances // 4, "one id of a step has a quarter of the user's inotify instances at most", sums)
tap.ok(0 < sums[0] <= instances // 2, "all of its ids together have half of them at most", sums)
tap.ok(0 < sums[1] <= 4096, "and all of them 4096 queued signals", sums)
mine = LIBRARY.inotify_init1(os.O_CLOEXEC)
tap.ok(mine >= 0, "meanwhile the user has an inotify instance outside", os.strerror(ctypes.get_errno()))
signal.pthread_sigmask(signal.SIG_BLOCK, [40])
LIBRARY.sigqueue.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_void_p]
tap.equal([LIBRARY.sigqueue(os.getpid(), 40, None) for _ in range(100)], [0] * 100, "and a hundred queued signals")
build.client.cancel(step)
build.client.wait_exit(step)

watches = of_the_host("inotify/max_user_watches")
tap.equal(build.sh("cat /proc/sys/user/max_inotify_watches")[1].decode().strip(), str(watches // 4),
          "an id of a step has a quarter of the watches")
limits = build.sh("cat /proc/self/limits")[1].decode()
tap.contains(" ".join(limits.split()), "Max msgqueue size 409600 409600 bytes", "POSIX queues have 400 KiB")
end, output = build.sh("exec 2>&1; echo 100000 > /proc/sys/user/max_inotify_instances || echo refused")
tap.contains(output, b"refused", "a step cannot raise its part")
build.close()
tap.done()
