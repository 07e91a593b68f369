# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2034,SC2154 # sourced by tests/suites/cli
# The command line: commands, options, values; no BPF is needed to refuse them.

test_commands()
{
	begin 'no command: the usage on stderr, status 2'
	run
	wants 2
	silent out
	has err '^usage: pinacct COMMAND'
	end
	refused 'unknown command' 2 'frobnicate: no such command' frobnicate
	refused 'a file name instead of a command' 2 'no such command' tests/golden/orphan.txt
	begin '--version'
	run --version
	wants 0
	silent err
	has out '^pinacct [0-9]+\.[0-9]+'
	end
	for option in --help -h help; do
		begin "$option lists the commands and the exit status"
		run "$option"
		wants 0
		silent err
		has out '24 inconclusive'
		for command in probe check record report audit diff watch; do
			has out "^  $command "
		done
		end
	done
}

test_help()
{
	"$pinacct" --help | sed -n 's/^  \([a-z]*\) .*/\1/p' >"$tmp/commands"
	[ -s "$tmp/commands" ] || echo "not ok - no commands in --help"
	while read -r command; do
		begin "$command --help and -h"
		for option in --help -h; do
			run "$command" "$option"
			wants 0
			silent err
			has out "^usage: pinacct $command"
			has out '^  -h, --help '
			has out '^  -v, --verbose '
		done
		end
	done <"$tmp/commands"
}

test_options()
{
	for command in probe check record report audit diff watch; do
		refused "$command: unknown long option" 2 \
			"^pinacct: --bogus: unknown option .*pinacct $command --help" "$command" --bogus
		refused "$command: unknown letter" 2 '^pinacct: -Z: unknown option' "$command" -Z
	done
	refused 'unknown letter in a bundle' 2 '^pinacct: -Z: unknown' report -vZv
	refused 'audit: two things to look at' 2 'takes one of --exercise, --duration and a command' \
		audit -d 1s -- true
	refused 'audit: a file system that there is not' 2 '--exercise reiserfs: there is no such' \
		audit --exercise ext4,reiserfs
	refused 'diff: one file' 2 'diff takes two record files' diff one.rec
	refused 'option of another command' 2 '--interval: unknown option' report --interval 1s
	refused 'ambiguous abbreviation' 2 '--s: ambiguous option' report --s pages
	refused 'long option without its value' 2 '--sort: needs a value' report --sort
	refused 'letter without its value' 2 '-p: needs a value' report -p
	refused 'value for a flag' 2 '--longterm: takes no value' report --longterm=yes
	refused 'two files for report' 2 'b.rec: report takes one record file' report a.rec b.rec
	refused 'two files for report, one by -i' 2 'a.rec: report takes one record file' report -i b.rec a.rec
	refused 'a memory block that there is not' 2 '--block 99999999: there is no such memory block; `ls /sys' \
		snapshot --block 99999999
	refused 'page frames and a memory block' 2 '--block and --pfn: both name page frames' \
		snapshot --pfn 1-2 --block 0
	refused 'an argument for probe' 2 'probe takes no argument' probe now
	refused 'record with a command and a duration' 2 'not both' record -d 1 -- true
	refused 'watch with a command and a duration' 2 'not both' watch -d 1 -- true
	refused 'check without a command' 2 'check needs a command' check
	refused 'check with nothing behind --' 2 'check needs a command' check --
}

# OPTION VALUE...: each value is refused by the command $command, naming what it takes.
bad_values()
{
	option=$1
	shift
	begin "$command $option: bad values"
	for value; do
		run "$command" "$option" "$value"
		refuses 2 "^pinacct: $option .*: (not a valid value; it takes|there is no such format; it takes|No such file|is no cgroup of version 2)"
	done
	end
}

test_values()
{
	command=report
	bad_values --age '' x 1x -1 '1 s' 1e400 nan 0 '5s5'
	bad_values --min-age '' soon -2s 99999999999h
	bad_values --min-pages '' x -1 +1 0x10 1.5 '5 ' 99999999999999999999999
	bad_values --pid 0 -3 x 4294967297
	bad_values --top -1 ten
	bad_values --error-exitcode 0 256 -1 x
	bad_values --sort '' size PAGES pages,age
	bad_values --view '' nothing leak
	bad_values --fail-on '' leak
	bad_values --format '' nonsense TEXT
	bad_values --cgroup /nonexistent/cgroup /proc /etc/passwd
	command=snapshot
	bad_values --pfn '' x - 5- -5 7-3 0x 0x10-0xg '1 - 2' 99999999999999999999 0-0xffffffffffffffff
	bad_values --block '' x -1 0x10
	command=watch
	bad_values --ring-size '' x 5x '5 ' -1 1KK 0 99999999T
	bad_values --interval 0 x
	bad_values --count 0 x
	bad_values --stacks all
	command=record
	bad_values --duration 0 x
	begin '--format nonsense names the formats'
	run report --format nonsense
	for format in text json folded junit ktap github; do
		has err "[ ,]$format(,|\$)"
	done
	end
	begin 'good values of each kind are taken'
	story orphan
	run report -i "$rec" --age 1.5m --min-age 350ms --min-pages 1 -p 1600 --sort age --top 3
	wants 23
	silent err
	end
}

test_command()
{
	echo 'not a program' >"$tmp/plain"
	refused 'check: command not found' 127 'command not found' check -- no-such-command-here
	refused 'check: command not found by path' 127 'command not found' check -- /no/such/file
	refused 'check: command is not executable' 126 'cannot be executed' check -- "$tmp/plain"
	refused 'check: command is a directory' 126 'cannot be executed' check -- "$tmp"
	refused 'watch: command not found' 127 'command not found' watch -- no-such-command-here
}

test_commands
test_help
test_options
test_values
test_command
