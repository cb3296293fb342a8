"""Steps in chroots, where no namespace can be had: what keeps them apart, and what they leave. As real root,
since only real root makes devices; run by './check hosts' in a pid namespace, with the capabilities that
docker gives."""

import glob
import os
import socket
import subprocess
import sysconfig

import protocol
import tap
from protocol import *

FIRST = 1_500_000_000
ZERO = 1_400_000_000
CHROOTS = ["--chroots", "/store/chroots", "--step-users", f"{FIRST}:128", "--step-zero", str(ZERO)]


class ChrootBuild(tap.Build):
    """A supervisor without namespaces; `lowers` of the workspace and of the root are made by the test."""

    def __init__(self):
        self.supervisor = protocol.Supervisor(tap.home(), cgroups=False, options=CHROOTS, ids=["--id-map", "single"])
        self.client = self.supervisor.connect()
        self.layer("base/usr/")
        for name in ("bin", "sbin", "lib", "lib64"):
            if os.path.islink(f"/{name}"):
                os.symlink(f"usr/{name}", self.supervisor.path(f"/store/base/{name}"))
        self.layer("base/etc/passwd", "root:x:0:0::/root:/bin/sh\n")
        self.layer("base/root/.profile", "of the image\n")
        self.layer("source/kept", "kept\n")
        self.layer("source/changed", "before\n")
        self.layer("source/gone", "gone\n")
        self.layer("source/dir/inner", "inner\n")
        self.layer("source/dropped/a", "a\n")
        self.layer("source/old/deep/file", "moved with its directory\n")
        self.layer("source/first/sub/a", "a\n")
        self.layer("source/second/sub/b", "b\n")

    def layer(self, path, content=None):
        path = self.supervisor.path(f"/store/{path}")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if content is not None:
            with open(path, "w", encoding="ascii") as stream:
                stream.write(content)

    def mount(self, root):
        self.layer(f"upper{root}/")
        self.layer(f"root{root}/")
        self.client.mount_root(
            root, overlay("", ["/store/tools", "/store/base"], f"/store/root{root}", f"/store/work{root}"),
            overlay("workspace", ["/store/source"], f"/store/upper{root}", f"/store/work{root}"))

    def read(self, path):
        with open(self.supervisor.path(f"/store/{path}"), encoding="utf8") as stream:
            return stream.read()


def tools(build):
    """Programs and what they need, as a layer."""
    library = sysconfig.get_path("stdlib")
    paths = {p for p in map(os.path.realpath, ("/bin/sh", "/usr/bin/python3"))}
    for name in ("cat", "id", "ls", "sleep", "rm", "mkdir", "touch", "readlink", "env", "mkfifo", "ln", "dd", "stat", "mv"):
        paths.add(f"/usr/bin/{name}")
    for path in [*paths, *glob.glob(f"{library}/lib-dynload/_ctypes*.so")]:
        for word in subprocess.run(["ldd", path], stdout=subprocess.PIPE, check=False).stdout.decode().split():
            if word.startswith("/"):
                paths.add(word)
    for path in paths:
        at = path if path.startswith("/usr/") else "/usr" + path
        target = build.supervisor.path(f"/store/tools{at}")
        os.makedirs(os.path.dirname(target), exist_ok=True)
        subprocess.run(["cp", "--dereference", path, target], check=True)
    os.symlink("dash", build.supervisor.path("/store/tools/usr/bin/sh"))
    os.symlink(os.path.basename(os.path.realpath("/usr/bin/python3")),
               build.supervisor.path("/store/tools/usr/bin/python3"))
    subprocess.run(["cp", "-r", library, build.supervisor.path("/store/tools/usr/lib/")], check=True)


build = ChrootBuild()
tools(build)
tap.equal(build.supervisor.fields["proc"], "none", "the supervisor says that there is no proc")
build.mount(1)


def sh(script, **fields):
    fields.setdefault("cwd", "/workspace")
    end, output = build.sh(script, **fields)
    return output.decode().strip() if end.code == 0 else f"exit {end.code}: {output.decode()}"


def python(script, **fields):
    fields.setdefault("cwd", "/workspace")
    end, output = build.run(["/usr/bin/python3", "-c", script], **fields)
    return output.decode().strip() if end.code == 0 else f"exit {end.code} {end.reason}: {output.decode()}"


