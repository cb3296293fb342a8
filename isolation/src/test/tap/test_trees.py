"""Tree requests: what the client may not do itself, because the files belong to other ids."""

import os
import stat

import tap
from protocol import *

# 100000 works as well; but some file systems write to the disk for each directory that goes.
DEEP = int(os.environ.get("STEPBOX_TEST_DEPTH", "10000"))

build = tap.Build()
client = build.client
store = build.supervisor.store


def apply(tree, *operations):
    return client.call(APPLY, blob(tree) + items(operations, lambda o: o)).u32()


def operation(kind, path, *fields):
    return u8(kind) + blob(path) + b"".join(fields)


def listing(path, flags=0):
    found = {}
    for r in client.receive(client.send(LIST_TREE, blob(path) + u32(flags))):
        for _ in range(r.u32()):
            name = r.text()
            found[name] = dict(zip(
                ("type", "flags", "mode", "uid", "gid", "links", "inode", "size", "mtime", "text",
                 "attributes"),
                (r.u8(), r.u8(), r.u32(), r.u32(), r.u32(), r.u32(), r.u64(), r.u64(), r.i64(),
                 r.text(), [(r.text(), r.bytes()) for _ in range(r.u32())])))
    return found


def remove(path, flags=0):
    return client.call(REMOVE_TREE, blob(path) + u32(flags)).u64()


def copy(source, target, flags=0):
    r = client.call(COPY_TREE, blob(source) + blob(target) + u32(flags))
    return r.u64(), r.u64(), r.u64()


def measure(*paths):
    r = client.call(MEASURE_TREE, items(paths, blob))
    return r.u64(), r.u64()


def read(path, offset=0, length=1000):
    size, at, content = read_data(path, offset, length)
    return size, content


def read_data(path, offset=0, length=1000):
    r = client.call(READ_FILE, blob(path) + u64(offset) + u32(length))
    return r.u64(), r.u64(), r.bytes()


os.mkdir(f"{store}/t")
done = apply(
    "/store/t",
    operation(1, "dir", u32(0o2755)),
    operation(10, "dir/file", u32(0o640), blob("content")),
    operation(2, "dir/file", u32(42), u32(43)),
    operation(3, "dir/file", u32(0o4711)),
    operation(4, "dir/file", u64(1234567890123456789)),
    operation(5, "dir/white"),
    operation(6, "dir/fifo", u32(0o600)),
    operation(7, "dir/link", blob("../../etc/passwd")),
    operation(8, "dir/hard", blob("dir/file")),
    operation(9, "dir", blob("user.overlay.opaque"), blob("y")),
    operation(9, "dir/file", blob("user.mine"), blob(b"\0\1")),
    operation(10, "gone", u32(0o644), blob("")),
    operation(11, "gone"),
    operation(12, "dir/link", u32(0), u32(7), u32(8), u64(-1)),
    operation(12, "", u32(0o700), u32(5), u32(6), u64(1000)))
tap.equal(done, 15, "a batch is applied whole")
found = listing("/store/t")
tap.equal(sorted(found), ["", "dir", "dir/fifo", "dir/file", "dir/hard", "dir/link", "dir/white"],
          "the listing has every entry")
entry = found["dir/file"]
tap.equal((entry["type"], entry["mode"], entry["uid"], entry["gid"], entry["size"], entry["links"],
           entry["mtime"]), (1, 0o4711, 42, 43, 7, 2, 1234567890123456789),
          "mode, owner, size, links and time are as applied")
tap.equal(found["dir/hard"]["inode"], entry["inode"], "the hard link is one")
tap.equal((found["dir"]["type"], found["dir"]["flags"], found["dir"]["mode"]), (2, 2, 0o2755),
          "the opaque directory is told as such")
tap.equal((found["dir/white"]["type"], found["dir/white"]["flags"]), (6, 1), "so is the whiteout")
tap.equal((found["dir/link"]["text"], found["dir/link"]["uid"], found["dir/link"]["mtime"]),
          ("../../etc/passwd", 7, -1), "the link itself has the owner and the time before 1970")
tap.equal((found[""]["mode"], found[""]["uid"], found[""]["mtime"]), (0o700, 5, 1000),
          "the tree itself can be changed")
