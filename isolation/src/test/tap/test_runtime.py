"""Steps through the OCI runtimes crun and runc. What is asked of them is written by Java; here it is the least."""

import json
import os
import shutil
import signal

import tap
from protocol import *

COMMANDS = {"crun": ("--root", "/run/state", "--cgroup-manager=disabled"), "runc": ("--root", "/run/state")}
CAPABILITIES = ["CAP_CHOWN", "CAP_KILL"]


def step_ids(option):
    """The ids of steps as the supervisor has them, from its options."""
    words = id_options()
    zero = int(words[words.index("--step-zero") + 1]) if "--step-zero" in words else 0
    lines = [tuple(map(int, words[i + 1].split(":"))) for i, word in enumerate(words) if word == option]
    return [{"containerID": max(first, zero) - zero, "hostID": max(first, zero), "size": first + count - max(first, zero)}
            for first, _, count in lines if first + count > zero]


def config(argv, cwd="/", env=("PATH=/usr/sbin:/usr/bin:/sbin:/bin",), uid=0, tty=False):
    powers = {"bounding": CAPABILITIES}
    if uid == 0:
        powers |= {"effective": CAPABILITIES, "permitted": CAPABILITIES}
    device = ["nosuid", "noexec"]
    return json.dumps({
        "ociVersion": "1.0.2",
        "process": {"terminal": tty, **({"consoleSize": {"height": 31, "width": 97}} if tty else {}), "user": {"uid": uid, "gid": uid, "umask": 0o22}, "args": argv,
                    "env": env, "cwd": cwd, "capabilities": powers, "noNewPrivileges": True},
        "root": {"path": "/root"}, "hostname": "step",
        "mounts": [
            {"destination": "/proc", "type": "bind", "source": "/proc", "options": ["rbind"]},
            {"destination": "/dev", "type": "tmpfs", "source": "dev", "options": device + ["mode=755"]},
            {"destination": "/dev/pts", "type": "devpts", "source": "devpts",
             "options": device + ["newinstance", "ptmxmode=0666", "mode=0620"]}],
        "linux": {"namespaces": [{"type": kind} for kind in ("user", "mount", "ipc", "uts", "cgroup")],
                  "uidMappings": step_ids("--map-uid"), "gidMappings": step_ids("--map-gid")}})


