"""The build's network and its way out."""

import glob
import os
import re
import shutil
import socket
import subprocess
import threading

import tap
from protocol import *

ROOT = (bind("/store/base1", ""), bind("/host/usr", "usr"),
        file("etc/resolv.conf", "nameserver 10.0.2.3\n"), file("etc/nsswitch.conf", "hosts: files dns\n"))
TRY = ("import socket,sys\ns=socket.socket(socket.AF_INET6 if ':' in sys.argv[1] else socket.AF_INET)\ns.settimeout(int(sys.argv[3]))\n"
       "try:\n s.connect((sys.argv[1], int(sys.argv[2])))\n print('connected', s.recv(9).decode())\n"
       "except OSError as e:\n print('no', e.errno)")
server = socket.create_server(("0.0.0.0", 0))
server.listen(50)
port = server.getsockname()[1]


def serve():
    while True:
        connection, _ = server.accept()
        try:
            connection.sendall(b"host\n")
        except OSError:
            pass  # it has gone already
        connection.close()


threading.Thread(target=serve, daemon=True).start()
own = [line.split()[3].split("/")[0] for line in subprocess.run(
    ["ip", "-o", "-4", "addr"], stdout=subprocess.PIPE, check=True).stdout.decode().splitlines()]
own = [address for address in own if not address.startswith("127.")]


def outside():
    """A machine that this one can reach: where it has its own packages from; None when there is none."""
    for path in sorted(glob.glob("/etc/apt/sources.list") + glob.glob("/etc/apt/sources.list.d/*")):
        with open(path, encoding="utf-8") as stream:
            names = [found for line in stream if not line.startswith("#")
                     for found in re.findall(r"http://([^/\s:]+)", line)]
        for name in names:
            if subprocess.run(["getent", "hosts", name], stdout=subprocess.DEVNULL, check=False).returncode == 0:
                return name
    return None


def connect(build, address, number, seconds=60, **fields):
    end, output = build.run(["/usr/bin/python3", "-c", TRY, address, str(number), str(seconds)], **fields)
    return output.decode().strip()


def programs(supervisor_pid, program):
    """The supervisor's children that were called by that path."""
    return [pid for pid in children_of(supervisor_pid) if words_of(pid)[:1] == [program.encode()]]


def failure_of(call):
    try:
        call()
        return ""
    except LauncherError as failure:
        return str(failure)


plain = tap.Build()
tap.equal(connect(plain, "127.0.0.1", port, network=HOST), "connected host", "network host is the host's")
tap.equal(connect(plain, "127.0.0.1", port), "no 111", "network none has its own loopback")
tap.equal(connect(plain, "127.0.0.1", port, network=BUILD), "no 111", "so has network build")
if own:
    tap.ok(connect(plain, own[0], port, 2, network=BUILD).startswith("no"), "without egress nothing is reached")
step = plain.start(["/usr/bin/python3", "-c", "import socket\ns=socket.create_server(('127.0.0.1', 7777))\n"
                    "print('up', flush=True)\nc,_=s.accept()\nc.sendall(b'step\\n')\nc.close()"], network=BUILD)
eventually(lambda: plain.supervisor.output(step))
tap.equal(connect(plain, "127.0.0.1", 7777, network=BUILD), "connected step", "steps of a build meet in its network")
for network in (NONE, BUILD, HOST, NONE, HOST, BUILD, BUILD, NONE, HOST, HOST, NONE):
    end, output = plain.sh("readlink /proc/self/ns/net", network=network)
    same = output.decode().strip() == os.readlink("/proc/self/ns/net")
    if not tap.ok(end.code == 0 and same == (network == HOST), f"network {network} after another kind"):
        break
plain.close()

