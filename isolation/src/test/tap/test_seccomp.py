"""The filters inside of the shipped binary, system call by system call, against their readable tables.

The tables are read a second time here, by other code than that which compiles them; the filters are interpreted
as the kernel does. Then a step makes every refused call, and finds the kernel of the same opinion.
"""

import errno
import os

import calls
import tap
from protocol import *

TABLES = os.path.join(os.path.dirname(__file__), "../../main/c/launcher/seccomp")
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
FOREIGN = {"i386": 0x40000003, "arm": 0x40000028, "aarch64": 0xC00000B7, "x86_64": 0xC000003E, "mips": 8,
           "riscv64": 0xC00000F3, "none": 0}
ALLOW, KILL, ERROR = 0x7FFF0000, 0x80000000, 0x00050000
X32 = 0x40000000
own = ARCHITECTURES[calls.MACHINE]


def programs():
    """The instructions from each check of the architecture on; jumps never leave a filter."""
    with open(os.environ["LAUNCHER"], "rb") as stream:
        binary = stream.read()
    start = struct.pack("<HBBI", 0x20, 0, 0, 4) + struct.pack("<HBBI", 0x15, 1, 0, own)
    found = [match.start() for match in re.finditer(re.escape(start), binary)]
    return [[struct.unpack_from("<HBBI", binary, at + 8 * i) for i in range(min(4096, (len(binary) - at) // 8))]
            for at in found]


def interpret(filter_, number, architecture, arguments):
    data = struct.pack("<IIQ6Q", number & 0xFFFFFFFF, architecture, 0, *arguments)
    at, a = 0, 0
    while True:
        code, yes, no, k = filter_[at]
        at += 1
        if code == 0x20:
            a = struct.unpack_from("<I", data, k)[0]
        elif code == 0x06:
            return k
        elif code == 0x05:
            at += k
        elif code == 0x15:
            at += yes if a == k else no
        elif code == 0x35:
            at += yes if a >= k else no
        elif code == 0x45:
            at += yes if a & k else no
        else:
            raise ValueError(f"instruction {code:#x}")


class Rules:
    def __init__(self, *tables):
        self.numbers = dict(calls.NUMBERS)
        self.plain = {}
        self.clauses = {}
        self.otherwise = {}
        lines = []
        for table in tables:
            with open(os.path.join(TABLES, table + ".table"), encoding="ascii") as stream:
                lines += [line.split() for line in stream if line.strip() and not line.startswith("#")]
        for keyword, name, *rest in lines:
            if keyword == "number":
                self.numbers.setdefault(name, int(rest[0]))
        for keyword, *words in lines:
            if keyword == "again":
                for name in words:
                    for known in (self.plain, self.clauses, self.otherwise):
                        known.pop(name, None)
            elif keyword in ("allow", "allow-some"):
                self.plain.update({name: ALLOW for name in words})
            elif keyword == "errno":
                self.plain.update({name: ERROR | getattr(errno, words[0]) for name in words[1:]})
            elif keyword == "else":
                self.otherwise[words[0]] = ERROR | getattr(errno, words[1])
            elif keyword == "if":
                text = " ".join(words[1:]).removesuffix(" then allow")
                self.clauses.setdefault(words[0], []).append([c.split() for c in text.split(" and ")])
        self.names = {number: name for name, number in self.numbers.items()}

    @staticmethod
    def holds(condition, arguments):
        value = arguments[int(condition[0][3])] & 0xFFFFFFFF
        values = [int(text, 0) for text in condition[2:]]
        return {"in": value in values, "not-in": value not in values,
                "without": not any(value & v for v in values)}[condition[1]]

    def expected(self, number, arguments):
        name = self.names.get(number)
        if name is None:
            return ERROR | errno.ENOSYS
        if name in self.otherwise:
            allowed = any(all(self.holds(c, arguments) for c in clause) for clause in self.clauses[name])
            return ALLOW if allowed else self.otherwise[name]
        return self.plain.get(name, ERROR | errno.EPERM)

    def samples(self, number):
        """Arguments at, beside and above all values that the table compares with."""
        plain = [(0,) * 6, (0xFFFFFFFFFFFFFFFF,) * 6]
        values = {0, 1, 0xFFFFFFFF}
        for clause in self.clauses.get(self.names.get(number), []):
            for condition in clause:
                for text in condition[2:]:
                    value = int(text, 0)
                    values |= {value, value + 1, max(value - 1, 0)} | {1 << b for b in range(32) if value >> b & 1}
        if len(values) == 3:
            return plain
        values |= {value | 1 << 32 for value in values}
        return plain + [(a, b, c, 0, 0, 0) for a in values for b in (sorted(values) if len(values) < 100 else (a,))
                        for c in (a, b)]


filters = programs()
tap.equal(len(filters), 2, "the binary holds two filters")
nesting_rules, rules = Rules("default", "nesting"), Rules("default")
makes_namespaces = [each for each in filters if interpret(each, rules.numbers["unshare"], own, (0,) * 6) == ALLOW]
nesting_filter = makes_namespaces[0]
filter_ = next(each for each in filters if each not in makes_namespaces)


def compare(name, rules, filter_):
    wrong, count = [], 0
    for number in range(0, 1200):
        for arguments in rules.samples(number):
            count += 1
            actual = interpret(filter_, number, own, arguments)
            if actual != rules.expected(number, arguments):
                wrong.append((number, rules.names.get(number), arguments[:3], hex(actual)))
    tap.ok(not wrong and count > 2000,
           f"{count} calls of this architecture are decided as the table '{name}' says", wrong[:5])
    wrong = [n for n in (0xFFFFFFFF, 0x80000000, 0x7FFFFFFF, 0x3FFFFFFF, 1 << 16)
             if interpret(filter_, n, own, (0,) * 6) != ERROR | errno.ENOSYS]
    tap.equal(wrong, [], f"numbers beyond all tables do not exist for '{name}'")
    if calls.MACHINE == "x86_64":
        wrong = [n for n in range(1200) if interpret(filter_, X32 | n, own, (0,) * 6) != ERROR | errno.ENOSYS]
        tap.equal(wrong, [], f"no call of x32 exists for '{name}'")
    wrong = [(each, n) for each, a in FOREIGN.items() if a != own for n in range(1200)
             if interpret(filter_, n, a, (0,) * 6) != KILL]
    tap.equal(wrong, [], f"every call of a foreign architecture kills with '{name}'")


compare("default", rules, filter_)
compare("nesting", nesting_rules, nesting_filter)

# The table itself must not open these, whoever edits it.
NEVER = """mount umount2 pivot_root move_mount open_tree fsopen fsconfig fsmount fspick mount_setattr unshare setns
 bpf perf_event_open userfaultfd io_uring_setup io_uring_enter io_uring_register kexec_load kexec_file_load
 init_module finit_module delete_module reboot swapon swapoff acct quotactl quotactl_fd syslog add_key
 request_key keyctl open_by_handle_at sethostname setdomainname clock_settime settimeofday clone3 personality
 iopl ioperm modify_ldt vhangup fanotify_init kcmp process_madvise move_pages mbind migrate_pages
 set_mempolicy lookup_dcookie nfsservctl uselib ustat sysfs pidfd_getfd open_tree_attr""".split()
allowed = [n for n in NEVER if n in rules.numbers
           and interpret(filter_, rules.numbers[n], own, (0xFFFFFFFFFFFFFFFF,) * 6 if n != "personality"
                         else (0x0400000,) + (0,) * 5) == ALLOW]
tap.equal(allowed, [], "calls that must never be open are not")
NESTING = """mount umount2 pivot_root move_mount open_tree fsopen fsconfig fsmount fspick mount_setattr unshare setns
 sethostname setdomainname clone3 open_tree_attr""".split()
allowed = [n for n in NEVER if n in rules.numbers and n != "personality"
           and interpret(nesting_filter, rules.numbers[n], own, (0xFFFFFFFFFFFFFFFF,) * 6) == ALLOW]
tap.equal(sorted(allowed), sorted(n for n in NESTING if n in rules.numbers),
          "of these, nesting opens what makes namespaces and mounts, and no other")
unknown = [name for name in [*rules.plain, *rules.otherwise] if name not in rules.numbers]
tap.ok(len(unknown) <= (0 if calls.MACHINE == "x86_64" else 60), "the table names calls that exist", unknown)

# The kernel's opinion: all that is refused whatever its arguments, made by a step. Not uretprobe and uprobe:
# Linux 6.14 and later let them past every filter, and end a program that calls them by itself (SIGILL).
past_filters = {335, 336} if calls.MACHINE == "x86_64" else set()
refused = {n: rules.expected(n, (0,) * 6) & 0xFFFF for n in range(600)
           if n not in past_filters and rules.expected(n, (0,) * 6) != ALLOW and rules.names.get(n) not in rules.otherwise}
build = tap.Build()
script = f"""
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
for number, expected in {refused!r}.items():
    ctypes.set_errno(0)
    result = libc.syscall(number, 0, 0, 0, 0, 0, 0)
    if result != -1 or ctypes.get_errno() != expected:
        print(number, result, ctypes.get_errno(), expected)
print("done")
"""
for uid in (0, 1000):
    end, output = build.run(["/usr/bin/python3", "-c", script], uid=uid, gid=uid)
    tap.equal((end.code, output), (0, b"done\n"), f"{len(refused)} refused calls are refused by the kernel to id {uid}")
build.close()
tap.done()
