/*
 * Attributes that make the compiler check what a header promises.
 */
#ifndef MARTLET_COMPILER_H
#define MARTLET_COMPILER_H

#define WARN_UNUSED __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#endif
