"""The disk cap: what a step wrote is found, however it tries to hide it."""

import os
import time

import tap
from protocol import *

MIB = 1 << 20
build = tap.Build()
DISK = ["/store/upper1-root", "/store/upper1-usr"]


def sh(script, cap=200, **fields):
    return build.sh(script, disk=DISK, disk_bytes=cap * MIB, grace=100, **fields)[0]


def python(script, **fields):
    return build.run(["/usr/bin/python3", "-c", script], disk=DISK, disk_bytes=200 * MIB, grace=100, timeout=90000,
                     **fields)[0]


def clear():
    build.sh("rm -rf /workspace/*")


def outrun():
    """Whether a step was over before anybody looked; whichever it was, it is blamed."""
    end = sh("fallocate -l 300M /workspace/fast")
    reasons.add(end.reason)
    return end.code == 0


reasons = set()
tap.equal((eventually(outrun), reasons), (True, {"disk"}), "a step that is over before anybody looks is blamed at its end")
clear()
tap.equal(sh("fallocate -l 150M /workspace/one").reason, "none", "below the cap nothing happens")
tap.equal(sh("fallocate -l 150M /workspace/two").reason, "disk", "what earlier steps in the root wrote counts")
clear()
tap.equal(sh("fallocate -l 150M /workspace/one").reason, "none", "what they removed does not")
build.sh("fallocate -l 150M /workspace/without-a-cap")
tap.equal(sh("true").reason, "disk", "what a step without a cap wrote does")
clear()
tap.equal(sh("mkdir d; fallocate -l 300M d/x; rm -r d; exit 3", cwd="/workspace").code, 3,
          "a step that leaves nothing keeps its own end")

before = time.monotonic()
end = python("""import os, time
file = os.open('/workspace/nameless', os.O_CREAT | os.O_RDWR)
os.unlink('/workspace/nameless')
os.posix_fallocate(file, 0, 300 << 20)
time.sleep(60)""")
tap.equal(end.reason, "disk", "an open file without a name counts")
tap.ok(time.monotonic() - before < 30, "at once", time.monotonic() - before)
end = python("""import os, time
file = os.open('/tmp/nameless', os.O_CREAT | os.O_RDWR)
os.unlink('/tmp/nameless')
os.posix_fallocate(file, 0, 300 << 20)
time.sleep(1)""")
tap.equal(end.reason, "none", "one in memory does not")

end = python("""import os, time
os.makedirs('/workspace/a/deep')
file = os.open('/workspace/a/deep/x', os.O_CREAT | os.O_RDWR)
os.posix_fallocate(file, 0, 300 << 20)
os.close(file)
end = time.monotonic() + 60
while time.monotonic() < end:
    os.rename('/workspace/a', '/workspace/b')
    os.rename('/workspace/b', '/workspace/a')""")
tap.equal(end.reason, "disk", "moving directories all the time hides nothing")
clear()

os.mkdir(build.supervisor.path("/store/cache"))
build.client.adopt("/store/cache")
cache = {"caches": ["/store/cache"], "mounts": (tmpfs("tmp", mode=0o1777), bind("/store/cache", "cache", MAKE))}
build.sh("fallocate -l 300M /cache/before", mounts=cache["mounts"])
tap.equal(sh("true", **cache).reason, "none", "what a cache had before does not count")
tap.equal(sh("fallocate -l 150M /cache/one", **cache).reason, "none", "it may grow up to the cap")
tap.equal(sh("fallocate -l 150M /cache/two; fallocate -l 100M /workspace/x", **cache).reason, "disk",
          "together with the rest")
tap.equal(sh("rm /cache/before; fallocate -l 150M /cache/four", **cache).reason, "none", "what it lost is free again")
build.close()
tap.done()
