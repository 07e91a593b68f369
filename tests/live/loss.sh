# shellcheck shell=sh disable=SC2034,SC2154
# Losses looked for at the highest rate there is (none), and losses forced, each kind its own way (tiny rings: pages_lost in pages.sh). In each the tool counts what it lost, asks
# the pages soon, and ends clean because pages and vmstat prove that nothing is missing; or inconclusive. What
# it must not do is find something.

# Nobody did anything wrong: nothing found, and what is not proven is not called clean.
wants_honest()
{
	wants_no_stdout '^(leak|orphan|partial-release|unpin-unmatched|get-unpin|pin-put|stolen-pin|freed-pinned): '
	case $status in
	0) wants_stdout '^lost [0-9]+, all explained by the page: ' ;;
	24) wants_summary 'inconclusive: [0-9]+ records? lost .*' ;;
	*) wrong "exit status $status, neither 0 nor 24" ;;
	esac
	printf -- '-- %s: %s\n' "$case_name" "$summary"
}

# wants_proven: and here all can be proven, as everything was released.
wants_proven()
{
	wants_status 0
	wants_net 0
	wants_summary 'clean; 0 findings; [0-9]+ pages pinned, [0-9]+ released, 0 open; lost [1-9][0-9]*; stacks [0-9]+'
}

# tool_while ARG...: `pinacct ARG...` in the background, and then at_work with its number when the command has
# made $work/begun.
tool_while()
{
	rm -f "$work/begun"
	"$pinacct" "$@" >"$work/stdout" 2>"$work/stderr" &
	tool_pid=$!
	wait_until 60 test -e "$work/begun" || wrong 'the command did not begin'
	at_work "$tool_pid"
	status=0
	wait "$tool_pid" || status=$?
	last_lines
}

# The load of most cases: pages of a child, copied for a while.
work_copies()
{
	: >"$work/begun"
	"$live/pvm" -c "$1" -n 8 -x
}

# Each processor does nothing but to pin and release, as fast as it can.
work_flood()
{
	flood_pids=
	for flood_cpu in $(seq 0 $(($(nproc) - 1))); do
		taskset -c "$flood_cpu" "$live/pvm" -c 1000 -t "$flood_s" "$@" &
		flood_pids="$flood_pids $!"
	done
	for flood_pid in $flood_pids; do
		wait "$flood_pid" || return 1
	done
}

# flood NAME OPTION...: the one thing here of which nothing may be lost, so there is no second try.
flood()
{
	begin "$1"
	shift
	status=0
	"$pinacct" check -- "$suite" --do flood "$@" >"$work/stdout" 2>"$work/stderr" || status=$?
	last_lines
	wants_clean "at least $((flood_s * 2000))"
	printf -- '-- %s: %s\n' "$case_name" "$summary"
	end
}

case_flood()
{
	flood "the fastest rate of all processors for $flood_s s: a page a call" -n 1
	flood "the fastest rate of all processors for $flood_s s: scattered pages" -n 64 -x
}

case_lost_reader()
{
	at_work()
	{
		sleep 0.5
		kill -STOP "$1"
		sleep 3
		kill -CONT "$1"
	}
	begin 'a reader that is stopped for three seconds'
	tool_while check --ring-size 64K -- "$suite" --do copies 3000
	wants_stdout '^lost: [0-9]+ ring-(pin|unpin) '
	wants_honest
	wants_proven
	end
}

# The last interval is quiet: what was lost before is explained by then, not only when watch ends.
case_lost_watch()
{
	begin 'watch asks the pages soon after a loss'
	(
		wait_until 100 test -s "$work/stdout"
		"$live/pvm" -c 300 -n 8 -x
	) >/dev/null &
	load=$!
	status=0
	"$pinacct" watch -n 40 -i 500ms --ring-size 4K >"$work/stdout" 2>"$work/stderr" || status=$?
	wait "$load"
	last_lines
	wants_match "$(grep -E '^[0-9:]{8}  pins ' "$work/stdout" | tail -n 1)" '  open 0 pages .* lost [1-9][0-9]*$' \
		'the last interval'
	wants_honest
	wants_proven
	end
}

# Every stack is sent again when it cannot be remembered that it was: nothing is missing in the report.
case_tables_full()
{
	net=$(vm_net)
	begin 'more stacks than fit'
	tool check --settle 500ms --table-size 1 -- sh -c "$live/pvm -c 50 -n 8 -x
		$live/pvm -c 5 -n 8 -w
		$live/uring_hold -n 8 release
		$live/lifecycle -n 8 pass-release
		$live/uring_hold -n 32 -s 600 -p $work/helper child"
	wants_status 23
	wants_stdout '^lost: [0-9]+ stack-map '
	wants_stdout '^leak: 32 pages .* still pinned by ring-keeper\['
	wants_stdout '^        (io_pin_pages|io_sqe_buffer_register)\+'
	wants_summary '1 finding \(leak 1\); [0-9]+ pages pinned, [0-9]+ released, 32 open( \([^)]*\))?; lost [0-9]+; stacks [0-9]+'
	end_helper "$work/helper" "$net"
	end
	case_stashes_full
}

# Where a call that must be seen twice, at its begin and its end, has no place to be kept in between.
work_two_copies()
{
	"$live/pvm" -c 400 -n 64 -x &
	"$live/pvm" -c 400 -n 64 -x && wait $!
}

case_stashes_full()
{
	begin 'calls in progress that do not fit'
	case $(uname -r) in
	6.1.*)
		tool check --table-size 1 -- "$suite" --do two_copies
		wants_stdout '^lost: [0-9]+ (stash|kretprobe) '
		wants_honest
		wants_proven
		;;
	*) not_here 'pin_user_pages_remote() has an fexit site, and nothing is kept' ;;
	esac
	end
}

# What it had seen is not lost, and what it will see when it is back neither.
case_cpu_offline()
{
	at_work()
	{
		for offline_round in 1 2; do
			sleep 0.5
			echo 0 >/sys/devices/system/cpu/cpu1/online || wrong 'it could not be switched off'
			sleep 0.5
			echo 1 >/sys/devices/system/cpu/cpu1/online || wrong 'it could not be switched on'
		done
	}
	begin 'a processor that goes and comes back'
	tool_while check -- "$suite" --do many_copies
	case $status in
	0) wants_clean 'at least 1000' ;;
	*) wants_honest ;;
	esac
	end
}

work_many_copies()
{
	: >"$work/begun"
	taskset -c 1 "$live/pvm" -c 300 -n 16 &
	"$live/pvm" -c 300 -n 16
	"$live/fixed_io" -c 8 -s 65536 "$work/ext4/fixed" && wait $!
}

# With one program on unpin_user_pages() what an interrupt releases meanwhile is skipped; with two it is not.
case_interrupted()
{
	load_pinfault
	begin 'interrupts release while a task is in the same function'
	"$pinacct" check -- "$pinctl" interrupted -n 1000 >"$work/stdout" 2>"$work/stderr"
	status=$?
	last_lines
	if grep -Eq '\((none|voluntary)\)' /sys/kernel/debug/sched/preempt; then
		wants_stdout '^lost: [0-9]+ recursion '
		wants_honest
		wants_proven
	else
		[ "$status" != 0 ] || wants_net 0
		case $summary in
		*'lost 0;'*) wants_clean 'at least 1000' ;;
		*) wants_honest ;;
		esac
	fi
	end
}
