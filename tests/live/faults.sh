# shellcheck shell=sh disable=SC2154
# What must be found, exactly as many pages as there are; and what must not be.

# left_behind NAME HOW PAGES KEPT OPTION...: a buffer that outlives its command. HOW is uring_hold's
# (child or orphan), KEPT what the kernel keeps pinned of PAGES.
left_behind()
{
	begin "$1"
	how=$2 all=$3 kept=$4
	shift 4
	net=$(vm_net)
	undone_by kill_helpers "$work/helper"
	tool check --settle 500ms -- \
		"$live/uring_hold" -n "$all" -s 600 -p "$work/helper" "$@" "$how"
	wants_status 23
	wants_net "$kept"
	wants_summary "1 finding \\($finding 1\\); $(pages "$all") pinned, $((all - kept)) released, $kept open( \\([^)]*held\\))?; lost 0; stacks [0-9]+"
	wants_stdout "^$finding: $(pages "$kept") \\([^)]*\\) still pinned.* by $holder\\[[0-9]+\\]"
	wants_stdout '^        io_(pin_pages|sqe_buffer_register|sqe_buffers_register|uring_register|__io_uring_register)'
	wants_stdout 'pinned by pin_user_pages(_fast)?\(\) with .*FOLL_LONGTERM'
	wants_stdout "^    owner: io_uring of ring-(keeper|heir)\\[[0-9]+\\], fd [0-9]+ \\(anon_inode:\\[io_uring\\]\\)\$"
	[ "$how" = child ] || wants_stdout '^    page: .* mapped by nobody'
	[ -n "$case_skip" ] || end_helper "$work/helper" "$net"
	end
}

# The child's memory lives, so what it keeps is a leak of the command.
case_leak()
{
	finding=leak
	holder=ring-keeper
	left_behind 'a child keeps a registered buffer' child 64 64
	left_behind 'a child keeps a registered buffer of huge pages' child 1024 \
		"$((1024 / pages_per_kept_pin))" -b thp
}

# The ring's file is inherited: the memory that was registered is gone with the command, and the heir
# is named, who owns the pages.
case_orphan()
{
	finding=leak
	holder=uring_hold
	left_behind 'a forked child keeps the ring of the command' orphan 64 64
}

# A registered buffer and a short-term pin, both held for longer than --age.
work_hold()
{
	"$live/uring_hold" -n 64 -s 3 release &
	"$live/hold_short" -n 16 -s 3 && wait $!
}

case_held_long()
{
	begin 'pins held past --age fail with --fail-on risk'
	tool check --age 2s --fail-on risk -- "$suite" --do hold
	wants_status 23
	wants_net 0
	wants_stdout '^long-held: 64 pages .* held long by uring_hold\['
	wants_stdout '^missing-longterm: 16 pages .* held long without FOLL_LONGTERM by hold_short\['
	wants_summary '2 findings \(long-held 1, missing-longterm 1\); 80 pages pinned, 80 released, 0 open; lost 0; stacks [0-9]+'
	end
}

# Two processes pinned the same pages, one of them is gone, and a kernel worker released its pins.
case_two_holders()
{
	net=$(vm_net)
	begin 'pages pinned by two processes, one of which exits: the other is named, and both'
	tool check -- "$live/uring_hold" -n 16 -s 600 -p "$work/helper" shared
	wants_status 23
	wants_net 16
	wants_stdout '^leak: 16 pages \(64 KiB\) still pinned by ring-keeper\['
	wants_stdout 'evidence: .*ring-keeper\[[0-9]+\] and ring-leaver\[[0-9]+\] both pinned this memory, and .*released 16 pages of one of them: taken for those of ring-leaver \(rule 4, address space gone\)'
	wants_summary '1 finding \(leak 1\); 32 pages pinned, 16 released, 16 open( \([^)]*\))?; lost 0; stacks [0-9]+'
	end_helper "$work/helper" "$net"
	end
}

