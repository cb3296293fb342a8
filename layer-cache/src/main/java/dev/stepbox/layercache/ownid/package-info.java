/** Works on trees whose files all belong to the user who runs us, with the JDK alone. */
@NullMarked
package dev.stepbox.layercache.ownid;

import org.jspecify.annotations.NullMarked;
