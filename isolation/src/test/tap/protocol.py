"""A client of the launcher's protocol, for its tests and its benchmark only."""

import os
import re
import socket
import struct
import subprocess
import time

from host import *

HELLO, MOUNT_ROOT, UNMOUNT_ROOT, RUN, SIGNAL, CANCEL, RESIZE, LIST_STEPS, USAGE = range(1, 10)
(APPLY, REMOVE_TREE, MEASURE_TREE, LIST_TREE, COPY_TREE, READ_FILE, SHUTDOWN, MOVE, SYNC, EGRESS,
 _, _, ADOPT_TREE) = range(10, 23)
EXITED = 0x4001
REPLY = 0x8000
ERROR = 0xFFFF
MORE = 1

READ_ONLY, NOSUID, NODEV, NOEXEC, VOLATILE, MAKE = 1, 2, 4, 8, 16, 32
NO_NEW_PRIVS, TTY, READ_ONLY_ROOT, BY_RUNTIME, NESTING = 1, 2, 4, 8, 16
NONE, BUILD, HOST = 0, 1, 2
PODMAN_CAPABILITIES = sum(1 << c for c in (0, 1, 3, 4, 5, 6, 7, 8, 10, 18, 31))
REASONS = {0: "none", 1: "timeout", 2: "disk", 3: "oom", 4: "pids", 5: "cancel", 6: "lost"}
CODES = {
    1: "PROTOCOL", 2: "UNKNOWN_TYPE", 3: "NOT_FOUND", 4: "EXISTS", 5: "INVALID", 6: "SETUP",
    7: "EXEC", 8: "FAILED", 9: "LIMIT", 10: "STOPPING",
}


class LauncherError(Exception):
    def __init__(self, code, error, operation, target, text):
        self.code = CODES.get(code, code)
        self.errno = error
        self.operation = operation
        super().__init__(f"{self.code} {operation} '{target}' errno {error}: {text}")


def u8(v):
    return struct.pack("<B", v)


def u32(v):
    return struct.pack("<I", v & 0xFFFFFFFF)


def u64(v):
    return struct.pack("<Q", v & 0xFFFFFFFFFFFFFFFF)


def blob(v):
    data = v if isinstance(v, bytes) else v.encode(errors="surrogateescape")
    return u32(len(data)) + data


def items(values, encode):
    values = list(values)
    return u32(len(values)) + b"".join(encode(v) for v in values)


def overlay(target, lowers, upper="", work="", flags=VOLATILE):
    return u8(1) + blob(target) + items(lowers, blob) + blob(upper) + blob(work) + u32(flags)


def tmpfs(target, size=0, inodes=0, mode=0o755, flags=0):
    return u8(2) + blob(target) + u64(size) + u64(inodes) + u32(mode) + u32(flags)


def bind(source, target, flags=0):
    return u8(3) + blob(source) + blob(target) + u32(flags)


def mkdir(path, mode=0o755):
    return u8(4) + blob(path) + u32(mode)


def symlink(path, text):
    return u8(5) + blob(path) + blob(text)


def file(path, content, mode=0o644):
    return u8(6) + blob(path) + u32(mode) + blob(content)


def cgroup(target, controllers=()):
    return u8(7) + blob(target) + items(controllers, blob)


class Reader:
    def __init__(self, data):
        self.data = data
        self.at = 0

    def take(self, size):
        if self.at + size > len(self.data):
            raise ValueError("body too short")
        part = self.data[self.at:self.at + size]
        self.at += size
        return part

    def u8(self):
        return self.take(1)[0]

    def u32(self):
        return struct.unpack("<I", self.take(4))[0]

    def i32(self):
        return struct.unpack("<i", self.take(4))[0]

    def u64(self):
        return struct.unpack("<Q", self.take(8))[0]

    def i64(self):
        return struct.unpack("<q", self.take(8))[0]

    def bytes(self):
        return self.take(self.u32())

    def text(self):
        return self.bytes().decode(errors="surrogateescape")

    def rest(self):
        return len(self.data) - self.at


