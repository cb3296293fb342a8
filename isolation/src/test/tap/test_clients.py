"""Clients that do not behave: strangers, many at once, half closed, and garbage for a while.

STEPBOX_TEST_FUZZ_SECONDS is how long the last part takes, STEPBOX_TEST_SEED what it does.
"""

import os
import random
import socket
import subprocess
import sys

import tap
import protocol
from protocol import *

SEEDS = os.path.join(os.path.dirname(__file__), "clients.seeds")
build = tap.Build()
supervisor, client = build.supervisor, build.client
hello = struct.pack("<IHHI", 8 + 9, HELLO, 0, 1) + u32(1) + blob("x")

# Another account of this machine, for which the modes of the socket and its directory are opened on purpose.
os.chmod(supervisor.socket, 0o666)
visitor = f"""
import socket
s = socket.socket(socket.AF_UNIX)
s.connect({supervisor.socket!r})
try:
    s.sendall({hello!r})
    print("answered" if s.recv(100) else "closed")
except (BrokenPipeError, ConnectionResetError):
    print("closed")
"""


def visit(*prefix):
    done = subprocess.run([*prefix, sys.executable, "-c", visitor], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=False, timeout=PATIENCE)
    return done.stdout.decode().strip() or done.stderr.decode()[-300:]


tap.equal(visit(), "answered", "the account that started it is answered")
stranger = ["unshare", "--user", "--map-users=0,1,1", "--map-groups=0,1,1", "--setuid", "0", "--setgid", "0"]
if os.getuid() != 0:
    # One of the subordinate ids, alone in a user namespace: to the kernel another account.
    options = dict(zip(id_options()[0::2], id_options()[1::2]))
    first_uid, first_gid = options["--map-uid"].split(":")[1], options["--map-gid"].split(":")[1]
    stranger = ["unshare", "--user", f"--map-users={first_uid},0,1", f"--map-groups={first_gid},0,1",
                "--setuid", "0", "--setgid", "0"]
tap.equal(visit(*stranger), "closed", "another account is not, even where the file modes let it in")
os.chmod(supervisor.socket, 0o600)

# Started by somebody whose own id it does not have, as by real root, all others look alike to a supervisor. Here
# that is the root of a user namespace, in which the visitors are, too.
if os.getuid() != 0:
    nested = ["unshare", "--user", "--map-root-user", "--map-auto"]
    inner = protocol.Supervisor(tap.home(), cgroups=False, options=["--slots", "0"], prefix=nested, ids=[
        "--id-map", "direct", "--map-uid", "0:1:60000", "--map-gid", "0:1:60000"])
    supervisor_of_user, supervisor = supervisor, inner
    os.chmod(inner.socket, 0o666)
    visitor = visitor.replace(repr(supervisor_of_user.socket), repr(inner.socket))
    tap.equal(visit(), "answered", "whoever started a supervisor that does not know its id is answered")
    tap.equal(visit(*nested, "--setuid", "60001", "--setgid", "60001"), "closed",
              "another account that it does not know, either, is not")
    tap.equal(visit(*nested, "--setuid", "1", "--setgid", "1"), "closed", "nor is one whose id it knows")
    inner.connect().shutdown()
    tap.ok(inner.wait_end(), "such a supervisor ends")
    tap.ok(eventually(lambda: subprocess.run(["pgrep", "-f", inner.socket], stdout=subprocess.DEVNULL,
                                            check=False).returncode == 1), "and nobody stays at its door")
    supervisor = supervisor_of_user

crowd = []
for _ in range(200):
    one = socket.socket(socket.AF_UNIX)
    one.settimeout(0.2)
    try:
        one.connect(supervisor.socket)
    except OSError:
        break
    crowd.append(one)
# The newest client is the one that is served.
client = build.client = supervisor.connect()
tap.equal(build.run(["/bin/true"])[0].code, 0, f"a step runs though {len(crowd)} others have come and stay")
for one in crowd:
    one.close()