tap.equal(sh("id -u; id -g; id -G; id -un; pwd; cat kept"), f"{FIRST}\n{FIRST}\n{FIRST}\nstepbox\n/workspace\nkept",
          "a step has a user of its own, with a name, and its workspace")
build.mount(2)
tap.equal(sh("id -u", root=2), str(FIRST + 2), "another root has another user")

STATUS = """
import ctypes
prctl = ctypes.CDLL(None).prctl
print(prctl(39, 0, 0, 0, 0), prctl(21, 0, 0, 0, 0), [c for c in range(41) if prctl(23, c, 0, 0, 0) > 0])
"""
tap.equal(python(STATUS), "1 2 []", "no_new_privs and a filter are on, and no capability can come back")
tap.contains(sh("ls /"), "workspace", "its root is the chroot")
tap.equal(sh("ls /proc"), "", "there is no proc")
tap.equal(sh("ls /store 2>&1; ls /../../etc/shadow 2>&1; true").count("No such file"), 2,
          "nothing above the root is there")

ATTACKS = """
import os, socket, errno, ctypes, signal
def attempt(name, call):
    try:
        result = call()
        print(name, 'ok', result)
    except OSError as error:
        print(name, errno.errorcode[error.errno])
libc = ctypes.CDLL(None, use_errno=True)
def raw(number, *arguments):
    result = libc.syscall(number, *arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), '')
    return result
attempt('root-file', lambda: open('/usr/bin/cat', 'r+'))
attempt('new-in-root', lambda: open('/usr/new', 'w'))
attempt('unlink-in-root', lambda: os.unlink('/usr/bin/cat'))
attempt('chmod-in-root', lambda: os.chmod('/usr/bin/cat', 0o777))
attempt('link-in-root', lambda: os.link('/usr/bin/cat', '/tmp/cat'))
attempt('passwd', lambda: open('/etc/passwd', 'a'))
attempt('chroot', lambda: os.chroot('/tmp'))
attempt('device', lambda: os.mknod('/tmp/sda', 0o60666, os.makedev(8, 0)))
attempt('setuid', lambda: os.setuid(0))
attempt('kill-1', lambda: os.kill(1, 0))
attempt('kill-neighbour', lambda: os.kill(NEIGHBOUR, 0))
attempt('ptrace', lambda: raw(101, 16, NEIGHBOUR, 0, 0))
attempt('vm-read', lambda: raw(310, NEIGHBOUR, 0, 0, 0, 0, 0))
attempt('inet', lambda: socket.socket(socket.AF_INET))
attempt('inet6', lambda: socket.socket(socket.AF_INET6, socket.SOCK_DGRAM))
attempt('netlink', lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW))
def abstract():
    s = socket.socket(socket.AF_UNIX)
    s.connect(chr(0) + 'stepbox-test-of-the-machine')
attempt('abstract', abstract)
attempt('shm', lambda: raw(29, 0, 4096, 0o1600))
attempt('memfd', lambda: os.memfd_create('x'))
attempt('mount', lambda: raw(165, 0, 0, 0, 0, 0))
attempt('unshare', lambda: raw(272, 0x10000000))
def is_open(n):
    try:
        os.fstat(n)
        return True
    except OSError:
        return False
attempt('fds', lambda: [n for n in range(64) if is_open(n)])
os.setsid() if os.getsid(0) != os.getpid() else None
signal.signal(signal.SIGTERM, signal.SIG_IGN)
os.kill(-1, signal.SIGTERM)
"""
listener = socket.socket(socket.AF_UNIX)
listener.bind("\0stepbox-test-of-the-machine")
listener.listen(1)
neighbour = build.start(["/usr/bin/sleep", "1000"], root=2)
found = None
for pid in filter(str.isdigit, os.listdir("/proc")):
    try:
        if open(f"/proc/{pid}/cmdline").read().startswith("/usr/bin/sleep\x001000"):
            found = int(pid)
    except OSError:
        pass
tap.ok(found, "the neighbour runs")
said = dict(line.split(" ", 1) for line in python(ATTACKS.replace("NEIGHBOUR", str(found))).splitlines())


