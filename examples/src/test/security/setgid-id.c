/* Lies in the image with the setgid bit of group 0: prints the effective group id it got. */
#include <stdio.h>
#include <unistd.h>

int main(void) {
  printf("%d\n", (int)getegid());
  return 0;
}
