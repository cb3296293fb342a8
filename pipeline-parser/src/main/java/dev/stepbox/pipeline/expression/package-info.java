/**
 * The language of conditions: a small part of CEL (Common Expression Language) in which every
 * expression that passes the check has a value, found in time proportional to its length.
 */
@NullMarked
package dev.stepbox.pipeline.expression;

import org.jspecify.annotations.NullMarked;
