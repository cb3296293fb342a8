"""What a step can and cannot see and do."""

import os
import re

import tap
from calls import MACHINE, NUMBERS
from protocol import *

build = tap.Build()
client = build.client


def python(script, **fields):
    end, output = build.run(["/usr/bin/python3", "-c", script], **fields)
    return output.decode().strip() if end.code == 0 else f"exit {end.code}: {output.decode()}"


CALL = """
import ctypes, errno
libc = ctypes.CDLL(None, use_errno=True)
def call(*a):
    ctypes.set_errno(0)
    r = libc.syscall(*a)
    return 'ok' if r >= 0 else errno.errorcode[ctypes.get_errno()]
"""


def calls(expressions, **fields):
    script = CALL + "".join(f"print({e})\n" for e in expressions)
    return python(script, **fields).split("\n")


status = dict(line.split(":\t") for line in build.sh("cat /proc/self/status")[1].decode().splitlines()
              if ":\t" in line)
tap.equal((status["CapInh"], status["CapAmb"]), ("0" * 16, "0" * 16), "no inheritable or ambient capability")
tap.equal([int(status[c], 16) for c in ("CapPrm", "CapEff", "CapBnd")], [PODMAN_CAPABILITIES] * 3,
          "the others are those that were asked for")
tap.equal((status["NoNewPrivs"], status["Seccomp"]), ("1", "2"), "no_new_privs and a filter")
tap.equal((status["SigBlk"], status["SigIgn"]), ("0" * 16, "0" * 16), "no signal is blocked or ignored")
status = build.sh("grep Cap /proc/self/status", uid=1000, gid=1000)[1].decode()
tap.equal(re.findall(r"Cap(?:Inh|Prm|Eff|Amb):\t(\w+)", status), ["0" * 16] * 4,
          "another user has no capability at all")
tap.equal(int(re.findall(r"CapBnd:\t(\w+)", status)[0], 16), PODMAN_CAPABILITIES, "and the same bound")

fewer = build.sh("grep -E 'Cap(Eff|Bnd)' /proc/self/status | cut -f2", capabilities=0b1000001)[1].split()
tap.equal([int(mask, 16) for mask in fewer], [0b1000001] * 2, "a step may have fewer")
more = build.sh("grep -E 'Cap(Eff|Bnd)' /proc/self/status | cut -f2", capabilities=2**64 - 1)[1].split()
tap.equal([int(mask, 16) for mask in more], [PODMAN_CAPABILITIES] * 2, "but not more than the supervisor was told")
tap.equal(python("import os\nprint(sorted(os.listdir('/proc/self/fd'))[:3], "
                 "[os.path.exists(f'/proc/self/fd/{n}') for n in range(4, 64)].count(True))"),
          "['0', '1', '2'] 0", "no descriptor but 0, 1 and 2")
tap.equal(build.sh("ls /dev | tr '\\n' ' '; ls /dev/shm /dev/pts | tr '\\n' ' '")[1].decode(),
          "fd full null ptmx pts random shm stderr stdin stdout tty urandom zero /dev/pts: ptmx  /dev/shm: ",
          "/dev has what a program needs and no more")
tap.equal(build.sh("echo x > /dev/null; head -c 3 /dev/zero | wc -c; echo x > /dev/full; head -c 9 /dev/urandom | wc -c;"
                   " echo y > /dev/shm/f; cat /dev/shm/f; echo z > /dev/stdout")[1].decode().replace("\n", " "),
          "3 /bin/sh: 1: echo: echo: I/O error 9 y z ".replace("I/O error", "No space left on device")
          if b"No space" in build.sh("echo x > /dev/full")[1] else "3 /bin/sh: 1: echo: echo: I/O error 9 y z ",
          "and it works")

# Some are of one machine only.
names = [n for n in (
    "unshare", "setns", "mount", "umount2", "pivot_root", "keyctl", "add_key", "request_key", "bpf", "perf_event_open",
    "userfaultfd", "kexec_load", "init_module", "iopl", "open_tree", "fsopen", "move_mount", "mount_setattr", "swapon",
    "reboot", "acct", "syslog", "modify_ldt", "open_by_handle_at", "sethostname", "quotactl", "clock_settime")
         if n in NUMBERS]
denied = calls([f"call({NUMBERS[n]}, 0, 0, 0, 0, 0)" for n in names])
tap.equal(dict(zip(names, denied)), {n: "EPERM" for n in names}, "calls that change the world are refused")
tap.equal(calls(["call(435, 0, 0)", "call(425, 0, 0)", "call(9999)", "call(470)"]), ["ENOSYS"] * 4,
          "clone3, io_uring and unknown calls do not exist")
