"""What a virtual machine boots, for the tests of the launcher only: the product makes its own."""

import os
import struct
import subprocess

from protocol import *

START_MACHINE = 20
MODULES = ("virtio_pci", "virtio_console", "virtiofs", "virtio_net")
MEMORY = 512 << 20


def kernel():
    """The directory of an unpacked kernel package: vmlinuz, and modules with modules.dep."""
    return os.environ.get("STEPBOX_TEST_KERNEL")


def file_server():
    for path in ("/usr/libexec/virtiofsd", "/usr/lib/qemu/virtiofsd"):
        if os.path.exists(path):
            return path
    return None


def options(*more):
    words = [*more, "--emulator", "/usr/bin/qemu-system-x86_64", "--file-server", file_server(),
             "--bind", "/usr:/host/machine/usr:ro,nosuid,nodev"]
    for name in ("bin", "sbin", "lib", "lib32", "lib64", "libx32"):
        if os.path.isdir(f"/{name}") and not os.path.islink(f"/{name}"):
            words += ["--bind", f"/{name}:/host/machine/{name}:ro,nosuid,nodev"]
    return words


def modules():
    """The modules' files, each behind those that it needs."""
    needs = {}
    with open(f"{kernel()}/modules/modules.dep", encoding="ascii") as stream:
        for line in stream:
            path, rest = line.split(":")
            needs[os.path.basename(path).split(".")[0].replace("-", "_")] = (path, rest.split())
    order = []

    def add(path):
        for other in needs[os.path.basename(path).split(".")[0].replace("-", "_")][1]:
            add(other)
        if path not in order:
            order.append(path)

    for name in MODULES:
        if name in needs:
            add(needs[name][0])
    return order


def entry(name, mode, data):
    header = "070701" + "".join(f"{value:08x}" for value in (
        0, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0))
    text = header.encode() + name.encode() + b"\0"
    return text + b"\0" * (-len(text) % 4) + data + b"\0" * (-len(data) % 4)


def initial(program, mode=b""):
    """An initial file system: a program as /init, and the modules."""
    with open(program, "rb") as stream:
        parts = [entry("init", 0o100755, stream.read()), entry("modules", 0o40755, b""),
                 entry("mode", 0o100644, mode)]
    paths = modules()
    for path in paths:
        with open(f"{kernel()}/modules/{path}", "rb") as stream:
            parts.append(entry(f"modules/{os.path.basename(path)}", 0o100644, stream.read()))
    order = "".join(os.path.basename(path) + "\n" for path in paths)
    parts.append(entry("modules/order", 0o100644, order.encode()))
    parts.append(entry("TRAILER!!!", 0, b""))
    return b"".join(parts)


def prepare(supervisor):
    """Puts kernel and initial file system into the store."""
    os.makedirs(f"{supervisor.store}/machine", exist_ok=True)
    with open(f"{supervisor.store}/machine/initial", "wb") as stream:
        stream.write(initial(os.environ.get("GUEST_LAUNCHER") or os.environ["LAUNCHER"]))
    name = "vmlinux" if os.path.exists(f"{kernel()}/vmlinux") else "vmlinuz"
    with open(f"{kernel()}/{name}", "rb") as source:
        with open(f"{supervisor.store}/machine/kernel", "wb") as stream:
            stream.write(source.read())


def hostile(supervisor, mode):
    """Puts a guest into the store that has been taken over."""
    here = os.path.dirname(os.path.abspath(__file__))
    program = f"{supervisor.home}/hostile"
    subprocess.run(["gcc", "-static", "-O1", "-D_GNU_SOURCE", "-o", program, f"{here}/../c/hostile_guest.c"],
                   check=True)
    with open(f"{supervisor.store}/machine/initial", "wb") as stream:
        stream.write(initial(program, mode.encode()))


def start(client, root=1, processors=2, memory=MEMORY, network=NONE, patience=100000, writes=()):
    """Returns whether the machine is accelerated."""
    body = (u32(root) + blob("/store/machine/kernel") + blob("/store/machine/initial")
            + u32(processors) + u64(memory) + u32(network) + u64(patience)
            + items(writes, lambda w: b"".join(blob(v) for v in w)))
    return client.call(START_MACHINE, body).u32() == 1
