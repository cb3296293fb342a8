"""Bad frames: a clear answer, a closed connection, a supervisor that lives."""

import os
import random
import socket

import tap
from protocol import *

build = tap.Build()
supervisor = build.supervisor


def raw(data, count=None, patience=PATIENCE):
    """Sends bytes on a new connection; returns the frames that come until they are `count`, or it closes or falls
    silent."""
    connection = connected(supervisor.socket, patience)
    answer, frames = b"", []
    try:
        connection.sendall(data)
        while len(frames) != count:
            part = connection.recv(1 << 16)
            if not part:
                break
            answer += part
            while len(answer) >= 12 and len(answer) >= 4 + struct.unpack("<I", answer[:4])[0]:
                length = struct.unpack("<I", answer[:4])[0]
                kind, _, request = struct.unpack("<HHI", answer[4:12])
                frames.append((kind, request, answer[12:4 + length]))
                answer = answer[4 + length:]
    except (TimeoutError, ConnectionError):
        pass
    connection.close()
    return frames


def frame(kind, body=b"", request=1, flags=0, length=None):
    return struct.pack("<IHHI", 8 + len(body) if length is None else length, kind, flags, request) + body


def code(frames):
    return CODES[struct.unpack("<I", frames[-1][2][:4])[0]] if frames and frames[-1][0] == ERROR else None


tap.equal(code(raw(frame(HELLO, length=0))), "PROTOCOL", "a length of 0 is refused")
tap.equal(code(raw(frame(HELLO, length=7))), "PROTOCOL", "a length below a header")
tap.equal(code(raw(frame(HELLO, length=(1 << 20) + 1))), "PROTOCOL", "a length above a mebibyte")
tap.equal(code(raw(frame(HELLO, u32(1) + blob("x"), request=0))), "PROTOCOL", "request 0")
tap.equal(code(raw(frame(HELLO, u32(1) + blob("x"), flags=2))), "PROTOCOL", "an unknown flag")
tap.equal(code(raw(frame(HELLO, u32(1)))), "PROTOCOL", "a body that is too short")
tap.equal(code(raw(frame(HELLO, u32(1) + blob("x") + b"y"))), "PROTOCOL", "a body that is too long")
tap.equal(code(raw(frame(HELLO, u32(1) + u32(0xFFFFFFFF)))), "PROTOCOL", "a string longer than the frame")
tap.equal(code(raw(frame(HELLO, u32(1) + blob(b"a\0b")))), "PROTOCOL", "a string with NUL")
tap.equal(code(raw(frame(LIST_STEPS, b"x"))), "PROTOCOL", "a body where there is none")
tap.equal(code(raw(frame(MOUNT_ROOT, u32(7) + u32(0x7FFFFFFF)))), "PROTOCOL", "a list longer than the frame")
tap.equal(code(raw(frame(MOUNT_ROOT, u32(7) + u32(1) + u8(99) + b"x" * 20))), "PROTOCOL", "an unknown operation")
client = build.client = supervisor.connect()
tap.raises("INVALID", lambda: client.call(HELLO, u32(2) + blob("x")), "another version is told the launcher's")
tap.raises("UNKNOWN_TYPE", lambda: client.call(99), "an unknown request")
tap.raises("UNKNOWN_TYPE", lambda: client.call(0), "request type 0")
tap.raises("NOT_FOUND", lambda: client.unmount_root(99), "an unknown root")
tap.raises("EXISTS", lambda: client.mount_root(1, tmpfs("")), "a root id in use")
tap.raises("FAILED", lambda: client.mount_root(2), "a root without operations")
tap.raises("FAILED", lambda: client.mount_root(2, mkdir("x")), "a root that begins with a directory")
tap.raises("FAILED", lambda: client.mount_root(2, tmpfs(""), mkdir("a/b")), "a root that fails half way")
client.mount_root(2, tmpfs(""), mkdir("a"), mkdir("a/b"), tmpfs("a/b"), file("a/b/c", "x"))
tap.ok(True, "whose id is then free")
client.unmount_root(2)
for name in ("one", "two"):
    os.makedirs(supervisor.path(f"/store/layers/{name}/{name}"))
client.mount_root(2, overlay("", ["/store/layers/one"]))
tap.ok(True, "a read-only overlay may have one layer")
client.mount_root(3, overlay("", ["/store/layers/one", "/store/layers/two"]))
names = [r.text() for r in client.receive(client.send(LIST_TREE, blob("/roots/3") + u32(1))) if r.u32() or True][:1]
tap.equal(names, [""], "or two")
client.unmount_root(2)
client.unmount_root(3)
many = []
for i in range(300):
    os.makedirs(supervisor.path(f"/store/many/{i}"))
    many.append(f"/store/many/{i}")
if HAS_MANY_LAYERS:
    client.mount_root(2, overlay("", many))
    client.unmount_root(2)
    tap.ok(True, "or three hundred")
tap.raises("NOT_FOUND", lambda: client.cancel("nobody"), "an unknown step")
whole = b"".join(frame(HELLO, u32(1) + blob("x"), request=i) for i in range(1, 200))
tap.equal(len(raw(whole, count=199)), 199, "frames may come many at once")
client = build.client = supervisor.connect()
for piece in (whole[i:i + 1] for i in range(40)):
    client.socket.sendall(piece)
tap.ok(client._frame()[0] == REPLY | HELLO, "or byte by byte")
client.close()
client = build.client = supervisor.connect()

