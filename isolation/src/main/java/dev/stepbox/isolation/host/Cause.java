package dev.stepbox.isolation.host;

/**
 * Why something is missing, and what to do about it.
 *
 * @param text one sentence
 * @param remedy a command, or what to set where
 */
record Cause(String text, String remedy) {}
