/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PINACCT_EXIT_STATUS_H
#define PINACCT_EXIT_STATUS_H

/* What a command ends with. EXIT_FINDINGS can be another number: --error-exitcode. */
enum exit_status {
	EXIT_CLEAN = 0,
	EXIT_TOOL_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_UNSUPPORTED = 4, /* this kernel, or these rights, cannot do it */
	EXIT_FINDINGS = 23,
	EXIT_INCONCLUSIVE = 24,
	EXIT_NOT_EXECUTABLE = 126, /* of a command that was to be run, as shells say it */
	EXIT_NOT_FOUND = 127,	   /* the same */
	EXIT_SIGNAL = 128,	   /* + its number: a signal ended the command, or us */
};

#endif
