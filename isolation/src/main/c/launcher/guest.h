/* Process 1 of a virtual machine. */
#ifndef STEPBOX_GUEST_H
#define STEPBOX_GUEST_H

/* Sets the machine up, is its supervisor until the host lets go, and switches it off. */
_Noreturn void guest_main(char **arguments);
/* What was known of files is looked up anew. */
void guest_forget_files(void);

#endif
