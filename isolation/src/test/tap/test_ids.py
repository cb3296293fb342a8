"""Whose ids a step has, and whose files it can reach: never those of the user who started the build."""

import os
import shutil
import stat

import tap
from protocol import *

if os.getuid() == 0:
    tap.skip("the user's own id is none of a step's", "root's id is none of the build's to begin with")
    tap.done()

build = tap.Build()
client = build.client
store = build.supervisor.store
OWN = (os.getuid(), os.getgid())


def first(option):
    """What id 0 inside is on the host: the launcher was told to begin at its id 1."""
    arguments = build.supervisor.arguments
    maps = [value.split(":") for name, value in zip(arguments, arguments[1:]) if name == option]
    return int(next(outside for inside, outside, _ in maps if inside == "1"))


ROOT = (first("--map-uid"), first("--map-gid"))


def given(uid, gid):
    return ROOT[0] + uid, ROOT[1] + gid


def owner(path):
    status = os.lstat(f"{store}/{path}")
    return status.st_uid, status.st_gid


def apply(tree, *operations):
    return client.call(APPLY, blob(tree) + items(operations, lambda o: o)).u32()


def change(kind, path, *fields):
    return u8(kind) + blob(path) + b"".join(fields)


def listed(path):
    r = client.call(LIST_TREE, blob(path) + u32(4))
    r.u32(), r.text(), r.u8(), r.u8(), r.u32()
    return r.u32(), r.u32()


def write(name, mode, content="x"):
    with open(f"{store}/{name}", "w", encoding="ascii") as stream:
        stream.write(content)
    os.chmod(f"{store}/{name}", mode)


def processes(arguments):
    """User and group ids of the processes with these arguments, as the host sees them."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as stream:
                if stream.read() != arguments:
                    continue
            with open(f"/proc/{pid}/status", encoding="ascii") as stream:
                fields = dict(line.split(":", 1) for line in stream.read().splitlines())
            found.append(({int(i) for i in fields["Uid"].split()}, {int(i) for i in fields["Gid"].split()}))
        except OSError:
            pass
    return found


# The map, from inside and from outside.
lines = build.sh("cat /proc/self/uid_map /proc/self/gid_map")[1].decode().splitlines()
tap.equal([line.split() for line in lines], [["0", "1", "65536"]] * 2,
          "a step has 65536 user and group ids, and the first one of the build is none of them")
arguments = b"/usr/bin/sleep\0" + f"100.{os.getpid()}".encode() + b"\0"
step = build.start(arguments.decode().rstrip("\0").split("\0"))
tap.equal(processes(arguments), [({ROOT[0]}, {ROOT[1]})], "on the host a step's root has subordinate ids only")
client.cancel(step)
client.wait_exit(step)

# Files of the user below a mounted root.
os.makedirs(f"{store}/mine/closed")
for name, mode in (("secret", 0o600), ("group", 0o660), ("open", 0o644), ("closed/in", 0o644)):
    write(f"mine/{name}", mode, "the user's\n")
os.chmod(f"{store}/mine/closed", 0o700)
os.chmod(f"{store}/mine", 0o755)
for name in ("over-upper", "over-work"):
    os.mkdir(f"{store}/{name}")
client.adopt("/store/over-upper")
apply("/store/base1", change(1, "over", u32(0o755)), change(1, "bound", u32(0o755)))
client.mount_root(2, overlay("", ["/store/base1"]), bind("/host/usr", "usr"), tmpfs("run"),
                  overlay("over", ["/store/mine"], "/store/over-upper", "/store/over-work"),
                  bind("/store/mine", "bound"), mkdir("run/made"), symlink("run/link", "made"),
                  file("run/file", "x"), bind("/store/base1", "run/new/mount", MAKE))
script = """
import os
for place in ("/over/", "/bound/"):
    for name in ("secret", "group", "open", "closed/in"):
        try:
            print(open(place + name).read().strip())
        except PermissionError:
            print("refused")
    for change in (lambda: os.chmod(place + "secret", 0o666), lambda: os.chown(place + "secret", 0, 0),
                   lambda: os.chdir(place + "closed"), lambda: open(place + "open", "a"),
                   lambda: os.unlink(place + "closed/in"), lambda: os.setxattr(place + "open", "user.x", b"1"),
                   lambda: os.link(place + "secret", place + "new")):
        try:
            change()
            print("done")
        except PermissionError:
            print("refused")
