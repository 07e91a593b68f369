# shellcheck shell=sh disable=SC2154
# Faults committed on purpose by tests/pinfault, a row each; the table is all there is to say.
#
# A start of the tool takes seconds on an emulated machine, so the rows of a group share one check. They
# can be told apart by the name of the task: rNN.FAULT, NN being the row's number in the table.

# group	fault		kind	n	part	pins	net	finds
#
# n      pages; part: of a partial release those that are released
# pins   pages pinned in all; net: what vmstat moves by, until it is mended
# finds  ID=PAGES, joined by + if there are several, or `clean`. Of a large folio that was put the module holds
#        the last reference; it could be a pin's, for all that the page tells.
# An exclamation mark: the kernels (uname -r begins so) where the row cannot be expressed, and why.
inject_rows()
{
	cat <<-END
	left	leak		anon	4	-	4	4	leak=4
	left	leak		thp	64	-	64	64	leak=64
	left	leak		hugetlb	64	-	64	64	leak=64
	left	leak		shmem	4	-	4	4	leak=4
	left	leak		ext4	4	-	4	4	leak=4
	left	leak		xfs	4	-	4	4	leak=4
	left	leak		btrfs	4	-	4	4	leak=4
	left	orphan		anon	4	-	4	4	orphan=4
	left	orphan		thp	512	-	512	512	orphan=512
	left	orphan		hugetlb	8	-	8	8	orphan=8
	left	orphan		shmem	4	-	4	4	orphan=4
	left	leak-longterm	anon	4	-	4	4	orphan=4
	left	leak-memfd	shmem	4	-	4	4	orphan=4	!6.1 no memfd_pin_folios()
	left	partial-release	anon	8	5	8	3	partial-release=3
	left	partial-release	thp	64	40	64	24	partial-release=24
	left	partial-release	hugetlb	64	40	64	24	partial-release=24
	left	partial-release	shmem	8	5	8	3	partial-release=3
	left	straddle-short	thp	8	6	16	2	partial-release=2	!6.1 no unpin_user_folio()
	odd	double-unpin	anon	4	-	4	-4	unpin-unmatched=4
	odd	double-unpin	thp	64	-	64	-64	unpin-unmatched=64
	odd	double-unpin	hugetlb	8	-	8	-8	unpin-unmatched=8
	odd	double-unpin	shmem	4	-	4	-4	unpin-unmatched=4
	odd	get-unpin	anon	4	-	0	-4	get-unpin=4
	odd	get-unpin	thp	64	-	0	-64	get-unpin=64
	odd	get-unpin	hugetlb	8	-	0	-8	get-unpin=8
	odd	get-unpin	shmem	4	-	0	-4	get-unpin=4
	put	pin-put		anon	4	-	4	4	pin-put=4
	put	pin-put		thp	64	-	64	64	pin-put=63+orphan=1
	put	pin-put		hugetlb	8	-	8	8	pin-put=7+orphan=1
	put	pin-put		shmem	4	-	4	4	pin-put=4
	put	steal-pin	anon	4	-	4	4	stolen-pin=4
	put	steal-pin	shmem	4	-	4	4	stolen-pin=4
	put	steal-pin	thp	-	-	-	-	stolen-pin	! put_page() leaves the pins of a large folio alone: that is pin-put
	freed	free-pinned	anon	4	-	4	4	freed-pinned/stolen-pin=4
	freed	free-pinned	shmem	4	-	4	4	freed-pinned/stolen-pin=4
	freed	free-pinned	thp	64	-	64	64	freed-pinned=64
	freed	free-pinned	hugetlb	8	-	8	8	freed-pinned=8
	risk	held-short	anon	4	-	4	0	missing-longterm=4
	risk	held-short	thp	64	-	64	0	missing-longterm=64
	risk	held-long	anon	4	-	4	0	long-held=4
	risk	held-long	hugetlb	8	-	8	0	long-held=8
	risk	longterm-file	ext4	4	-	4	0	longterm-file=4
	risk	longterm-file	xfs	4	-	4	0	longterm-file=4
	risk	longterm-file	btrfs	4	-	4	0	longterm-file=4
	risk	writeback	ext4	4	-	4	0	writeback-pinned=4
	risk	writeback	xfs	4	-	4	0	writeback-pinned=4
	risk	writeback	btrfs	4	-	4	0	writeback-pinned=4
	none	clean-page	anon	4	-	4	0	clean
	none	clean-page	thp	512	-	512	0	clean
	none	clean-page	hugetlb	8	-	8	0	clean
	none	clean-pages	shmem	4	-	4	0	clean
	none	clean-pages	zero	4	-	0	0	clean
	none	clean-pages	anon	4	-	4	0	clean
	none	clean-dirty	ext4	4	-	4	0	clean
	none	clean-dirty	anon	4	-	4	0	clean
	none	clean-range	thp	64	-	64	0	clean
	none	clean-range	shmem	4	-	4	0	clean
	none	clean-folio	anon	4	-	4	0	clean	!6.1 no unpin_user_folio()
	none	clean-folio	thp	64	-	64	0	clean	!6.1 no unpin_user_folio()
	none	clean-memfd	shmem	4	-	4	0	clean	!6.1 no memfd_pin_folios()
	none	clean-get	anon	4	-	0	0	clean
	none	clean-get	thp	64	-	0	0	clean
	none	leak		zero	4	-	0	0	clean
	none	get-unpin	zero	1	-	0	0	clean
	none	cross-task	anon	4	-	4	0	clean
	none	cross-task	thp	64	-	64	0	clean
	none	kworker		anon	4	-	4	0	clean
	none	kworker		hugetlb	8	-	8	0	clean
	none	hardirq		anon	4	-	4	0	clean
	none	hardirq		thp	64	-	64	0	clean
	none	straddle	anon	1	-	2	0	clean	!6.1 no unpin_user_folio()
	none	straddle	thp	64	-	128	0	clean	!6.1 no unpin_user_folio()
	second	leak		anon	4	-	4	4	leak=4
	second	partial-release	anon	8	5	8	3	partial-release=3
	second	hardirq		anon	4	-	4	0	clean
	second	free-pinned	thp	64	-	64	64	freed-pinned=64
	END
}

