# shellcheck shell=sh disable=SC2034,SC2154
# The soak: everything that pins at once, among processes that come and go, huge pages that are made and split,
# and pages that move, for $PINACCT_SOAK seconds under `pinacct check` as a user would run it. Nothing may be
# found, nothing lost, nothing unexplained; and the tool's memory must be the same in the end as when it had
# seen everything once.

# A while of everything: fio's engines and buffers on three file systems and a disk.
soak_fio()
{
	soak_run fio --output="$work/soak/fio.out" --size=4M --direct=1 --norandommap --time_based \
		--runtime=8 --thinktime=10000 --rw=randrw \
		--name=a --ioengine=psync --bs=4k --filename="$work/ext4/soak-a" \
		--name=b --ioengine=libaio --iodepth=4 --bs=16k --filename="$work/ext4/soak-b" \
		--name=c --ioengine=io_uring --iodepth=4 --bs=4k --filename="$work/xfs/soak-c" \
		--name=d --ioengine=libaio --iodepth=2 --bs=1M --mem=mmap --filename="$work/xfs/soak-d" \
		--name=e --ioengine=psync --bs=64k --filename="$work/btrfs/soak-e" \
		--name=f --ioengine=io_uring --iodepth=4 --bs=4k --fixedbufs --filename="$raw_disk" \
		--name=g --ioengine=io_uring --iodepth=4 --bs=64k --fixedbufs --registerfiles \
		--filename="$work/ext4/soak-g"
}

# stress SECONDS OPTION...
soak_stress()
{
	soak_stress_time=$1
	shift
	soak_run stress-ng --quiet --timeout "$soak_stress_time" --temp-path "$work/ext4" --oom-avoid "$@"
}

# Stressors that pin; then that fork; then that move memory about, and between nodes.
soak_stressors()
{
	soak_stress 5 --vm-rw 1 --vm-rw-bytes 256K --vm-splice 1 --aiol 1 --userfaultfd 1 \
		--hdd 1 --hdd-bytes 1M --hdd-opts direct --hdd-write-size 64k
	soak_stress 3 --fork 1 --vfork 1 --clone 1
	soak_stress 4 --mremap 1 --mremap-bytes 2M --numa 1 --vm 1 --vm-bytes 8M --vm-madvise hugepage
}

soak_uring()
{
	soak_run "$live/uring_hold" -n 64 release
	soak_run "$live/uring_hold" -n 512 -b thp release
	soak_run "$live/uring_hold" -n 512 -b hugetlb release
	for soak_on in ext4 xfs btrfs; do
		soak_run "$live/fixed_io" -c 4 -s 65536 "$work/$soak_on/fixed"
	done
}

soak_copies()
{
	soak_run "$live/pvm" -c 100 -n 16
	soak_run "$live/pvm" -c 100 -n 32 -x
	soak_run "$live/pvm" -c 100 -n 16 -w
	soak_run "$live/pvm" -c 10 -n 512 -b thp
	soak_run "$live/pvm" -c 10 -n 512 -b hugetlb
	soak_run "$live/vmsplice_pump" -c 20 -n 16
}

soak_owners()
{
	for soak_event in fork munmap mremap exec-release pass-release; do
		soak_run "$live/lifecycle" -n 16 "$soak_event"
	done
}

# Huge pages are made of small ones, and split, and memory is moved together.
soak_churn()
{
	echo 1 >/proc/sys/vm/compact_memory
	sleep 1
	echo 1 >/sys/kernel/debug/split_huge_pages
	sleep 1
	echo 1 >/proc/sys/vm/drop_caches
	sleep 1
}

# One step of a turn: what is not possible now (no huge page to be had) is no failure.
soak_run()
{
	[ "$(date +%s)" -lt "$soak_until" ] || return 0
	soak_status=0
	"$@" || soak_status=$?
	case $soak_status in
	0 | 77) ;;
	*) echo "$* ended with status $soak_status" >>"$work/soak/failed" ;;
	esac
}

# soak_turns WHAT: again and again, until the time is over.
soak_turns()
{
	soak_turns=0
	while [ "$(date +%s)" -lt "$soak_until" ] && [ ! -s "$work/soak/failed" ]; do
		"$1"
		soak_turns=$((soak_turns + 1))
	done
	echo "$1 $soak_turns" >>"$work/soak/turns"
}

work_soak()
{
	date +%s >"$work/soak/began"
	soak_seconds=$1
	soak_until=$(($(date +%s) + soak_seconds))
	for soak_part in soak_fio soak_stressors soak_uring soak_copies soak_owners soak_churn; do
		soak_turns "$soak_part" &
	done
	wait
	date +%s >"$work/soak/ended"
	[ ! -s "$work/soak/failed" ]
}

