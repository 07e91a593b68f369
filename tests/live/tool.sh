# shellcheck shell=sh disable=SC2034,SC2154
# The tool's own manners: files, signals, exit statuses.

case_probe()
{
	begin 'probe: every function is watched'
	tool probe
	wants_status 0
	wants_match "$summary" '^mend: ' 'the last line'
	wants_stdout '^verdict: complete'
	end
	begin 'probe --json: every required hook is attached'
	tool probe --json
	wants_status 0
	wants_json probe
	wants_stdout '"need":"required","state":"attached"'
	wants_no_stdout '"need":"required","state":"[^a]'
	[ "$block_pins" = no ] && io_seen=false || io_seen=true
	wants_stdout "\"block_direct_io_seen\":$io_seen"
	# before 6.9: see kernel__pid_ns_is_safe()
	case $(uname -r) in
	6.[1-8].*) wants_stdout '"pid_namespace_can_hang":true' ;;
	*) wants_stdout '"pid_namespace_can_hang":false' ;;
	esac
	end
}

# wants_json COMMAND: every line is an object, and as the schema says what COMMAND prints.
wants_json()
{
	if python3 -c 'import jsonschema' 2>/dev/null; then
		python3 "$root/tests/cli/validate.py" "$root/src/man/pinacct.schema.json" "$1" \
			<"$work/stdout" >/dev/null 2>>"$work/stderr" || wrong 'a line is not as the schema says'
	else
		perl -MJSON::PP -ne 'decode_json($_); END { exit !$. }' <"$work/stdout" 2>>"$work/stderr" ||
			wrong 'a line is no JSON'
	fi
}

# check_ends NAME STATUS COMMAND...: what the command's end makes of the exit status.
check_ends()
{
	begin "$1"
	check_status=$2
	shift 2
	tool check -- "$@"
	wants_status "$check_status"
	wants_net 0
	wants_summary 'clean; 0 findings; 0 pages pinned, 0 released, 0 open; lost 0; stacks 0'
	end
}

case_exit_status()
{
	check_ends 'check passes a failure on' 1 false
	# shellcheck disable=SC2016
	check_ends 'check says which signal killed the command' 143 sh -c 'kill -TERM $$'
	begin 'check of a command that is not there'
	tool check -- /no/such/command
	wants_status 127
	wants_stderr_lines 1
	end
	begin 'check of a file that is no program'
	echo hello >"$work/no-program"
	tool check -- "$work/no-program"
	wants_status 126
	wants_stderr_lines 1
	end
	begin 'check without a command is wrong use'
	tool check
	wants_status 2
	wants_stderr_lines 1
	end
}

case_full_stdout()
{
	begin 'a report that cannot be written'
	status=0
	"$pinacct" check -- true >/dev/full 2>"$work/stderr" || status=$?
	wants_status 1
	wants_stderr_lines 1
	end
}

has_child()
{
	pgrep -P "$1" -x sleep >/dev/null
}

# A shell lets its background commands ignore SIGINT; a terminal does not.
case_ctrl_c()
{
	begin 'Ctrl-C ends the command and prints the report'
	env --default-signal=INT "$pinacct" check -- sleep 60 >"$work/stdout" 2>"$work/stderr" &
	checker=$!
	wait_until 30 has_child "$checker" || wrong 'the command did not start'
	sleep 1
	kill -INT "$checker" 2>/dev/null
	status=0
	wait "$checker" || status=$?
	last_lines
	wants_status 130
	wants_net 0
	wants_summary '.*0 findings; 0 pages pinned, 0 released, 0 open; lost 0; stacks 0'
	end
}

is_stopped()
{
	grep -q '^State:.*T' "/proc/$(pgrep -P "$1" -x sleep)/status"
}

case_signals()
{
	begin 'SIGTERM ends a command that was stopped'
	env --default-signal=INT "$pinacct" check -- sleep 60 >"$work/stdout" 2>"$work/stderr" &
	checker=$!
	wait_until 60 has_child "$checker" || wrong 'the command did not start'
	sleep 1
	pkill -STOP -P "$checker" -x sleep
	wait_until 10 is_stopped "$checker" || wrong 'the command was not stopped'
	kill -TERM "$checker"
	status=0
	wait "$checker" || status=$?
	wants_status 143
	end
	begin 'nohup: a hang-up does not end it'
	nohup "$pinacct" check -- sleep 5 >"$work/stdout" 2>"$work/stderr" &
	checker=$!
	wait_until 60 has_child "$checker" || wrong 'the command did not start'
	sleep 1
	kill -HUP "$checker"
	status=0
	wait "$checker" || status=$?
	last_lines
	wants_status 0
	wants_summary 'clean; .*'
	end
	begin 'what it is doing while it loads, on a terminal, and nothing of it is left'
	script -qec "$pinacct check -- true" /dev/null >"$work/stdout" 2>"$work/stderr"
	status=$?
	wants_status 0
	wants_stdout 'pinacct: loading BPF programs'
	wants_stdout "$(printf '\033')\\[K(vmstat|not seen): "
	end
	begin 'a limit of file size is a full disk'
	prlimit --fsize=1024 "$pinacct" record -o "$work/limited.rec" -- true >"$work/stdout" 2>"$work/stderr"
	status=$?
	wants_status 1
	grep -q 'cannot write the record file: File too large' "$work/stderr" || wrong 'the reason is not said'
	end
}

