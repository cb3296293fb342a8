"""What the launcher's tests know and do on this machine: its processes, ids and cgroups."""

import ctypes
import os
import time

PATIENCE = float(os.environ.get("STEPBOX_TEST_PATIENCE", "120"))


def subdirectories(path):
    return [name for name in os.listdir(path) if os.path.isdir(os.path.join(path, name))]


def is_removed(cgroup):
    """Removes a cgroup that has no process any more."""
    try:
        os.rmdir(cgroup)
    except FileNotFoundError:
        pass
    except OSError:
        return False
    return True


def began(pid):
    """When a living process began, which tells it from a later one with the same id; else None."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as stream:
            fields = stream.read().rsplit(")", 1)[1].split()
        return None if fields[0] in "ZX" else fields[19]
    except (FileNotFoundError, ProcessLookupError):
        return None


def words_of(pid):
    """The command line of a process; empty when there is no such process, or no longer."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as stream:
            return stream.read().split(b"\0")[:-1]
    except (FileNotFoundError, ProcessLookupError):
        return []


def children_of(pid):
    """The processes that a process has at this moment: a supervisor also has some that end at once."""
    found = []
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as stream:
                found += [int(child) for child in stream.read().split()]
    except (FileNotFoundError, ProcessLookupError):
        pass
    return found


def landlock():
    """The number of the kernel's Landlock interface, 0 or less for none."""
    return ctypes.CDLL(None).syscall(444, None, 0, 1)


def eventually(condition, seconds=PATIENCE):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True


def id_options():
    """The whole subordinate range, of which all but the user's own id is for steps; as root a fixed one,
    so that the real root is never mapped."""
    uid, gid = os.getuid(), os.getgid()
    with open("/proc/self/uid_map", encoding="ascii") as stream:
        is_nested = not stream.read().split() == ["0", "0", "4294967295"]
    if uid == 0 and is_nested:
        # Root of a namespace has the ids that were mapped.
        return ["--id-map", "direct", "--step-zero", "1", "--map-uid", "0:0:1", "--map-uid", "1:1:65535",
                "--map-gid", "0:0:1", "--map-gid", "1:1:65535"]
    if uid == 0:
        return ["--id-map", "direct", "--map-uid", "0:1000000:65536",
                "--map-gid", "0:1000000:65536"]
    import pwd
    name = pwd.getpwuid(uid).pw_name
    options = ["--id-map", "newuidmap", "--step-zero", "1", "--map-uid", f"0:{uid}:1", "--map-gid", f"0:{gid}:1"]
    for path, option in (("/etc/subuid", "--map-uid"), ("/etc/subgid", "--map-gid")):
        with open(path, encoding="ascii") as stream:
            for line in stream:
                owner, first, count = line.strip().split(":")
                if owner in (name, str(uid)):
                    options += [option, f"1:{first}:{int(count)}"]
                    break
    return options


HIERARCHIES = ("cpu", "cpuacct", "memory", "pids", "freezer")


def make_cgroups(name):
    """A directory for one supervisor below the delegated ones; one of cgroup v2 if there is any."""
    import pwd
    v2 = os.environ.get("STEPBOX_TEST_CGROUP2")
    user = pwd.getpwuid(os.getuid()).pw_name
    parents = {"unified": v2} if v2 else {h: f"/sys/fs/cgroup/{h}/{user}" for h in HIERARCHIES}
    made = {}
    for hierarchy, parent in parents.items():
        made[hierarchy] = os.path.join(parent, name)
        os.mkdir(made[hierarchy])
        if hierarchy == "unified":
            with open(os.path.join(made[hierarchy], "cgroup.subtree_control"), "w") as stream:
                stream.write("+cpu +memory +pids")
    return made
