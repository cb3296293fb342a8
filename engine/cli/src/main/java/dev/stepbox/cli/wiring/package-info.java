/** Puts the parts together: parser, engine, worker, isolation and the layer store. */
@NullMarked
package dev.stepbox.cli.wiring;

import org.jspecify.annotations.NullMarked;
