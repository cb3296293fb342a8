"""Virtual machines: the same steps, with a kernel of their own. Needs STEPBOX_TEST_KERNEL."""

import glob
import os
import signal
import socket
import threading
import time

import machine
import tap
from protocol import *

WRITES = [("unified", "memory.max", str(64 << 20)), ("unified", "memory.oom.group", "1"),
          ("unified", "pids.max", "20")]
READS = [("unified", "cpu.stat"), ("unified", "memory.peak"), ("unified", "pids.peak")]

if machine.kernel() is None or machine.file_server() is None:
    must_work = os.environ.get("STEPBOX_MACHINES_MUST_WORK") == "1"
    print("1..0 # SKIP no STEPBOX_TEST_KERNEL, or no virtiofsd: ./check machines has both")
    raise SystemExit(1 if must_work else 0)


def descendants(pid, name):
    """Processes below `pid` whose command is `name`."""
    found = []
    for path in glob.glob("/proc/[0-9]*/stat"):
        try:
            with open(path, encoding="ascii", errors="replace") as stream:
                text = stream.read()
        except OSError:
            continue
        number, rest = int(text.split(" ", 1)[0]), text.rsplit(")", 1)[1].split()
        found.append((number, int(rest[1]), text.split("(", 1)[1].rsplit(")", 1)[0]))
    below, changed = {pid}, True
    while changed:
        more = {n for n, parent, _ in found if parent in below} - below
        changed = bool(more)
        below |= more
    return [n for n, _, command in found if n in below and command.startswith(name)]


def is_alive(pid):
    return began(pid) is not None


def boot(*options, **fields):
    build = tap.Build(options=machine.options(*options))
    machine.prepare(build.supervisor)
    os.makedirs(f"{build.supervisor.store}/cache", exist_ok=True)
    os.chmod(f"{build.supervisor.store}/cache", 0o777)
    with open(f"{build.supervisor.store}/secret", "w", encoding="ascii") as stream:
        stream.write("of the host")
    build.is_accelerated = machine.start(build.client, **fields)
    return build


def usurped(mode, root, build=None):
    """A machine whose guest has been taken over; by default of a build of its own."""
    build = build or tap.Build(options=machine.options())
    if not os.path.isdir(f"{build.supervisor.store}/machine"):
        machine.prepare(build.supervisor)
    machine.hostile(build.supervisor, mode)
    if root != 1:
        build.supervisor.prepare_root(build.client, root)
    machine.start(build.client, root=root, patience=60000)
    return build


def run_late(build):
    """Runs a step that its guest never answers, while other tests go on."""
    build.client.socket.settimeout(200)
    began_at = time.monotonic()
    try:
        build.sh("true")
        late.append((None, 0))
    except LauncherError as error:
        late.append((str(error), time.monotonic() - began_at))


late = []
waiting = threading.Thread(target=run_late, args=(usurped("late", 1),))
waiting.start()

build = boot()
end, output = build.sh("uname -r; id -u; echo out; echo err >&2; exit 3", reads=READS)
lines = output.decode().split("\n")
tap.equal(end.code, 3, "a step runs in a virtual machine, and its exit code comes out")
tap.ok(lines[0] != os.uname().release, "its kernel is another one", lines[0])
tap.equal(lines[1:], ["0", "out", "err", ""], "its output comes out, in order")
tap.ok(int(end.readings["unified", "memory.peak"]) > 0, "what it used is read in the guest", end.readings)

end, output = build.sh("cd /workspace && echo one >a && chown 7:8 a && mkfifo f && ln -s a s && chmod 0751 a"
                       " && exec 3<>a && rm a && echo two >&3 && stat -L -c %s /proc/self/fd/3"
                       " && touch -d @1000.123456789 t && stat -c %y t && echo kept >b && chown 7:8 b")
tap.equal(end.code, 0, "files behave: pipes, links, owners, unlinked files, times")
tap.contains(output.decode(), ".123456789", "times keep their nanoseconds")
upper = f"{build.supervisor.store}/upper1-root/workspace"
tap.equal(open(f"{upper}/b", encoding="ascii").read(), "kept\n", "what a step writes is on the host when it ends")
end, output = build.sh("stat -c '%u:%g' /workspace/b; test -p /workspace/f && readlink /workspace/s")
tap.equal(output.decode().split(), ["7:8", "a"], "and the next step finds it with its owner")

with open(f"{build.supervisor.store}/cache/given", "w", encoding="ascii") as stream:
    stream.write("from the host")
mounts = (tmpfs("tmp", mode=0o1777), bind("/store/cache", "workspace/cache", MAKE | NOSUID | NODEV),
          bind("/store/machine", "workspace/machine", MAKE | READ_ONLY))
end, output = build.sh("cat /workspace/cache/given && echo new >/workspace/cache/made; ls /workspace/machine;"
                       "echo x >/workspace/machine/x", mounts=mounts)
