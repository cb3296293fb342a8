/* Caps where there is no cgroup: what the processes of a user have is looked up, again and again. */
#ifndef STEPBOX_USER_WATCH_H
#define STEPBOX_USER_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "cgroups.h"

struct user_watch {
  uint32_t user;   /* 0: nobody is watched */
  uint64_t memory; /* bytes; 0: no cap */
  uint64_t pids;   /* processes and threads; 0: no cap */
  uint64_t due;    /* monotonic ns */
  bool was_full;   /* seven eighths of the processes that the cap allows were seen, or more */
};

/* Takes the caps from the writes to the hierarchy "watch". */
void user_watch_begin(struct user_watch *watch, uint32_t user, const struct cgroup_files *writes);
/* True when the cap on memory is exceeded. To be called when it is due. */
bool user_watch_look(struct user_watch *watch);

#endif
