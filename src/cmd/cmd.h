/* SPDX-License-Identifier: GPL-2.0 */
/* The commands: each parses its options, wires objects together, and returns the exit status. */
#ifndef PINACCT_CMD_H
#define PINACCT_CMD_H

int cmd_probe(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_record(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_watch(int argc, char **argv);
int cmd_snapshot(int argc, char **argv);
int cmd_audit(int argc, char **argv);
int cmd_diff(int argc, char **argv);

#endif
