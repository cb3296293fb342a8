"""The commands beside supervise."""

import os
import subprocess

import tap
from protocol import *

launcher = os.environ["LAUNCHER"]


def run(*arguments):
    done = subprocess.run([launcher, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, check=False, timeout=PATIENCE)
    return done.returncode, done.stdout.decode()


def probes(*arguments):
    code, text = run("probe", *arguments)
    lines = [dict(f.split("=", 1) for f in line.split("\t")[1:]) for line in text.splitlines()]
    return code, {line["name"]: line for line in lines}


tap.equal(run("version")[0], 0, "version")
tap.ok(run("version")[1].startswith("stepbox-launcher ") and run("version")[1].endswith(" protocol 1\n"), "tells both versions")
tap.equal(run()[0], 125, "no command is an error")
tap.equal(run("unknown")[0], 125, "an unknown one, too")

home = tap.home()
cgroups = make_cgroups("probe-" + os.path.basename(home))
arguments = ["--store", home, "--cgroup", "v2" if "unified" in cgroups else "v1"] + id_options()
for hierarchy, path in cgroups.items():
    arguments += ["--cgroup-dir", f"{hierarchy}={path}"]
code, found = probes(*arguments)
tap.equal((code, len(found)), (0, 23), "every probe says one line")
must = ("user-namespace", "id-map", "mount", "mount-setattr", "proc", "proc-borrowed", "overlay", "overlay-whiteout", "overlay-opaque",
        "pivot-root", "pid-namespace", "network-namespace", "seccomp", "close-range", "cgroup-create",
        "clone-into-cgroup" if "unified" in cgroups else "cgroup-enter")
tap.equal([n for n in must if found[n]["result"] != "yes"], [], "what a sandbox needs is here")
tap.ok(found["landlock"]["result"] == "no" or int(found["landlock"]["text"]) >= 1, "landlock tells its version")
tap.equal(os.listdir(home), [], "nothing is left in the store")
tap.equal([d for p in cgroups.values() for d in os.listdir(p) if os.path.isdir(os.path.join(p, d))], [], "nor in the cgroups")
for path in cgroups.values():
    os.rmdir(path)
for device, error in (("/dev/null", "ENOTTY"), ("/nowhere/kvm", "ENOENT")):
    kvm = probes("--kvm", device)[1]["kvm"]
    tap.equal((kvm["result"], kvm["error"]), ("no", error), f"{device} is no KVM")
if os.getuid() != 0:
    code, found = probes("--id-map", "newuidmap", "--map-uid", "0:1:1", "--map-gid", "0:1:1")
    tap.equal((code, found["id-map"]["result"], found["id-map"]["error"]), (0, "no", "EPERM"), "foreign ids cannot be mapped")
    tap.ok("newuidmap" in found["id-map"]["text"], "which newuidmap explains")
    tap.equal(found["overlay"]["result"], "yes", "the other probes go on with one id")
    code, found = probes("--store", "/usr")
    tap.equal((found["overlay"]["result"], found["overlay"]["error"], found["overlay-whiteout"]["result"]),
              ("no", "EACCES", "skipped"), "a store that cannot be written is told, and what needs it skipped")
tap.done()
