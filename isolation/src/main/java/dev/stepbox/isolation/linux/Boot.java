package dev.stepbox.isolation.linux;

import dev.stepbox.isolation.machine.BootFiles;

/** Where the files come from that virtual machines boot. */
interface Boot {
  BootFiles files() throws InterruptedException;
}