class Exit:
    def __init__(self, data):
        r = Reader(data)
        self.step = r.text()
        self.outcome = r.u32()
        self.status = r.u32()
        self.reason = REASONS[r.u32()]
        self.flags = r.u32()
        self.errno = r.i32()
        self.operation = r.text()
        self.text = r.text()
        (self.started, self.started_real, self.ended, self.ended_real, self.start, self.output,
         self.dropped, self.oom_kills, self.refused_forks, self.user, self.system) = (
             r.u64() for _ in range(11))
        self.readings = {}
        for _ in range(r.u32()):
            hierarchy, name, error, content = r.text(), r.text(), r.i32(), r.bytes()
            self.readings[hierarchy, name] = content.decode().strip() if error == 0 else -error
        if r.rest():
            raise ValueError("exit body too long")

    @property
    def code(self):
        """The exit code, or minus the signal."""
        signal = self.status & 0x7F
        return -signal if signal else self.status >> 8 & 0xFF

    def __str__(self):
        return f"{self.step}: outcome {self.outcome} code {self.code} reason {self.reason}"


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def read_record(directory):
    with open(os.path.join(directory, "exit"), "rb") as stream:
        data = stream.read()
    if data[:8] != b"STEPBOX1":
        raise ValueError("bad magic")
    length = struct.unpack("<I", data[8:12])[0]
    body, tail = data[12:12 + length], data[12 + length:]
    if len(body) != length or struct.unpack("<I", tail)[0] != crc32c(body):
        raise ValueError("bad record")
    return Exit(body)


def read_index(directory):
    with open(os.path.join(directory, "output.index"), "rb") as stream:
        data = stream.read()
    return list(struct.iter_unpack("<QQI", data))


# Since Linux 6.8 an overlay is told its layers one by one; before, all of them had to fit into a page.
HAS_MANY_LAYERS = tuple(int(n) for n in re.match(r"(\d+)\.(\d+)", os.uname().release).groups()) >= (6, 8)


def connected(path, patience=PATIENCE):
    """A socket. Where others wait in front of it, the kernel sends a non-blocking one away (EAGAIN), which is what
    one with a time limit of Python's is; this one waits."""
    connection = socket.socket(socket.AF_UNIX)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("@ll", int(PATIENCE), 0))
    connection.connect(path)
    connection.settimeout(patience)
    return connection


class Connection:
    def __init__(self, path):
        self.socket = connected(path)
        self.buffer = b""
        self.next_request = 1
        self.events = []
        self.replies = {}

    def close(self):
        self.socket.close()

    def send(self, kind, body=b""):
        return self.send_all(kind, [body])[0]

    def send_all(self, kind, bodies):
        """Many requests in one piece."""
        requests = range(self.next_request, self.next_request + len(bodies))
        self.next_request += len(bodies)
        self.socket.sendall(b"".join(struct.pack("<IHHI", 8 + len(body), kind, 0, request) + body
                                     for request, body in zip(requests, bodies)))
        return requests

    def _frame(self):
        while True:
            if len(self.buffer) >= 4:
                length = struct.unpack("<I", self.buffer[:4])[0]
                if len(self.buffer) >= 4 + length:
                    frame, self.buffer = self.buffer[4:4 + length], self.buffer[4 + length:]
                    kind, flags, request = struct.unpack("<HHI", frame[:8])
                    return kind, flags, request, frame[8:]
            data = self.socket.recv(1 << 20)
            if not data:
                raise EOFError("the supervisor closed the connection")
            self.buffer += data

    def _pump(self):
        kind, flags, request, body = self._frame()
        if request == 0:
            self.events.append(Exit(body))
        else:
            self.replies.setdefault(request, []).append((kind, flags, body))

    def receive(self, request):
        """All frames of a reply, or LauncherError."""
        while not (self.replies.get(request) and not self.replies[request][-1][1] & MORE):
            self._pump()
        frames = self.replies.pop(request)
        kind, _, body = frames[-1]
        if kind == ERROR:
            r = Reader(body)
            raise LauncherError(r.u32(), r.i32(), r.text(), r.text(), r.text())
        return [Reader(f[2]) for f in frames]

    def call(self, kind, body=b""):
        return self.receive(self.send(kind, body))[0]

    def hello(self):
        r = self.call(HELLO, u32(1) + blob("test"))
        names = ("version", "pid", "features", "egress", "mono", "real")
        return dict(zip(names, (r.u32(), r.u32(), r.u32(), r.text(), r.u64(), r.u64())))

    def wait_exit(self, step):
        while True:
            for i, event in enumerate(self.events):
                if event.step == step:
                    return self.events.pop(i)
            self._pump()

    def mount_root(self, root, *operations):
        self.call(MOUNT_ROOT, u32(root) + items(operations, lambda o: o))

    def adopt(self, path):
        """Gives what the test has made to the steps' root."""
        return self.call(ADOPT_TREE, blob(path)).u64()

    def unmount_root(self, root):
        self.call(UNMOUNT_ROOT, u32(root))

    def list_steps(self):
        r = self.call(LIST_STEPS)
        return [dict(zip(("step", "record", "root", "state", "mono", "real"),
                         (r.text(), r.text(), r.u32(), r.u32(), r.u64(), r.u64())))
                for _ in range(r.u32())]

    def cancel(self, step, grace=0):
        self.call(CANCEL, blob(step) + u64(grace))

    def signal(self, step, number, everyone=False):
        self.call(SIGNAL, blob(step) + u32(number) + u32(1 if everyone else 0))

    def shutdown(self, grace=0):
        self.call(SHUTDOWN, u64(grace))


