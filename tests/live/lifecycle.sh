# shellcheck shell=sh disable=SC2154
# What happens to memory and to its owners while pages are pinned: lifecycle.c, and process numbers that
# come again. Late attach is with the faults (unknown_origin), a forked child that inherits a ring too (orphan).

# All of these release in the end, whatever happened meanwhile.
work_lifecycle()
{
	for life_event in fork thread munmap mremap migrate offline exec-release pass-release; do
		"$live/lifecycle" -n 16 "$life_event" || {
			life_status=$?
			echo "lifecycle $life_event: exit status $life_status" >&2
			# one node, or no hotplug: then it pinned what it pins, or nothing
			[ "$life_status" = 77 ] && echo "$life_event" >>"$work/life-skipped" && continue
			return 1
		}
	done
	"$live/lifecycle" -n 512 split
}

case_lifecycle()
{
	rm -f "$work/life-skipped"
	begin 'fork, exit of a thread, munmap, mremap, split, migration, offlining, exec and exit while pinned'
	tool check -- "$suite" --do lifecycle
	wants_clean $((8 * 16 + 512))
	[ ! -e "$work/life-skipped" ] || wrong "not tried: $(paste -s -d ' ' "$work/life-skipped")"
	end
}

# The holders' memory is gone and somebody has the ring: of exec'd program, and of a killed process.
work_kept()
{
	"$live/lifecycle" -n 16 -p "$work/heir" exec-keep &&
		"$live/lifecycle" -n 32 -p "$work/taker" pass-keep
}

case_kept()
{
	begin 'a ring outlives the memory it was given: exec, and a file handed on'
	net=$(vm_net)
	undone_by kill_helpers "$work/heir" "$work/taker"
	tool check --settle 500ms -- "$suite" --do kept
	wants_status 23
	wants_net 48
	wants_stdout '^leak: 16 pages .* by exec-keeper\['
	wants_stdout '^leak: 32 pages .* by ring-giver\['
	[ "$(grep -c '^    owner: io_uring of ' "$work/stdout")" = 2 ] || wrong 'not both owners are named'
	wants_summary '2 findings \(leak 2\); 48 pages pinned, 0 released, 48 open( \([^)]*\))?; lost 0; stacks [0-9]+'
	kill_of "$work/heir" || wrong 'the heir was gone already'
	end_helper "$work/taker" "$net"
	end
}

# The tool knows where memory is from before there was this memory. Pages come from it first.
work_hotplug()
{
	"$root/tests/vm/add-memory" 128 >>"$work/added" &&
		"$live/uring_hold" -n 64 -s 600 -p "$work/helper" child
}

# A long-term pin makes the kernel move the pages out of it first.
work_hotplug_movable()
{
	"$root/tests/vm/add-memory" -m 128 >"$work/added" && "$live/uring_hold" -n 64 release
}

# in_added PAGE FRAME: is it of memory that was added?
in_added()
{
	while read -r added_first added_end; do
		[ $((0x$1)) -lt $((0x$added_first)) ] || [ $((0x$1)) -ge $((0x$added_end)) ] || return 0
	done <"$work/added"
	return 1
}

# The first page frame that a finding shows.
wants_page_in_added()
{
	added_page=$(sed -n 's/^    page: pfn 0x\([0-9a-f]*\):.*/\1/p' "$work/stdout" | head -n 1)
	[ -n "$added_page" ] && in_added "$added_page" ||
		wrong "page frame '$added_page' is not of the memory added: $(paste -s -d , "$work/added")"
}

# The number of the memory block that was added first.
added_block()
{
	read -r added_first added_end <"$work/added"
	block_pages=$((0x$(cat /sys/devices/system/memory/block_size_bytes) / 4096))
	echo $((0x$added_first / block_pages))
}

# The kernel tries until it is interrupted.
offline_added()
{
	timeout 20 sh -c 'echo offline >"$0"' "/sys/devices/system/memory/memory$(added_block)/state"
}

stop_hold_short()
{
	kill "$movable_pid"
}

