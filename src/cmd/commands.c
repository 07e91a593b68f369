// SPDX-License-Identifier: GPL-2.0
#include <string.h>
#include "cmd/cmd.h"

static const struct command commands[] = {
	{ "probe", CMD_PROBE, cmd_probe, "[OPTION...]", "what this kernel lets pinacct see",
	  "Loads and attaches every hook once, and tells what this kernel lets pinacct see." },
	{ "check", CMD_CHECK, cmd_check, "[OPTION...] -- CMD [ARG...]",
	  "run a command and fail if it leaves pages pinned",
	  "Runs CMD, lets its pins settle, and reports what it left pinned." },
	{ "record", CMD_RECORD, cmd_record, "[OPTION...] [-o FILE] [-d DUR | -- CMD [ARG...]]",
	  "capture every pin and release to a file",
	  "Captures every pin and release until CMD ends, DUR is over, or Ctrl-C." },
	{ "report", CMD_REPORT, cmd_report, "[OPTION...] [FILE]",
	  "report from a record file, without root",
	  "Reports from a record file: the same answers as live, without root." },
	{ "audit", CMD_AUDIT, cmd_audit,
	  "[OPTION...] [--exercise FS,...|all | -d DUR | -- CMD [ARG...]]",
	  "which file system pins what, how, and lets it go how",
	  "The conversion table: for each file system, operation and way in, whether pages are pinned\n"
	  "(FOLL_PIN) or referenced (FOLL_GET), and released by what belongs to it." },
	{ "diff", CMD_DIFF, cmd_diff, "[OPTION...] A B",
	  "what got better, what worse, from one recording to another",
	  "Compares two recordings: rows of the audit and faults. Exit status 23 when something is worse\n"
	  "in B than in A." },
	{ "flame", CMD_FLAME, cmd_flame, "[OPTION...] [-o FILE] [-i FILE | A B]",
	  "who holds pins, from where, as a flame graph",
	  "Draws the holders of a recording as a flame graph, in the format that the name of the output\n"
	  "says; of two recordings what changed from A to B." },
	{ "watch", CMD_WATCH, cmd_watch, "[OPTION...] [-d DUR | -- CMD [ARG...]]",
	  "who holds pins now, a few lines each second",
	  "A line an interval and the largest holders below it, until Ctrl-C." },
	{ "snapshot", CMD_SNAPSHOT, cmd_snapshot, "[OPTION...]",
	  "every page that is pinned now, by kind, file system and owner",
	  "Looks at every page of memory once, and lists what is pinned now by kind, file system and owner;\n"
	  "with --view longterm by kind and file system." },
};
#define COMMAND_CNT (sizeof(commands) / sizeof(commands[0]))

const struct command *command__at(size_t i)
{
	return i < COMMAND_CNT ? &commands[i] : NULL;
}

const struct command *command__find(const char *name)
{
	for (size_t i = 0; i < COMMAND_CNT; i++)
		if (!strcmp(name, commands[i].name))
			return &commands[i];
	return NULL;
}
