# shellcheck shell=sh disable=SC2034,SC2154
# The page as witness: what is pinned now, what was before, what a loss left open.

# wants_row PINS PAGES SIZE KIND: a row of snapshot.
wants_row()
{
	wants_stdout "^ +[0-9.]+ [KMG]iB +$1 +$2 +[0-9]+  $3 +$4 "
}

case_snapshot()
{
	net=$(vm_net)
	begin 'snapshot: a registered buffer, and the sum is that of vmstat'
	"$live/uring_hold" -n 48 -s 600 -p "$work/helper" child
	tool snapshot
	wants_status 0
	wants_row 48 48 small anon
	wants_stdout '^ +192 KiB .* io_uring of ring-keeper\[[0-9]+\], fd 3 \(anon_inode:\[io_uring\]\)'
	wants_stdout "^vmstat: net $((48 + net)) pinned; pages show $((48 + net))\$"
	wants_summary "$((48 + net)) pages of $((48 + net)) folios pinned, .*"
	tool snapshot --by process
	wants_stdout '^ +192 KiB +48 +48 .* ring-keeper\[[0-9]+\]$'
	end_helper "$work/helper" "$net"
	end
	begin 'snapshot: huge pages'
	# with PREEMPT_RT there are none
	[ -d /sys/kernel/mm/transparent_hugepage ] || not_here 'no transparent huge pages'
	"$live/uring_hold" -n 1024 -b thp -s 600 -p "$work/helper" child
	kept=$((1024 / pages_per_kept_pin))
	tool snapshot
	wants_status 0
	wants_row "$kept" 1024 large anon
	wants_stdout "^vmstat: net $((kept + net)) pinned; pages show $((kept + net))\$"
	[ -n "$case_skip" ] || end_helper "$work/helper" "$net"
	end
	begin 'snapshot: who inherited the ring; memory that its process freed is mapped by nobody'
	[ -d /sys/kernel/mm/transparent_hugepage ] || not_here 'no transparent huge pages'
	"$live/uring_hold" -n 512 -b thp -s 600 -p "$work/helper" orphan
	tool snapshot
	wants_status 0
	wants_stdout ' io_uring of ring-heir\[[0-9]+\], fd [0-9]+ \(anon_inode:\[io_uring\]\)'
	wants_stdout '^ +[24] MiB of it mapped by nobody'
	[ -n "$case_skip" ] || end_helper "$work/helper" "$net"
	end
	begin 'snapshot --json: an object a row'
	"$live/uring_hold" -n 512 -b hugetlb -s 600 -p "$work/helper" child
	tool snapshot --json
	wants_status 0
	wants_json snapshot
	wants_stdout '"kind":"hugetlb","size":"large","pins":[0-9]+,"pages":512,"folios":1,"held_bytes":2097152,"unmapped_pages":0,'
	wants_stdout '"comm":"ring-keeper","how":"owns","kind":"io_uring","fd":3,'
	wants_match "$summary" '"type":"snapshot".*"vmstat_net":[0-9]+' 'the last line'
	[ -n "$case_skip" ] || end_helper "$work/helper" "$net"
	end
}

# What pins keep in place is not the pages that they are on: whole folios, each once.
case_held()
{
	held_net=$(vm_net)
	begin 'held: 64 MiB of huge pages that a ring registered are 64 MiB'
	echo 32 >/proc/sys/vm/nr_hugepages
	undone_by kill_helpers "$work/helper"
	tool check -- "$live/uring_hold" -n 16384 -b hugetlb -s 600 -p "$work/helper" child
	wants_status 23
	wants_stdout '^leak: [0-9]+ pages? \(64 MiB( held)?\) still pinned by ring-keeper'
	[ -n "$case_skip" ] || end_helper "$work/helper" "$held_net"
	tool check --view holders -- "$live/uring_hold" -n 16384 -b hugetlb -s 600 -p "$work/helper" child
	wants_stdout '^ +[0-9]+ +64 MiB .* ring-keeper'
	[ -n "$case_skip" ] || end_helper "$work/helper" "$held_net"
	echo 16 >/proc/sys/vm/nr_hugepages
	end
	begin 'held: one page registered 16,384 times is 4 KiB'
	undone_by kill_helpers "$work/helper"
	tool check -- "$live/uring_hold" -n 1 -r 16384 -s 600 -p "$work/helper" child
	wants_status 23
	wants_stdout '^leak: 16384 pages \(4 KiB held\) still pinned by ring-keeper'
	wants_summary '.* 16384 open \(4 KiB held\); lost 0; stacks 1'
	[ -n "$case_skip" ] || end_helper "$work/helper" "$held_net"
	end
}