# inject_options GROUP: of the check.
inject_options()
{
	echo '--settle 500ms'
	case $1 in
	risk) echo '--age 1500ms' ;;
	esac
	# references are told from pins only when they are traced
	case $1 in
	odd | none) echo '--gets all' ;;
	# that a call is told by the second program when the first was kept from it
	second) echo '--second alone' ;;
	esac
}

# inject_group GROUP: its rows that this kernel can express, numbered: NN FAULT KIND N PART PINS NET FINDS
inject_group()
{
	inject_rows | awk -F '\t+' -v group="$1" -v kernel="$(uname -r)" '
		$1 == group {
			cannot = $9
			sub(/^!/, "", cannot)
			sub(/ .*/, "", cannot)
			if ($9 != "" && (cannot == "" || index(kernel, cannot ".") == 1))
				next
			printf "%02d %s %s %s %s %s %s %s\n", NR, $2, $3, $4, $5, $6, $7, $8
		}'
}

# kind_argument NN KIND
kind_argument()
{
	case $2 in
	ext4 | xfs | btrfs) echo "file=$work/$2/row$1" ;;
	*) echo "$2" ;;
	esac
}

# inject_row NN FAULT KIND N PART...: commits it. A leak's holder lives on; an orphan is a leak whose
# holder does not.
inject_row()
{
	set -- "$1" "$2" "$(kind_argument "$1" "$3")" "$4" "$5" "$2"
	[ "$2" != leak ] || set -- "$@" --stay "$work/inject/stay$1"
	[ "$2" != orphan ] || set -- "$1" leak "$3" "$4" "$5" "$6"
	[ "$5" = - ] || set -- "$@" --part "$5"
	case $2 in
	held-*) set -- "$@" --hold 2500 ;;
	esac
	inject_nn=$1 inject_fault=$2 inject_kind=$3 inject_n=$4 inject_name=$6
	shift 6
	"$pinctl" "$inject_fault" --kind "$inject_kind" -n "$inject_n" \
		--as "r$inject_nn.$inject_name" "$@"
}