# A device that answers after three seconds: a risk, and no failure.
case_slow_device()
{
	begin 'direct I/O on a slow device is held past --age'
	if [ "$block_pins" = no ]; then
		not_here 'block direct I/O takes FOLL_GET on this kernel'
	elif ! modprobe null_blk nr_devices=1 queue_mode=2 irqmode=2 \
		completion_nsec=3000000000 gb=1 2>"$work/stderr"; then
		not_here 'no null_blk module'
	else
		# what looks at new devices reads them, and that would be counted
		wait_until 20 net_is 0
		tool check --age 1s -- \
			dd if=/dev/nullb0 of=/dev/null iflag=direct bs=64k count=1 status=none
		wants_status 0
		wants_net 0
		wants_stdout '^missing-longterm: 16 pages .* held long without FOLL_LONGTERM by dd\['
		wants_summary 'clean; 0 findings; 1 risk \(missing-longterm 1\); 16 pages pinned, 16 released, 0 open; lost 0; stacks [0-9]+'
		rmmod null_blk
	fi
	end
}

# The process is gone, its I/O is not done: neither an orphan nor clean.
case_left_io()
{
	begin 'I/O that outlives its process and --settle is waited for'
	if [ "$block_pins" = no ]; then
		not_here 'block direct I/O takes FOLL_GET on this kernel'
		end
		return
	elif ! modprobe null_blk nr_devices=1 queue_mode=2 irqmode=2 completion_nsec=6000000000 gb=1 \
		2>"$work/stderr"; then
		not_here 'no null_blk module'
		end
		return
	fi
	wait_until 60 net_is 0 # who looks at new devices reads them
	tool check --settle 100ms -- "$live/leave_io" -n 8 /dev/nullb0
	wants_clean 8
	grep -q 'warning: I/O of 8 pages is not done yet' "$work/stderr" || wrong 'nothing was waited for'
	end

	begin 'I/O that is still in flight when waiting ends is no orphan'
	env --default-signal=INT "$pinacct" check --settle 100ms -- "$live/leave_io" -n 8 /dev/nullb0 \
		>"$work/stdout" 2>"$work/stderr" &
	checker=$!
	wait_until 60 grep -q 'is not done yet' "$work/stderr" || wrong 'nothing was waited for'
	kill -INT "$checker" 2>/dev/null
	status=0
	wait "$checker" || status=$?
	last_lines
	wants_status 24
	wants_stdout '^in flight: 8 pages of I/O that had not completed at the end$'
	wants_summary 'inconclusive: 8 pages in flight: .*; 0 findings; 8 pages pinned, 0 released, 8 open; .*'
	wait_until 40 rmmod null_blk 2>/dev/null
	end
}

# Pins of before the start are nobody's fault here, released during the run or kept.
case_unknown_origin()
{
	net=$(vm_net)
	begin 'pins of before the start, some kept and some released during the run'
	"$live/uring_hold" -n 32 -s 600 -p "$work/helper" child
	"$live/uring_hold" -n 64 -s 600 -p "$work/helper2" child
	tool check -- sh -c "kill $(cat "$work/helper2"); sleep 2"
	wants_status 0
	wants_net -64
	wants_summary 'clean; 0 findings; 0 pages pinned, .* 0 open; lost 0; stacks [0-9]+'
	wants_stdout '^unknown origin: 64 pages'
	wants_stdout '^before the start: 32 pages, 128 KiB held; still pinned$'
	wants_stdout '^ +32 pages +128 KiB  anon +io_uring of ring-keeper\[[0-9]+\], fd 3 '
	rm -f "$work/helper2"
	end_helper "$work/helper" "$net"
	end
}

# A process that is there before the command, and pins when it is told.
start_other()
{
	rm -f "$work/go"
	(
		wait_until 30 test -e "$work/go"
		exec "$live/uring_hold" -n 32 -s 600 -p "$work/helper" child
	) &
}

undo_others()
{
	kill_helpers "$work/helper"
	start_other
}

# It is not the command's, and no fault of it.
case_others()
{
	net=$(vm_net)
	begin 'a pin taken by somebody else during the run'
	undone_by undo_others
	start_other
	tool check --settle 500ms -- sh -c "touch $work/go; sleep 3"
	wait
	wants_status 0
	wants_net 32
	wants_summary 'clean; 0 findings; 32 pages pinned, 0 released, 32 open( \([^)]*\))?; lost 0; stacks [0-9]+'
	wants_stdout '^others: 32 pages open'
	rm -f "$work/go"
	end_helper "$work/helper" "$net"
	end
}
