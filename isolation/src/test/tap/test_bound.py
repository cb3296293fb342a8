"""What a step must not reach, tried past the routing table: by sockets that are bound to an interface, and by
datagrams that name one. In a network of its own, where the loopback answers for clouds' metadata services."""

import os
import shutil
import subprocess
import sys

INSIDE = "STEPBOX_TEST_NETWORK"
METADATA = ("169.254.169.254", "169.254.170.2", "100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254", "fd00:ec2::23",
            "fd20:ce::254")
if INSIDE not in os.environ:
    os.environ[INSIDE] = "1"
    unshare = ["unshare", "--net"]
    if os.getuid() != 0:
        unshare += ["--user", "--map-root-user", "--map-auto"]
    os.execvp("unshare", unshare + [sys.executable] + sys.argv)

import socket
import threading

import tap
from protocol import *

for words in ("link set lo up", "link add way0 type veth peer name way1", "link set way1 up",
              "addr add 198.51.100.2/24 dev way0", "link set way0 up", "route add default via 198.51.100.1",
              "addr add 2001:db8::2/64 dev way0 nodad", "-6 route add default via 2001:db8::1",
              *(f"addr add {a}/128 dev lo nodad" if ":" in a else f"addr add {a}/32 dev lo" for a in METADATA)):
    subprocess.run(["ip", *words.split()], check=True)

PORT = 8086
visitors = []
OWN = ("127.0.0.1", "127.1.2.3", "::1", *METADATA)


def family(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def serve(address, kind):
    listener = socket.socket(family(address), kind)
    listener.bind((address, PORT))
    if kind == socket.SOCK_STREAM:
        listener.listen(50)

    def answer():
        while True:
            if kind == socket.SOCK_STREAM:
                connection, _ = listener.accept()
                visitors.append(f"stream to {address}")
                try:
                    connection.sendall(b"secret")
                except OSError:
                    pass
                connection.close()
            else:
                data, sender = listener.recvfrom(64)
                visitors.append(f"datagram to {address}: {data.decode()}")
                listener.sendto(b"secret", sender)

    threading.Thread(target=answer, daemon=True).start()


for own in OWN:
    serve(own, socket.SOCK_STREAM)
    serve(own, socket.SOCK_DGRAM)

# Each way to each address; what answers is printed.
TRY = """
import socket, struct, sys
port = int(sys.argv[1])
index = socket.if_nametoindex('eth0')
waiting = []
for address in sys.argv[2:]:
    v6 = ':' in address
    family = socket.AF_INET6 if v6 else socket.AF_INET
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        for way in ('plain', 'device', 'index', 'named'):
            if way == 'named' and kind == socket.SOCK_STREAM:
                continue
            s = socket.socket(family, kind)
            s.setblocking(False)
            try:
                if way == 'device':
                    s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b'eth0')
                if way == 'index':
                    s.setsockopt(socket.IPPROTO_IPV6 if v6 else socket.IPPROTO_IP, 76 if v6 else 50,
                                 struct.pack('!I', index))
                if kind == socket.SOCK_STREAM:
                    s.connect_ex((address, port))
                elif way == 'named':
                    about = ((socket.IPPROTO_IPV6, 50, bytes(16) + struct.pack('@I', index)) if v6 else
                             (socket.IPPROTO_IP, 8, struct.pack('@I', index) + bytes(8)))
                    s.sendmsg([way.encode()], [about], 0, (address, port))
                else:
                    s.sendto(way.encode(), (address, port))
                waiting.append((s, f'{address} {kind.name} {way}'))
            except OSError:
                pass
import time
end = time.monotonic() + 2
for s, what in waiting:
    s.settimeout(max(0.01, end - time.monotonic()))
    try:
        data = s.recv(9)
        if data:
            print('answered', what, data.decode())
    except OSError:
        pass
print('tried', len(waiting) > 0)
"""
LOOPBACK = """
import socket
for address in ('127.0.0.1', '127.3.4.5', '::1'):
    family = socket.AF_INET6 if ':' in address else socket.AF_INET
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        a, b = socket.socket(family, kind), socket.socket(family, kind)
        a.bind((address, 7000))
        if kind == socket.SOCK_STREAM:
            a.listen(1)
        b.connect((address, 7000))
        b.send(b'x')
        (a.accept()[0] if kind == socket.SOCK_STREAM else a).recv(1)
        a.close()
        b.close()
print('met')
"""
ROOT = (bind("/store/base1", ""), bind("/host/usr", "usr"))
for program in ("pasta", "slirp4netns"):
    path = shutil.which(program)
    if path is None or not os.access("/dev/net/tun", os.R_OK | os.W_OK):
        tap.skip(f"egress by {program}", "it needs the program and /dev/net/tun")
        continue
    build = tap.Build(options=["--egress", program, "--egress-program", path], cgroups=False)
    build.client.mount_root(5, *ROOT)
    fields = {"network": BUILD, "root": 5}
    end, output = build.run(["/usr/bin/python3", "-c", TRY, str(PORT), *OWN], **fields)
    tap.equal(output.decode(), "tried True\n", f"{program}: past the routing table no service of the host answers")
    tap.equal(sorted(set(visitors)), [], f"{program}: nor does one hear anything")
    visitors.clear()
    end, output = build.run(["/usr/bin/python3", "-c", LOOPBACK], **fields)
    tap.equal(output.decode(), "met\n", f"{program}: the build's own loopback is as before")
    build.client.unmount_root(5)
    build.close()

# A program that says that it is ready, when its device is not there to be guarded.
bare = os.path.join(tap.home(), "bare")
with open(bare, "w", encoding="ascii") as stream:
    stream.write('#!/bin/sh\nfor network; do :; done\nexec /usr/bin/nsenter "--net=$network" /usr/sbin/ip link del eth0\n')
os.chmod(bare, 0o755)
build = tap.Build(options=["--egress", "pasta", "--egress-program", bare], cgroups=False)
tap.raises("SETUP", lambda: build.sh("true", network=BUILD), "where the way out cannot be guarded, no step gets into the network")
tap.raises("FAILED", lambda: build.client.call(EGRESS), "who asks is told")
tap.raises("SETUP", lambda: build.sh("true", network=BUILD), "and still none gets in")
tap.equal(build.sh("echo on")[1], b"on\n", "others go on")
build.close()
tap.done()
