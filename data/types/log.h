/*
 * Messages to people, on standard error. Text of a peer goes through
 * str_vis before it comes here.
 *
 * An error says what failed, on which file, line or address, and what to
 * do: "martlet: cannot open 'x.csv': No such file or directory".
 */
#ifndef MARTLET_LOG_H
#define MARTLET_LOG_H

#include "compiler.h"

void log_error(const char *format, ...) PRINTF_LIKE(1, 2);
void log_warning(const char *format, ...) PRINTF_LIKE(1, 2);
void log_note(const char *format, ...) PRINTF_LIKE(1, 2);
/** Indented line that follows an error and says what to do. */
void log_hint(const char *format, ...) PRINTF_LIKE(1, 2);

/** log_live: A line that the next one replaces, cut where the terminal ends:
 * only where standard error is one. Any message above takes its place. */
void log_live(const char *format, ...) PRINTF_LIKE(1, 2);
void log_live_end(void);

#endif
