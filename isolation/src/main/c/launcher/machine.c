/* The life of machines, from their beginning on. */
#include "machine.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "client.h"
#include "machine_boot.h"
#include "machine_steps.h"
#include "protocol.h"

enum { REMOVAL_RETRY_MS = 10, REMOVAL_TRIES = 500 };

static void forget(struct machine *machine) {
  struct supervisor *supervisor = machine->supervisor;
  for (struct machine **at = &supervisor->machines; *at != NULL; at = &(*at)->next) {
    if (*at == machine) {
      *at = machine->next;
      break;
    }
  }
  while (machine->sources != NULL) {
    struct shown_source *source = machine->sources;
    machine->sources = source->next;
    free(source);
  }
  close_and_forget(&machine->control);
  close_and_forget(&machine->mounts);
  buffer_free(&machine->in);
  buffer_free(&machine->out);
  arena_free(&machine->arena);
  free(machine->body);
  free(machine);
  supervisor_consider_end(supervisor);
}

static void remove_cgroup(struct timer *timer) {
  struct machine *machine = timer->owner;
  struct supervisor *supervisor = machine->supervisor;
  if (machine->cgroup != 0 && !cgroup_remove(&supervisor->cgroups, machine->cgroup) &&
      ++machine->removal_tries < REMOVAL_TRIES) {
    loop_start(&supervisor->loop, timer, monotonic_now() + REMOVAL_RETRY_MS * MILLISECOND_NS);
    return;
  }
  machine->cgroup = 0;
  if (machine->root == NULL) {
    forget(machine);
  }
}

void machine_bury(struct machine *machine) {
  struct supervisor *supervisor = machine->supervisor;
  loop_close(&supervisor->loop, &machine->words);
  machine->removal = (struct timer){.fire = remove_cgroup, .owner = machine};
  if (machine->root != NULL && machine->root->is_leaving) {
    struct root *root = machine->root;
    machine->root = NULL;
    root->machine = NULL;
    root_release(supervisor, root);
  }
  remove_cgroup(&machine->removal);
}

void machine_answer(struct machine *machine) {
  struct supervisor *supervisor = machine->supervisor;
  if (machine->start_request == 0) {
    return;
  }
  struct buffer *out = client_out(supervisor);
  size_t frame = frame_begin(out, TYPE_REPLY | REQUEST_START_MACHINE, 0, machine->start_request);
  write_u32(out, machine->is_accelerated ? MACHINE_ACCELERATED : MACHINE_EMULATED);
  frame_end(out, frame);
  machine->start_request = 0;
  client_flush(supervisor);
}

void machine_fail(struct machine *machine, const struct failure *why) {
  struct supervisor *supervisor = machine->supervisor;
  if (machine->state == MACHINE_DEAD) {
    return;
  }
  machine->state = MACHINE_DEAD;
  machine->why = *why;
  loop_stop(&supervisor->loop, &machine->boot);
  loop_close(&supervisor->loop, &machine->channel);
  if (machine->keeper > 0) {
    kill(machine->keeper, SIGKILL); /* unreaped: the id is still its own */
  }
  if (machine->start_request != 0) {
    client_send_error(supervisor, machine->start_request, ERROR_FAILED, why);
    machine->start_request = 0;
  }
  machine_lose_steps(machine);
}

void machine_dismiss(struct machine *machine) {
  struct failure why;
  fail_with(&why, ECANCELED, "machine", "virtual machine", "its stage is over");
  machine_fail(machine, &why);
  if (machine->keeper == 0 && machine->root != NULL) {
    struct root *root = machine->root;
    machine->root = NULL;
    root->machine = NULL;
    root_release(machine->supervisor, root);
    if (machine->cgroup == 0) {
      forget(machine);
    }
  }
}

static struct machine *find_undismissed(const struct supervisor *supervisor) {
  struct machine *machine = supervisor->machines;
  while (machine != NULL && (machine->root == NULL || machine->root->is_leaving)) {
    machine = machine->next;
  }
  return machine;
}

void machines_dismiss(struct supervisor *supervisor) {
  /* From the beginning each time: to dismiss one may free others. */
  for (struct machine *machine; (machine = find_undismissed(supervisor)) != NULL;) {
    machine->root->is_leaving = true;
    machine_dismiss(machine);
  }
}

/* Where the reason begins: the words of our own program, or of a kernel that gave up. */
static const char *find_reason(const char *text, size_t length) {
  static const char *const beginnings[] = {"stepbox: ", "Kernel panic"};
  for (size_t i = 0; i < COUNT_OF(beginnings); i++) {
    const char *found = memmem(text, length, beginnings[i], strlen(beginnings[i]));
    if (found != NULL) {
      return found;
    }
  }
  return NULL;
}

void machine_last_words(const struct machine *machine, char *text, size_t size) {
  const char *end = machine->said + machine->said_length;
  const char *begin = find_reason(machine->said, machine->said_length);
  size_t most = size - 1;
  if (begin == NULL) {
    begin = machine->said_length > most ? end - most : machine->said;
  }
  size_t length = (size_t)(end - begin) < most ? (size_t)(end - begin) : most;
  memcpy(text, begin, length);
  text[length] = 0;
  for (char *at = text; *at != 0; at++) {
    *at = (unsigned char)*at < ' ' || (unsigned char)*at > '~' ? ' ' : *at;
  }
}

void machine_hear(struct watch *watch, uint32_t events) {
  struct machine *machine = watch->owner;
  char text[512];
  (void)events;
  ssize_t n = RETRY(read(watch->fd, text, sizeof text));
  if (n <= 0) {
    loop_close(&machine->supervisor->loop, watch);
    return;
  }
  size_t keep = sizeof machine->said - (size_t)n;
  if (machine->said_length > keep) {
    memmove(machine->said, machine->said + machine->said_length - keep, keep);
    machine->said_length = keep;
  }
  memcpy(machine->said + machine->said_length, text, (size_t)n);
  machine->said_length += (size_t)n;
}

static void tell_end(struct machine *machine, int status) {
  static const char *const ends[] = {"the machine", "the emulator", "the file server"};
  struct failure why;
  char words[250];
  while (machine->words.fd >= 0) {
    machine_hear(&machine->words, 0); /* nobody writes any more: it comes to its end */
  }
  machine_last_words(machine, words, sizeof words);
  unsigned code = WIFEXITED(status) ? (unsigned)WEXITSTATUS(status) : 0;
  fail_with(&why, EPIPE, "machine", "virtual machine", "%s ended%s%s",
            ends[code < COUNT_OF(ends) ? code : 0], words[0] == 0 ? "" : ": ", words);
  machine_fail(machine, &why);
}

bool machines_reaped(struct supervisor *supervisor, pid_t pid, int status) {
  struct machine *machine = supervisor->machines;
  while (machine != NULL && machine->keeper != pid) {
    machine = machine->next;
  }
  if (machine == NULL) {
    return false;
  }
  machine->keeper = 0;
  if (machine->state == MACHINE_BOOTING && machine->is_accelerated && machine_begin_again(machine) == 0) {
    return true;
  }
  if (machine->state != MACHINE_DEAD) {
    tell_end(machine, status);
  }
  machine_bury(machine);
  return true;
}
