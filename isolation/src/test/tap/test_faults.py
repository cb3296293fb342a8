"""Every set-up system call of the shipped binary fails once: never half a sandbox, a leak or a wrong end.

strace makes the Nth call of a kind fail in each process of the launcher, from its start to the end of one step.
Then the launcher either says what it tried and which error it met, or does without. STEPBOX_TEST_FAULTS is
the number of such runs, "all" for each call that a start makes; STEPBOX_TEST_SEED chooses them.
"""

import atexit
import collections
import errno
import os
import random
import re
import shutil
import signal
import stat
import subprocess

import tap
import protocol
from protocol import *

# Those that set something up. Reading, waiting and closing are not among them, nor what the payload's C library
# calls after the exec, which strace does not see. Nor rt_sigprocmask and umask, which cannot fail.
CALLS = """fork clone3 unshare setns fsopen fsconfig fsmount open_tree move_mount mount_setattr mount umount2
 pivot_root chroot chdir fchdir openat openat2 mkdirat symlinkat mknodat dup2 dup3 socket bind listen socketpair pipe2
 prctl capset setresuid setresgid setgroups seccomp prlimit64 rt_sigaction keyctl setsid
 sethostname close_range signalfd4 epoll_create1 epoll_ctl ioctl fcntl write sendmsg mmap""".split()
ERRORS = (errno.EIO, errno.ENOMEM, errno.EPERM, errno.EMFILE)
MAX_SECONDS = 60
EXITED_BY_ITSELF = 1  # enum exit_outcome


