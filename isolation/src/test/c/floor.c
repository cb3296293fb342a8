/*
 * The floor: what the kernel alone takes to start a program in a container.
 *
 * Single-threaded and without any engine around it: clone into new mount, pid, ipc, uts, cgroup and
 * network namespaces, mount an overlay, a fresh proc and a minimal dev, pivot, detach the old root,
 * exec. Prints the median time in milliseconds from before the clone to the exec, and to the reaped
 * child, over the number of rounds given. The benchmark puts it beside the figure of a whole step.
 *
 *   floor ROOT SCRATCH ROUNDS     ROOT has a static /bin/true and empty /proc and /dev
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS_MAX 10000
#define NAMESPACES \
  (CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET | CLONE_NEWCGROUP)

static void die(const char *what) {
  fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
  exit(125);
}

static void must(int result, const char *what) {
  if (result < 0) die(what);
}

static double now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void write_file(const char *path, const char *text) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  must(fd, path);
  if (write(fd, text, strlen(text)) < 0) die(path);
  close(fd);
}

static void enter_user_namespace(void) {
  char map[64];
  unsigned uid = geteuid(), gid = getegid();
  must(unshare(CLONE_NEWUSER | CLONE_NEWNS), "unshare");
  write_file("/proc/self/setgroups", "deny");
  snprintf(map, sizeof map, "0 %u 1", uid);
  write_file("/proc/self/uid_map", map);
  snprintf(map, sizeof map, "0 %u 1", gid);
  write_file("/proc/self/gid_map", map);
  must(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), "private");
}

static void build_dev(void) {
  static const char *nodes[] = {"null", "zero", "full", "random", "urandom", "tty"};
  must(mount("dev", "dev", "tmpfs", MS_NOSUID | MS_NOEXEC, "mode=755"), "dev");
  for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++) {
    char from[32], to[32];
    snprintf(from, sizeof from, "/dev/%s", nodes[i]);
    snprintf(to, sizeof to, "dev/%s", nodes[i]);
    int fd = open(to, O_CREAT | O_CLOEXEC, 0666);
    must(fd, to);
    close(fd);
    must(mount(from, to, NULL, MS_BIND, NULL), from);
  }
}

static void child(const char *options, const char *merged) {
  must(mount("overlay", merged, "overlay", 0, options), "overlay");
  must(chdir(merged), "chdir");
  must(mount("proc", "proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL), "proc");
  build_dev();
  must((int)syscall(SYS_pivot_root, ".", "."), "pivot_root");
  must(umount2(".", MNT_DETACH), "detach");
  must(chdir("/"), "chdir");
  execl("/bin/true", "true", (char *)NULL);
  die("exec");
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double median(double *values, int count) {
  qsort(values, (size_t)count, sizeof *values, ascending);
  return values[count / 2];
}

static void one_round(const char *root, const char *scratch, int round, double *exec, double *end) {
  char upper[512], work[512], merged[512], options[2048];
  snprintf(upper, sizeof upper, "%s/upper%d", scratch, round);
  snprintf(work, sizeof work, "%s/work%d", scratch, round);
  snprintf(merged, sizeof merged, "%s/merged", scratch);
  must(mkdir(upper, 0755), upper);
  must(mkdir(work, 0755), work);
  snprintf(options, sizeof options, "userxattr,volatile,lowerdir=%s,upperdir=%s,workdir=%s", root,
           upper, work);
  int ready[2];
  must(pipe2(ready, O_CLOEXEC), "pipe");
  double start = now_ms();
  long pid = syscall(SYS_clone, NAMESPACES | SIGCHLD, NULL, NULL, NULL, NULL);
  if (pid < 0) die("clone");
  if (pid == 0) child(options, merged);
  close(ready[1]);
  char byte;
  if (read(ready[0], &byte, 1) < 0) die("read");
  *exec = now_ms() - start;
  close(ready[0]);
  int status;
  if (waitpid((pid_t)pid, &status, 0) < 0 || status != 0) die("the child failed");
  *end = now_ms() - start;
}

int main(int argc, char **argv) {
  static double exec[ROUNDS_MAX], end[ROUNDS_MAX];
  if (argc != 4) {
    fprintf(stderr, "usage: floor ROOT SCRATCH ROUNDS\n");
    return 2;
  }
  int rounds = atoi(argv[3]);
  if (rounds < 1 || rounds > ROUNDS_MAX) return 2;
  char merged[512];
  snprintf(merged, sizeof merged, "%s/merged", argv[2]);
  if (mkdir(merged, 0755) < 0 && errno != EEXIST) die(merged);
  enter_user_namespace();
  for (int i = 0; i < rounds; i++) one_round(argv[1], argv[2], i, &exec[i], &end[i]);
  printf("exec %.3f\nreaped %.3f\n", median(exec, rounds), median(end, rounds));
  return 0;
}