# A pin without FOLL_LONGTERM stays in movable memory, which then cannot be taken away.
movable_held()
{
	begin 'snapshot --movable, --block, --pfn: what keeps memory from going offline'
	read -r added_first added_end <"$work/added"
	undone_by stop_hold_short
	"$live/hold_short" -n 16 -s 600 &
	movable_pid=$!
	wait_until 20 net_is $(($1 + 16))
	tool snapshot --movable
	wants_status 0
	wants_row 16 16 small anon
	wants_stdout ' [Mm]ovable/[0-9]+ .*hold_short\[[0-9]+\]'
	wants_summary '16 pages of 16 folios pinned in zone Movable, 64 KiB held, .*'
	tool snapshot --block "$(added_block)"
	wants_row 16 16 small anon
	tool snapshot --pfn "0x$added_first-$((0x$added_end - 1))"
	wants_summary "16 pages of 16 folios pinned in page frames 0x$added_first-.*, 64 KiB held, .*"
	tool snapshot --pfn "0-$((0x$added_first - 1))"
	wants_no_stdout 'hold_short'
	wants_summary '[0-9]+ pages? of [0-9]+ folios? pinned in page frames 0-.*'
	timeout 2 sh -c 'echo offline >"$0"' "/sys/devices/system/memory/memory$(added_block)/state" 2>/dev/null &&
		wrong 'memory with pins went offline'
	stop_hold_short
	wait_until 20 net_is "$1"
	end
}

case_hotplug()
{
	net=$(vm_net)
	begin 'pins move out of movable memory that was added while recording'
	tool check -- "$suite" --do hotplug_movable
	wants_clean 64
	end
	movable_held "$net"
	begin 'snapshot: memory that went offline holds no pins'
	offline_added || wrong 'the memory added cannot be taken offline'
	tool snapshot
	wants_status 0
	wants_summary '0 pages of 0 folios pinned, .*'
	end
	begin 'a leak in memory that was added while recording'
	rm -f "$work/added"
	undone_by kill_helpers "$work/helper"
	tool check --settle 500ms -- "$suite" --do hotplug
	wants_status 23
	wants_net 64
	wants_summary '1 finding \(leak 1\); 64 pages pinned, 0 released, 64 open( \([^)]*\))?; lost 0; stacks [0-9]+'
	wants_page_in_added
	end_helper "$work/helper" "$net"
	end
}

# reuse_number PID COMMAND...: runs COMMAND as a process of that number, when nobody else takes it first.
reuse_number()
{
	reuse_wanted=$1
	shift
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		echo $((reuse_wanted - 1)) >/proc/sys/kernel/ns_last_pid
		# shellcheck disable=SC2016
		sh -c '[ $$ != "$0" ] || exec "$@"; exit 99' "$reuse_wanted" "$@" &
		reuse_status=0
		wait $! || reuse_status=$?
		[ "$reuse_status" = 99 ] || return "$reuse_status"
	done
	echo "process number $reuse_wanted did not come again" >&2
	return 1
}

# The first leaks and exits. The second, of the same number, pins and releases; the third leaks, too.
work_reuse()
{
	"$pinctl" leak -n 4 --as first &
	reuse_pid=$!
	wait "$reuse_pid" &&
		reuse_number "$reuse_pid" "$pinctl" clean-page -n 8 --as second &&
		reuse_number "$reuse_pid" "$pinctl" leak -n 2 --as third &&
		echo "$reuse_pid" >"$work/reused"
}

case_reuse()
{
	load_pinfault
	begin 'a process number that comes again'
	rm -f "$work/reused"
	net=$(vm_net)
	undone_by "$pinctl" mend
	tool check --settle 500ms -- "$suite" --do reuse
	if [ ! -e /proc/sys/kernel/ns_last_pid ]; then
		not_here 'no CONFIG_CHECKPOINT_RESTORE'
	else
		wants_status 23
		wants_net 6
		[ -s "$work/reused" ] || wrong 'the numbers were not reused'
		reuse_pid=$(cat "$work/reused")
		wants_stdout "^orphan: 4 pages .* by first\\[$reuse_pid\\]"
		wants_stdout "^orphan: 2 pages .* by third\\[$reuse_pid\\]"
		wants_summary '2 findings \(orphan 2\); 14 pages pinned, 8 released, 6 open( \([^)]*\))?; lost 0; stacks [0-9]+'
	fi
	"$pinctl" mend >/dev/null
	wait_until 10 net_is "$net" || wrong "$(vm_net) pages pinned after mending, not $net"
	end
}
