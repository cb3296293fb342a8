/* Lies in the image with the setuid bit of id 0: prints the effective user id it got. */
#include <stdio.h>
#include <unistd.h>

int main(void) {
  printf("%d\n", (int)geteuid());
  return 0;
}
