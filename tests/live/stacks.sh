# shellcheck shell=sh disable=SC2154
# Stacks: a traced function is in them once, other tracers do not spoil them, names of processes that are soon gone.

# callers: the CALLERS column of the holders, a line each, without the program's own name.
callers()
{
	sed -n 's/.*  \([^ ]* < .*\)/\1/p' "$work/stdout" | sort -u
}

direct_read()
{
	dd if="$raw_disk" of="$work/dd" bs=64k count=8 iflag=direct 2>/dev/null
}

# After `begin': callers of direct reads and of process_vm_readv, in the file stdout.
record_stacks()
{
	tool record -o "$work/stacks.rec" -- "$suite" --do stacks
	wants_status 0
	tool report -i "$work/stacks.rec" --view holders
	wants_status 0
}

work_stacks()
{
	direct_read && "$live/pvm" -c 3 -n 1
}

# trace_graph PATTERN...: the function graph tracer on these, as far as they exist.
trace_graph()
{
	mountpoint -q $tracefs || mount -t tracefs tracefs $tracefs
	for trace_pattern; do
		echo "$trace_pattern" >>$tracefs/set_ftrace_filter
	done 2>/dev/null
	echo function_graph >$tracefs/current_tracer
}
tracefs=/sys/kernel/tracing

case_stacks()
{
	begin 'stacks: a function that is traced itself is there once'
	record_stacks
	callers >"$work/callers"
	[ -s "$work/callers" ] || wrong 'no callers'
	wants_no_stdout '([a-z_]+) < \1( |$)'
	end

	begin 'stacks: the same beside the function graph tracer'
	trace_graph pin_user_pages_fast pin_user_pages_remote bio_iov_iter_get_pages blkdev_read_iter process_vm_rw ||
		not_here 'no function graph tracer'
	record_stacks
	callers | cmp -s - "$work/callers" || wrong "the callers are $(callers | head -n 3)"
	echo nop >$tracefs/current_tracer
	echo >$tracefs/set_ftrace_filter
	end

	begin 'user stacks: names of a process that lives for a moment'
	tool record --user-stacks -o "$work/stacks.rec" -- "$live/pvm" -c 1500 -n 1
	wants_status 0
	"${PINACCT_RECDUMP:-$here/../../build/recdump}" "$work/stacks.rec" | grep -q '^sym .* process_vm_readv+' ||
		wrong 'its call of process_vm_readv has no name'
	end
}
