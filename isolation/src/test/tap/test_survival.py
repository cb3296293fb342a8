"""Who may die, and what remains."""

import os
import signal
import subprocess

import tap
from protocol import *

build = tap.Build()
supervisor = build.supervisor
pid = supervisor.pid

with open(f"/proc/{pid}/status", encoding="ascii") as stream:
    status = dict(line.rstrip("\n").split(":\t", 1) for line in stream if ":\t" in line)
tap.equal(status["NoNewPrivs"], "1", "the supervisor has no_new_privs")
tap.ok(os.stat(f"/proc/{pid}/stat").st_uid == 0 or os.getuid() == 0, "and is not dumpable")
tap.ok(status["NSpid"].endswith("\t1") or status["NSpid"] == "1", "it is process 1 of a pid namespace", status["NSpid"])
tap.equal(os.getsid(pid) == os.getsid(0), False, "in a session of its own")

SCRIPT = "i=0; while [ $i -lt 3000 ]; do echo line $i; i=$((i+1)); [ $((i %% 10)) != 0 ] || sleep 0.001; done; %s; exit 11"
gate, wait_there, open_gate = build.gate()
child = os.fork()
if child == 0:
    client = supervisor.connect()
    step, request = supervisor.start(client, ["/bin/sh", "-c", SCRIPT % wait_there], step="survivor", mounts=[gate])
    client.receive(request)
    os.kill(os.getpid(), signal.SIGKILL)
os.waitpid(child, 0)
client = supervisor.connect()
tap.equal([(s["step"], s["record"], s["root"], s["state"]) for s in client.list_steps()],
          [("survivor", "/store/records/survivor", 1, 2)], "a step survives kill -9 of its client and is met again")
open_gate()
end = client.wait_exit("survivor")
lines = "".join(f"line {i}\n" for i in range(3000)).encode()
tap.equal((end.code, supervisor.output("survivor") == lines), (11, True), "it ends with its exit code and not a byte is lost")
step, _ = supervisor.start(client, ["/bin/sh", "-c", "sleep 0.2; echo done; exit 12"], step="alone")
client.close()
eventually(lambda: os.path.exists(os.path.join(supervisor.record(step), "exit")))
record = read_record(supervisor.record(step))
tap.equal((record.code, supervisor.output(step)), (12, b"done\n"), "a step that ends without a client leaves its record")

first = supervisor.connect()
second = supervisor.connect()
try:
    first.hello()
    tap.ok(False, "a new connection replaces the old")
except (EOFError, OSError):
    tap.ok(True, "a new connection replaces the old")
client = build.client = second

ends = [build.sh(f"kill -{number} 1; kill -{number} -1; exit 1")[0].code for number in (1, 2, 3, 15, 10, 12, 13, 14, 9)]
tap.equal((ends, supervisor.is_alive()), ([1] * 9, True), "whatever signals steps send, the supervisor lives on")

# A killed supervisor takes everything with it.
cut = tap.Build()
step = cut.start(["/bin/sh", "-c", "sleep 1000 & setsid sleep 1001"])
tap.ok(eventually(lambda: len(children_of(cut.supervisor.pid)) >= 3), "a supervisor has its step and the sandboxes it keeps ready")
inits = [(process, began(process)) for process in children_of(cut.supervisor.pid)]
os.kill(cut.supervisor.pid, signal.SIGKILL)
tap.ok(eventually(lambda: not cut.supervisor.is_alive()), "it can be killed")
gone = eventually(lambda: not any(start and began(process) == start for process, start in inits))
tap.ok(gone, "and the kernel ends all of its processes with it")
tap.ok(eventually(lambda: all(open(os.path.join(p, d, "cgroup.procs"), encoding="ascii").read() == ""
                              for p in cut.supervisor.cgroups.values() for d in subdirectories(p))), "their cgroups are empty")
cut.supervisor.remove_cgroups()
os.unlink(cut.supervisor.socket)
again = Supervisor(cut.supervisor.home)
client_again = again.connect()
for name in os.listdir(again.store):
    client_again.call(REMOVE_TREE, blob(f"/store/{name}") + u32(0))
client_again.shutdown()
tap.ok(again.wait_end(), "another one on the same store cleans up")

# Process 1 of a step dies.
step, request = supervisor.start(client, ["/bin/sh", "-c", "echo before; sleep 1000"])
client.receive(request)
eventually(lambda: supervisor.output(step))
children = {process: began(process) for process in children_of(pid)}
# The child of its process 1 has executed; the sandboxes kept ready have waiting children.
init = next(process for process in children if any(words_of(child)[:1] in ([b"/bin/sh"], [b"sleep"]) for child in children_of(process)))
os.kill(init, signal.SIGKILL)
end = client.wait_exit(step)
for process, start in children.items():
    if start and began(process) == start:
        try:
            os.kill(process, signal.SIGKILL)
        except ProcessLookupError:
            pass
eventually(lambda: not any(start and began(process) == start for process, start in children.items()))
tap.equal(build.sh("exit 9")[0].code, 9, "a sandbox that dies while it waits is replaced")
tap.equal((end.code, end.reason, supervisor.output(step)), (-9, "lost", b"before\n"), "a step whose process 1 is killed is lost, its output is not")