# "SECONDS VmRSS RssAnon" (KiB) once a second, while process $1 lives.
soak_samples()
{
	soak_begin=$(date +%s)
	while [ -e "/proc/$1/status" ]; do
		soak_rss=0 soak_anon=0
		while read -r soak_key soak_value _; do
			case $soak_key in
			VmRSS:) soak_rss=$soak_value ;;
			RssAnon:) soak_anon=$soak_value ;;
			esac
		done <"/proc/$1/status"
		# a zombie has none
		[ "$soak_rss" != 0 ] || break
		echo "$(($(date +%s) - soak_begin)) $soak_rss $soak_anon"
		sleep 1
	done 2>/dev/null
}

# "EARLY LATE" KiB: the most that the tool had allocated in the second quarter of the run, when everything has
# happened often, and the least in the last. Memory goes up and down with what is in flight, by more than a tenth; what
# grows has its floor rise above where the ceiling was. Rings and lanes have the same size always, and 6.1 counts such
# pages some time later.
soak_bounds()
{
	awk -v seconds="$1" '
		$1 >= seconds / 4 && $1 < seconds / 2 && $3 > early { early = $3 }
		$1 >= seconds * 3 / 4 && (!late || $3 < late) { late = $3 }
		END { print early + 0, late + 0 }' "$work/soak/rss"
}

# A sixteenth is what samples differ by anyhow.
wants_flat_memory()
{
	# shellcheck disable=SC2046 # two words
	set -- $(soak_bounds "$1")
	printf -- '-- %s: at most %s KiB early, at least %s KiB late\n' "$case_name" "$1" "$2"
	[ "$1" -gt 0 ] && [ "$2" -gt 0 ] || wrong "no samples of the tool's memory"
	[ "$2" -le $(($1 + $1 / 16)) ] || wrong "the tool's memory grew from $1 to $2 KiB"
}

# How long it took until the load began, the load, and the rest.
soak_phases()
{
	set -- "$(cat "$work/soak/started")" "$(cat "$work/soak/began")" "$(cat "$work/soak/ended")"
	echo "start $(($2 - $1)) s, load $(($3 - $2)) s, report $(($(date +%s) - $3)) s"
}

# What may be lost: what file and bio a pin is for (the kernel refuses task storage to an interrupt that comes while it is
# in use); and, where tasks can be preempted inside the kernel, calls in which three of them met, and a stack when four of
# a processor's are in bpf_get_stack(), which has three places (get_bpf_raw_tp_regs(), bpf_trace.c). The README says
# so, and it must have been told, and explained by the pages, for the run to be clean.
wants_no_other_loss()
{
	soak_losses='ring-|scratch|page-read|kretprobe|stash|stack-|kprobe'
	grep -Eq '\((lazy|full)\)' /sys/kernel/debug/sched/preempt || soak_losses="$soak_losses|recursion|stack"
	wants_no_stdout "^lost: [0-9]+ ($soak_losses)"
}

case_soak()
{
	soak_time=${PINACCT_SOAK:-120}
	begin "soak: $soak_time s of everything at once"
	rm -rf "$work/soak"
	mkdir -p "$work/soak"
	echo always >/sys/kernel/mm/transparent_hugepage/enabled
	echo 1000 >/sys/kernel/mm/transparent_hugepage/khugepaged/scan_sleep_millisecs
	status=0
	date +%s >"$work/soak/started"
	"$pinacct" check -v -- "$suite" --do soak "$soak_time" >"$work/stdout" 2>"$work/stderr" &
	soak_tool=$!
	renice -n -15 -p $$ >/dev/null
	soak_samples "$soak_tool" >"$work/soak/rss"
	wait "$soak_tool" || status=$?
	renice -n 0 -p $$ >/dev/null
	last_lines
	cp "$work/soak/rss" "$out/soak-rss.txt"
	cp "$work/stdout" "$out/soak.txt"
	printf -- '-- %s: %s\n' "$case_name" "$summary" "$case_name" "turns: $(sort "$work/soak/turns" | paste -s -d ,); $(soak_phases)" \
		"$case_name" "seconds RSS anonymous, KiB: $(awk 'NR % every == 1' every=$((soak_time / 12 + 1)) "$work/soak/rss" | paste -s -d ,)"
	[ ! -s "$work/soak/failed" ] || wrong "$(head -n 1 "$work/soak/failed")"
	wants_status 0
	wants_net 0
	# on a machine that is slow enough fio has its registered buffers for as long as that
	wants_summary "clean; 0 findings;( [0-9]+ risks? \\(long-held [0-9]+\\);)? [0-9]+ pages pinned, [0-9]+ released, 0 open; lost [0-9]+; stacks [0-9]+"
	wants_no_other_loss
	wants_at_least 1000
	wants_stdout '^stacks: [1-9][0-9]* known by sight, [0-9]+ walked; [1-9][0-9]* checked, 0 wrong$'
	wants_flat_memory "$soak_time"
	end
	echo madvise >/sys/kernel/mm/transparent_hugepage/enabled
}