for kind in ("pasta", "slirp4netns"):
    broken = tap.Build(options=["--egress", kind, "--egress-program", "/usr/bin/false"])
    for attempt in ("first", "second"):
        try:
            broken.sh("true", network=BUILD)
            tap.ok(False, f"without {kind} the {attempt} step fails")
        except LauncherError as failure:
            tap.equal(failure.operation, "egress-start", f"without {kind} the {attempt} step fails")
    tap.equal(broken.sh("echo on", network=NONE)[1], b"on\n", "others go on")
    tap.raises("FAILED", lambda: broken.client.call(EGRESS), "who asks is told")
    tap.equal(broken.sh("echo on", network=BUILD)[1], b"on\n", "and steps go on without a way out")
    broken.close()
    program = shutil.which(kind)
    if program is None or not os.access("/dev/net/tun", os.R_OK | os.W_OK):
        tap.skip(f"egress by {kind}", "it needs the program and /dev/net/tun")
        continue
    before = time.monotonic()
    build = tap.Build(options=["--egress", kind, "--egress-program", program])
    print(f"# {kind} started in {(time.monotonic() - before) * 1000:.0f} ms")
    build.client.mount_root(5, *ROOT)
    fields = {"network": BUILD, "root": 5}
    tap.equal(build.supervisor.fields["egress"], kind, f"{kind}: the ready line says so")
    tap.equal(connect(build, "127.0.0.1", port, **fields), "no 111", f"{kind}: the host's loopback is not reached")
    end, output = build.sh("ip route show default | head -1 | cut -d' ' -f3", **fields)
    gateway = output.decode().strip()
    tap.ok(not connect(build, gateway, port, 2, **fields).startswith("connected"), f"{kind}: nor through the gateway {gateway}")
    if kind == "pasta" and own:
        tap.ok(not connect(build, own[0], port, 2, **fields).startswith("connected"), f"{kind}: nor on the host's address")
    tap.equal([connect(build, a, 80, 2, **fields).split()[0] for a in ("169.254.169.254", "169.254.170.2", "fd00:ec2::254", "fe80::a9fe:a9fe")],
              ["no"] * 4, f"{kind}: cloud metadata is not reached")
    end, output = build.sh("ip route del blackhole 169.254.0.0/16; ip link set lo down; ip addr add 1.2.3.4/8 dev lo", **fields)
    tap.ok(output.count(b"not permitted") == 3, f"{kind}: a step cannot change the network", output)
    tap.ok(b" persist on" in build.sh("ip -d link show eth0", **fields)[1],
           f"{kind}: the device goes with the network, so that the program's end need not wait for its")
    name = outside()
    if name is not None:
        # The outside may lose a packet.
        tap.ok(eventually(lambda: build.sh(f"getent hosts {name}", **fields)[0].code == 0), f"{kind}: names are resolved by 10.0.2.3")
        ask = (f"printf 'HEAD / HTTP/1.0\\r\\nHost: {name}\\r\\n\\r\\n' | timeout 30 python3 -c '"
               f"import socket,sys; s=socket.create_connection((\"{name}\",80),15);"
               " s.sendall(sys.stdin.buffer.read()); print(s.recv(100))'")
        tap.ok(eventually(lambda: b"HTTP" in build.sh(ask, **fields)[1]), f"{kind}: and the outside answers")
    else:
        tap.skip(f"{kind}: names and the outside", "the package source of this machine cannot be reached")
    supervisor_pid = build.supervisor.pid
    mine = programs(supervisor_pid, program)
    begun = [began(pid) for pid in mine]
    tap.equal(len(mine), 1, f"{kind}: one process of it is the supervisor's")
    build.client.unmount_root(5)
    if kind == "pasta":
        os.kill(supervisor_pid, 9)
        tap.ok(eventually(lambda: not build.supervisor.is_alive()), f"{kind}: the supervisor is killed")
        tap.ok(eventually(lambda: not any(began(p) == b for p, b in zip(mine, begun))), f"{kind}: and the program with it", mine)
        build.supervisor.remove_cgroups()
    else:
        build.close()
        tap.ok(not any(began(p) == b for p, b in zip(mine, begun)), f"{kind}: it ends with the supervisor", mine)

# One that dies while the build goes on.
for kind in ("pasta", "slirp4netns"):
    program = shutil.which(kind)
    if program is None:
        continue
    build = tap.Build(options=["--egress", kind, "--egress-program", program])
    tap.equal(build.sh("true", network=BUILD)[0].code, 0, f"{kind}: a step runs while it lives")
    for pid in programs(build.supervisor.pid, program):
        os.kill(pid, 9)
    tap.ok(eventually(lambda: "has ended" in failure_of(lambda: build.sh("true", network=BUILD))),
           f"{kind}: when it has died, the next step that needs it fails, and says so")
    tap.equal(build.sh("true")[0].code, 0, f"{kind}: one that does not need it runs")
    tap.ok("has ended" in failure_of(lambda: build.client.call(EGRESS)), f"{kind}: whoever asks is told")
    tap.equal(build.sh("true", network=BUILD)[0].code, 0, f"{kind}: and then steps go on without")
    build.close()
tap.done()
