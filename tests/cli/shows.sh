# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2034,SC2154 # sourced by tests/suites/cli
# What a report shows: exit status, suppressions, filters, order, views, colours.

test_diff()
{
	begin 'diff: the same recording twice has no difference'
	story conversion
	run diff "$rec" "$rec"
	wants 0
	has out '^SUMMARY: 0 better, 0 worse, 0 other, 7 the same$'
	silent err
	end
	begin 'diff: what is worse is 23, or what --error-exitcode says; the other way round it is better'
	conversion=$rec
	story clean-fio
	run diff "$rec" "$conversion"
	wants 23
	has out '^worse    fault    pin-put of pin_user_pages_fast\(\)$'
	has out '^new      xfs      read  pread/preadv  '
	run diff --error-exitcode 7 "$rec" "$conversion"
	wants 7
	run diff "$conversion" "$rec"
	wants 0
	has out '^better   fault    pin-put of '
	end
	begin 'diff --json: an object a line'
	run diff --json "$rec" "$conversion"
	wants 23
	has out '"type":"fault","change":"worse","id":"pin-put"'
	has out '^\{"type":"summary","schema_version":1,'
	end
	refused 'diff: a file that is not there' 1 'nowhere.rec' diff nowhere.rec "$rec"
}

test_exit_status()
{
	begin 'report: findings are 23, or what --error-exitcode says; clean is 0'
	story orphan
	run report -i "$rec"
	wants 23
	run report -i "$rec" --error-exitcode 7
	wants 7
	story clean-fio
	run report -i "$rec" --error-exitcode 7
	wants 0
	story ring-loss
	run report -i "$rec" --error-exitcode 7
	wants 24
	end
	begin '--fail-on risk: a risk alone is no failure, unless asked for'
	story orphan
	run report -i "$rec" --comm other-vmm
	wants 0
	has out '; 1 risk \(long-held 1\);'
	run report -i "$rec" --comm other-vmm --fail-on risk
	wants 23
	has out '^SUMMARY: 1 finding \(long-held 1\);'
	run report -i "$rec" --comm other-vmm --fail-on fault
	wants 0
	end
}

test_suppress()
{
	story orphan
	file=$tmp/known
	echo 'orphan:vaddr_get_* # bug 1234' >"$file"
	begin '--suppress takes a finding away and says how often'
	run report -i "$rec" --suppress "$file"
	wants 0
	lacks out '^orphan: '
	has out '^SUMMARY: clean; 0 findings; '
	has out '^    1 call, 1024 pages: orphan:vaddr_get_\*  # bug 1234$'
	has out '^long-held: '
	end
	begin '--suppress that fits nothing changes nothing'
	echo 'orphan:comm=nobody # bug 1234' >"$file"
	run report -i "$rec" --suppress "$file"
	wants 23
	has out '^orphan: '
	lacks out 'suppressions used'
	end
	refused '--suppress: no such file' 2 '/no/such/file: No such file' \
		report -i "$rec" --suppress /no/such/file
	refused 'check --suppress: no such file' 2 '/no/such/file: No such file' \
		check --suppress /no/such/file -- true
	printf '# list\norphan:vaddr_get_pfns\n' >"$file"
	refused '--suppress: a line without a reason' 2 "$file:2: " report -i "$rec" --suppress "$file"
	printf '\n\nrainbow:* # why not\n' >"$file"
	refused '--suppress: an unknown finding' 2 "$file:3: unknown finding" \
		report -i "$rec" --suppress "$file"
	printf 'unreconciled:* # no\n' >"$file"
	refused '--suppress: a doubt' 2 "$file:1: .*cannot be" report -i "$rec" --suppress "$file"
}

test_filters()
{
	story orphan
	begin '--comm'
	run report -i "$rec" --comm 'vm?'
	wants 23
	has out '^orphan: 1024 pages .* vmm\['
	lacks out 'other-vmm'
	end
	begin '-p'
	run report -i "$rec" -p 1700
	wants 0
	has out '^long-held: 512 pages'
	lacks out '^orphan:'
	end
	story container
	begin '-p: the number in the PID namespace of the recording, or in the initial one'
	run report -i "$rec" -p 3
	wants 23
	has out '^leak: 6 pages .* by python3\[3, outside 4242\]'
	lacks out neighbour
	run report -i "$rec" --view holders -p 4242
	has out 'worker\[3/5, outside 4242/4244\]'
	run report -i "$rec" -p 4242
	has out '^leak: 6 pages .* by python3\[3, outside 4242\]'
	run report -i "$rec" -p 2
	lacks out '^leak:'
	end
	story orphan
	begin '--min-pages'
	run report -i "$rec" --min-pages 513
	has out '^orphan:'
	lacks out '^long-held:'
	end
	begin '--age and --min-age'
	run report -i "$rec" --age 1h
	lacks out '^long-held:'
	run report -i "$rec" --min-age 1h
	wants 0
	lacks out '^(orphan|long-held):'
	end
	begin '--longterm'
	run report -i "$rec" --longterm
	has out '^orphan:'
	story clean-fio
	run report -i "$rec" --view holders --longterm
	lacks out 'fio\['
	run report -i "$rec" --view holders
	has out 'fio\['
	end
	begin '--fs'
	run report -i "$rec" --view holders --fs xfs
	[ "$(grep -c 'fio\[4242\]' "$tmp/out")" -eq 2 ] || fault 'not the two rows of fio on xfs'
	run report -i "$rec" --view holders --fs ext4
	lacks out 'fio\['
	end
}

