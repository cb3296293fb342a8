/* Pseudo terminals of steps. */
#ifndef STEPBOX_TERMINAL_H
#define STEPBOX_TERMINAL_H

#include <stdint.h>

#include "failure.h"

/* Opens a pair from the step's own devpts: the master (non-blocking), and in `slave` the other end, owned
 * by `uid`. */
int terminal_open(uint32_t uid, uint32_t rows, uint32_t columns, int *slave, struct failure *why);
int terminal_resize(int master, uint32_t rows, uint32_t columns);

#endif
