# shellcheck shell=sh disable=SC2034,SC2154
# Where the tool sees other numbers of processes, and another clock, than the kernel's programs; and
# hooks that do not run.

# Both are gone with the namespace.
nobody_to_end()
{
	true
}

# leaks_inside NAME COMMAND...: pinacct run by COMMAND, in a PID namespace, sees a leak of the command's child.
leaks_inside()
{
	begin "$1"
	shift
	net=$(vm_net)
	inside "$@"
	undone_by nobody_to_end
	tool check --settle 500ms -- "$live/uring_hold" -n 64 -s 600 child
	wants_status 23
	wants_net 64
	wants_stdout '^leak: 64 pages .* by ring-keeper\[[0-9], outside [0-9]{2,}\]'
	wants_summary '1 finding \(leak 1\); 64 pages pinned, 0 released, 64 open( \([^)]*\))?; lost 0; stacks [0-9]+'
	wait_until 10 net_is "$net" || wrong "$(vm_net) pages pinned after the namespace's end, not $net"
	end
}

case_pid_namespace()
{
	leaks_inside 'a leak in a PID namespace' unshare -p -f --kill-child --mount-proc
	leaks_inside 'a leak in a PID namespace with the /proc of the initial one' unshare -p -f --kill-child
	begin 'a PID namespace: names of user frames, of processes by their numbers in its /proc'
	inside unshare -p -f --kill-child --mount-proc
	undone_by nobody_to_end
	tool check --settle 500ms --user-stacks -- "$live/uring_hold" -n 64 -s 600 child
	wants_status 23
	wants_stdout '^        +io_uring_register_buffers\+0x[0-9a-f]+ \[liburing'
	end
}

# in_time NAME SECONDS: in a time namespace whose clock is so much ahead. A leak is one, and its age is that of the pin.
in_time()
{
	begin "$1"
	net=$(vm_net)
	inside unshare -T -f --monotonic "$2"
	undone_by kill_helpers "$work/helper"
	tool check --settle 500ms -- "$live/uring_hold" -n 64 -s 600 -p "$work/helper" child
	wants_status 23
	wants_net 64
	wants_stdout '^leak: 64 pages .*, oldest ([1-9][0-9]* ms|[0-9]{1,2}\.[0-9] s) ago'
	end_helper "$work/helper" "$net"
	end
}

case_time_namespace()
{
	in_time 'a leak in a time namespace that is ahead' 100000
	in_time 'a leak in a time namespace that is behind' -8
}

function_tracing()
{
	echo "$1" >/proc/sys/kernel/ftrace_enabled
}

work_blinded()
{
	function_tracing 0
	"$live/pvm" -c 10 -n 16
}

case_blind()
{
	if ! function_tracing 0 2>/dev/null; then
		begin 'function tracing is switched off'
		not_here "this kernel refuses kernel.ftrace_enabled=0"
		end
		return
	fi
	begin 'function tracing is off: check'
	tool check -- true
	wants_status 4
	wants_stderr_lines 1
	grep -q "sysctl -w kernel.ftrace_enabled=1" "$work/stderr" || wrong 'the mend is not said'
	end
	begin 'function tracing is off: probe'
	tool probe
	wants_status 4
	wants_stderr_lines 1
	end
	function_tracing 1
	begin 'function tracing is switched off by the command'
	tool check -- "$suite" --do blinded
	wants_status 24
	wants_match "$vmstat" '^vmstat: acquired 160 seen 0, released 160 seen 0, net 0 UNEXPLAINED$' 'the line before the last'
	wants_summary 'inconclusive: .*own pins.*'
	function_tracing 1
	end
}