"""
end, output = build.run(["/usr/bin/python3", "-c", script], root=2)
tap.equal(output.decode().splitlines(), (["refused"] * 2 + ["the user's"] + ["refused"] * 8) * 2,
          "the user's files are open to a step's root as far as they are to others, in overlays and binds")
tap.equal(build.sh("stat -c '%u %g' /over/secret /bound/secret", root=2)[1], b"65534 65534\n" * 2,
          "it sees them as nobody's")
tap.raises("SETUP", lambda: build.sh("true", root=2, cwd="/bound/closed"), "none of them can be its directory")

# What was made for a step belongs to its root.
mounts = [tmpfs("tmp", mode=0o1777), tmpfs("over"), mkdir("over/d"), file("over/d/f", "x"), symlink("over/l", "d")]
made = "/tmp /over /over/d /over/d/f /over/l /dev /dev/shm /dev/stdout /run /run/made /run/link /run/file /run/new /run/new/mount"
end, output = build.sh(f"stat -c '%n %u:%g' {made} /proc/self/status /proc/self/fd/0", root=2, mounts=mounts)
tap.equal([line for line in output.decode().splitlines() if not line.endswith(" 0:0")], [],
          "files, links, directories and file systems that are made for a step are its root's")
client.unmount_root(2)

# Other ids.
end, output = build.sh("cd /workspace; touch a b; chown 1000:100 a; chown 65535:65535 b; stat -c %u:%g a b;"
                       " setpriv --reuid 1000 --regid 100 --clear-groups sh -c 'id -u; echo x > a; echo y > b';"
                       " chown 65536 a")
tap.equal(output.decode().splitlines()[:3], ["1000:100", "65535:65535", "1000"],
          "a step's root gives files away and becomes another user")
tap.equal(output.count(b"Permission denied"), 1, "who has the rights of that user")
tap.contains(output, b"Invalid argument", "there are no more ids than that")
tap.equal((owner("upper1-root/workspace/a"), owner("upper1-root/workspace/b")), (given(1000, 100), given(65535, 65535)),
          "on the host they are subordinate ids, too")
tap.equal(listed("/store/upper1-root/workspace/a"), (1000, 100), "requests speak of ids as steps have them")
tap.equal(build.sh("id -u; id -G; stat -c %u /proc/self/status", uid=7, gid=8, groups=(9,))[1], b"7\n8 9\n7\n",
          "a step may begin as another user")

# Its own streams can be opened again.
again = "echo one > /dev/stdout; echo two > /dev/stderr; : < /dev/stdin; echo three > /proc/self/fd/1"
for who in (0, 1000):
    tap.equal(build.sh(again, uid=who, gid=who)[1], b"one\ntwo\nthree\n", f"user {who} opens the streams by name")
    end, output = build.sh(again + "; echo four > /dev/tty; stat -L -c %u /dev/stdin", uid=who, gid=who, flags=NO_NEW_PRIVS | TTY)
    tap.equal(output.decode().split(), ["one", "two", "three", "four", str(who)], "and those of a terminal")

end, output = build.run(["/usr/bin/python3", "-c", "import os, pty\nmaster, slave = pty.openpty()\n"
                         "os.write(os.open(os.ttyname(slave), os.O_RDWR), b'hi')\nprint(os.read(master, 9))"])
tap.equal(output, b"b'hi'\n", "a step makes terminals of its own")

# Requests about trees.
os.makedirs(f"{store}/t/dir")
for name, mode in (("dir/program", 0o6755), ("dir/plain", 0o640), ("other", 0o644)):
    write(f"t/{name}", mode)
os.link(f"{store}/t/dir/plain", f"{store}/t/hard")
os.symlink("/etc/passwd", f"{store}/t/link")
os.mkfifo(f"{store}/t/pipe")
apply("/store/t", change(2, "other", u32(5), u32(-1)))
tap.equal((owner("t"), listed("/store/t")), (OWN, (65534, 65534)), "what the client made is nobody's to steps")
tap.equal(owner("t/other"), (given(5, 0)[0], OWN[1]), "-1 leaves an owner as it is")
tap.equal((client.adopt("/store/t"), client.adopt("/store/t")), (7, 0), "adopting counts what it takes, and takes it once")
tap.equal({owner(f"t/{name}") for name in ("", "dir", "dir/program", "dir/plain", "hard", "link", "pipe")}, {ROOT},
          "a tree is adopted whole: directories, files, links, pipes")
tap.equal(owner("t/other"), given(5, 0), "what belongs to a user of steps stays that user's")
tap.equal(stat.S_IMODE(os.stat(f"{store}/t/dir/program").st_mode), 0o6755, "setuid and setgid bits stay")
tap.equal(os.stat("/etc/passwd").st_uid, 0, "what a link leads to is not touched")
write("single", 0o600)
tap.equal((client.adopt("/store/single"), owner("single")), (1, ROOT), "a single file can be adopted")
os.symlink("/etc", f"{store}/way")
for path in ("/etc/passwd", "/host/usr/bin", "/roots/1", "/store/way/passwd", "/store/../etc", "/store/none"):
    tap.raises("FAILED", lambda: client.adopt(path), f"adopting {path} is refused")
for uid in (65536, 2**32 - 2, 2**31):
    tap.raises("FAILED", lambda: apply("/store/t", change(2, "other", u32(uid), u32(0))), f"{uid} cannot own a file")
apply("/store/t", change(1, "new", u32(0o755)), change(10, "new/f", u32(0o600), blob("x")), change(7, "new/l", blob("x")),
      change(6, "new/p", u32(0o600)), change(5, "new/w"))
tap.equal({owner(f"t/new{name}") for name in ("", "/f", "/l", "/p", "/w")}, {ROOT}, "what a request makes is the steps' root's")
client.call(COPY_TREE, blob("/store/t") + blob("/store/copy") + u32(0))
tap.equal((owner("copy/other"), owner("copy/new/f")), (given(5, 0), ROOT), "a copy keeps the owners")
client.call(COPY_TREE, blob("/store/t") + blob("/store/out") + u32(2))
tap.equal({owner("out"), owner("out/other"), owner("out/new/f")}, {OWN}, "a copy for the client belongs to the client")
build.close()

# Files that are given at the start.
place = tap.home()
os.makedirs(f"{place}/store/given/dir/empty")
with open(f"{place}/store/given/dir/file", "w", encoding="ascii") as stream:
    stream.write("x")
given_at_start = Supervisor(place, cgroups=False, options=["--step-files", "/store/given"])
tap.equal([os.lstat(f"{place}/store/given{p}").st_uid for p in ("", "/dir", "/dir/file", "/dir/empty")],
          [OWN[0], OWN[0], ROOT[0], ROOT[0]], "--step-files gives files and empty directories to steps")
shutil.rmtree(f"{place}/store/given")
tap.ok(not os.path.exists(f"{place}/store/given"), "and leaves the others to the client, who can remove it all")
given_at_start.connect().shutdown()
tap.ok(given_at_start.wait_end(), "and ends")
tap.done()
