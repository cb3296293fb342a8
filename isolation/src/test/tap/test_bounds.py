"""Limits of the launcher: as much as each allows, and one more."""

import random
import subprocess
import threading

import tap
from protocol import *

USAGE_ERROR = 125
build = tap.Build()
supervisor = build.supervisor
client = build.client

# What takes its time goes on while the others are tested.
program = os.path.join(supervisor.home, "silent")
with open(program, "w", encoding="ascii") as stream:
    stream.write("#!/bin/sh\nexec tail -f /dev/null\n")
os.chmod(program, 0o755)
silent = tap.Build(options=["--egress", "pasta", "--egress-program", program], cgroups=False, root=False)
asked_at = time.monotonic()
answers = []


def wait_for_answer():
    try:
        silent.client.call(EGRESS)
    except LauncherError as failure:
        answers.append((failure, time.monotonic() - asked_at))


asking = threading.Thread(target=wait_for_answer, daemon=True)
asking.start()


def process_of(words):
    return next((pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if words_of(pid) == words), None)


def occupy():
    """Puts a process of ours into the cgroup of a step that then ends; returns both."""
    argv = ["/bin/sleep", str(random.randrange(10**9, 10**12))]  # as no other process of this machine
    step = build.start(argv)
    sleeping = process_of([word.encode() for word in argv])
    hierarchy = "unified" if "unified" in supervisor.cgroups else "pids"
    with open(f"/proc/{sleeping}/cgroup", encoding="ascii") as stream:
        path = next(line.strip().split(":")[2] for line in stream
                    if hierarchy in line.split(":")[1].split(",") or (hierarchy == "unified" and line.startswith("0:")))
    cgroup = os.path.join(supervisor.cgroups[hierarchy], os.path.basename(path))
    process = subprocess.Popen(["/bin/sleep", "300"])
    with open(os.path.join(cgroup, "cgroup.procs"), "w", encoding="ascii") as stream:
        stream.write(str(process.pid))
    client.cancel(step)
    client.wait_exit(step)
    return process, cgroup


occupied, kept = occupy()
process, cgroup = occupy()
process.kill()
process.wait()
tap.ok(eventually(lambda: not os.path.isdir(cgroup)), "a cgroup is removed when the last process has left it")

# Layers, mounts, bytes of a file.
layers = []
for i in range(501):
    os.makedirs(supervisor.path(f"/store/layers/{i}"))
    layers.append(f"/store/layers/{i}")
if HAS_MANY_LAYERS:
    client.mount_root(2, overlay("", layers[:500]))
    client.unmount_root(2)
    tap.ok(True, "an overlay may have 500 layers")
else:
    tap.raises("FAILED", lambda: client.mount_root(2, overlay("", layers[:500])), "500 layers need Linux 6.8")
tap.raises("PROTOCOL", lambda: supervisor.connect().mount_root(2, overlay("", layers)), "and no more")
client = build.client = supervisor.connect()
mounts = [tmpfs("tmp", mode=0o1777)] + [tmpfs(f"run/{i}") for i in range(64)]
made = [mkdir(f"run/{i}") for i in range(64)]
os.makedirs(supervisor.path("/store/mounts"))
client.mount_root(3, overlay("", ["/store/base1"]), bind("/host/usr", "usr"), tmpfs("run"), *made)
end, output = build.sh("grep -c ' /run/' /proc/self/mounts", root=3, mounts=mounts[:64])
tap.equal((end.code, output), (0, b"63\n"), "a step may have 64 mounts")
tap.raises("INVALID", lambda: build.sh("true", root=3, mounts=mounts), "and no more")
client.unmount_root(3)
with open(supervisor.path("/store/file"), "wb") as stream:
    stream.write(b"x" * 1000002)


def read(count):
    r = client.call(READ_FILE, blob("/store/file") + u64(0) + u32(count))
    size, at = r.u64(), r.u64()
    return size, len(r.bytes())


tap.equal(read(1000000), (1000002, 1000000), "1,000,000 bytes of a file are read at once")
tap.raises("FAILED", lambda: read(1000001), "and no more")

# Replies that nobody reads keep their requests open: each of these lists more than is sent ahead.
os.makedirs(supervisor.path("/store/names"))
for i in range(6000):
    os.close(os.open(supervisor.path(f"/store/names/{i:0100}"), os.O_CREAT, 0o644))
