/* Ids of steps. */
#include "step_ids.h"

#include <linux/securebits.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { ID_REFUSED = ~1 };

uint32_t step_id_here(uint32_t zero, uint32_t id) {
  if (id == (uint32_t)ID_UNCHANGED) {
    return id;
  }
  return id < (uint32_t)ID_REFUSED - zero ? id + zero : (uint32_t)ID_REFUSED;
}

uint32_t step_id_inside(uint32_t zero, uint32_t id) {
  return id < zero ? (uint32_t)ID_NOBODY : id - zero;
}

/* Without this bit the change of the id for files takes away the capabilities about files. */
int step_ids_prepare(uint32_t zero, struct failure *why) {
  return zero != 0 && prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0) < 0
             ? fail(why, "secure-bits", "supervisor")
             : 0;
}

void step_ids_make_files(uint32_t zero) {
  /* Cannot fail: the supervisor may take any id that is mapped, and the start checked that this one is. */
  syscall(SYS_setfsgid, zero);
  syscall(SYS_setfsuid, zero);
}
