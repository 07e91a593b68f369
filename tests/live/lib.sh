# shellcheck shell=sh disable=SC2034,SC2154
# What the cases of the live suite are written in: begin NAME, tool ARG..., wants_..., end.
#
# Every wants_ is one expectation; the first that does not hold is why the case failed, and then
# all that the tool said is shown.

passed=0
failed=0
skipped=0

begin()
{
	case_name=$1
	case_why=
	case_skip=
	case_undo=
	case_inside=
	case_start=$(date +%s%N)
	: >"$work/stdout"
	: >"$work/stderr"
	status=none
}

# wrong WHY: the case fails.
wrong()
{
	[ -n "$case_why" ] || case_why=$*
}

# not_here REASON: the case cannot be tried on this kernel.
not_here()
{
	case_skip=$*
}

show_output()
{
	for show_stream in stdout stderr; do
		[ -s "$work/$show_stream" ] || continue
		printf '    %s:\n' "$show_stream"
		sed 's/^/        /' "$work/$show_stream"
	done
}

took()
{
	awk -v from="$case_start" -v to="$(date +%s%N)" -v name="$case_name" \
		'BEGIN { printf "%5.1f s  %s\n", (to - from) / 1e9, name }' >>"$times"
}

# What has come of the case, without its time.
conclude()
{
	if [ -n "$case_skip" ]; then
		skipped=$((skipped + 1))
		printf 'skip - %s (%s)\n' "$case_name" "$case_skip"
	elif [ -z "$case_why" ]; then
		passed=$((passed + 1))
		printf 'ok - %s\n' "$case_name"
	else
		failed=$((failed + 1))
		printf 'not ok - %s (%s)\n' "$case_name" "$case_why"
		show_output
	fi
}

end()
{
	conclude
	took
}

# undone_by COMMAND...: so is ended what the command of the next `tool` leaves pinned, if it is to run again.
undone_by()
{
	case_undo=$*
	case_net=$(vm_net)
}

kill_helpers()
{
	for helper_file; do
		kill_of "$helper_file"
	done
}

end_try()
{
	[ -n "$tool_undo" ] || return 0
	$tool_undo >/dev/null
	wait_until 10 net_is "$case_net" || wrong "$(vm_net) pages pinned after try $tool_try, not $case_net"
}

# inside COMMAND...: what the next `tool` runs pinacct by, as `unshare -p -f`.
inside()
{
	case_inside=$*
}

# tool ARG...: runs pinacct. Leaves $status, the files stdout and stderr, and the last two lines.
#
# A program skipped by the kernel (bpf/second.bpf.h) is counted and told, and is no fault of the tool; it is
# rare, and shows on emulated machines that are starved of processor time. Such a run is said
# and made again, twice at most.
tool()
{
	tool_undo=$case_undo
	case_undo=
	tool_inside=$case_inside
	case_inside=
	for tool_try in 1 2 3; do
		status=0
		# shellcheck disable=SC2086 # a command and its arguments, or nothing
		$tool_inside "$pinacct" "$@" >"$work/stdout" 2>"$work/stderr" || status=$?
		last_lines
		[ "$1" != report ] || return 0 # says the same each time
		grep -Eq '^lost: [0-9]+ (recursion|context) ' "$work/stdout" || return 0
		printf -- '-- %s, try %s: %s\n' "$case_name" "$tool_try" "$summary"
		end_try
	done
	not_here "the kernel skipped our programs in each of three runs; the tool said so: $summary"
}

last_lines()
{
	vmstat=$(tail -n 2 "$work/stdout" | sed -n 1p)
	summary=$(tail -n 1 "$work/stdout")
	# the workload's own word, which check passes through when it has nothing to say
	[ "$status" != 77 ] || not_here "$(tail -n 1 "$work/stderr")"
}

wants_status()
{
	[ "$status" = "$1" ] || wrong "exit status $status, not $1"
}

# wants_line TEXT REGEX WHAT
wants_match()
{
	printf '%s\n' "$1" | grep -Eq -e "$2" || wrong "$3 is '$1', not like '$2'"
}

wants_summary()
{
	wants_match "$summary" "^SUMMARY: $1\$" 'the last line'
}

# wants_net PAGES: vmstat moved by so much, and the hooks saw all of it.
wants_net()
{
	wants_match "$vmstat" \
		"^vmstat: acquired [0-9]+ seen [0-9]+, released [0-9]+ seen [0-9]+, net $1 explained\$" \
		'the line before the last'
}

wants_stdout()
{
	grep -Eq -e "$1" "$work/stdout" || wrong "no '$1' in the output"
}

wants_no_stdout()
{
	! grep -Eq -e "$1" "$work/stdout" || wrong "'$1' in the output"
}

# wants_stderr_lines N: the tool is not silent, and it does not chatter.
wants_stderr_lines()
{
	set -- "$1" "$(wc -l <"$work/stderr")"
	[ "$1" = "$2" ] || wrong "$2 lines on stderr, not $1"
}

# field NAME: the number before that word in the last line.
field()
{
	printf '%s\n' "$summary" | sed -n "s/.*[; ,]\([0-9]*\) \(page \|pages \)\{0,1\}$1.*/\1/p"
}

# pages N: "N pages" as the tool says it.
pages()
{
	if [ "$1" = 1 ]; then echo '1 page'; else echo "$1 pages"; fi
}

# wants_clean PAGES: nothing found, all released; PAGES pinned in all, or "at least N".
wants_clean()
{
	wants_status 0
	wants_net 0
	wants_summary 'clean; 0 findings; [0-9]+ pages? pinned, [0-9]+ released, 0 open; lost 0; stacks [0-9]+'
	case $1 in
	'at least '*) wants_at_least "${1#at least }" ;;
	*) [ "$(field pinned)" = "$1" ] || wrong "$(field pinned) pages were pinned, not $1" ;;
	esac
	[ "$(field pinned)" = "$(field released)" ] || wrong 'not all was released'
}

wants_at_least()
{
	set -- "$1" "$(field pinned)"
	[ "${2:-0}" -ge "$1" ] || wrong "${2:-no} pages were pinned, not at least $1"
}

# clean NAME PAGES COMMAND...: the command leaves nothing behind.
clean()
{
	begin "$1"
	clean_pages=$2
	shift 2
	tool check -- "$@"
	wants_clean "$clean_pages"
	end
}

# vm_net: pages that are pinned now, as the kernel counts them.
vm_net()
{
	echo 1 >/proc/sys/vm/stat_refresh
	awk '/^nr_foll_pin_acquired / { n += $2 } /^nr_foll_pin_released / { n -= $2 }
		END { print n }' /proc/vmstat
}

# wait_until SECONDS COMMAND...: tries until the command succeeds.
wait_until()
{
	wait_rounds=$(($1 * 5))
	shift
	until "$@"; do
		wait_rounds=$((wait_rounds - 1))
		[ "$wait_rounds" -gt 0 ] || return 1
		sleep 0.2
	done
}

net_is()
{
	[ "$(vm_net)" = "$1" ]
}

# kill_of PIDFILE: kills whose number is in there, if one is.
kill_of()
{
	[ -s "$1" ] && kill -KILL "$(cat "$1")" 2>/dev/null
	set -- "$1" $?
	rm -f "$1"
	return "$2"
}

# end_helper PIDFILE NET: kills who keeps pins; the kernel's count must come back to NET, which
# shows that the pages named were these.
end_helper()
{
	kill_of "$1" || wrong 'the helper was gone already'
	wait_until 10 net_is "$2" || wrong "$(vm_net) pages pinned after the helper's end, not $2"
}