step, request = supervisor.start(client, ["/bin/true"], step="many")
client.receive(request)
client.wait_exit(step)
big = ["A%d=%s" % (i, "x" * 1000) for i in range(900)] + ["PATH=/usr/bin"]
end, output = build.run(["/usr/bin/env"], env=big)
tap.ok(end.code == 0 and len(output) > 900000, "RUN may be nearly a mebibyte long", (end.code, len(output)))
step, request = supervisor.start(client, ["/bin/sleep", "1000"], step="twice")
client.receive(request)
tap.raises("EXISTS", lambda: build.run(["/bin/true"], step="twice"), "two steps of one name")
client.cancel(step)
client.wait_exit(step)
requests = [supervisor.start(client, ["/bin/sleep", "1000"], step=f"l{i}")[1] for i in range(64)]
for request in requests:
    client.receive(request)
tap.raises("LIMIT", lambda: build.run(["/bin/true"], step="toomany"), "64 steps run at once, no more")
for i in range(64):
    client.cancel(f"l{i}")
for i in range(64):
    client.wait_exit(f"l{i}")
tap.ok(build.run(["/bin/true"], step="after")[0].code == 0, "then others may")
for i in range(10, 10 + 255):
    client.mount_root(i, tmpfs(""))
tap.raises("LIMIT", lambda: client.mount_root(999, tmpfs("")), "256 roots are mounted at once, no more")
for i in range(10, 10 + 255):
    client.unmount_root(i)

# A client that does not read: it is cut off, not waited for.
slow = connected(supervisor.socket)
slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
with open(supervisor.path("/store/megabyte"), "wb") as stream:
    stream.write(b"x" * 1000000)
try:
    slow.settimeout(10)
    for i in range(1, 61):
        slow.sendall(frame(READ_FILE, blob("/store/megabyte") + u64(0) + u32(1000000), request=i))
    time.sleep(0.5)
except OSError:
    pass
with open(f"/proc/{supervisor.pid}/statm", encoding="ascii") as stream:
    resident = int(stream.read().split()[1]) * 4
tap.ok(resident < (60 << 10) or "asan" in supervisor.launcher, f"what waits for a client is bounded ({resident} KiB resident)")
slow.close()
client = build.client = supervisor.connect()
tap.equal(client.list_steps(), [], "the supervisor goes on")

seed = int(os.environ.get("STEPBOX_TEST_SEED", random.randrange(1 << 30)))
print(f"# fuzzing with STEPBOX_TEST_SEED={seed}")
rng = random.Random(seed)
bodies = {
    HELLO: u32(1) + blob("x"), MOUNT_ROOT: u32(50) + items([tmpfs(""), mkdir("a"), overlay("a", ["/store/base1"])], lambda o: o),
    RUN: run_body("fuzz", "/store/records/fuzz", ["/bin/true"], groups=(1, 2), rlimits=[(1, 2, 3)], disk=["/store/a"],
                  writes=[("pids", "pids.max", "9")], reads=[("pids", "pids.max")]),
    SIGNAL: blob("fuzz") + u32(9) + u32(0), CANCEL: blob("fuzz") + u64(0), RESIZE: blob("fuzz") + u32(1) + u32(1),
    USAGE: blob("fuzz") + items([("a", "b")], lambda f: blob(f[0]) + blob(f[1])), LIST_STEPS: b"", UNMOUNT_ROOT: u32(50),
    APPLY: blob("/store/fuzzed") + items([u8(k) + blob("x") + u32(1) + u32(2) + u64(3) for k in range(1, 13)], lambda o: o),
    MEASURE_TREE: items(["/store/fuzzed"], blob), LIST_TREE: blob("/store/fuzzed") + u32(2), READ_FILE: blob("/store/x") + u64(0) + u32(9),
    COPY_TREE: blob("/store/fuzzed") + blob("/store/fuzzed2") + u32(3), MOVE: blob("/store/x") + blob("/store/y"),
    REMOVE_TREE: blob("/store/fuzzed/x") + u32(0), SYNC: blob("/store/fuzzed"), EGRESS: b"",
}
os.mkdir(supervisor.path("/store/fuzzed"))
for _ in range(int(os.environ.get("STEPBOX_TEST_FUZZ", "1500"))):
    kind = rng.choice(list(bodies))
    body = bytearray(bodies[kind])
    for _ in range(rng.randrange(4)):
        if not body:
            break
        what = rng.randrange(4)
        at = rng.randrange(len(body))
        if what == 0:
            body[at] = rng.randrange(256)
        elif what == 1:
            del body[at:at + rng.randrange(1, 9)]
        elif what == 2:
            body[at:at] = bytes(rng.randrange(256) for _ in range(rng.randrange(1, 9)))
        else:
            body[at:at + 4] = u32(rng.choice((0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)))
    raw(frame(kind, bytes(body)), patience=0.02)
    if not supervisor.is_alive():
        break
tap.ok(supervisor.is_alive(), f"the supervisor outlives damaged requests of every kind (seed {seed})")
client = build.client = supervisor.connect()
for s in client.list_steps():
    try:
        client.cancel(s["step"])
    except LauncherError:
        pass
eventually(lambda: client.list_steps() == [])
supervisor.prepare_root(client, 77)
tap.equal(build.run(["/bin/true"], step="last", root=77)[0].code, 0, "and runs steps as before")
for root in (*range(1, 60), 77):
    try:
        client.unmount_root(root)
    except LauncherError:
        pass
build.close()
tap.done()
