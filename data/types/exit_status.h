/*
 * Exit statuses of the program (DESIGN section 15). Commands return one.
 */
#ifndef MARTLET_EXIT_STATUS_H
#define MARTLET_EXIT_STATUS_H

enum exit_status {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_FOUND = 3, /* a check found something */
};

#endif