tap.equal(sorted(listing("/store/t", 1)), ["", "dir"], "a flat listing has one level")
tap.equal(sorted(listing("/store/t", 3)), ["", "dir"], "with attributes, too")
tap.equal((listing("/store/t", 2)["dir/file"]["attributes"], listing("/store/t", 2)["dir"]["attributes"]),
          ([("user.mine", b"\0\1")], []), "attributes are told when asked for, without the overlay's")
tap.equal([listing(f"/store/t/{p}", 4)[""]["type"] for p in ("dir", "dir/file", "dir/link", "dir/fifo", "dir/white")],
          [2, 1, 3, 4, 6], "a path itself can be looked at, whatever it is")
tap.equal([list(listing(p, 4)) for p in ("/store", "/roots/1", "/roots/1/usr")], [[""]] * 3, "places, too")
tap.raises("FAILED", lambda: listing("/store/t/none", 4), "if it is there")
client.call(SYNC, blob("/store/t"))
tap.ok(True, "the file system can be synced")
tap.equal(read("/store/t/dir/file"), (7, b"content"), "a file of another owner can be read")
tap.equal(read("/store/t/dir/file", 3, 2), (7, b"te"), "a part of it, too")

for name, call in {
        "a link on the way": lambda: apply("/store/t", operation(10, "dir/link/x", u32(0o644), blob(""))),
        "dot dot": lambda: apply("/store/t", operation(1, "../x", u32(0o755))),
        "an absolute path": lambda: apply("/store/t", operation(1, "/x", u32(0o755))),
        "a tree outside": lambda: apply("/etc", operation(1, "x", u32(0o755))),
        "a tree through dot dot": lambda: apply("/store/../etc", operation(1, "x", u32(0o755))),
        "reading a link": lambda: read("/store/t/dir/link"),
        "reading a fifo": lambda: read("/store/t/dir/fifo"),
        "the mode of a link": lambda: apply("/store/t", operation(3, "dir/link", u32(0o777))),
        "a device": lambda: apply("/store/t", operation(10, "dir/white", u32(0o644), blob(""))),
        "removing the host": lambda: remove("/host/usr/bin"),
        "moving onto something": lambda: client.call(MOVE, blob("/store/t/dir") + blob("/store/base1")),
}.items():
    tap.raises("FAILED", call, f"refused: {name}")
tap.raises("PROTOCOL", lambda: client.call(APPLY, blob("/store/t") + u32(1) + u8(99) + blob("x")),
           "an unknown operation is malformed")

tap.equal(copy("/store/t", "/store/copy")[0], 7, "a copy counts its entries")
copied = listing("/store/copy")
same = all({k: v for k, v in copied[p].items() if k != "inode"} ==
           {k: v for k, v in found[p].items() if k != "inode"} for p in found)
tap.ok(same and copied["dir/hard"]["inode"] == copied["dir/file"]["inode"],
       "a copy has the same modes, owners, times, links, whiteouts and opaque directories")
copy("/store/t", "/store/own", 2)
own = listing("/store/own")
tap.equal(sorted(own), ["", "dir", "dir/file", "dir/hard", "dir/link"], "an own copy has no whiteouts")
tap.equal((own["dir/file"]["uid"], own["dir/file"]["mode"], own["dir"]["flags"]),
          (0 if os.getuid() == 0 else 65534, 0o711, 0),
          "and belongs to the user of the supervisor and to no step, readable, without setuid bits")
with open(f"{store}/own/dir/file", encoding="ascii") as stream:
    tap.equal(stream.read(), "content", "so the client can read it directly")
os.makedirs(f"{store}/into/dir")
with open(f"{store}/into/dir/file", "w", encoding="ascii") as stream:
    stream.write("old")
copy("/store/own", "/store/into", 3)
with open(f"{store}/into/dir/file", encoding="ascii") as stream:
    tap.equal(stream.read(), "content", "a copy into a directory replaces files")
tap.raises("FAILED", lambda: copy("/store/own", "/store/into"), "a copy onto a directory is refused")
copy("/store/own/dir/file", "/store/single", 2)
tap.equal(read("/store/single"), (7, b"content"), "a single file can be copied")
with open(f"{store}/sparse", "wb") as stream:
    stream.truncate(1 << 40)
    stream.seek(1 << 30)
    stream.write(b"middle")
copy("/store/sparse", "/store/sparse2", 4)
tap.equal((os.stat(f"{store}/sparse2").st_size, os.stat(f"{store}/sparse2").st_blocks < 100,
           read("/store/sparse2", 1 << 30, 6)[1]), (1 << 40, True, b"middle"), "holes stay holes")
