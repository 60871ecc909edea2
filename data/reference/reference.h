/*
 * Where the files are that come with Martlet: reference data, fingerprints,
 * templates. They are found beside the program: in the source tree of a
 * build, or in ../share/martlet of an installation. MARTLET_SHARE replaces
 * both.
 */
#ifndef MARTLET_REFERENCE_H
#define MARTLET_REFERENCE_H

/**
 * reference_path: The path of a shipped file or directory, such as
 * "data/reference/ports.csv" or "templates/en".
 * Returns NULL, logged, when the program's files cannot be found; caller
 * frees with free. Does not look whether that one file exists.
 */
char *reference_path(const char *name);

#endif