# Commits a row and says so.
commit_row()
{
	if inject_row "$@" 2>"$work/inject/stderr$1"; then
		echo "$1" >>"$work/inject/committed"
	else
		sed "s/^/row $1: /" "$work/inject/stderr$1" >&2
	fi
}

# Inside the check: one after the other, but what is held for a time is held at the same time.
work_inject()
{
	inject_group "$1" >"$work/inject/group"
	while read -r work_row; do
		case $work_row in
		*' held-'*)
			# shellcheck disable=SC2086 # a row is words
			commit_row $work_row & ;;
		*)
			# shellcheck disable=SC2086
			commit_row $work_row ;;
		esac
	done <"$work/inject/group"
	wait
}

# Findings of the last check, "HOLDER ID PAGES" a line.
found()
{
	sed -nE 's/^([a-z-]+): ([0-9]+) pages? \([^)]*\) .* ([^ ]+)\[[0-9]+\].*/\3 \1 \2/p' "$work/stdout"
}

# A small page that was freed and is in use again shows fewer pins than there were, and no more than that: hence
# "A/B=N", either finding.
#
# judge GROUP: "FAULT KIND WANTED INJECTED REPORTED FALSE SAID..." for each row. Pages under the right id
# are reported; each other finding of the row is false, and so is the right one with more pages.
judge()
{
	found >"$work/inject/found"
	inject_group "$1" | awk -v committed="$work/inject/committed" -v found="$work/inject/found" '
		BEGIN {
			while ((getline nn <committed) > 0)
				done[nn] = 1
			while ((getline <found) > 0) {
				nn = substr($1, 2, 2)
				pages[nn, $2] += $3
				findings[nn]++
				of_id[nn, $2]++
				said[nn] = said[nn] " " $2 "=" $3
			}
		}
		{
			injected = reported = 0
			wrong = findings[$1] + 0
			nr = split($8, parts, "+")
			for (i = 1; i <= nr; i++) {
				split(parts[i] "=0", part, "=")
				injected += part[2]
				got = of = 0
				for (j = split(part[1], ids, "/"); j; j--) {
					got += pages[$1, ids[j]]
					of += of_id[$1, ids[j]]
				}
				more = got > part[2]
				reported += more ? part[2] : got
				wrong += more - of
			}
			print $2, $3, $8, done[$1] ? injected : "none", reported, wrong, said[$1]
		}'
}

# A case of its own for each row, and a line for the table.
row_verdict()
{
	case_name="inject: $1 on $2: $3" case_why='' case_skip=''
	row_table=$(printf '%-16s %-8s %-8s %8s %8s %5s' "$1" "$2" "$inject_kernel" "$4" "$5" "$6")
	echo "$row_table" >>"$work/inject/table"
	[ "$4" != none ] || wrong 'the fault was not committed'
	row_pages=$5 row_injected=$4 row_false=$6
	shift 6
	[ "$row_pages" = "$row_injected" ] && [ "$row_false" = 0 ] || wrong "reported:${*:- nothing}"
	[ -z "$case_why" ] || rows_failed=yes
	conclude
}

sum_of()
{
	inject_group "$1" | awk -v field="$2" '{ n += $field } END { print n + 0 }'
}

# What belongs to no row is false, too.
wants_rows_only()
{
	set -- "$(found | grep -Ev '^r[0-9][0-9]\.' | paste -s -d ,)"
	[ -z "$1" ] || wrong "reported beside the rows: $1"
}

end_stayers()
{
	for end_stayer in "$work"/inject/stay*; do
		[ ! -e "$end_stayer" ] || kill_of "$end_stayer" || wrong 'a helper was gone already'
	done
}

undo_inject()
{
	end_stayers
	: >"$work/inject/committed"
	"$pinctl" mend
}

