# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2034,SC2154 # sourced by tests/suites/cli
# A kernel that refuses BPF, as that of a build machine usually does.

# What the tool says then; a first word of it is checked by refuses().
remedy='run |boot |mount |sysctl|CAP_|root|--help'

test_refusal()
{
	run probe
	if [ "$code" -eq 0 ]; then
		skip 'a kernel that refuses BPF' 'this one allows it; the live suite goes on from here'
		return
	fi
	begin 'probe: status 4, and one line that says why and what to do'
	refuses 4 "$remedy"
	end
	set -- "probe --json" "check -- touch $tmp/ran" "record -o $tmp/no.rec -- touch $tmp/ran" \
		"record -o $tmp/no.rec -d 1" "watch -n 1" "check --format junit -- touch $tmp/ran"
	for line; do
		begin "BPF refused: ${line%% -- *} with status 4"
		# shellcheck disable=SC2086 # the words of a command line
		run $line
		refuses 4 "$remedy"
		[ ! -e "$tmp/ran" ] || fault "$line: the command was run"
		end
	done
	begin 'BPF refused to an ordinary user: says which capabilities are missing'
	if as_nobody probe; then
		refuses 4 'CAP_BPF|root'
		end
	fi
}

test_dry_run()
{
	begin '--dry-run lists every hook, and attaches nothing'
	run probe --dry-run
	if [ "$code" -eq 4 ]; then
		refuses 4 "$remedy"
	else
		wants 0
		silent err
		for hook in $(hooks); do
			has out "^  $hook "
		done
	fi
	end
}

test_refusal
test_dry_run