# Three holders: `most` has the most pages open, `long` held one the longest, `busy` called most.
make_sort_story()
{
	{
		echo 'mark ts=1s start'
		echo 'pin ts=2s tid=1 tgid=1 comm=most api=pin_user_pages call=1 runs=100+8'
		echo 'pin ts=2s tid=2 tgid=2 comm=long api=pin_user_pages call=2 runs=200+1'
		echo 'unpin ts=7s tid=2 tgid=2 comm=long api=unpin_user_pages call=3 runs=200+1'
		for n in 1 2 3; do
			echo "pin ts=8${n}00ms tid=3 tgid=3 comm=busy api=pin_user_pages call=${n}0 runs=300+1"
			echo "unpin ts=8${n}01ms tid=3 tgid=3 comm=busy api=unpin_user_pages call=${n}1 runs=300+1"
		done
		echo 'mark ts=9s end'
	} >"$tmp/sort.txt"
	"$build/recasm" -o "$tmp/sort.rec" "$tmp/sort.txt" || exit 1
}

test_order()
{
	make_sort_story
	for pair in pages:most age:long calls:busy; do
		begin "--sort ${pair%:*}"
		run report -i "$tmp/sort.rec" --view holders --sort "${pair%:*}"
		first=$(sed -n '2s/.*  \([a-z]*\)\[.*/\1/p' "$tmp/out")
		[ "$first" = "${pair#*:}" ] || fault "the first row is '$first', not ${pair#*:}"
		end
	done
	begin '--top'
	run report -i "$tmp/sort.rec" --view holders --top 1
	has out 'most\['
	lacks out '(long|busy)\['
	has out '^and 2 rows more$'
	story orphan
	run report -i "$rec" --top 1
	has out '^orphan:'
	lacks out '^long-held:'
	has out '^and 1 finding more, with 512 pages$'
	end
}

test_views()
{
	story double-unpin
	begin '--view'
	run report -i "$rec" --view leaks
	lacks out '^unpin-unmatched:'
	wants 23
	run report -i "$rec" --view mismatches
	has out '^unpin-unmatched:'
	run report -i "$rec" --view holders
	has out '^ +OPEN +HELD +PINNED +CALLS '
	has out ' xmit\[1200\] '
	lacks out '^unpin-unmatched:'
	story orphan
	run report -i "$rec" --view leaks
	has out '^orphan:'
	run report -i "$rec" --view mismatches
	lacks out '^orphan:'
	end
	begin 'every report ends with the two lines'
	for view in leaks holders mismatches all; do
		run report -i "$rec" --view $view
		tail -n 2 "$tmp/out" >"$tmp/tail"
		sed -n 1p "$tmp/tail" | grep -q '^vmstat: acquired ' || fault "$view: no vmstat line"
		sed -n 2p "$tmp/tail" | grep -q '^SUMMARY: ' || fault "$view: no SUMMARY line"
	done
	end
}

# PREFIX...: runs the report on a terminal, by script(1).
on_terminal()
{
	script -qec "env $* $pinacct report -i $rec" /dev/null </dev/null >"$tmp/out" 2>"$tmp/err"
}

test_colour()
{
	story orphan
	esc=$(printf '\033')
	begin 'no escape bytes in a pipe or a file'
	for format in text json folded junit ktap github; do
		run report -i "$rec" --format $format
		has out 'vmm'
		lacks out "$esc"
	done
	end
	if ! command -v script >/dev/null; then
		skip 'colours on a terminal' 'no script(1)'
		return
	fi
	begin 'colours on a terminal, and none with NO_COLOR'
	what='report on a terminal'
	on_terminal -u NO_COLOR TERM=xterm
	has out "${esc}\\[[0-9;]*morphan:"
	on_terminal NO_COLOR=1 TERM=xterm
	lacks out "$esc"
	has out '^orphan:'
	end
}

test_diff
test_exit_status
test_suppress
test_filters
test_order
test_views
test_colour