# A release without a pin is excused on exactly the pages that the scan found, and on no others: with
# a buffer that stays, --no-scan would excuse any.
case_pages_before()
{
	net=$(vm_net)
	begin 'pins of before the start are known by page'
	"$live/uring_hold" -n 64 -s 600 -p "$work/helper" child
	# not to $out: see case_record
	tool record -o "$work/before.rec" -- sh -c "kill $(cat "$work/helper"); sleep 2"
	wants_status 0
	rm -f "$work/helper"
	tool report -i "$work/before.rec"
	wants_status 0
	wants_net -64
	wants_stdout '^unknown origin: 64 pages'
	tool report -i "$work/before.rec" --json
	# one more when a task of the box is in the middle of a pin at the first look
	wants_stdout '"preexisting_pages":6[4-6]'
	end
	begin 'nothing pinned before: no scan, and no reader; no program that may be nested has a stack of its own'
	tool check -v -- "$live/own_stack" -f
	wants_clean 0
	end
}

# A reader that is stopped while the rings of 4 KiB overflow: both pins and releases are lost. All is
# released in the end, which vmstat and the pages prove.
case_pages_lost()
{
	begin 'a forced loss that the pages explain: clean'
	tool check --ring-size 4K -- "$live/pvm" -c 4000 -n 8
	wants_stdout '^lost: [0-9]+ ring-(pin|unpin) '
	wants_stdout '^lost [0-9]+, all explained by the page: '
	wants_status 0
	wants_summary 'clean; 0 findings; [0-9]+ pages pinned, [0-9]+ released, 0 open; lost [0-9]+; stacks [0-9]+'
	end
	net=$(vm_net)
	begin 'a forced loss, and a leak that the page shows: a finding'
	undone_by kill_helpers "$work/helper"
	tool check --settle 500ms --ring-size 4K -- sh -c "$live/uring_hold -n 32 -s 600 -p $work/helper child
		$live/pvm -c 4000 -n 8"
	wants_stdout '^lost: [0-9]+ ring-(pin|unpin) '
	wants_status 23
	wants_stdout '^leak: 32 pages .* still pinned by ring-keeper\['
	wants_stdout '^    page: pfn 0x[0-9a-f]+: refcount 1025, so 1 pin at most, mapped 1 time; anon'
	end_helper "$work/helper" "$net"
	end
	begin 'the same without a look at what was pinned before: inconclusive'
	"$live/uring_hold" -n 32 -s 600 -p "$work/helper" child
	tool check --no-scan --ring-size 4K -- "$live/pvm" -c 4000 -n 8
	wants_stdout '^lost: [0-9]+ ring-(pin|unpin) '
	wants_status 24
	wants_summary 'inconclusive: [0-9]+ records? lost .*'
	wants_no_stdout '^(leak|orphan|stolen-pin|pin-put|freed-pinned): '
	end_helper "$work/helper" "$net"
	end
}

# Large copies one after the other, by processes that come and go; at a pace that an emulated machine's reader follows.
# Once it is recorded: the start need not compete with it.
copy_for_ever()
{
	until [ -e "$work/flight.rec" ]; do
		sleep 0.1
	done
	while "$live/pvm" -c 20 -n 512 >/dev/null; do
		:
	done
}

# Pins are open at whatever moment the recording ends; their pages are asked while they change.
case_pages_in_flight()
{
	begin 'pages in flight at the end are no findings'
	rm -f "$work/flight.rec"
	copy_for_ever &
	busy_one=$!
	copy_for_ever &
	busy_two=$!
	tool record -o "$work/flight.rec" -d 1s
	tool report -i "$work/flight.rec"
	[ "$status" != 23 ] || wrong "a finding: $summary"
	wants_no_stdout '^(stolen-pin|pin-put|freed-pinned|get-unpin): '
	kill "$busy_one" "$busy_two" 2>"$work/stderr" || not_here 'the load ended before the recording'
	wait
	end
}

case_pages_writeback()
{
	begin 'writeback of a pinned page is a risk, with its file'
	tool check -- "$live/hold_short" -n 4 -s 1 -f "$work/ext4/pinned"
	wants_status 0
	wants_stdout '^writeback-pinned: [1-4] pages? .*under writeback while pinned by hold_short\['
	wants_stdout "writeback of inode $(stat -c %i "$work/ext4/pinned") began on it"
	wants_stdout 'file of ext4 '
	wants_stdout '^    writeback began, .*, from:'
	wants_summary 'clean; 0 findings; 1 risk \(writeback-pinned 1\); .*'
	end
}
