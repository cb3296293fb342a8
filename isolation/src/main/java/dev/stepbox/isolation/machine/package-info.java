/** What a virtual machine is made of, and the files that it boots. */
@NullMarked
package dev.stepbox.isolation.machine;

import org.jspecify.annotations.NullMarked;
