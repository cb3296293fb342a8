/** Source trees: the working directory as it stands, or a commit; the only place that knows Git. */
@NullMarked
package dev.stepbox.engine.scm;

import org.jspecify.annotations.NullMarked;
