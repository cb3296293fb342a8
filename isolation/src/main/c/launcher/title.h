/* The name and command line that /proc shows. */
#ifndef STEPBOX_TITLE_H
#define STEPBOX_TITLE_H

void title_remember(int count, char **arguments, char **environment);
/* Replaces the command line, which holds paths of the host, and wipes the environment. */
void title_set(const char *title);

#endif
