"""Steps with nesting: what they may do in namespaces of their own, and what they may not for all that."""

import os
import signal
import subprocess

import tap
from protocol import *

build = tap.Build()
hierarchies = build.supervisor.cgroups
is_unified = "unified" in hierarchies
sys_mounts = [tmpfs("sys", mode=0o755), mkdir("sys/fs"), mkdir("sys/fs/cgroup")]
if is_unified:
    sys_mounts.append(cgroup("sys/fs/cgroup"))
else:
    for name in hierarchies:
        sys_mounts += [mkdir(f"sys/fs/cgroup/{name}"), cgroup(f"sys/fs/cgroup/{name}", [name])]
memory = "/sys/fs/cgroup" if is_unified else "/sys/fs/cgroup/memory"
memory_limit = "memory.max" if is_unified else "memory.limit_in_bytes"
TREE = "/sys/fs/cgroup" if is_unified else "/sys/fs/cgroup/pids"
ENTER = "cgroup.procs" if is_unified else "tasks"


with open(os.path.join(build.supervisor.store, "ids"), "w", encoding="ascii") as ids:
    ids.write("root:1:65535\n")


def fields(**more):
    return {"mounts": [tmpfs("tmp", mode=0o1777), bind("/dev/net/tun", "dev/net/tun", MAKE),
                       bind("/store/ids", "etc/subuid", MAKE), bind("/store/ids", "etc/subgid", MAKE), *sys_mounts],
            "flags": NO_NEW_PRIVS | NESTING, "seccomp": "nesting", **more}


def sh(script, **more):
    end, output = build.sh(script, **fields(**more))
    return output.decode().strip() if end.code == 0 else f"exit {end.code}: {end.operation} {end.text} {output.decode()}"


def python(script, **more):
    end, output = build.run(["/usr/bin/python3", "-c", script], **fields(**more))
    return output.decode().strip() if end.code == 0 else f"exit {end.code}: {output.decode()}"


# What it is for
tap.equal(sh("unshare --user --map-root-user --mount --pid --fork --mount-proc sh -c 'mount -t tmpfs none /tmp && "
             "set -- /proc/[0-9]*; echo $*'"), "/proc/1", "in a namespace of its own a step mounts, and a fresh proc with it")
tap.equal(sh("unshare --user --map-root-user --map-auto sh -c "
             "'touch /tmp/a && chown 4711 /tmp/a && stat -c %u /tmp/a'; stat -c %u /tmp/a"), "4711\n4711",
          "its root maps all ids that it has, through newuidmap without setuid")
tap.equal(sh("unshare --user --map-root-user --uts sh -c 'hostname inner && hostname'; hostname"), "inner\nstep",
          "a host name of its own is that of its own namespace")
tap.equal(sh("unshare --user --map-root-user --net ip tuntap add dev tap0 mode tap && echo made"), "made",
          "it makes interfaces in a network of its own")
tap.equal(sh(f"mkdir {memory}/a && echo 50000000 > {memory}/a/{memory_limit} && cat {memory}/a/{memory_limit}")
          if not is_unified else sh("mkdir /sys/fs/cgroup/a && echo made"), "49999872" if not is_unified else "made",
          "it makes cgroups below its own, with limits")
tap.equal(sh(f"mkdir -p {TREE}/a/b/c {TREE}/d && (echo 0 > {TREE}/a/{ENTER}; sleep 1000) & echo left"), "left",
          "cgroups and processes that it leaves behind go with it")

# What it does not get by it
if not is_unified:
    tap.contains(sh(f"echo 1000000000000 > {memory}/{memory_limit}"), "Permission denied",
                 "its own limits stay closed to it")
EAT = f"mkdir {memory}/a && echo 0 > {memory}/a/{ENTER} && head -c 200M /dev/zero | tail -c 150M | wc -c"
end, output = build.sh(EAT, **fields(writes=[("unified" if is_unified else "memory", memory_limit, "60000000")]))
tap.equal(end.reason, "oom", "what it starts in a cgroup of its own making has no more memory than the step")
FORK = f"mkdir {TREE}/a && echo 0 > {TREE}/a/{ENTER} && for i in $(seq 50); do sleep 1000 & done; echo all"
end, output = build.sh(FORK, **fields(writes=[("unified" if is_unified else "pids", "pids.max", "20")]))
tap.ok(b"all" not in output, "nor more processes", output)
INNER = (f"mkdir {memory}/a && echo 30000000 > {memory}/a/{memory_limit} && "
         f"(echo 0 > {memory}/a/{ENTER}; head -c 100M /dev/zero | tail -c 90M | wc -c); echo goes on")
if not is_unified:
    end, output = build.sh(INNER, **fields(writes=[("memory", memory_limit, "300000000")]))
    tap.equal((end.reason, output[-8:]), ("none", b"goes on\n"), "a limit of its own making ends what it is for alone")
tap.contains(sh("mount -t tmpfs none /tmp"), "ermission denied", "without a namespace of its own it mounts nothing")
tap.equal(sh("grep -E '^Cap(Prm|Eff|Bnd)' /proc/self/status | cut -f 2 | sort -u"), f"{PODMAN_CAPABILITIES:016x}",
          "it has the capabilities of every step")
