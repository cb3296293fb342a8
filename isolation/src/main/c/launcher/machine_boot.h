/* Between the parts of the machines' code. */
#ifndef STEPBOX_MACHINE_BOOT_H
#define STEPBOX_MACHINE_BOOT_H

#include "machine.h"

/* Without acceleration; -1 when that cannot be, either. */
int machine_begin_again(struct machine *machine);
/* Its processes are dead. */
void machine_bury(struct machine *machine);
/* What the console said last, made fit for one line of text. */
void machine_last_words(const struct machine *machine, char *text, size_t size);
/* The console says something. */
void machine_hear(struct watch *watch, uint32_t events);
/* Greets the guest, and has it mount the root: what it answers when it is up. */
void machine_greet(struct machine *machine);
void machine_on_channel(struct watch *watch, uint32_t events);

#endif