class Traced:
    """A launcher under strace, with one id, since a set-user-id helper cannot be traced."""

    def __init__(self, *strace):
        self.home = tap.home()
        self.store = os.path.join(self.home, "store")
        os.makedirs(self.store)
        self.cgroups = protocol.make_cgroups(os.path.basename(self.home))
        self.socket = os.path.join(self.home, "socket")
        uid, gid = os.getuid(), os.getgid()
        arguments = [os.environ["LAUNCHER"], "supervise", "--socket", self.socket, "--store", self.store,
                     "--orphan-timeout", "30", "--capabilities", str(PODMAN_CAPABILITIES),
                     "--bind", "/usr:/host/usr:ro,nosuid,nodev", "--bind", "/etc:/host/etc:ro,nosuid,nodev",
                     "--id-map", "single", "--map-uid", f"0:{uid}:1", "--map-gid", f"0:{gid}:1",
                     "--cgroup", "v2" if "unified" in self.cgroups else "v1"]
        for hierarchy, path in self.cgroups.items():
            arguments += ["--cgroup-dir", f"{hierarchy}={path}"]
        # To a file: the tracer keeps the descriptor open as long as there is anything to trace.
        with open(os.path.join(self.home, "status"), "wb") as status:
            self.code = subprocess.run(["strace", "-D", "-I", "2", "-f", "-qq", "-b", "execve", *strace, *arguments],
                                       stdin=subprocess.DEVNULL, stdout=status, stderr=subprocess.DEVNULL,
                                       check=False, timeout=MAX_SECONDS).returncode
        with open(os.path.join(self.home, "status"), encoding="utf-8", errors="replace") as status:
            self.line = status.read().strip()
        fields = dict(f.split("=", 1) for f in self.line.split("\t")[1:] if "=" in f)
        self.pid = int(fields.get("pid", 0))
        self.fields = fields

    def end_of(self, script, **fields):
        """The end of another step, in the root of the first one."""
        client = Connection(self.socket)
        client.hello()
        client.receive(client.send(RUN, run_body("t", "/store/records/t", ["/bin/sh", "-c", script], **fields)))
        end = client.wait_exit("t")
        client.close()
        return end

    def step(self):
        """What a step's start and end say: "" when all is well."""
        os.makedirs(os.path.join(self.store, "records"), exist_ok=True)
        client = Connection(self.socket)
        client.socket.settimeout(MAX_SECONDS)
        helper = object.__new__(protocol.Supervisor)
        helper.store, helper.counter = self.store, 0
        try:
            client.hello()
            helper.prepare_root(client)
            client.receive(client.send(RUN, run_body("s", "/store/records/s", ["/bin/sh", "-c", "echo hi"])))
            end = client.wait_exit("s")
            output = os.path.join(self.store, "records/s/output")
            with open(output, "rb") as stream:
                text = stream.read()
            if end.outcome == EXITED_BY_ITSELF:
                return "" if (end.code, text) == (0, b"hi\n") else f"a wrong end: {end} {text!r}"
            return f"errno {end.errno} {end.operation}"
        except LauncherError as error:
            return f"errno {error.errno} {error.operation}"
        finally:
            client.close()

    def detach(self):
        """Ends the tracer, not what it traces: the end of the build is not what is to fail."""
        try:
            with open(f"/proc/{self.pid}/status", encoding="ascii") as stream:
                tracer = int(re.search(r"TracerPid:\t(\d+)", stream.read())[1])
            if tracer:
                # Not TERM: in the middle of a stop it can leave processes traced for ever.
                os.kill(tracer, signal.SIGKILL)
                eventually(lambda: began(tracer) is None)
        except (FileNotFoundError, ProcessLookupError):
            pass

    def end(self):
        """What is left after an ordered end."""
        self.detach()
        left = []
        if began(self.pid) if self.pid else None:
            try:
                client = Connection(self.socket)
                client.hello()
                try:
                    client.unmount_root(1)
                except LauncherError:
                    pass
                for name in os.listdir(self.store):
                    client.call(REMOVE_TREE, blob(f"/store/{name}") + u32(0))
                client.shutdown()
            except (OSError, EOFError, LauncherError) as error:
                left.append(f"the end failed: {error}")
            if not eventually(lambda: began(self.pid) is None, MAX_SECONDS):
                left.append("the supervisor")
                os.kill(self.pid, signal.SIGKILL)
        if not eventually(lambda: not self.processes(), MAX_SECONDS):
            left.append(f"processes {self.processes()}")
        for path in self.cgroups.values():
            if not eventually(lambda: not [d for d in os.listdir(path) if os.path.isdir(f"{path}/{d}")], MAX_SECONDS):
                left.append(f"a cgroup in {path}")
                continue
            os.rmdir(path)
        if self.pid == 0 and os.path.exists(self.socket):
            left.append("the socket")
        shutil.rmtree(self.home, ignore_errors=True)
        return left

    def processes(self):
        """Those that have our directory in their command line, and those in our cgroups."""
        found = set()
        for path in self.cgroups.values():
            for folder, _, files in os.walk(path):
                if "cgroup.procs" in files:
                    try:
                        with open(os.path.join(folder, "cgroup.procs"), encoding="ascii") as stream:
                            found |= set(stream.read().split())
                    except OSError:
                        pass
        for name in os.listdir("/proc"):
            try:
                with open(f"/proc/{name}/cmdline", "rb") as stream:
                    words = stream.read().split(b"\0")
                if name.isdigit() and self.home.encode() in b" ".join(words) and b"supervise" in words:
                    found.add(name)
            except (OSError, NotADirectoryError):
                pass
        return sorted(found)


def baseline():
    """How often a process makes each call, at most, in a start and a step without any fault."""
    trace = os.path.join(tap.home(), "trace")
    traced = Traced("-o", trace, "-e", "trace=" + ",".join("?" + c for c in CALLS))
    said = (traced.code, traced.step() if traced.code == 0 else traced.line)
    left = traced.end()
    counts = collections.Counter()
    with open(trace, encoding="utf-8", errors="replace") as stream:
        for line in stream:
            call = re.match(r"(\d+) +(\w+)\(", line)
            if call:
                counts[call[1], call[2]] += 1
    most = collections.Counter()
    for (_, name), count in counts.items():
        most[name] = max(most[name], count)
    return said, left, most