tap.equal(sh("unshare --user --map-root-user --mount umount /proc 2>&1; cat /proc/kcore | wc -c").split()[-1], "0",
          "what covers files of its proc cannot be taken away")
tap.contains(sh("unshare --user --map-root-user --mount umount /proc/keys"), "exit 32",
             "not in a namespace of its own, either")
for path in ("kernel/printk", "vm/drop_caches", "kernel/core_pattern", "net/ipv4/ip_forward"):
    tap.contains(sh(f"echo 1 > /proc/sys/{path}"), "ermission denied", f"/proc/sys/{path} stays closed to it")
tap.contains(sh("unshare --user --map-root-user --mount --pid --fork --mount-proc sh -c "
                "'echo 1 > /proc/sys/kernel/core_pattern'"), "ermission denied", "and through a fresh proc as well")
tap.equal(sh("unshare --user --map-root-user --mount --pid --fork --mount-proc sh -c 'echo in; "
             "head -c 1 /proc/kcore || head -c 1 /proc/kmsg || echo 1 > /proc/sysrq-trigger || echo none' 2>/dev/null"),
          "in\nnone", "a fresh proc tells nothing of the kernel's memory, and takes no orders")
if is_unified:
    tap.equal(sh("i=0; while mkdir /sys/fs/cgroup/n$i 2>/dev/null; do i=$((i+1)); done; echo $i"), "1024",
              "it makes cgroups up to a limit")
tap.equal(python("""
import socket
for family, kind, protocol in ((16, 3, 12), (38, 5, 0), (40, 1, 0), (17, 3, 0)):
    try:
        socket.socket(family, kind, protocol)
        print("open", family, protocol)
    except OSError as error:
        print(error.errno)
"""), "97\n97\n97\n97", "the packet filter, AF_ALG, AF_VSOCK and AF_PACKET are closed")
tap.equal(sh("unshare --user --map-root-user --mount sh -c 'ls /proc/1/root /proc/1/cwd 2>&1 | grep -c denied'"), "2",
          "process 1 is not looked into by a root of its own making")
tap.equal(sh("unshare --user --map-root-user nsenter --target 1 --mount --uts true 2>&1; echo $?").splitlines()[-1], "1",
          "nor are its namespaces entered")
tap.equal(sh("unshare --user --map-root-user --mount sh -c 'umount -l / ; ls -d /store /host /roots' 2>&1 | grep -c 'No such'"),
          "3", "and uncovers none")
end, output = build.sh("unshare --user true", uid=1000, gid=1000, **fields())
tap.equal(end.code, 0, "another user has namespaces of one id")
setuid = "cp /usr/bin/id /tmp/id && chown 0:0 /tmp/id && chmod 4755 /tmp/id && setpriv --reuid 1000 /tmp/id -u"
tap.equal(sh(setuid), "1000", "setuid programs gain nothing, no_new_privs stays")

# How far
tap.equal(python("""
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
made = 0
for _ in range(40):
    if libc.unshare(0x10000000) != 0:
        break
    for name, text in (("setgroups", "deny"), ("uid_map", "0 0 1"), ("gid_map", "0 0 1")):
        with open("/proc/self/" + name, "w") as stream:
            stream.write(text)
    made += 1
print(made)
"""), "31", "the kernel nests user namespaces 33 deep, of which the build and the step are two")
tap.equal(python("""
import ctypes, os, time
libc = ctypes.CDLL(None, use_errno=True)
read, write = os.pipe()
made = 0
while made < 300:
    pid = os.fork()
    if pid == 0:
        ok = libc.unshare(0x10000000) == 0
        os.write(write, b'1' if ok else b'0')
        time.sleep(1000)
    if os.read(read, 1) != b'1':
        break
    made += 1
print(made)
"""), "256", "a user of a step has at most 256 user namespaces at once")

# A step beside it
tap.contains(build.sh("unshare --user true")[1].decode(), "not permitted", "a step without nesting makes none")
tap.equal(build.sh("ls /sys /dev/net 2>&1 | grep -c cgroup")[1].decode().strip(), "0",
          "nor does it see cgroups or tun")

# A supervisor that is killed leaves cgroups of ids that only root of such a namespace may remove.
step = build.start(["/bin/sh", "-c", f"mkdir -p {TREE}/a/b && echo made && exec sleep 1000"], **fields())
tap.ok(eventually(lambda: build.supervisor.output(step) == b"made\n"), "a step has cgroups of its own")
os.kill(build.supervisor.pid, signal.SIGKILL)
tap.ok(eventually(lambda: not build.supervisor.is_alive()), "its supervisor is killed")
arguments = [build.supervisor.launcher, "sweep", *id_options(), "--cgroup", "v2" if is_unified else "v1"]
for name, path in hierarchies.items():
    arguments += ["--cgroup-dir", f"{name}={path}"]
swept = subprocess.run(arguments, stdin=subprocess.DEVNULL, check=False, timeout=PATIENCE)
tap.equal(swept.returncode, 0, "the launcher sweeps what is left")
tap.ok(build.supervisor.wait_end(), "and no cgroup is left")

tap.done()
