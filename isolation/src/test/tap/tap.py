"""Test Anything Protocol, and a supervisor with a root for the tests of one file."""

import atexit
import os
import signal
import subprocess
import sys
import tempfile

import protocol

count = 0
failures = 0


def ok(condition, sentence, detail=""):
    global count, failures
    count += 1
    print(f"{'ok' if condition else 'not ok'} {count} - {sentence}", flush=True)
    if not condition:
        failures += 1
        for line in str(detail).splitlines():
            print(f"#   {line}", flush=True)
    return bool(condition)


def equal(actual, expected, sentence):
    return ok(actual == expected, sentence, f"expected {expected!r}\nactual   {actual!r}")


def contains(text, part, sentence):
    return ok(part in text, sentence, f"looked for {part!r}\nin {text!r}")


def skip(sentence, reason):
    """Only for what this kernel lacks; fails where the sandbox must work."""
    global count, failures
    count += 1
    if os.environ.get("SANDBOX_MUST_WORK") == "1":
        failures += 1
        print(f"not ok {count} - {sentence} # must work here, but: {reason}", flush=True)
    else:
        print(f"ok {count} - {sentence} # SKIP {reason}", flush=True)


def raises(code, call, sentence):
    try:
        call()
    except protocol.LauncherError as error:
        return ok(error.code == code, sentence, error)
    return ok(False, sentence, "no error")


def home():
    """A directory that is removed at the end, with everything in it."""
    path = tempfile.mkdtemp(prefix="stepbox-", dir=os.environ.get("STEPBOX_TEST_DIR"))
    os.chmod(path, 0o711)
    # Not shutil: it recurses. What belongs to subordinate ids was removed through the launcher.
    atexit.register(subprocess.run, ["rm", "-rf", path], stderr=subprocess.DEVNULL, check=False)
    return path


class Build:
    """A supervisor, a connection to it, and root 1."""

    def __init__(self, options=(), cgroups=True, root=True):
        self.supervisor = protocol.Supervisor(home(), cgroups=cgroups, options=options)
        self.client = self.supervisor.connect()
        if root:
            self.supervisor.prepare_root(self.client)
        atexit.register(self.kill)

    def sh(self, script, **fields):
        return self.supervisor.sh(self.client, script, **fields)

    def run(self, argv, **fields):
        return self.supervisor.run(self.client, argv, **fields)

    def start(self, argv, **fields):
        step, request = self.supervisor.start(self.client, argv, **fields)
        self.client.receive(request)
        return step

    def gate(self):
        """For a step that goes on when the test says so, not after some time: its mount at /gate, the words of a
        shell that wait there, and what opens it."""
        path = self.supervisor.path("/store/gate")
        os.makedirs(path)
        os.chmod(path, 0o755)
        return (protocol.bind("/store/gate", "gate", protocol.MAKE),
                "until [ -e /gate/open ]; do sleep 0.02; done",
                lambda: os.close(os.open(os.path.join(path, "open"), os.O_CREAT)))

    def clean(self):
        """What a build's end must leave: nothing. Overlay work directories belong to mapped ids."""
        for name in os.listdir(self.supervisor.store):
            self.client.call(protocol.REMOVE_TREE,
                             protocol.blob(f"/store/{name}") + protocol.u32(0))

    def close(self):
        try:
            self.client.unmount_root(1)
        except protocol.LauncherError:
            pass
        self.clean()
        self.client.shutdown()
        ok(self.supervisor.wait_end(), "the supervisor ends and leaves no cgroup")
        ok(not os.path.exists(self.supervisor.socket), "the socket is gone")
        equal(os.listdir(self.supervisor.store), [], "the store is empty")

    def kill(self):
        if self.supervisor.is_alive():
            try:
                os.kill(self.supervisor.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass


def done():
    print(f"1..{count}", flush=True)
    sys.exit(1 if failures or count == 0 else 0)