tap.contains(output.decode(), "from the host", "a cache is seen in the machine")
tap.equal(open(f"{build.supervisor.store}/cache/made", encoding="ascii").read(), "new\n", "and is written to")
tap.ok(not os.path.exists(f"{build.supervisor.store}/machine/x"), "but not what is mounted read-only")

end, output = build.sh("ls -a /share /machine /modules /sys/kernel /sys/fs 2>&1; cat /proc/1/cmdline | tr '\\0' ' ';"
                       "cat /proc/self/mountinfo; mount -t tmpfs none /mnt; dmesg")
tap.ok("of the host" not in output.decode() and "/sys/fs" not in output.decode().split("ls:")[0],
       "the guest's own files are not in the step", output.decode())
tap.contains(output.decode(), "mount:", "and the step has no more power in the guest than on the host")
end, output = build.sh("cat /proc/self/status | grep -E '^(CapEff|NoNewPrivs|Seccomp):' | tr -d '\\t '")
tap.contains(output.decode(), "NoNewPrivs:1\nSeccomp:2", "no_new_privs and the filter are on in the guest, too")

end, output = build.sh("head -c 200M /dev/zero | tail -c 150M | wc -c", writes=WRITES, reads=READS)
tap.equal((end.reason, end.oom_kills > 0), ("oom", True), "a memory cap ends the step, and says so")
end, output = build.sh("for i in $(seq 60); do sleep 1000 & done; wait", writes=WRITES)
tap.ok(end.refused_forks > 0, "a pids cap refuses forks", end.__dict__)
end, output = build.sh("echo begun; sleep 100", timeout=1500, grace=200)
tap.equal((end.reason, output), ("timeout", b"begun\n"), "a timeout ends the step, and no output is lost")
end, output = build.sh("head -c 3M /dev/zero; echo end", output_limit=1 << 20)
tap.equal((len(output), end.dropped), (1 << 20, (2 << 20) + 4), "output has its bound")
end, output = build.sh("seq 200000")
tap.equal(output, "".join(f"{n}\n" for n in range(1, 200001)).encode(), "much output comes whole and in order")
end, output = build.sh("tty; stty size", flags=NO_NEW_PRIVS | TTY, rows=33, columns=99)
tap.contains(output.decode(), "/dev/pts/0\r\n33 99", "a terminal is one")

step = build.start(["/bin/sh", "-c", "trap 'echo caught; exit 7' USR1; echo ready; while :; do sleep 0.1; done"])
tap.ok(eventually(lambda: b"ready" in build.supervisor.output(step)), "output is there while the step runs")
build.client.signal(step, signal.SIGUSR1)
tap.equal(build.client.wait_exit(step).code, 7, "a signal reaches the step")
step = build.start(["/bin/sleep", "100"])
build.client.cancel(step, 0)
tap.equal(build.client.wait_exit(step).reason, "cancel", "a step can be cancelled")

build.client.mount_root(8, bind("/roots/1", "", 0))
machine.start(build.client, root=8)
build.sh("echo first >/workspace/shared")
end, output = build.sh("cat /workspace/shared; echo second, and longer >/workspace/shared", root=8)
tap.equal(output, b"first\n", "two machines of a stage have the same workspace")
end, output = build.sh("cat /workspace/shared; rm /workspace/shared")
tap.equal(output, b"second, and longer\n", "and each sees at once what the other wrote")
end, output = build.sh("ls /workspace/shared 2>/dev/null; echo new >/workspace/shared", root=8)
tap.equal(output, b"", "or removed")
build.client.unmount_root(8)

listener = socket.create_server(("127.0.0.1", 0))
port = listener.getsockname()[1]
threading.Thread(target=lambda: [c for c in iter(listener.accept, None)], daemon=True).start()
end, output = build.run(["/usr/bin/python3", "-c", f"""
import socket
for host in ('127.0.0.1', '10.0.2.2', '169.254.169.254'):
    try:
        socket.create_connection((host, {port}), 2)
        print('reached', host)
    except OSError as e:
        print('not', host)
"""])
tap.equal(output.decode().count("not "), 3, "without network the host is not reached")
tap.raises("SETUP", lambda: build.sh("true", network=HOST), "the host's network is refused")
tap.raises("EXEC", lambda: build.run(["/no/such/program"]), "a program that is missing is told as such")

emulator = descendants(build.supervisor.pid, "qemu-system")
tap.equal(len(emulator), 1, "there is one emulator")
with open(f"/proc/{emulator[0]}/status", encoding="ascii") as stream:
    status = stream.read()
for field, value in (("CapEff", "0" * 16), ("CapBnd", "0" * 16), ("NoNewPrivs", "1"), ("Seccomp", "2")):
    tap.contains(status, f"{field}:\t{value}", f"the emulator has {field} {value}")