SOCKET = NUMBERS["socket"]
flags = {"NEWUSER": 0x10000000, "NEWNS": 0x20000, "NEWPID": 0x20000000, "NEWNET": 0x40000000,
         "NEWIPC": 0x08000000, "NEWUTS": 0x04000000, "NEWCGROUP": 0x02000000}
tap.equal(calls([f"call({NUMBERS['clone']}, {f} | 17, 0, 0, 0, 0)" for f in flags.values()]), ["EPERM"] * len(flags),
          "clone makes no namespaces")
tap.equal(calls([f"call({SOCKET}, {f}, 3, 0)" for f in (38, 40, 17, 21, 30, 41, 44, 31)]), ["EAFNOSUPPORT"] * 8,
          "no AF_ALG, VSOCK, PACKET, RDS, TIPC, KCM, XDP, BLUETOOTH sockets")
tap.equal(calls([f"call({SOCKET}, {f}, {t}, {p})" for f in (2, 10) for t, p in ((1, 132), (2, 136), (2, 115), (6, 33), (1, 256), (5, 132))]),
          ["EAFNOSUPPORT"] * 12, "of the internet no SCTP, UDP-Lite, L2TP, DCCP, SMC")
tap.equal(calls([f"call({SOCKET}, {f}, {t}, {p})" for f in (2, 10) for t, p in ((1, 0), (1, 6), (2, 17))]), ["ok"] * 6,
          "but TCP and UDP")
tap.equal(calls([f"call({SOCKET}, 16, 3, 9)", f"call({SOCKET}, 16, 3, 12)", f"call({SOCKET}, 16, 3, 0)", f"call({SOCKET}, 1, 1, 0)",
                 f"call({SOCKET}, 2, 1, 0)", f"call({SOCKET}, 10, 1, 0)", f"call({SOCKET}, 2 + (1 << 32), 1, 0)",
                 f"call({SOCKET}, 38 + (1 << 32), 5, 0)"]),
          ["EAFNOSUPPORT", "EAFNOSUPPORT", "ok", "ok", "ok", "ok", "ok", "EAFNOSUPPORT"],
          "of netlink the harmless parts; unix and internet sockets; high bits do not matter")
tap.equal(calls([f"call({NUMBERS['ioctl']}, 0, 0x5412, b'x')", f"call({NUMBERS['ioctl']}, 0, 0x5412 + (1 << 32), b'x')", f"call({NUMBERS['ioctl']}, 0, 0x541c, b'x')", f"call({NUMBERS['ioctl']}, 0, 0x5423, b'\\0\\0\\0\\0')"],
                flags=NO_NEW_PRIVS | TTY), ["EPERM\r"] * 3 + ["EPERM"],
          "TIOCSTI, TIOCLINUX and TIOCSETD are refused on a terminal")
tap.equal(calls([f"call({NUMBERS['personality']}, 0xffffffff)", f"call({NUMBERS['personality']}, 0x0400000)", f"call({NUMBERS['personality']}, 0x0040000)"]), ["ok", "EPERM", "EPERM"],
          "personalities that weaken a process are refused")
