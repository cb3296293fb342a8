/* Out-of-memory kills. */
#include <sys/epoll.h>
#include <unistd.h>

#include "cleanup.h"
#include "protocol.h"
#include "step_start.h"

enum { OOM_LOOKS = 100, OOM_PAUSE_MS = 10, OOM_LONG_PAUSE_MS = 1000 };

static bool stop_when_killed(struct step *step) {
  const struct cgroups *cgroups = &step->supervisor->cgroups;
  if (cgroup_oom_kills(cgroups, step->sandbox->cgroup, step_is_delegated(step)) == 0) {
    return false;
  }
  step_stop(step, REASON_OOM, 0);
  return true;
}

static void look_for_kill(struct timer *timer) {
  struct step *step = timer->owner;
  struct loop *loop = &step->supervisor->loop;
  loop_stop(loop, timer);
  if (stop_when_killed(step)) {
    return;
  }
  uint64_t pause = step->oom_looks > 0 ? OOM_PAUSE_MS : OOM_LONG_PAUSE_MS;
  step->oom_looks -= step->oom_looks > 0;
  loop_start(loop, timer, monotonic_now() + pause * MILLISECOND_NS);
}

static void on_oom(struct watch *watch, uint32_t events) {
  struct step *step = watch->owner;
  char drained[4096];
  (void)events;
  while (RETRY(read(watch->fd, drained, sizeof drained)) > 0) {
  }
  if (step_is_delegated(step) && step->supervisor->cgroups.version == CGROUP_V1) {
    /* The kill is counted in the cgroup of whoever it hits, the event comes of this one's limit only. */
    step_stop(step, REASON_OOM, 0);
    return;
  }
  /* The event also comes when a cgroup is at its limit, or goes: the counter tells. On v1 it comes
   * before the kernel has chosen whom to kill, and not again: so look often for a while, then seldom. */
  step->oom_looks = OOM_LOOKS;
  look_for_kill(&step->oom_timer);
}

/* There may be none left to watch with: the user has so many for the whole machine. */
void step_watch_oom(struct step *step) {
  struct supervisor *supervisor = step->supervisor;
  if (!cgroup_has_memory(&supervisor->cgroups, step->sandbox->cgroup)) {
    return;
  }
  step->oom.fd = cgroup_watch_oom(&supervisor->cgroups, step->sandbox->cgroup);
  step->oom.ready = on_oom;
  step->oom.owner = step;
  step->oom_timer = (struct timer){.fire = look_for_kill, .owner = step};
  if (step->oom.fd >= 0 && loop_add(&supervisor->loop, &step->oom, EPOLLIN) == 0) {
    stop_when_killed(step); /* on a busy machine it was executed, and killed, before we came to watch */
    return;
  }
  close_and_forget(&step->oom.fd);
  look_for_kill(&step->oom_timer);
}