def test(name):
    program = shutil.which(name, path="/usr/local/bin:/usr/sbin:/usr/bin")
    if program is None:
        tap.skip(f"steps through {name}", f"there is no {name}")
        return
    options = ["--runtime", "--bind", f"{os.path.dirname(os.path.realpath(program))}:/host/runtime:ro,nosuid,nodev"]
    for directory in ("usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32"):
        if os.path.isdir(f"/{directory}") and not os.path.islink(f"/{directory}"):
            options += ["--bind", f"/{directory}:/host/machine/{directory}:ro,nosuid,nodev"]
    build = tap.Build(options=options)
    client = build.client

    def runtime(tty=False):
        return (f"/runtime/{os.path.basename(os.path.realpath(program))}", *COMMANDS[name], "run", "--detach", "--bundle", "/run/bundle",
                *(("--console-socket", "/run/console") if tty else ()), "--pid-file", "/run/pid", "step")

    def run(argv, tty=False, step={}, **fields):
        return build.run(argv[:1], runtime=(runtime(tty), config(argv, tty=tty, **fields)),
                         flags=NO_NEW_PRIVS | (TTY if tty else 0), **step)

    def sh(script, **fields):
        return run(["/bin/sh", "-c", script], **fields)

    def start(script, **step):
        return build.start(["/bin/sh"], runtime=(runtime(), config(["/bin/sh", "-c", script])), **step)

    tap.equal([sh(f"exit {code}")[0].code for code in (0, 1, 42, 255)], [0, 1, 42, 255], f"{name}: exit codes come through")
    tap.equal([sh(f"kill -{n} $$")[0].code for n in (9, 11)], [-9, -11], f"{name}: death by signal is told as such")
    end, output = sh("echo out; echo err >&2; cat; ls -l /proc/self/fd | grep -c ' -> '")
    tap.equal((end.code, output), (0, b"out\nerr\n4\n"),
              f"{name}: output and errors are one stream, input is empty, no other descriptor is open")
    end, output = sh("head -3 /proc/self/uid_map | wc -l; grep -E '^(CapEff|CapBnd|NoNewPrivs)' /proc/self/status | tr -s '[:space:]' ' '")
    tap.equal(output.decode().split("\n")[1], "CapEff: 0000000000000021 CapBnd: 0000000000000021 NoNewPrivs: 1 ",
              f"{name}: the runtime sets the capabilities")
    tap.equal(sh("id -u; touch /workspace/made; echo $$; ls /run /sys")[1].split()[0], b"0", f"{name}: it is root of its own namespace")
    tap.equal(sh("ls /runtime /run/bundle /usr/bin/../../store 2>&1 | grep -vc 'No such'")[1], b"0\n",
              f"{name}: nothing of the launcher or the runtime is seen")
    tap.equal(sh("kill -9 1; cat /proc/1/environ; ls /proc/1/root 2>/dev/null; echo on")[1].decode().split()[-1], "on",
              f"{name}: process 1 cannot be killed or looked into")
    tap.equal(sh("test -e /workspace/made && test ! -e /tmp/made && touch /tmp/made; id -u", uid=33)[1], b"33\n",
              f"{name}: steps share the root, and another user is another user")
    for argv, sentence in ((["/no/such/program"], "a path that does not exist"), (["no-such-program"], "a name that is nowhere"),
                           (["/etc/passwd"], "a file that is not executable")):
        tap.raises("SETUP", lambda: run(argv), f"{name}: not executed: {sentence}")
    sh("printf garbage > /workspace/bad; chmod +x /workspace/bad")
    tap.raises("EXEC", lambda: run(["/workspace/bad"]), f"{name}: not executed: what is no program")
    try:
        sh("true", uid=99999)
        tap.ok(False, f"{name}: what the runtime refuses is told")
    except LauncherError as error:
        tap.ok(error.operation == "run through" and "id" in str(error), f"{name}: what the runtime refuses is told in its words", error)
    tap.raises("INVALID", lambda: build.sh("true"), f"{name}: no step goes past the runtime")
    tap.raises("INVALID", lambda: build.run(["/bin/sh"], runtime=(runtime(), config(["/bin/true"])), flags=NO_NEW_PRIVS | NESTING),
               f"{name}: nor does one nest")

    end, _ = sh("sleep 60", step=dict(timeout=200, grace=60000))
    tap.equal((end.code, end.reason), (-15, "timeout"), f"{name}: a step beyond its time gets TERM")
    step = start("trap 'echo got; exit 8' USR1; echo ready; while :; do sleep 0.02; done")
    eventually(lambda: b"ready" in build.supervisor.output(step))
    client.signal(step, signal.SIGUSR1)
    tap.equal(client.wait_exit(step).code, 8, f"{name}: a signal reaches the main process")
    step = start("sleep 61 & echo up; sleep 60")
    eventually(lambda: b"up" in build.supervisor.output(step))
    client.cancel(step, 0)
    tap.equal(client.wait_exit(step).reason, "cancel", f"{name}: a step is cancelled with all of its processes")
    (end, output) = sh("(setsid sleep 62 &) ; echo main; exit 5")
    tap.equal((end.code, output), (5, b"main\n"), f"{name}: the step ends with its main process")
    end, output = sh("stty size; test -t 0 && test -t 1 && tty && ps -o tpgid= -p $$ | tr -d ' ' | grep -c '^[1-9]'", tty=True, step=dict(rows=31, columns=97))
    tap.equal(output.decode().split(), ["31", "97", "/dev/pts/0", "1"], f"{name}: a terminal of the size asked for is the controlling one")
    if "memory" in build.supervisor.cgroups:
        limit = [("memory", "memory.limit_in_bytes", str(64 << 20)), ("memory", "memory.memsw.limit_in_bytes", str(64 << 20))]
        end, _ = run(["/usr/bin/python3", "-c", "x = b'x' * (200 << 20)"], step=dict(writes=limit))
        tap.equal(end.reason, "oom", f"{name}: a memory cap ends the step")
        tap.ok(end.code != 0, f"{name}: and it does not succeed")
        end, _ = sh("for i in $(seq 60); do sleep 60 & done; wait", step=dict(writes=[("pids", "pids.max", "40")]))
        tap.equal(end.reason, "pids", f"{name}: a pids cap refuses forks")
    tap.raises("SETUP", lambda: sh("true", step=dict(writes=[("pids", "pids.max", "2")])),
               f"{name}: a cap that leaves no room for the runtime starts no step")
    times = sorted(sh("true")[0].start for _ in range(10))
    print(f"# {name}: RUN received to exec, median of ten: {times[5] / 1e6:.1f} ms")
    build.close()


for each in COMMANDS:
    test(each)
tap.done()