# inject GROUP: one check, then what it left is mended: the kernel's count must come back.
inject()
{
	rows_failed=no
	rm -rf "$work/inject/committed" "$work"/inject/stay*
	: >"$work/inject/committed"
	net=$(vm_net)
	begin "inject: all of group '$1'"
	undone_by undo_inject
	# shellcheck disable=SC2046 # options are words
	tool check $(inject_options "$1") -- "$suite" --do inject "$1"
	end_stayers
	cp "$work/stdout" "$out/inject-$1.txt"
	case $1 in
	risk | none) wants_status 0 ;;
	*) wants_status 23 ;;
	esac
	wants_net "$(sum_of "$1" 7)"
	[ "$(field pinned)" = "$(sum_of "$1" 6)" ] ||
		wrong "$(field pinned) pages were pinned, not $(sum_of "$1" 6)"
	wants_rows_only
	# a module's frames stand between BPF's and the kernel's own
	[ "$1" != left ] || wants_stdout '^ {8}by_fast\+0x[0-9a-f]+ \[pinfault\]'
	"$pinctl" mend >/dev/null || wrong 'pinctl mend failed'
	wait_until 10 net_is "$net" || wrong "$(vm_net) pages pinned after mending, not $net"
	end
	[ -z "$case_skip" ] || return 0
	judge "$1" >"$work/inject/rows"
	mv "$work/stdout" "$work/inject/report"
	: >"$work/stderr"
	while read -r inject_line; do
		# shellcheck disable=SC2086 # a row is words
		row_verdict $inject_line
	done <"$work/inject/rows"
	[ "$rows_failed" = no ] || sed 's/^/    /' "$work/inject/report"
}

print_table()
{
	printf -- '-- %-16s %-8s %-8s %8s %8s %5s\n' fault kind kernel injected reported false
	sed 's/^/-- /' "$work/inject/table"
	inject_rows | awk -F '\t+' -v kernel="$(uname -r)" '
		$9 != "" {
			why = $9
			sub(/^![^ ]* /, "", why)
			cannot = substr($9, 2, index($9, " ") - 2)
			if (cannot == "" || index(kernel, cannot ".") == 1) {
				split(kernel, version, ".")
				printf "-- %-16s %-8s %-8s not here: %s\n", $2, $3,
					version[1] "." version[2], why
			}
		}'
}

# Files are written back when a row says so, not when the kernel looks around (five seconds after the first dirty page, and then
# a device that has written little so far is always over its share): that would be a finding, too, writeback-pinned.
stop_flusher()
{
	echo 360000 >/proc/sys/vm/dirty_writeback_centisecs
	echo 360000 >/proc/sys/vm/dirty_expire_centisecs
}

case_inject()
{
	rows_failed=no
	stop_flusher
	mkdir -p "$work/inject"
	inject_kernel=$(uname -r | cut -d. -f1-2)
	rm -f "$work/inject/table"
	load_pinfault
	# what frees a folio with pins open comes last: the kernel may complain
	for inject_which in none left odd put risk second freed; do
		inject "$inject_which"
	done
	print_table
}

load_pinfault()
{
	[ -e /dev/pinfault ] || insmod "$pinfault" || die "cannot load $pinfault"
}

# The kernel checks the pins of a large folio that it frees (6.12 and later), and says "Bad page state";
# each is one of ours, and there is nothing else.
case_kernel_log()
{
	begin 'the kernel complained of what was injected, and of nothing else'
	dmesg >"$work/dmesg"
	ours='BUG: Bad page state in process r[0-9]{2}\.free-pinned'
	grep -v -e '^#' -e '^[[:space:]]*$' "$root/tests/vm/splat.deny" >"$work/deny"
	set -- "$(grep -Ec "$ours" "$work/dmesg")" "$(grep -Ec -f "$work/deny" "$work/dmesg")"
	# each with a trace
	[ "$2" = $((2 * $1)) ] ||
		wrong "$(grep -E -f "$work/deny" "$work/dmesg" | grep -Ev -e "$ours" -e 'Call Trace:' | head -n 1)"
	end
}
