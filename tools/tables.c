// SPDX-License-Identifier: GPL-2.0
/*
 * Prints the tables that users' words are made from, a row a line, columns separated by tabs, the
 * table's name first. tools/manual makes the manual from it, tools/completions what shells
 * complete; tests compare with it.
 *
 *     version  VERSION DATE
 *     command  NAME USAGE SUMMARY
 *     title    TEXT                            above the options that follow
 *     option   NAME LETTER ARG CHOICE COMMANDS HELP    "-" = none; CHOICE is yes or no
 *     finding  ID SEVERITY MEANING REMEDY
 *     hook     SYMBOL ROLE NEED SINCE
 *     loss     NAME EFFECT MEANING
 *     record   NUMBER NAME STRUCT
 *     format   NAME
 */
#include <stdio.h>
#include <string.h>
#include <pinacct/wire.h>
#include "base/version.h"
#include "cmd/cmd.h"
#include "judge/finding.h"
#include "record/hook.h"
#include "report/report.h"

static void print_commands(void)
{
	const struct command *c;

	for (size_t i = 0; (c = command__at(i)); i++)
		printf("command\t%s\t%s\t%s\n", c->name, c->usage, c->summary);
}

/* The names of the commands that have an option, separated by commas. */
static void print_takers(unsigned cmds)
{
	const struct command *c;
	const char *comma = "";

	for (size_t i = 0; (c = command__at(i)); i++) {
		if (!(cmds & c->bit))
			continue;
		printf("%s%s", comma, c->name);
		comma = ",";
	}
}

static void print_options(void)
{
	struct option_text o;

	for (size_t i = 0; opts__describe(i, &o); i++) {
		if (!o.name) {
			printf("title\t%s\n", o.help);
			continue;
		}
		printf("option\t%s\t%c\t%s\t%s\t", o.name, o.letter ? o.letter : '-',
		       o.arg ? o.arg : "-", o.choice ? "yes" : "no");
		print_takers(o.cmds);
		printf("\t%s\n", o.help);
	}
}

static void print_findings(void)
{
	static const char *const severities[] = {
		[SEVERITY_FAULT] = "fault",
		[SEVERITY_RISK] = "risk",
		[SEVERITY_DOUBT] = "doubt",
	};

	for (size_t i = 0; i < FINDING_CNT; i++)
		printf("finding\t%s\t%s\t%s\t%s\n", finding_defs[i].id,
		       severities[finding_defs[i].severity], finding_defs[i].meaning,
		       finding_defs[i].remedy);
}

static void print_hooks(void)
{
	static const char *const needs[] = {
		[HOOK_NEED_MUST] = "must",
		[HOOK_NEED_SOME] = "some",
		[HOOK_NEED_MAY] = "may",
	};

	for (size_t i = 0; i < hooks_cnt; i++)
		printf("hook\t%s\t%s\t%s\t%s\n", hooks[i].symbol, hook_role__name(hooks[i].role),
		       needs[hooks[i].need], hooks[i].since);
}

static void print_wire(void)
{
#define X(id, number, effect, name, meaning) printf("loss\t%s\t%s\t%s\n", name, #effect, meaning);
	PINACCT_LOSSES(X)
#undef X
#define X(id, number, type, name) printf("record\t%d\t%s\t%s\n", number, name, #type);
	PINACCT_RECORDS(X)
#undef X
}

static void print_formats(void)
{
	const struct renderer *r;

	for (size_t i = 0; (r = renderer__at(i)); i++)
		printf("format\t%s\n", r->name);
}

int main(void)
{
	printf("version\t%s\t%s\n", PINACCT_VERSION, PINACCT_DATE);
	print_commands();
	print_options();
	print_findings();
	print_hooks();
	print_wire();
	print_formats();
	return ferror(stdout) || fflush(stdout) ? 1 : 0;
}