# Ends.
build.close()
before = time.monotonic()
orphan = Supervisor(tap.home(), options=["--orphan-timeout", "1"])
tap.ok(orphan.wait_end() and time.monotonic() - before > 1, "a supervisor that nobody meets ends after its timeout")
tap.equal(os.listdir(orphan.home), ["store"], "and takes its socket with it")
waiting = tap.Build(options=["--orphan-timeout", "1"])
gate, wait_there, open_gate = waiting.gate()
step = waiting.start(["/bin/sh", "-c", f"{wait_there}; echo x > /store-is-hidden; exit 0"], mounts=[gate])
waiting.client.close()
tap.equal(eventually(lambda: not waiting.supervisor.is_alive(), 1.7), False, "it does not end while a step runs")
open_gate()
tap.ok(waiting.supervisor.wait_end(), "but after that")
tap.equal(read_record(waiting.supervisor.record(step)).code, 0, "the step's record is there")
stopped = tap.Build()
step = stopped.start(["/bin/sh", "-c", "trap '' TERM; echo up; sleep 1000"])
os.kill(stopped.supervisor.pid, signal.SIGTERM)
tap.ok(stopped.supervisor.wait_end(), "SIGTERM ends a supervisor and its steps")
tap.equal(read_record(stopped.supervisor.record(step)).reason, "cancel", "whose records say so")
down = tap.Build()
step = down.start(["/bin/sh", "-c", "trap 'echo bye; exit 3' TERM; echo up; while :; do sleep 0.05; done"])
eventually(lambda: down.supervisor.output(step))
down.clean = lambda: None
down.client.shutdown(60000)
tap.ok(down.supervisor.wait_end(), "SHUTDOWN ends it, too")
tap.equal((read_record(down.supervisor.record(step)).code, b"bye\n" in down.supervisor.output(step)), (3, True), "with the grace that it was given")

# Start-up that fails.
def start(*arguments):
    run = subprocess.run([supervisor.launcher, "supervise", *arguments], stdin=subprocess.DEVNULL,
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False, timeout=PATIENCE)
    line = run.stdout.decode()
    return run.returncode, dict(f.split("=", 1) for f in line.rstrip("\n").split("\t")[1:]), line.count("\n")


place = tap.home()
base = ["--socket", f"{place}/s", "--store", place] + id_options()
for arguments, operation, hint in (
        (["--nonsense"], "option", "usage"), (["--slots"], "option", "usage"), (["--slots", "9"], "option", "usage"),
        (["--store", place], "option", "usage"),
        (base + ["--store", f"{place}/none"], "open-store", "store"),
        (base + ["--bind", "/none:/host/x:ro"], "mount-bind-source", "mount"),
        (base + ["--bind", "/usr:/elsewhere:ro"], "option", "usage"),
        (base + ["--socket", f"{place}/no/s"], "socket-bind", "socket"),
        (base + ["--socket", f"{place}/{'x' * 100}"], "option", "usage"),
        (base + ["--cgroup", "v1", "--cgroup-dir", "memory=/none"], "cgroup-open", "cgroup"),
        (base + ["--cgroup", "v1", "--cgroup-dir", "memory=/sys/fs/cgroup/memory"], "cgroup-create", "cgroup"),
        (base + ["--step-zero", "65536"], "option", "usage"),
        (["--socket", f"{place}/s", "--store", place, "--id-map", "newuidmap", "--map-uid", "0:1:1", "--map-gid", "0:1:1"],
         "uid-map", "subordinate-ids")):
    if os.getuid() == 0 and operation in ("uid-map", "cgroup-create"):
        continue
    code, fields, lines = start(*arguments)
    tap.equal((code, fields.get("operation"), fields.get("hint"), lines), (125, operation, hint, 1),
              f"start fails in one line: {operation} of {arguments[-1][-40:]}")
tap.equal(os.listdir(place), [], "a failed start leaves nothing")

uid, gid = os.getuid(), os.getgid()
if uid != 0:
    place = tap.home()
    os.mkdir(f"{place}/store")
    code, fields, _ = start("--socket", f"{place}/socket", "--store", f"{place}/store", "--id-map", "single",
                            "--map-uid", f"0:{uid}:1", "--map-gid", f"0:{gid}:1", "--bind", "/usr:/host/usr:ro")
    tap.equal(code, 0, "one id is enough to start")
    connection = Connection(f"{place}/socket")
    tap.equal(connection.hello()["features"] >> 5 & 1, 0, "it says that there is one")
    for name in ("root/proc", "root/dev", "root/tmp", "records"):
        os.makedirs(f"{place}/store/{name}")
    connection.mount_root(1, bind("/store/root", ""), bind("/host/usr", "usr", MAKE | READ_ONLY))
    for name in ("bin", "lib", "lib64"):
        os.symlink(f"usr/{name}", f"{place}/store/root/{name}")
    connection.receive(connection.send(RUN, run_body("one", "/store/records/one", ["/bin/sh", "-c", "id -u; touch /x; exit 2"])))
    tap.equal((connection.wait_exit("one").code, open(f"{place}/store/records/one/output").read()), (2, "0\n"), "a step runs with it")
    connection.shutdown()
tap.done()