step = build.start(["/bin/sh", "-c", "echo before; sleep 100"])
eventually(lambda: b"before" in build.supervisor.output(step))
os.kill(emulator[0], signal.SIGKILL)
end = build.client.wait_exit(step)
tap.equal((end.reason, build.supervisor.output(step)), ("lost", b"before\n"), "a killed emulator loses its step, but no output")
tap.contains(end.text, "the emulator ended", "and the step says why")
tap.raises("SETUP", lambda: build.sh("true"), "no step runs in a machine that is dead")
build.client.unmount_root(1)
build.supervisor.prepare_root(build.client, 2)
machine.start(build.client, root=2, network=BUILD)
end, output = build.run(["/usr/bin/python3", "-c", f"""
import socket
for host in ('127.0.0.1', '10.0.2.2', '169.254.169.254'):
    try:
        socket.create_connection((host, {port}), 2)
        print('reached', host)
    except OSError as e:
        print('not', host)
"""], root=2, network=BUILD)
tap.equal(output.decode().count("not "), 3, "with the build's network the host's loopback is not reached, either")
build.client.unmount_root(2)
tap.equal(descendants(build.supervisor.pid, "qemu-system"), [], "a machine ends with its root")
build.close()

build = boot()
step = build.start(["/bin/sleep", "100"])
left = descendants(build.supervisor.pid, "")
tap.ok(len(left) >= 4, "a machine has a keeper, an emulator and a file server", left)
os.kill(build.supervisor.pid, signal.SIGKILL)
tap.ok(eventually(lambda: not any(is_alive(pid) for pid in left)), "a killed supervisor takes all of them along")

build = boot(memory=128 << 20)
with open(f"{build.supervisor.store}/machine/initial", "wb") as stream:
    stream.write(b"nothing that a kernel could boot")
build.client.unmount_root(1)
build.supervisor.prepare_root(build.client, 3)
machine.start(build.client, root=3, patience=20000)
try:
    build.sh("true", root=3)
    tap.ok(False, "a machine that does not boot fails its steps")
except LauncherError as error:
    tap.contains(str(error), "machine", "a machine that does not boot fails its steps")
    tap.ok("panic" in str(error) or "emulator ended" in str(error) or "time" in str(error),
           "with what it said last", error)
build.client.unmount_root(3)

for root, (mode, expected) in enumerate((("length", "a length out of bounds"), ("noise", "the guest sent"),
                                         ("others", "malformed frame")), 4):
    machine.hostile(build.supervisor, mode)
    build.supervisor.prepare_root(build.client, root)
    machine.start(build.client, root=root)
    try:
        end, output = build.sh("true", root=root)
        text = end.text
    except LauncherError as error:
        text = str(error)
    tap.contains(text, expected, f"a hostile guest ends its machine, and no more: {mode}")
    build.client.unmount_root(root)
usurped("endless", 10, build)
began_at = time.monotonic()
end, output = build.sh("true", root=10, timeout=500, grace=500)
took = time.monotonic() - began_at
tap.equal((end.reason, took > 21), ("timeout", True), f"an end that is due is waited for 20 s: {took:.1f} s")
tap.contains(end.text, "in time", "and the step says why")
build.client.unmount_root(10)
usurped("deaf", 11, build)
build.client.socket.settimeout(60)
large = ["/bin/true"] + ["x" * 60000] * 14
build.supervisor.start(build.client, large, root=11)
told = [build.supervisor.start(build.client, large, root=11) for _ in range(7)]
text = ""
for _, request in told:
    try:
        build.client.receive(request)
    except LauncherError as error:
        text = text or str(error)
tap.contains(text, "does not read what it is told", "a guest that does not read is told 4 MiB, and no more")
build.client.unmount_root(11)
machine.hostile(build.supervisor, "readings")
build.supervisor.prepare_root(build.client, 9)
machine.start(build.client, root=9)
build.supervisor.counter = 0
end, output = build.supervisor.run(build.client, ["/bin/true"], root=9, step="s1")
tap.equal((end.code, end.readings, output), (0, {}, b""), "and what it says of its cgroups is not passed on unread")
tap.ok(end.started <= end.ended and (end.flags, end.dropped, end.user) == (2, 0, 0),
       "nor are impossible times and numbers", end.__dict__)
build.client.unmount_root(9)
build.close()
# A device that takes no machine, and one that takes the trial: where KVM then carries no whole machine, the
# answer comes late and says so.
build = boot("--kvm", "/dev/null")
tap.ok(not build.is_accelerated, "with a device that is none of KVM, machines are emulated, and this is told")
tap.equal(build.sh("echo up")[1], b"up\n", "and run")
build.close()
if os.access("/dev/kvm", os.R_OK | os.W_OK):
    build = boot()
    end, output = build.sh("grep 'model name' /proc/cpuinfo")
    tap.equal(b"QEMU TCG" in output, not build.is_accelerated, "whether KVM is used is told as it is")
    build.close()
waiting.join()
text, took = late[0]
tap.contains(text or "", "has not answered in time", "a step that its guest does not start fails")
tap.ok(took >= 120, f"after 120 s: {took:.1f} s")
tap.done()
