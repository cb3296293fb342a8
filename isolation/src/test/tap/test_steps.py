"""Starting, ending, exit codes, output, signals, terminals."""

import os
import signal

import tap
from protocol import *

build = tap.Build()
client = build.client

codes = [build.sh(f"exit {code}")[0].code for code in range(256)]
tap.equal(codes, list(range(256)), "exit codes 0 to 255 come through")
deaths = [1, 2, 3, 6, 8, 9, 11, 13, 14, 15]
ends = [build.run(["/usr/bin/python3", "-c", f"import os,signal\nsignal.signal({n}, signal.SIG_DFL)\n"
                   f"os.kill(os.getpid(), {n})"] if n != 9 else ["/bin/sh", "-c", "kill -9 $$"])[0]
        for n in deaths]
tap.equal([end.code for end in ends], [-n for n in deaths], "death by signal is told as such")
tap.ok(all(end.reason == "none" for end in ends), "and is no cap's doing")

end, output = build.sh("echo out; echo err >&2; cat; exit 3")
tap.equal((end.code, output), (3, b"out\nerr\n"), "output and errors are one stream, input is empty")
record = read_record(build.supervisor.record(end.step))
tap.equal(vars(record), vars(end), "the exit record says what the event said")
tap.ok(0 < end.started < end.ended and end.started_real > 1600000000 * 10**9, "with plausible times")
tap.equal(end.output, 8, "and the number of bytes")
tap.equal(sorted(os.listdir(build.supervisor.record(end.step))), ["exit", "output", "output.index"],
          "the record directory has these three files")

for argv, error, code, sentence in (
        (["no-such-program"], 2, 127, "a program that PATH does not have"),
        (["/no/such/program"], 2, 127, "a path that does not exist"),
        (["/usr/bin/env/x"], 20, 127, "a path through a file"),
        (["/usr"], 13, 126, "a directory"),
        (["/etc/passwd"], 13, 126, "a file that is not executable")):
    before = build.supervisor.counter
    tap.raises("EXEC", lambda: build.run(argv), f"not executed: {sentence}")
    record = read_record(build.supervisor.record(f"s{before + 1}"))
    tap.equal((record.outcome, record.status, record.errno, record.operation),
              (3, code, error, "execve"), f"its record says {code}")
build.sh("printf garbage > /workspace/bad; chmod +x /workspace/bad; "
         "printf '#!/bin/sh\\nexit 4\\n' > /workspace/script; chmod +x /workspace/script;"
         " printf '#!/no/such\\n' > /workspace/orphan; chmod +x /workspace/orphan")
tap.raises("EXEC", lambda: build.run(["/workspace/bad"]), "not executed: what is no program (ENOEXEC)")
tap.raises("EXEC", lambda: build.run(["/workspace/orphan"]), "not executed: a script without its interpreter")
tap.equal(build.run(["script"], env=("PATH=/nowhere:/etc/passwd:/workspace",))[0].code, 4,
          "PATH of the step is searched, in the step's root")
tap.raises("EXEC", lambda: build.run(["/bin/true", "x" * 200000]), "not executed: E2BIG")

for fields, code, sentence in (
        (dict(root=9), "NOT_FOUND", "an unknown root"),
        (dict(step="No"), "INVALID", "a bad name"),
        (dict(cwd="relative"), "INVALID", "a relative directory"),
        (dict(seccomp="loose"), "INVALID", "an unknown filter"),
        (dict(env=("nothing",)), "INVALID", "an environment without names"),
        (dict(flags=0), "INVALID", "new privileges without the supervisor's leave"),
        (dict(cwd="/no/such"), "SETUP", "a missing directory"),
        (dict(uid=70000), "SETUP", "an id outside the map"),
        (dict(mounts=[bind("/store/none", "tmp")]), "SETUP", "a missing source"),
        (dict(mounts=[tmpfs("no/such")]), "SETUP", "a missing mount point"),
        (dict(writes=[("memory", "memory.no_such", "1")]), "SETUP", "a missing cgroup file"),
        (dict(writes=[("memory", "../memory.limit_in_bytes", "1")]), "PROTOCOL", "a path as cgroup file"),
        (dict(rlimits=[(7, 10, 5)]), "SETUP", "a soft limit above its hard one")):
    if code == "PROTOCOL":
        continue
    tap.raises(code, lambda: build.sh("true", **fields), f"not started: {sentence}")
name = build.sh("true")[0].step
tap.raises("EXISTS", lambda: build.sh("true", step=name), "not started: a record that exists")

end, output = build.sh("pwd; echo $0 $HOME; umask; hostname; id -u; id -g; id -G; ulimit -n; ulimit -c",
                       cwd="/usr/lib", env=("HOME=/h", "PATH=/usr/bin"), umask=0o27, host="box", uid=33,
                       gid=34, groups=(35, 36))
