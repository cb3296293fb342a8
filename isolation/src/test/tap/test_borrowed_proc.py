"""Where a container covers parts of /proc, so that no fresh one can be mounted: steps see the processes of the
container, and can do nothing to them. Made here by a user namespace in which something covers /proc/acpi."""

import os
import sys

COVERED = "STEPBOX_TEST_COVERED"
if COVERED not in os.environ:
    os.environ[COVERED] = "1"
    place = next(p for p in ("/proc/acpi", "/proc/bus", "/proc/fs") if os.path.isdir(p))
    unshare = ["unshare", "--user", "--map-root-user", "--map-auto", "--mount", "--pid", "--fork"]
    if os.getuid() == 0:
        unshare = ["unshare", "--mount", "--pid", "--fork"]
    os.execvp("unshare", unshare + [
        "sh", "-c", f'mount -t proc proc /proc && mount -t tmpfs none {place} && exec "$@"', "sh", sys.executable]
        + sys.argv)

import subprocess

import calls
import protocol
import tap
from protocol import *

home = tap.home()
leave = os.environ.pop(COVERED)
try:
    protocol.Supervisor(home, cgroups=False)
    tap.ok(False, "without leave to borrow no supervisor starts")
except RuntimeError as error:
    tap.contains(str(error), "hint=masked-proc", "without leave to borrow no supervisor starts")
os.environ[COVERED] = leave

FILTER = f"""
import ctypes, os, struct, sys
steps = [(0x20, 0, 0, 0), (0x15, 0, 1, {calls.NUMBERS['sethostname']}), (0x06, 0, 0, 0x50001), (0x06, 0, 0, 0x7FFF0000)]
code = ctypes.create_string_buffer(b''.join(struct.pack('<HBBI', *each) for each in steps))
program = struct.pack('<HxxxxxxQ', len(steps), ctypes.addressof(code))
if ctypes.CDLL(None).prctl(22, 2, program, 0, 0) != 0:
    raise SystemExit('no filter')
os.execv(sys.argv[1], sys.argv[1:])
"""
filtered = protocol.Supervisor(tap.home(), cgroups=False, prefix=[sys.executable, "-c", FILTER])
tap.equal(filtered.fields["name"], "borrowed", "where no host name can be set, the supervisor says so")
filtered.connect().shutdown()
tap.ok(filtered.wait_end(), "and works all the same")

build = tap.Build()
tap.equal(build.supervisor.fields["name"], "own", "else steps have a host name of their own")
tap.equal(build.supervisor.fields["proc"], "borrowed", "the supervisor says that it has borrowed a proc")


def sh(script, **fields):
    end, output = build.sh(script, **fields)
    return output.decode().strip() if end.code == 0 else f"exit {end.code}: {output.decode()}"


tap.equal(sh("readlink /proc/self/exe; head -c 4 /proc/self/cmdline; echo; head -c 4 /proc/self/comm"),
          "/usr/bin/readlink\nhead\nhead", "what a program asks /proc about itself is right")
tap.equal(sh("echo $$"), "2", "a step has a pid namespace of its own all the same")
tap.contains(sh("ls /proc"), "cpuinfo", "machine-wide files are there")
tap.contains(sh("cat /proc/1/cmdline | tr '\\0' ' '"), "test_borrowed_proc", "the container's processes are seen")

SECRET = "in-the-environment-of-another"
neighbour = subprocess.Popen(["sleep", "1000"], env={"SECRET": SECRET, "PATH": os.environ["PATH"]})
other = build.start(["/usr/bin/sleep", "1001"], env=[f"SECRET={SECRET}", "PATH=/usr/bin"])

LOOK = """
import glob, os
own, seen, read = os.readlink('/proc/self'), [], []
for path in glob.glob('/proc/[0-9]*'):
    number = os.path.basename(path)
    try:
        line = open(path + '/cmdline').read().split(chr(0))
    except OSError:
        continue
    if line[:1] == ['sleep'] or line[:1] == ['/usr/bin/sleep']:
        seen.append(line[1])
    for what in ('environ', 'mem', 'maps', 'stack', 'auxv', 'io'):
        try:
            content = os.read(os.open(path + '/' + what, os.O_RDONLY), 1)
        except OSError:
            continue
        if content and number != own: read.append(number + '/' + what)
    for what in ('root', 'cwd', 'exe', 'fd/0', 'ns/mnt'):
        try:
            os.readlink(path + '/' + what)
        except OSError:
            continue
        if number != own: read.append(number + '/' + what)
print(sorted(seen), read)
"""


def look(**fields):
    end, output = build.run(["/usr/bin/python3", "-c", LOOK], **fields)
    return output.decode().strip()


outside = subprocess.run([sys.executable, "-c", LOOK], stdout=subprocess.PIPE, check=True).stdout.decode()
tap.ok("/environ" in outside and "/root" in outside, "who may, looks into others by the same numbers", outside)
tap.equal(look(), "['1000', '1001'] []", "a step looks into no process: none of the container's, no other step's")
tap.equal(look(uid=1000, gid=1000), "['1000', '1001'] []", "nor does one as another user")
tap.equal(build.run(["/usr/bin/python3", "-c", """
import os
pid = os.fork()
if pid == 0:
    os.execv('/usr/bin/sleep', ['sleep', '1002'])
import time
def parent(number):
    try:
        return open('/proc/' + number + '/status').read().split('PPid:')[1].split()[0]
    except OSError:  # it has ended
        return None
deadline, seen = time.monotonic() + 60, 0
while seen == 0 and time.monotonic() < deadline:
    own = [p for p in os.listdir('/proc') if p.isdigit() and parent(p) == os.readlink('/proc/self')]
    seen = len([p for p in own if 'MARK=1' in open('/proc/' + p + '/environ').read()])  # none before its exec
print(len(own), seen); os.kill(pid, 9)
"""], env=["MARK=1", "PATH=/usr/bin"])[1].decode().strip(), "1 1", "but into its own children it does")
build.sh("for p in /proc/[0-9]*; do kill -9 ${p#/proc/} 2>/dev/null; done")
tap.ok(neighbour.poll() is None, "by the numbers that it sees, no step kills a process of the container")
tap.ok(not os.path.exists(build.supervisor.record(other) + "/exit"), "or another step")
tap.equal(sh("mkdir a b; echo x >a/f; mv a/f b/f; ln b/f a/g; cat a/g"), "x",
          "files are still renamed and linked between directories")
tap.equal(sh("echo 1 >/proc/sys/vm/drop_caches; echo b >/proc/sysrq-trigger; head -c 1 /proc/kcore; cat /proc/keys;"
             " ls /proc/acpi; echo end")
          .split("\n")[-1], "end", "and what is masked is masked")
tap.contains(build.sh("exec 2>&1; echo 1 >/proc/sys/vm/drop_caches")[1].decode(), "Read-only",
             "the machine's settings are read-only")

neighbour.kill()
neighbour.wait()

# Everything else is as on a machine of one's own.
for name, different in (("isolation", ["only the step's own processes are seen"]),
                        ("steps", ["which is the step's controlling terminal"]),  # asks ps for the number in $$
                        ("survival", [])):
    test = subprocess.run([sys.executable, os.path.join(os.path.dirname(__file__), f"test_{name}.py")],
                          stdout=subprocess.PIPE, check=False)
    lines = test.stdout.decode().splitlines()
    failed = [line.split(" - ", 1)[1] for line in lines if line.startswith("not ok")]
    tap.equal((failed, lines[-1][:3]), (different, "1.."), f"the tests in test_{name}.py pass, but {different}")
tap.done()