def refused(names, answers, sentence):
    tap.ok(all(said.get(name) in answers for name in names.split()), sentence, {n: said.get(n) for n in names.split()})


refused("root-file new-in-root unlink-in-root chmod-in-root link-in-root passwd", ("EACCES", "EPERM", "EXDEV"),
        "the image can be read and not be changed")
refused("chroot device setuid mount unshare", ("EPERM",), "no root, device, user, mount or namespace is to be had")
refused("kill-1 kill-neighbour ptrace", ("EPERM",), "processes of the container and of other steps are out of reach")
refused("inet inet6 netlink", ("EACCES",), "no socket leads out")
if protocol.landlock() >= 6:
    refused("abstract", ("EPERM",), "abstract sockets of the container are out of reach")
refused("shm memfd", ("ENOSYS",), "no memory is to be had that outlives a step or that nobody counts")
tap.equal(said.get("fds"), "ok [0, 1, 2]", "no descriptor but 0, 1 and 2")
tap.equal(build.client.list_steps()[0]["step"], neighbour, "a signal to everybody reaches no other step")
tap.contains(python("import socket; print(socket.socket(socket.AF_INET))", network=HOST), "family=2",
             "with the network of the host there are sockets")
tap.contains(sh("echo x > /root/new && cat /root/new && cat /root/.profile"), "of the image", "home can be written to")
tap.equal(sh("id > /tmp/id; ls /tmp; echo hidden > /tmp/left"), "id", "there is a place for temporary files")
tap.equal(sh("ls /tmp"), "", "which is empty for each step")
tap.equal([sh("echo on") for _ in range(30)], ["on"] * 30, "a step follows another at once")
tap.equal(sh("ls -d /dev/*; echo x > /dev/null", mounts=()).split(),
          ["/dev/full", "/dev/null", "/dev/random", "/dev/shm", "/dev/tty", "/dev/urandom", "/dev/zero"],
          "devices are the usual ones")

# --- what is left behind -------------------------------------------------------------------------------

tap.equal(sh("(setsid sleep 1234 >/dev/null 2>&1 &) ; echo gone"), "gone", "a step leaves a process behind")
tap.equal(sum(open(f"/proc/{p}/cmdline").read().startswith("sleep\x001234")
              for p in os.listdir("/proc") if p.isdigit() and os.path.exists(f"/proc/{p}/cmdline")), 0,
          "which has ended with it")
STUBBORN = """
import os, signal
for n in range(1, 32):
    try: signal.signal(n, signal.SIG_IGN)
    except OSError: pass
for i in range(20):
    if os.fork() == 0:
        os.setsid()
        while True:
            try: os.kill(-1, signal.SIGSTOP)
            except OSError: pass
"""
end, _ = build.run(["/usr/bin/python3", "-c", STUBBORN], timeout=500, grace=100)
tap.equal((end.outcome, end.reason), (1, "timeout"), "processes that stop whoever they can end, too")
end, _ = build.sh("sleep 100", timeout=100, grace=100)
tap.equal(end.reason, "timeout", "a step ends at its time limit")
tap.equal(build.client.list_steps()[0]["step"], neighbour, "and its neighbour goes on")
tap.raises("SETUP", lambda: build.sh("true", root=2), "in one root there is one step at a time")

# --- caps -----------------------------------------------------------------------------------------------

HOG = "x = bytearray(1 << 20)\nall = []\nwhile True: all.append(bytes(x))"
end, _ = build.run(["/usr/bin/python3", "-c", HOG], writes=(("watch", "memory", str(64 << 20)),))
tap.equal(end.reason, "oom", "the cap on memory ends a step")
MANY = "import os, time\nfor i in range(9):\n  if os.fork() == 0: time.sleep(90)\ntime.sleep(2)\nos._exit(3)"
end, _ = build.run(["/usr/bin/python3", "-c", MANY], writes=(("watch", "pids", "10"),))
tap.equal(end.reason, "pids", "a step that failed with as many processes as it may have is told so")

# --- what was written ------------------------------------------------------------------------------------