FOREIGN = {
    # mov eax,20 (getpid); int 0x80; mov eax,60; xor edi,edi; syscall
    "x86_64": bytes.fromhex("7f454c4602010100" + "00" * 8 + "02003e0001000000")
    + struct.pack("<QQQIHHHHHH", 0x400078, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    + struct.pack("<IIQQQQQQ", 1, 5, 0, 0x400000, 0x400000, 136, 136, 0x1000)
    + bytes.fromhex("b814000000cd80b83c00000031ff0f05"),
    # mov r7,#20 (getpid); svc 0; mov r7,#1; svc 0
    "aarch64": bytes.fromhex("7f454c4601010100" + "00" * 8 + "0200280001000000")
    + struct.pack("<IIIIHHHHHH", 0x10054, 52, 0, 0x05000000, 52, 32, 1, 0, 0, 0)
    + struct.pack("<IIIIIIII", 1, 0, 0x10000, 0x10000, 100, 100, 5, 0x1000)
    + struct.pack("<IIII", 0xE3A07014, 0xEF000000, 0xE3A07001, 0xEF000000)}
with open(build.supervisor.path("/store/foreign"), "wb") as stream:
    stream.write(FOREIGN[MACHINE])
os.chmod(build.supervisor.path("/store/foreign"), 0o755)
end, output = build.run(["/foreign"], mounts=[bind("/store/foreign", "foreign", MAKE)])
tap.equal(end.code, -31, "a 32 bit system call kills (SIGSYS)")
if MACHINE == "x86_64":
    tap.equal(calls(["call(0x40000000 + 39)"]), ["ENOSYS"], "x32 calls do not exist")

tap.equal(python("import os\nfor n,a in (('null',(1,3)),('sda',(8,0)),('kmsg',(1,11))):\n  try:\n    os.mknod('/tmp/'+n, 0o20666, os.makedev(*a)); print('made')\n"
                 "  except OSError as e: print(e.errno)").split(), ["1", "1", "1"], "no device can be made")
tap.equal(build.sh("cat /proc/sys/user/max_user_namespaces")[1], b"0\n", "no user namespace is left to make")
for path in ("/proc/sys/kernel/core_pattern", "/proc/sys/kernel/hostname", "/proc/sys/vm/swappiness",
             "/proc/sys/net/ipv4/ip_forward", "/proc/sys/user/max_user_namespaces"):
    tap.ok(b"cannot create" in build.sh(f"echo 1 > {path}")[1], f"{path} cannot be written")
tap.ok(b"cannot create" in build.sh("echo b > /proc/sysrq-trigger")[1], "nor /proc/sysrq-trigger")
masked = build.sh("for f in kallsyms kcore keys timer_list interrupts latency_stats sched_debug timer_stats; do "
                  "[ ! -e /proc/$f ] || head -c 10 /proc/$f 2>/dev/null; done; for d in acpi scsi asound; do "
                  "[ ! -e /proc/$d ] || ls -A /proc/$d; done; ls /sys")[1]
tap.equal(masked, b"", "masked parts of /proc are empty, and there is no sysfs")
tap.ok(int(build.sh("set -- /proc/[0-9]*; echo $#")[1]) <= 5, "only the step's own processes are seen")
info = build.sh("cat /proc/self/mountinfo; cat /proc/1/cmdline | tr '\\0' ' '; cat /proc/1/environ; "
                "cat /proc/1/maps /proc/1/stack; ls -l /proc/1/exe /proc/1/root /proc/1/cwd /proc/1/fd; cat /proc/self/cgroup")[1].decode()
home = build.supervisor.home
tap.ok(home not in info and "stepbox-l/" not in info, "nothing tells a path of the host",
       "\n".join(l for l in info.splitlines() if home in l or "stepbox-l/" in l))
tap.ok("supervise" not in info, "process 1 does not show the launcher's command line", info)
tap.ok(info.count("Permission denied") >= 6, "process 1 cannot be looked into", info)
cgroup = [line for line in info.splitlines() if re.match(r"\d+:(memory|pids|cpu):", line)]
tap.ok(cgroup == [] or all(line.endswith(":/") for line in cgroup), "the step's cgroup is its root", cgroup)

script = """
import os, signal
for number in range(1, 65):
    if number in (32, 33): continue
    try:
        os.kill(1, number)
    except PermissionError:
        pass
"""
end, output = build.run(["/usr/bin/python3", "-c", script + "print('alive')"])
tap.equal((end.code, output), (0, b"alive\n"), "process 1 is immune to all signals")
tap.equal(calls([f"call({NUMBERS['ptrace']}, 16, 1, 0, 0)", f"call({NUMBERS['process_vm_readv']}, 1, 0, 0, 0, 0, 0)", f"call({NUMBERS['ptrace']}, 0x4206, 1, 0, 0)"])[0::2],
          ["EPERM", "EPERM"], "process 1 cannot be traced")
end, output = build.run(["/bin/sh", "-c", "sleep 9 & kill -9 -1; exit 0"])
tap.equal((end.code, end.reason), (0, "none"), "kill -1 ends the step's own processes only")

end, output = build.sh("ip -o link | cut -d: -f2,3 | cut -c1-12; python3 -c 'import socket; s=socket.create_server"
                       "((\"127.0.0.1\",0)); socket.create_connection(s.getsockname()); print(\"loop\")'; "
                       "cat /proc/net/route | wc -l")
tap.equal(output, b" lo: <LOOPBA\nloop\n1\n", "without network there is a loopback, and nothing else")
tap.equal(python("import socket\ntry:\n socket.create_connection(('192.0.2.1', 80), 1)\nexcept OSError as e: print(e.errno)"),
          "101", "the network is unreachable")

end, output = build.sh("echo x > /usr/new && cat /usr/new; echo y > /rootfile")
tap.equal((end.code, output), (0, b"x\n"), "the root can be written")
tap.equal(build.sh("cat /usr/new /rootfile")[1], b"x\ny\n", "the next step in it finds that")
tap.ok(not os.path.exists("/usr/new"), "the host does not")
end, output = build.sh("echo z > /usr/new2; echo z > /other; echo t > /tmp/t && cat /tmp/t", flags=NO_NEW_PRIVS | READ_ONLY_ROOT)
tap.equal((output.count(b"Read-only"), output[-2:]), (2, b"t\n"), "a root can be read-only, its own tmpfs not")
tap.equal(build.sh("ls /tmp")[1], b"", "/tmp is new for every step")
tap.equal(build.sh("kill -0 2 2>/dev/null; ls -d /proc/[0-9]* 2>/dev/null | head -1")[1], b"/proc/1\n", "so are processes")

os.makedirs(build.supervisor.path("/store/cache"))
client.adopt("/store/cache")
mounts = [tmpfs("tmp", mode=0o1777, size=1 << 20, flags=NOSUID | NODEV), bind("/store/cache", "root/cache", MAKE),
          bind("/store/cache", "srv/ro", MAKE | READ_ONLY | NOEXEC), mkdir("made", 0o710), symlink("lnk", "made"),
          file("made/f", "content", 0o600)]
end, output = build.sh("echo c > /root/cache/c; cat /srv/ro/c; echo d > /srv/ro/d; stat -c %a /made /made/f; cat /lnk/f;"
                       " dd if=/dev/zero of=/tmp/big bs=1M count=2 2>&1 | grep -c 'No space'", mounts=mounts)
tap.ok(output.startswith(b"c\n") and b"Read-only" in output and output.endswith(b"710\n600\ncontent1\n"),
       "cache mounts, read-only ones, sizes of tmpfs, directories, links and files", output)
for target in ("../x", "/x", "a/../../x"):
    tap.raises("SETUP", lambda: build.sh("true", mounts=[tmpfs(target)]), f"a mount on '{target}' is refused")
build.sh("ln -s / /evil; mkdir -p /dir; ln -s /proc /dir/p")
for target in ("evil", "evil/tmp", "dir/p"):
    tap.raises("SETUP", lambda: build.sh("true", mounts=[tmpfs(target)]), f"a mount through the link '{target}' is refused")
tap.raises("SETUP", lambda: build.sh("true", cwd="/proc/self/fd/3"), "no descriptor can be the directory")
for root, what in ((11, "proc"), (12, "dev")):
    os.makedirs(build.supervisor.path(f"/store/link{root}/tmp"))
    for name in {"proc", "dev"} - {what}:
        os.mkdir(build.supervisor.path(f"/store/link{root}/{name}"))
    os.symlink("/tmp", build.supervisor.path(f"/store/link{root}/{what}"))
    client.mount_root(root, bind(f"/store/link{root}", ""), bind("/host/usr", "usr", MAKE))
    tap.raises("SETUP", lambda: build.run(["/usr/bin/true"], root=root), f"an image whose /{what} is a link is refused")
    client.unmount_root(root)

# The machine may keep all of us from some of its processors.
own = os.sched_getaffinity(0)
os.sched_setaffinity(0, range(os.sysconf("SC_NPROCESSORS_CONF")))
usable = os.sched_getaffinity(0)
os.sched_setaffinity(0, {min(usable)})
confined = tap.Build(cgroups=False)
os.sched_setaffinity(0, own)
end, output = confined.run(["/usr/bin/python3", "-c", "import os\nprint(os.sched_getaffinity(0), os.getpriority(os.PRIO_PROCESS, 0))"])
# Who is slowed down cannot change that; who was favoured is not.
priority = max(0, os.getpriority(os.PRIO_PROCESS, 0)) if os.getuid() != 0 else 0
tap.equal(output.decode().strip(), f"{usable} {priority}", "affinity and priority are not inherited")
confined.close()
tap.equal(build.sh("cat /proc/self/oom_score_adj", oom_score=321)[1], b"321\n", "oom_score_adj is as asked")
tap.equal(build.sh("cat /proc/keys /proc/key-users 2>/dev/null | wc -l")[0].code, 0, "keys are masked")

other = tap.Build(options=["--allow-new-privileges"])
script = "cp /usr/bin/id /workspace/sid && chmod 4755 /workspace/sid"
other.sh(script)
tap.equal(other.run(["/workspace/sid", "-u"], uid=9, gid=9)[1], b"9\n", "a setuid program gains nothing by default")
tap.equal(other.run(["/workspace/sid", "-u"], uid=9, gid=9, flags=0)[1], b"0\n",
          "where new privileges are allowed it becomes the step's root")
tap.equal(other.sh("grep -E 'NoNewPrivs|Seccomp:' /proc/self/status", uid=9, gid=9, flags=0)[1],
          b"NoNewPrivs:\t0\nSeccomp:\t2\n", "with the filter all the same")
other.close()
build.close()
tap.done()