size, at, content = read_data("/store/sparse")
tap.equal((size, at <= 1 << 30, b"middle" in content), (1 << 40, True, True), "reading passes over a hole")
tap.equal(read_data("/store/sparse", (1 << 30) + 65536), (1 << 40, 1 << 40, b""),
          "and over the one at the end")
tap.equal(read_data("/store/sparse", (1 << 40) + 1), (1 << 40, (1 << 40) + 1, b""), "nothing is beyond it")
client.call(MOVE, blob("/store/copy") + blob("/store/moved"))
tap.equal(sorted(listing("/store/moved")), sorted(found), "a tree can be moved")

size = measure("/store/t")
tap.equal(size[1], 6, "inodes are counted once per hard link")
tap.equal(size[0], measure("/store/t", "/store/t")[0] // 2, "bytes of several trees add up")

build.sh("mkdir -p /workspace/a/b; echo hi > /workspace/a/b/c; chown -R 1000:1000 /workspace/a;"
         " chmod 000 /workspace/a/b")
tap.ok("a/b/c" in listing("/roots/1/workspace"), "a mounted root can be listed, unreadable parts too")
tap.equal(read("/roots/1/workspace/a/b/c"), (3, b"hi\n"), "and read")
copy("/roots/1/workspace", "/store/results", 2)
tap.ok(os.path.isfile(f"{store}/results/a/b/c"), "and copied out")
tap.raises("FAILED", lambda: copy("/store/own", "/roots/1/workspace/new"), "but not written")

end, _ = build.sh("cd /workspace; i=0; while [ $i -lt 1000 ]; do mkdir -p d/$i; for j in 0 1 2 3 4 5 6 7 8 9; "
                  "do : > d/$i/$j; done; i=$((i+1)); done; chmod 000 d/5; chown -R 33:33 d; find d | wc -l")
tap.equal(end.code, 0, "a step makes a tree of 11001 entries")
with open(f"{store}/deep.py", "w", encoding="ascii") as stream:
    stream.write(f"import os\nfor i in range({DEEP}):\n  os.mkdir('d')\n  os.chdir('d')\n")
client.unmount_root(1)
os.makedirs(f"{store}/deep", exist_ok=True)
os.chmod(f"{store}/deep", 0o777)
client.mount_root(2, bind("/store/base1", ""), bind("/host/usr", "usr"), bind("/store/deep", "workspace"),
                  file("deep.py", open(f"{store}/deep.py", encoding="ascii").read()))
end, output = build.run(["/usr/bin/python3", "/deep.py"], root=2, cwd="/workspace")
tap.equal((end.code, output), (0, b""), f"a step makes a tree {DEEP} directories deep")
client.unmount_root(2)
client.adopt("/store/own")
os.makedirs(f"{store}/second/proc")
os.makedirs(f"{store}/second/dev")
os.makedirs(f"{store}/second/ws")
client.mount_root(3, bind("/store/base1", ""), bind("/store/own", "workspace"))
client.mount_root(4, bind("/store/second", ""), bind("/host/usr", "usr", MAKE), bind("/roots/3/workspace", "ws"),
                  symlink("lib64", "usr/lib64"), symlink("lib", "usr/lib"))
tap.equal(build.run(["/usr/bin/cat", "/ws/dir/file"], root=4, mounts=())[1], b"content", "a root may share a part of another root")
client.unmount_root(4)
client.unmount_root(3)
tap.equal(measure("/store/deep")[1], DEEP + 1, "it can be measured")
tap.raises("FAILED", lambda: listing("/store/deep"), "listing it is refused in words")
before = time.monotonic()
tap.equal(remove("/store/deep"), DEEP + 1, "it can be removed")
print(f"# removed {DEEP + 1} nested directories in {time.monotonic() - before:.2f} s")
before = time.monotonic()
tap.ok(remove("/store/upper1-root") > 11000, "the tree with another owner and a mode 000 directory can be removed")
print(f"# removed 11001 entries in {time.monotonic() - before:.2f} s")
tap.equal(remove("/store/nothing/there"), 0, "what does not exist is removed")
os.mkdir(f"{store}/kept")
os.mkdir(f"{store}/kept/x")
tap.equal((remove("/store/kept", 1), os.listdir(f"{store}/kept")), (1, []), "a directory can be emptied only")
build.close()
tap.done()