half = connected(supervisor.socket)
half.sendall(hello)
half.shutdown(socket.SHUT_WR)
try:
    half.recv(1000)
except OSError:
    pass
client = build.client = supervisor.connect()
tap.equal(client.list_steps(), [], "after a half-closed connection others are served")
half.close()

seed = int(os.environ.get("STEPBOX_TEST_SEED", random.randrange(1 << 30)))
seconds = float(os.environ.get("STEPBOX_TEST_FUZZ_SECONDS", "5"))
print(f"# STEPBOX_TEST_SEED={seed}, {seconds:g} seconds")
rng = random.Random(seed)
with open(SEEDS, encoding="ascii") as stream:
    frames = [bytes.fromhex(line) for line in stream if line.strip() and not line.startswith("#")]
os.mkdir(supervisor.path("/store/fuzzed"))


def mutant():
    data = bytearray(rng.choice(frames))
    for _ in range(rng.randrange(5)):
        at, what = rng.randrange(len(data)), rng.randrange(6)
        if what == 0:
            data[at] ^= 1 << rng.randrange(8)
        elif what == 1:
            data[at:at + 4] = u32(rng.choice((0, 1, 7, 0x100000, 0x100001, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)))
        elif what == 2:
            del data[at + 1:]
        elif what == 3:
            data += rng.choice(frames)
        elif what == 4:
            data[at:at] = bytes(rng.randrange(256) for _ in range(rng.randrange(1, 40)))
        else:
            del data[at:at + rng.randrange(1, 9)]
        data = data or bytearray(b"\0")
    if rng.randrange(4):
        # A right length gets further in.
        data[0:4] = u32(max(0, len(data) - 4))
    return bytes(data) if not asks_for_the_end(data) else b"\xff"


def asks_for_the_end(data):
    """A whole SHUTDOWN in it would be obeyed."""
    at = 0
    while at + 6 <= len(data):
        length, kind = struct.unpack_from("<IH", data, at)
        if kind == SHUTDOWN:
            return True
        at += 4 + length
    return False


def misbehave(one):
    one.setblocking(False)
    try:
        for _ in range(rng.randrange(1, 6)):
            data = mutant()
            cut = rng.randrange(len(data) + 1) if rng.randrange(3) == 0 else len(data)
            one.send(data[:cut])
            if rng.randrange(3) == 0:
                one.recv(1 << 16)
        if rng.randrange(4) == 0:
            one.shutdown(rng.choice((socket.SHUT_RD, socket.SHUT_WR)))
    except OSError:
        pass


opened, open_ones = 0, []
deadline = time.monotonic() + seconds
while time.monotonic() < deadline and supervisor.is_alive():
    one = socket.socket(socket.AF_UNIX)
    one.settimeout(1)
    try:
        one.connect(supervisor.socket)
    except OSError:
        one.close()
        if open_ones:
            open_ones.pop(0).close()
        continue
    opened += 1
    misbehave(one)
    open_ones.append(one)
    while len(open_ones) > rng.randrange(1, 24):
        open_ones.pop(rng.randrange(len(open_ones))).close()
for one in open_ones:
    one.close()
tap.ok(supervisor.is_alive() and opened > 20, f"the supervisor outlives {opened} such clients (seed {seed})")
client = build.client = supervisor.connect()
for step in client.list_steps():
    try:
        client.cancel(step["step"])
    except LauncherError:
        pass
tap.ok(eventually(lambda: client.list_steps() == []), "what they started can be ended")
supervisor.prepare_root(client, 99)
tap.equal(build.run(["/bin/true"], step="after", root=99)[0].code, 0, "and a step runs as before")
with open(f"/proc/{supervisor.pid}/statm", encoding="ascii") as stream:
    resident = int(stream.read().split()[1]) * 4
tap.ok(resident < 60 << 10 or "asan" in supervisor.launcher, f"in {resident} KiB")
for root in (*range(1, 60), 99):
    try:
        client.unmount_root(root)
    except LauncherError:
        pass
build.close()
tap.done()
