#include "jobs.h"

void jobs_begin(struct supervisor *supervisor, const struct request *request) {
  (void)supervisor;
  (void)request;
}

bool jobs_reaped(struct supervisor *supervisor, pid_t pid) {
  (void)supervisor;
  (void)pid;
  return false;
}

void jobs_resume(struct supervisor *supervisor) {
  (void)supervisor;
}

void jobs_abandon(struct supervisor *supervisor) {
  (void)supervisor;
}
