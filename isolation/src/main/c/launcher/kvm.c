/* Tries KVM with a machine of one processor that has two instructions to execute. The device may be
 * there and of no use: not permitted, or of a kernel that is itself in a machine that cannot nest. */
#include "kvm.h"

#include <errno.h>
#include <linux/kvm.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "kernel.h"

enum { GUEST_MEMORY = 4096, GUEST_ADDRESS = 0x1000, PATIENCE_MS = 1000 };

/* By the raw call: not every C library takes requests that use the highest bit. */
static int ask(int fd, unsigned long request, const void *argument) {
  return (int)syscall(SYS_ioctl, fd, request, argument);
}

#if defined(__x86_64__)

/* add al, bl; hlt */
static const unsigned char program[] = {0x00, 0xd8, 0xf4};

static int set_registers(int processor, struct failure *why) {
  struct kvm_sregs segments;
  struct kvm_regs registers = {.rip = GUEST_ADDRESS, .rax = 2, .rbx = 3, .rflags = 2};
  if (ask(processor, KVM_GET_SREGS, &segments) < 0) {
    return fail(why, "kvm", "KVM_GET_SREGS");
  }
  segments.cs.base = 0;
  segments.cs.selector = 0;
  return ask(processor, KVM_SET_SREGS, &segments) < 0 ||
                 ask(processor, KVM_SET_REGS, &registers) < 0
             ? fail(why, "kvm", "KVM_SET_REGS")
             : 0;
}

static int run_program(int device, struct failure *why) {
  cleanup_fd int machine = ask(device, KVM_CREATE_VM, NULL);
  if (machine < 0) {
    return fail(why, "kvm", "KVM_CREATE_VM");
  }
  unsigned char *memory = mmap(NULL, GUEST_MEMORY, PROT_READ | PROT_WRITE,
                               MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    return fail(why, "kvm", "memory");
  }
  memcpy(memory, program, sizeof program);
  struct kvm_userspace_memory_region region = {.guest_phys_addr = GUEST_ADDRESS,
                                               .memory_size = GUEST_MEMORY,
                                               .userspace_addr = (uint64_t)(uintptr_t)memory};
  if (ask(machine, KVM_SET_USER_MEMORY_REGION, &region) < 0) {
    return fail(why, "kvm", "KVM_SET_USER_MEMORY_REGION");
  }
  cleanup_fd int processor = ask(machine, KVM_CREATE_VCPU, NULL);
  int size = ask(device, KVM_GET_VCPU_MMAP_SIZE, NULL);
  if (processor < 0 || size < (int)sizeof(struct kvm_run)) {
    return fail(why, "kvm", "KVM_CREATE_VCPU");
  }
  struct kvm_run *run =
      mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, processor, 0);
  if (run == MAP_FAILED) {
    return fail(why, "kvm", "processor");
  }
  if (set_registers(processor, why) < 0) {
    return -1;
  }
  if (ask(processor, KVM_RUN, NULL) < 0) {
    return fail(why, "kvm", "KVM_RUN");
  }
  return run->exit_reason == KVM_EXIT_HLT
             ? 0
             : fail_with(why, EIO, "kvm", "KVM_RUN", "ended with exit reason %u", run->exit_reason);
}

#else

static int run_program(int device, struct failure *why) {
  (void)device;
  return fail_with(why, ENOSYS, "kvm", "machine", "is not known on this architecture");
}

#endif

/* In a child, because a machine that does not end could not be told from one that works. */
int kvm_try(const char *path, struct failure *why) {
  int ends[2];
  cleanup_fd int device = open(path, O_RDWR | O_CLOEXEC);
  if (device < 0) {
    return fail(why, "kvm", path);
  }
  if (pipe2(ends, O_CLOEXEC) < 0) {
    return fail(why, "kvm", "pipe");
  }
  cleanup_fd int reader = ends[0];
  cleanup_fd int writer = ends[1];
  pid_t child = fork();
  if (child < 0) {
    return fail(why, "kvm", "fork");
  }
  if (child == 0) {
    memset(why, 0, sizeof *why);
    run_program(device, why);
    _exit(RETRY(write(writer, why, sizeof *why)) != (ssize_t)sizeof *why);
  }
  close_and_forget(&writer);
  struct pollfd watched = {.fd = reader, .events = POLLIN};
  fail_with(why, ETIMEDOUT, "kvm", path, "a machine of two instructions does not end");
  if (poll(&watched, 1, PATIENCE_MS) == 1 &&
      RETRY(read(reader, why, sizeof *why)) != (ssize_t)sizeof *why) {
    fail_with(why, EIO, "kvm", path, "the trial died");
  }
  kill(child, SIGKILL);
  RETRY(waitpid(child, NULL, 0));
  return why->error == 0 ? 0 : -1;
}

bool kvm_works(struct supervisor *supervisor) {
  struct failure why;
  if (supervisor->kvm == KVM_UNKNOWN) {
    supervisor->kvm = kvm_try("/dev/kvm", &why) < 0 ? KVM_ABSENT : KVM_WORKS;
  }
  return supervisor->kvm == KVM_WORKS;
}