# The same run live (on stderr), read again as root, and (tests/live/run) outside as nobody. Not recorded to $out: the file's own
# pages, of 9p, would be among those that are pinned at the first look.
case_record()
{
	begin 'record: fio, psync, libaio and io_uring on ext4'
	tool record -o "$work/fio.rec" -- "$suite" --do fio "$work/ext4/fio"
	wants_status 0
	live_summary=$(sed -n 's/^pinacct: .*; SUMMARY: /SUMMARY: /p' "$work/stderr")
	[ -n "$live_summary" ] || wrong 'no summary on stderr'
	end
	begin 'report: the same as live'
	tool report -i "$work/fio.rec"
	if [ "$block_pins" = yes ]; then
		wants_clean "at least $((fio_all + fio_fixed))"
	else
		wants_clean "$fio_fixed"
	fi
	[ "$summary" = "$live_summary" ] || wrong "live it was '$live_summary'"
	cp "$work/fio.rec" "$out/fio.rec"
	cp "$work/stdout" "$out/fio.txt"
	end
	begin 'report --format folded: STACK COUNT'
	tool report -i "$work/fio.rec" --view holders --format folded
	wants_status 0
	wants_stdout '_\[k\]'
	! grep -Ev '^[^ ]+(;[^ ]+)* [0-9]+$' "$work/stdout" >/dev/null || wrong 'a line is none'
	end
	begin 'report --format json: objects, the summary last'
	tool report -i "$work/fio.rec" --format json
	wants_status 0
	wants_json report
	wants_match "$summary" '^\{"type":"summary",.*"verdict":"clean"' 'the last line'
	end
}

# Many pins, and then the command stays without any: the hooks come off while nobody runs through
# them. (QEMU 7.2 emulates several processors badly while code is patched under them: a stale int3
# kills the guest.) Arguments of its shell: busy PROGRAM PIDFILE
# shellcheck disable=SC2016
busy='echo $$ >"$2"; "$1" -c 1500 -n 8 -x; exec sleep 100'

file_has()
{
	[ -e "$1" ] && [ "$(stat -c %s "$1")" -gt "$2" ]
}

case_killed_record()
{
	begin 'a recording that was killed'
	"$pinacct" record -o "$out/killed.rec" -- sh -c "$busy" busy "$live/pvm" "$work/busy" \
		>"$work/stdout" 2>"$work/stderr" &
	recorder=$!
	wait_until 100 has_child "$recorder" || wrong 'the command did not get to its end'
	wait_until 20 file_has "$out/killed.rec" 4096 || wrong 'nothing was recorded'
	kill -KILL "$recorder" 2>/dev/null
	wait "$recorder" 2>/dev/null
	kill_of "$work/busy"
	tool report -i "$out/killed.rec"
	wants_status 24
	wants_summary 'inconclusive: the recording was cut off; 0 findings; [0-9]+ pages pinned, .*'
	wants_stdout '^incomplete: '
	wants_at_least 1
	end
}

case_full_disk()
{
	begin 'a recording to a full disk'
	mkdir -p "$work/tiny"
	mount -t tmpfs -o size=32k tiny "$work/tiny"
	tool record -o "$work/tiny/full.rec" -- sh -c "$busy" busy "$live/pvm" "$work/busy"
	wants_status 1
	wants_stderr_lines 1
	grep -q 'No space left on device' "$work/stderr" || wrong 'the reason is not said'
	kill_of "$work/busy"
	[ -n "$case_why" ] || tool report -i "$work/tiny/full.rec"
	wants_status 24
	wants_stdout '^incomplete: '
	umount "$work/tiny"
	end
}

# Some pins, when the hooks are on: as soon as FILE has a line. They are over before watch is, so
# that it ends in a quiet moment, when vmstat and the hooks can be compared.
start_load()
{
	(
		wait_until 100 test -s "$1"
		"$live/pvm" -c 20 -n 8
		"$live/pvm" -c 20 -n 8
	) >/dev/null &
	load=$!
}

case_watch()
{
	begin 'watch: a line an interval'
	start_load "$work/stdout"
	tool watch -n 6 -i 500ms
	wait "$load"
	wants_status 0
	set -- "$(grep -Ec '^[0-9:]{8}  pins [0-9]+/s' "$work/stdout")"
	[ "$1" = 6 ] || wrong "$1 lines, not 6"
	wants_stdout '  pins [1-9][0-9]*/s \([1-9][0-9]* pages/s\)'
	wants_clean 320
	end
	begin 'watch --json: an object an interval'
	start_load "$work/stdout"
	tool watch --json -n 6 -i 500ms
	wait "$load"
	wants_status 0
	wants_json watch
	set -- "$(grep -c '^{"type":"interval",' "$work/stdout")"
	[ "$1" = 6 ] || wrong "$1 intervals, not 6"
	wants_stdout '"pin_calls":[1-9]'
	wants_match "$summary" '^\{"type":"summary",.*"verdict":"clean"' 'the last line'
	end
}
