/* The work on trees, in the child that a request gets. */
#ifndef STEPBOX_TREE_H
#define STEPBOX_TREE_H

#include "paths.h"
#include "requests.h"
#include "wire.h"

/* Reads the request, does it, writes the reply's frames to `out`, and exits. */
void tree_run(const struct supervisor *supervisor, const struct request *request, int out)
    __attribute__((noreturn));

struct tree_job {
  const struct places *places;
  uint32_t step_zero;
  const struct request *request;
  struct buffer out; /* the frame being built */
  size_t frame;
  int fd;
};

/* Begins a frame of the reply; then its body is written into `job->out`. */
void tree_reply_begin(struct tree_job *job, unsigned flags);
/* Sends it. */
void tree_reply_end(struct tree_job *job);

/* One per request. 0, or -1 with `why`; a malformed body has the errno EBADMSG. */
int tree_apply(struct tree_job *job, struct reader *in, struct failure *why);
int tree_remove(struct tree_job *job, struct reader *in, struct failure *why);
int tree_measure(struct tree_job *job, struct reader *in, struct failure *why);
int tree_list(struct tree_job *job, struct reader *in, struct failure *why);
int tree_copy(struct tree_job *job, struct reader *in, struct failure *why);
int tree_read_file(struct tree_job *job, struct reader *in, struct failure *why);
int tree_move(struct tree_job *job, struct reader *in, struct failure *why);
int tree_adopt(struct tree_job *job, struct reader *in, struct failure *why);
int tree_sync(struct tree_job *job, struct reader *in, struct failure *why);

/* Gives a tree's files, links and empty directories to steps; directories that hold something stay, so that
 * the client can remove it all. */
int tree_adopt_files(const struct supervisor *supervisor, const char *path, struct failure *why);

/* Removes everything in an open directory. */
int tree_clear(int tree, uint64_t *count, struct failure *why);

/* The bytes on disk and inodes of an open tree, added to what is there. */
struct tree_size {
  uint64_t bytes;
  uint64_t inodes;
};
int tree_add_size(int tree, struct tree_size *size, struct failure *why);
/* The same for a tree that is being changed; `vanished` counts the directories that could not be entered. */
int tree_add_live_size(int tree, struct tree_size *size, uint64_t *vanished, struct failure *why);

#endif