build.client.cancel(neighbour)
build.client.wait_exit(neighbour)
build.client.unmount_root(2)
CHANGE = """
echo after > changed; rm gone; rm -r dropped; mkdir dropped; echo b > dropped/b; echo new > dir/new
rm dir/inner; mkdir dir/inner; ln -s kept link; mkfifo pipe; touch -d 2001-01-01 kept-not; mkdir -p deep/er
mv old renamed; rm -r first; mv second first
"""
end, output = build.sh(CHANGE, cwd="/workspace")
tap.equal((end.code, output), (0, b""), "a step changes its workspace")
upper = build.supervisor.path("/store/upper1")


def whiteouts():
    found = []
    for directory, _, files in os.walk(upper):
        for name in files:
            path = os.path.join(directory, name)
            if os.path.exists(path) and os.stat(path, follow_symlinks=False).st_mode >> 12 == 2:
                found.append(os.path.relpath(path, upper))
    return sorted(found)


build.client.call(MEASURE_TREE, items(["/store/upper1"], blob))
tap.equal(build.read("upper1/changed"), "after\n", "which is there to look at before the stage ends")
end, output = build.sh("echo again >> changed; cat changed", cwd="/workspace")
tap.equal(output, b"after\nagain\n", "the next step goes on from it")
build.client.unmount_root(1)
tap.equal(whiteouts(), ["dropped/a", "first/sub/a", "gone", "old", "second"], "what is gone is whited out")
tap.equal(sorted(os.path.relpath(os.path.join(d, n), upper) for d, ds, fs in os.walk(upper) for n in ds + fs
                 if os.path.relpath(os.path.join(d, n), upper) not in whiteouts()),
          ["changed", "deep", "deep/er", "dir", "dir/inner", "dir/new", "dropped", "dropped/b", "first", "first/sub",
           "first/sub/b", "kept-not", "link", "pipe", "renamed", "renamed/deep", "renamed/deep/file"], "what is new or changed is kept, and nothing else")
tap.equal(build.read("source/changed") + build.read("base/root/.profile"), "before\nof the image\n",
          "no layer was written to")
tap.equal({os.lstat(os.path.join(d, n)).st_uid for d, ds, fs in os.walk(upper) for n in ds + fs
           if os.path.relpath(os.path.join(d, n), upper) not in whiteouts()}, {ZERO},
          "it belongs to the root of steps")
tap.equal([n for n in os.listdir(build.supervisor.path("/store/chroots")) if not n.startswith("of")], [],
          "nothing is left of the roots")

build.mount(3)
tap.equal(sh("id -u; cat kept", root=3), f"{FIRST}\nkept", "a user that is free again is used again")

# --- the death of the supervisor --------------------------------------------------------------------------



def find(*arguments):
    line = "".join(word + chr(0) for word in arguments)
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", encoding="utf8", errors="replace") as stream:
                found += [int(pid)] if stream.read() == line else []
        except OSError:
            pass
    return found


step = build.start(["/bin/sh", "-c", "sleep 5678 & sleep 8765"], root=3)
with open(f"/proc/{find('sleep', '8765')[0]}/stat", encoding="ascii") as stream:
    shell = int(stream.read().rsplit(")", 1)[1].split()[1])
with open(f"/proc/{shell}/stat", encoding="ascii") as stream:
    init = int(stream.read().rsplit(")", 1)[1].split()[1])
os.kill(init, 9)
tap.equal(build.client.wait_exit(step).reason, "lost", "a step whose process 1 is killed is lost")
tap.ok(protocol.eventually(lambda: not find("sleep", "5678") and not find("sleep", "8765")),
       "and nothing of it goes on")
tap.raises("SETUP", lambda: build.sh("true", root=3, mounts=(bind("/store/none", "run/x", MAKE),)),
           "a step that cannot be given what it needs fails")
tap.equal(sh("echo kept > written; cat written", root=3, cwd="/workspace"), "kept", "the next one may follow it at once")
build.start(["/usr/bin/sleep", "4321"], root=3)
build.kill()
tap.ok(protocol.eventually(lambda: not find("/usr/bin/sleep", "4321")), "with the supervisor its steps end")
tap.equal(build.read("upper3/written"), "kept\n", "what the steps before had written outlives it")
tap.done()
