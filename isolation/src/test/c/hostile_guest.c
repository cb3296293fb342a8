/* Process 1 of a guest that has been taken over: says to the host what it must not. The file /mode tells
 * what. Used by test_machine.py. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { REPLY = 0x8000, HELLO = 1, MOUNT_ROOT = 2, RUN = 4, EXITED = 0x4001, OUTPUT = 0x4002 };

static unsigned char frame[1 << 20];
static size_t used;
static int channel;

static void put32(uint32_t value) {
  memcpy(frame + used, &value, 4);
  used += 4;
}

static void put_text(const char *text) {
  put32((uint32_t)strlen(text));
  memcpy(frame + used, text, strlen(text));
  used += strlen(text);
}

static void begin(unsigned type, uint32_t request) {
  used = 4;
  put32(type);
  put32(request);
}

static void send_frame(uint32_t length) {
  memcpy(frame, &length, 4);
  for (size_t done = 0; done < used;) {
    ssize_t n = write(channel, frame + done, used - done);
    if (n < 0) {
      return;
    }
    done += (size_t)n;
  }
}

static void send_whole(void) {
  send_frame((uint32_t)used - 4);
}

static void say_ready(void) {
  begin(REPLY | HELLO, 1);
  put32(1);
  send_whole();
  begin(REPLY | MOUNT_ROOT, 2);
  send_whole();
}

/* Waits until a RUN has come, whose request is the third. */
static void wait_for_run(void) {
  char buffer[65536];
  size_t seen = 0;
  while (seen < 300) {
    ssize_t n = read(channel, buffer, sizeof buffer);
    seen += n > 0 ? (size_t)n : 0;
  }
}

static void misbehave(const char *mode) {
  if (strcmp(mode, "length") == 0) {
    begin(REPLY | HELLO, 1);
    send_frame(0xfffffff0);
  } else if (strcmp(mode, "noise") == 0) {
    say_ready();
    for (used = 0; used < sizeof frame; used++) {
      frame[used] = (unsigned char)rand();
    }
    ssize_t n = write(channel, frame, sizeof frame);
    (void)n;
  } else if (strcmp(mode, "readings") == 0) {
    /* A step that ends well, but for what was read of its cgroup. */
    say_ready();
    wait_for_run();
    begin(REPLY | RUN, 3);
    send_whole();
    begin(EXITED, 0);
    put_text("s1");
    put32(1), put32(0), put32(0), put32(0xffffffff), put32(0), put_text("x"), put_text("y");
    for (int i = 0; i < 22; i++) {
      put32(0xffffffff);
    }
    put32(0x7fffffff);
    send_whole();
  } else if (strcmp(mode, "late") == 0) {
    /* Takes a step and never answers. */
    say_ready();
    wait_for_run();
  } else if (strcmp(mode, "endless") == 0) {
    /* Starts a step whose end it never tells. */
    say_ready();
    wait_for_run();
    begin(REPLY | RUN, 3);
    send_whole();
  } else if (strcmp(mode, "deaf") == 0) {
    /* Reads nothing any more. */
    say_ready();
  } else if (strcmp(mode, "others") == 0) {
    /* Output and ends of steps that are not its own. */
    say_ready();
    for (int i = 0; i < 1000; i++) {
      begin(OUTPUT, 0);
      put_text("../../other");
      put_text("text");
      send_whole();
    }
    begin(EXITED, 0);
    put_text("other");
    put32(1);
    send_whole();
  }
}

int main(void) {
  char order[4096], name[128], mode[32] = "";
  mkdir("/dev", 0755);
  mount("dev", "/dev", "devtmpfs", 0, NULL);
  int file = open("/modules/order", O_RDONLY);
  ssize_t length = read(file, order, sizeof order - 1);
  order[length < 0 ? 0 : length] = 0;
  for (char *rest = order, *line; (line = strsep(&rest, "\n")) != NULL;) {
    snprintf(name, sizeof name, "/modules/%s", line);
    int module = open(name, O_RDONLY);
    syscall(SYS_finit_module, module, "", 0);
  }
  file = open("/mode", O_RDONLY);
  length = read(file, mode, sizeof mode - 1);
  for (int i = 0; i < 20000; i++) {
    snprintf(name, sizeof name, "/dev/vport%dp1", i % 8);
    channel = open(name, O_RDWR);
    if (channel >= 0) {
      break;
    }
    usleep(100);
  }
  misbehave(mode);
  sleep(1000);
  reboot(RB_POWER_OFF);
}