requests = client.send_all(LIST_TREE, [blob("/store/names") + u32(0)] * 65)
while not client.replies.get(requests[64]):
    client._pump()
tap.ok(not any(frames[-1][0] == ERROR for request, frames in client.replies.items() if request != requests[64]),
       "64 tree requests are worked on at once")
tap.raises("LIMIT", lambda: client.receive(requests[64]), "and no more")
client.close()
client = build.client = supervisor.connect()


def is_read():
    """The requests of a connection that was closed end soon, not at once."""
    try:
        return read(5) == (1000002, 5)
    except LauncherError as failure:
        if failure.code != "LIMIT":
            raise
        return False


tap.ok(eventually(is_read), "then others may")

# The command line.


def usage(*options):
    """What `supervise` says of options that a supervisor with a wrong store does not get any further with."""
    ids = [] if "--map-uid" in options else ["--map-uid", f"0:{os.getuid()}:1"]
    ids += [] if "--map-gid" in options else ["--map-gid", f"0:{os.getgid()}:1"]
    done = subprocess.run([supervisor.launcher, "supervise", "--socket", f"{supervisor.home}/none", "--store", "/nowhere",
                           "--id-map", "direct", *ids, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, timeout=PATIENCE)
    said = (done.stdout + done.stderr).decode()
    return done.returncode == USAGE_ERROR and "hint=usage" in said


def options(name, values):
    return [word for value in values for word in (name, value)]


for count, name, values in ((64, "--bind", lambda n: [f"/usr:/host/{i}:ro" for i in range(n)]),
                            (32, "--map-uid", lambda n: [f"{i}:{i + 1000}:1" for i in range(n)]),
                            (32, "--map-gid", lambda n: [f"{i}:{i + 1000}:1" for i in range(n)]),
                            (16, "--cgroup-dir", lambda n: [f"h{i}=/nowhere" for i in range(n)]),
                            (8, "--slots", lambda n: [str(n)])):
    more = ["--cgroup", "v1"] if name == "--cgroup-dir" else []
    tap.ok(not usage(*more, *options(name, values(count))), f"{name}: {count} are taken")
    tap.ok(usage(*more, *options(name, values(count + 1))), f"{name}: {count + 1} are not")

# A sandbox whose first process never gets anywhere, as in a frozen cgroup.
frozen = tap.Build(options=["--slots", "0", "--prepare-timeout", "5"])
is_v2 = "unified" in frozen.supervisor.cgroups
freezer = os.path.join(frozen.supervisor.cgroups["unified" if is_v2 else "freezer"], "cgroup.freeze" if is_v2 else "freezer.state")


def freeze(word):
    with open(freezer, "w", encoding="ascii") as stream:
        stream.write(word)


freeze("1" if is_v2 else "FROZEN")
step, asked_for = frozen.supervisor.start(frozen.client, ["/bin/true"])
try:
    frozen.client.receive(asked_for)
    tap.ok(False, "a sandbox that is never ready is given up")
except LauncherError as failure:
    tap.ok("not ready within 5 s" in str(failure), "a sandbox that is never ready is given up", str(failure))
freeze("0" if is_v2 else "THAWED")
tap.equal(frozen.run(["/bin/true"])[0].code, 0, "and the next one serves")
frozen.close()

# What took its time.
asking.join(PATIENCE)
failure, seconds = answers[0]
tap.equal((failure.code, failure.operation, "not ready within 10 s" in str(failure)), ("FAILED", "egress-start", True),
          "a silent egress program is given up")
tap.ok(9.5 < seconds < 30, "after ten seconds", seconds)
silent.client.shutdown()
tap.ok(silent.supervisor.wait_end(), "and its build ends")


def is_at_rest():
    """Whether the supervisor does nothing for a second: it tries something every 10 ms as long as it tries."""
    def switches():
        with open(f"/proc/{supervisor.pid}/status", encoding="ascii") as stream:
            return [line for line in stream if "ctxt_switches" in line]
    before = switches()
    time.sleep(1)
    return switches() == before


tap.ok(eventually(is_at_rest), "after 500 times 10 ms the supervisor tries no longer")
tap.ok(os.path.isdir(kept), "a cgroup that a process would not leave is left to the end of the build")
occupied.kill()
occupied.wait()
for path in supervisor.cgroups.values():
    if os.path.isdir(os.path.join(path, os.path.basename(kept))):
        os.rmdir(os.path.join(path, os.path.basename(kept)))
build.close()
tap.done()