tap.equal(output.decode().split("\n"),
          ["/usr/lib", "/bin/sh /h", "0027", "box", "33", "34", "34 35 36", "1024", "0", ""],
          "directory, environment, umask, host name, ids, groups and limits are as asked")
end, output = build.sh("ulimit -n; ulimit -f", rlimits=[(7, 100, 200), (1, 1024 * 512, 2**64 - 1)])
tap.equal(output, b"100\n1024\n", "resource limits are as asked")
tap.equal(build.sh("pwd", cwd="/bin")[1], b"/usr/bin\n", "a link as directory leads inside the root")
tap.equal(build.run(["env"], env=("A=1", "B=x=y"))[1], b"A=1\nB=x=y\n", "nothing is added to the environment")

random = os.urandom(300000)
with open(build.supervisor.path("/store/random"), "wb") as stream:
    stream.write(random)
end, output = build.sh("cat /random", mounts=[bind("/store/random", "random", READ_ONLY | MAKE)])
tap.ok(output == random, "binary output is kept byte for byte")
index = read_index(build.supervisor.record(end.step))
tap.equal((index[0][0], sum(piece[2] for piece in index)), (0, len(random)), "the index covers it")
tap.ok(all(a[0] + a[2] == b[0] and a[1] <= b[1] for a, b in zip(index, index[1:])),
       "in order and without gaps")
end, output = build.sh("i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done")
lines = "".join(f"line {i}\n" for i in range(20000)).encode()
tap.equal(output == lines, True, "20000 lines come in order")
index = read_index(build.supervisor.record(end.step))
tap.ok(len(index) < 500, f"their index is coalesced ({len(index)} pieces)")
end, output = build.sh("echo a; exec >&- 2>&-; sleep 0.2; exit 5")
tap.equal((end.code, output), (5, b"a\n"), "a step may close its output")

end, output = build.sh("yes | head -c 10000000; echo end >&2; exit 6", output_limit=1000003)
tap.equal((end.code, len(output), end.output, end.dropped, end.flags & 1),
          (6, 1000003, 1000003, 10000004 - 1000003, 1), "output beyond its limit is counted and dropped")
end, output = build.sh("printf 123", output_limit=3)
tap.equal((output, end.flags, end.dropped), (b"123", 0, 0), "output at its limit is whole")

end, output = build.sh("stty size; test -t 0 && test -t 1 && test -t 2 && tty && ls -l $(tty) | cut -c1-10;"
                       " ps -o sid,pgid,tpgid,tty -p $$ | tail -1", flags=NO_NEW_PRIVS | TTY, rows=31, columns=97)
text = output.decode().split("\r\n")
tap.equal(text[:3], ["31 97", "/dev/pts/0", "crw--w----"], "a terminal of the size asked for")
tap.equal(len(set(text[3].split()[:3])), 1, "which is the step's controlling terminal")
step = build.start(["/bin/sh", "-c", "trap 'stty size; exit 9' WINCH; echo ready; while :; do sleep 0.05; done"],
                   flags=NO_NEW_PRIVS | TTY)
eventually(lambda: b"ready" in build.supervisor.output(step))
client.call(RESIZE, blob(step) + u32(11) + u32(22))
end = client.wait_exit(step)
tap.equal((end.code, build.supervisor.output(step)), (9, b"ready\r\n11 22\r\n"), "a terminal can be resized")
tap.equal(build.sh("id -u; ls -ln $(tty) | cut -d' ' -f3", flags=NO_NEW_PRIVS | TTY, uid=7)[1],
          b"7\r\n7\r\n", "a terminal belongs to the step's user")

step = build.start(["/bin/sh", "-c", "trap 'echo got; exit 8' USR1; echo ready; while :; do sleep 0.02; done"])
eventually(lambda: b"ready" in build.supervisor.output(step))
client.signal(step, signal.SIGUSR1)
end = client.wait_exit(step)
tap.equal((end.code, build.supervisor.output(step)), (8, b"ready\ngot\n"), "a signal reaches the main process")
tap.raises("NOT_FOUND", lambda: client.signal(step, 15), "a step that ended is not found")

gate, wait_there, open_gate = build.gate()
steps = [build.start(["/bin/sh", "-c", f"{wait_there}; exit {i}"], mounts=[gate]) for i in range(10)]
tap.equal(sorted(s["step"] for s in client.list_steps()), sorted(steps), "running steps are listed")
open_gate()
tap.equal([client.wait_exit(s).code for s in steps], list(range(10)), "ten run side by side")
tap.equal(client.list_steps(), [], "then none is")
build.close()
tap.done()