def verdict(name, nth, error):
    traced = Traced("-o", "/dev/null", "-e", f"trace={name}", "-e", f"inject={name}:error={errno.errorcode[error]}:when={nth}")
    if traced.code != 0:
        said = traced.line
        # Where the line itself cannot be written, the exit code has to do.
        is_told = (said.startswith("failed\t") and traced.fields.get("operation")) or (name == "write" and not said)
        kind, problem = "start", "" if is_told else f"no word about it: {traced.code} {said!r}"
    else:
        try:
            said = traced.step()
        except (ConnectionError, EOFError) as failure:
            # A client that cannot be watched or given memory is sent away.
            said = "errno 0 closed" if name in ("epoll_ctl", "mmap") else f"a wrong end: {type(failure).__name__} {failure}"
        except OSError as failure:
            said = f"a wrong end: {type(failure).__name__} {failure}"
        kind, problem = ("step", said if "wrong end" in said else "") if said else ("nothing", "")
        if said and not problem and not re.fullmatch(r"errno \d+ \S+", said):
            problem = f"no operation or error: {said}"
    left = traced.end()
    return kind, said, problem or (f"left: {left}" if left else "")


said, left, most = baseline()
tap.equal((said, left), ((0, ""), []), "without a fault a traced step runs and leaves nothing")
faults = [(name, nth) for name in CALLS for nth in range(1, most[name] + 1)]
tap.ok(len(faults) > 150 and len([c for c in CALLS if most[c]]) > 35, f"a start makes {len(faults)} calls that can fail",
       [c for c in CALLS if not most[c]])
seed = int(os.environ.get("STEPBOX_TEST_SEED", random.randrange(1 << 30)))
rng = random.Random(seed)
wanted = os.environ.get("STEPBOX_TEST_FAULTS", "100")
if wanted != "all":
    # Each kind once, then others at random.
    first = [rng.choice([f for f in faults if f[0] == name]) for name in CALLS if most[name]]
    faults = first + rng.sample([f for f in faults if f not in first], max(0, int(wanted) - len(first)))
met, problems = collections.Counter(), []
for name, nth in faults:
    error = rng.choice(ERRORS)
    try:
        kind, said, problem = verdict(name, nth, error)
    except subprocess.TimeoutExpired:
        kind, said, problem = "start", "", "the start never ended"
    met[kind] += 1
    if problem:
        problems.append(f"{name} number {nth}, {errno.errorcode[error]}: {problem}")
        print(f"# {problems[-1]}", flush=True)
print(f"# STEPBOX_TEST_SEED={seed}: {dict(met)}")
tap.ok(not problems, f"{len(faults)} failing calls: each is told with its operation and error or does no harm, and "
       f"nothing is left (seed {seed})", "\n".join(problems))
tap.ok(met["start"] > 0 and met["step"] > 0, "some end the start, some a step")

# A neighbour has taken what the user has of them.
traced = Traced("-o", "/dev/null", "-e", "trace=eventfd2,inotify_init1", "-e", "inject=eventfd2,inotify_init1:error=EMFILE")
tap.equal(traced.step(), "", "a step runs where nothing is left to watch for out-of-memory kills with")
names = ("memory.max", "memory.swap.max") if "unified" in traced.cgroups else ("memory.limit_in_bytes", "memory.memsw.limit_in_bytes")
memory = [("memory", names[0], "64M"), ("memory", names[1], "0" if "unified" in traced.cgroups else "64M")]
end = traced.end_of("tail /dev/zero; echo survived; sleep 60; exit 0", writes=memory)
tap.equal((end.reason, end.outcome != EXITED_BY_ITSELF or end.code != 0), ("oom", True), "and such a kill ends the step all the same")
tap.equal(traced.end(), [], "and nothing is left")

# A step swaps what a request has just made for a link, before its mode is set.
traced = Traced("-o", "/dev/null", "-e", "trace=fchmodat", "-e", "inject=fchmodat:delay_enter=1500000")
tree, victim = os.path.join(traced.store, "tree"), os.path.join(traced.store, "victim")
os.mkdir(tree)
with open(victim, "wb"):
    os.chmod(victim, 0o600)
client = Connection(traced.socket)
client.hello()
request = client.send(APPLY, blob("/store/tree") + items([u8(1) + blob("made") + u32(0o777)], lambda o: o))
made = os.path.join(tree, "made")
tap.ok(eventually(lambda: os.path.isdir(made)), "a directory is made")
os.rename(made, made + "-away")
os.symlink("../victim", made)
try:
    client.receive(request)
except LauncherError as error:
    print(f"# {error}")
client.close()
tap.equal(stat.S_IMODE(os.stat(victim).st_mode), 0o600, "its mode goes through no link that takes its place")
tap.equal(traced.end(), [], "and nothing is left")
tap.done()