DEFAULT_ENVIRONMENT = ("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                       "HOME=/root", "LANG=C.UTF-8")


def run_body(step, record, argv, root=1, mounts=(tmpfs("tmp", mode=0o1777),), host="step", cwd="/",
             env=DEFAULT_ENVIRONMENT, uid=0, gid=0, groups=(), capabilities=PODMAN_CAPABILITIES,
             flags=NO_NEW_PRIVS, rlimits=(), umask=0o22, seccomp="default", network=NONE, rows=24,
             columns=80, timeout=0, grace=1000, output_limit=0, disk=(), caches=(), disk_bytes=0,
             disk_inodes=0, oom_score=0, writes=(), reads=(), runtime=None):
    def triple(values):
        return b"".join(blob(v) for v in values)

    command, bundle = runtime or ((), None)
    flags |= BY_RUNTIME if runtime else 0

    return b"".join((
        blob(step), blob(record), u32(root), items(mounts, lambda m: m), blob(host), blob(cwd),
        items(argv, blob), items(env, blob), u32(uid), u32(gid), items(groups, u32),
        u64(capabilities), u32(flags),
        items(rlimits, lambda r: u32(r[0]) + u64(r[1]) + u64(r[2])), u32(umask), blob(seccomp),
        u32(network), u32(rows), u32(columns), u64(timeout), u64(grace), u64(output_limit),
        items(disk, blob), items(caches, blob), u64(disk_bytes), u64(disk_inodes), u32(oom_score),
        items(writes, triple), items(reads, triple),
        items(command, blob) + blob(bundle) if runtime else b""))


class Supervisor:
    """Starts a launcher for the tests: a store in `home`, a root with the host's /usr."""

    def __init__(self, home, cgroups=True, options=(), ids=None, prefix=()):
        self.home = home
        self.store = os.path.join(home, "store")
        self.socket = os.path.join(home, "socket")
        os.makedirs(self.store, exist_ok=True)
        self.launcher = os.environ.get("LAUNCHER", "stepbox-launcher")
        self.arguments = [
            *prefix, self.launcher, "supervise", "--socket", self.socket, "--store", self.store,
            "--orphan-timeout", "30", "--capabilities", str(PODMAN_CAPABILITIES), "--bind", "/usr:/host/usr:ro,nosuid,nodev",
            "--bind", "/etc:/host/etc:ro,nosuid,nodev"]
        self.arguments += ids or id_options()
        if "STEPBOX_TEST_COVERED" in os.environ:  # by test_borrowed_proc.py
            cgroups = False
            self.arguments += ["--borrow-proc"]
        self.cgroups = make_cgroups(os.path.basename(home)) if cgroups else {}
        for hierarchy, path in self.cgroups.items():
            self.arguments += ["--cgroup-dir", f"{hierarchy}={path}"]
        if cgroups:
            self.arguments += ["--cgroup", "v2" if "unified" in self.cgroups else "v1"]
        self.arguments += options
        started = subprocess.run(self.arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                 check=False, timeout=PATIENCE)
        self.exit_code = started.returncode
        self.line = started.stdout.decode().strip()
        self.fields = dict(f.split("=", 1) for f in self.line.split("\t")[1:])
        self.counter = 0
        if self.exit_code != 0:
            raise RuntimeError(f"{self.exit_code}: {self.line}")
        self.pid = int(self.fields["pid"])
        self.began = began(self.pid)

    def connect(self):
        connection = Connection(self.socket)
        connection.hello()
        return connection

    def path(self, inside):
        """The host's path of a path below /store."""
        return os.path.join(self.home, inside.lstrip("/"))

    def prepare_root(self, connection, root=1):
        """A root whose /usr is an overlay over the host's; everything else is empty."""
        base = os.path.join(self.store, f"base{root}")
        for name in ("proc", "dev", "tmp", "etc", "usr", "root", "workspace", "sys", "run", "var"):
            os.makedirs(os.path.join(base, name), exist_ok=True)
        for name in ("bin", "sbin", "lib", "lib64", "lib32"):
            if os.path.islink(f"/{name}") and not os.path.lexists(os.path.join(base, name)):
                os.symlink(f"usr/{name}", os.path.join(base, name))
        operations = []
        for name, target, lower in (("root", "", f"/store/base{root}"), ("usr", "usr", "/host/usr"),
                                    ("etc", "etc", "/host/etc")):
            for part in ("upper", "work"):
                os.makedirs(os.path.join(self.store, f"{part}{root}-{name}"), exist_ok=True)
            operations.append(overlay(target, [lower], f"/store/upper{root}-{name}",
                                      f"/store/work{root}-{name}"))
            connection.adopt(f"/store/upper{root}-{name}")
        connection.adopt(f"/store/base{root}")
        connection.mount_root(root, *operations)

    def record(self, step):
        return os.path.join(self.store, "records", step)

    def start(self, connection, argv, **fields):
        """Sends RUN; returns the step's name and the request."""
        self.counter += 1
        step = fields.pop("step", f"s{self.counter}")
        os.makedirs(os.path.join(self.store, "records"), exist_ok=True)
        body = run_body(step, f"/store/records/{step}", argv, **fields)
        return step, connection.send(RUN, body)

    def run(self, connection, argv, **fields):
        """Runs to the end; returns (exit, output)."""
        step, request = self.start(connection, argv, **fields)
        connection.receive(request)
        end = connection.wait_exit(step)
        return end, self.output(step)

    def sh(self, connection, script, **fields):
        return self.run(connection, ["/bin/sh", "-c", script], **fields)

    def output(self, step):
        with open(os.path.join(self.record(step), "output"), "rb") as stream:
            return stream.read()

    def is_alive(self):
        return self.began is not None and began(self.pid) == self.began

    def wait_end(self):
        """Waits for the end; false when it does not come, or when a cgroup is left."""
        if not eventually(lambda: not self.is_alive()):
            return False
        left = [p for p in self.cgroups.values() if subdirectories(p)]
        for path in self.cgroups.values():
            if path not in left:
                os.rmdir(path)
        self.cgroups = {}
        return not left

    def remove_cgroups(self):
        """What a supervisor leaves that was killed, once the kernel has ended its processes."""
        for path in self.cgroups.values():
            for each in [os.path.join(path, name) for name in subdirectories(path)] + [path]:
                eventually(lambda: is_removed(each))
        self.cgroups = {}
