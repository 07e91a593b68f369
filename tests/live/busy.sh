# shellcheck shell=sh disable=SC2154
# A busy box: others pin and release at full rate beside the command. Half of the commands leak, half do not,
# and each must be judged as if nobody else were there; a function that is not hooked must still show.
#
# The short form is a case of the suite; `make busy` has $PINACCT_BUSY tries on each kernel, and a table.

# What the others do, a row each: fio's engine and block size; where block direct I/O pins nothing, pages a
# process_vm_readv().
busy_fio='io_uring-4k
libaio-16k
psync-1m
io_uring-1m
psync-4k
libaio-4k
io_uring-16k
libaio-1m
psync-16k'
busy_pvm='pvm-1
pvm-16
pvm-256'

# busy_noise TRY: the row for it.
busy_noise()
{
	busy_rows=$busy_fio
	[ "$block_pins" = yes ] || busy_rows=$busy_pvm
	printf '%s\n' "$busy_rows" | awk -v try="$1" '{ row[NR] = $0 } END { print row[(try - 1) % NR + 1] }'
}

# start_noise NAME: until $noise is killed.
start_noise()
{
	case $1 in
	pvm-*) "$live/pvm" -t 900 -n "${1#pvm-}" & ;;
	*)
		fio --output="$work/noise.out" --name=noise --filename=/dev/ram0 --size=64M --direct=1 --thread \
			--time_based --runtime=900 --ioengine="${1%-*}" --bs="${1#*-}" --iodepth=8 --rw=randrw &
		;;
	esac
	noise=$!
	sleep 1
	kill -0 "$noise" 2>/dev/null || wrong "no $1"
}

stop_noise()
{
	kill "$noise" 2>/dev/null
	wait "$noise" 2>/dev/null
	kill_of "$work/helper"
}

# As many as are explained in /proc/vmstat and in the hooks, whatever the number is.
wants_explained()
{
	wants_match "$vmstat" '^vmstat: .*, net -?[0-9]+ explained$' 'the line before the last'
}

# A program skipped by the kernel may be lost beside others' I/O; the pages must tell all the same.
busy_check()
{
	status=0
	"$pinacct" check --settle 300ms "$@" >"$work/stdout" 2>"$work/stderr" || status=$?
	last_lines
}

busy_clean()
{
	busy_check -- "$live/uring_hold" -n 64 release
	wants_status 0
	wants_explained
	wants_match "$summary" '^SUMMARY: clean; 0 findings; ' 'the last line'
}

busy_leak()
{
	busy_check -- "$live/uring_hold" -n 64 -s 600 -p "$work/helper" child
	wants_status 23
	wants_explained
	wants_match "$summary" '^SUMMARY: 1 finding \(leak 1\); ' 'the last line'
	wants_stdout '^leak: 64 pages .* still pinned.* by ring-keeper\['
}

# What the command pins through a function that is not hooked, 16 pages or 64; nothing of the others is.
busy_unhooked()
{
	if [ "$block_pins" = no ]; then
		busy_check --without-hook pin_user_pages -- \
			"$live/uring_hold" -n 64 -s 600 -p "$work/helper" child
	elif [ -e /dev/udmabuf ]; then
		# shellcheck disable=SC2016 # for the inner shell
		busy_check --without-hook memfd_pin_folios -- \
			sh -c '"$1" -s 600 udmabuf shmem >/dev/null 2>&1 & echo $! >"$2"; sleep 2' sh \
			"$live/hold_longterm" "$work/helper"
	else
		not_here 'no udmabuf'
		return
	fi
	wants_status 24
	wants_stdout '^unreconciled: (16|64) pages '
	wants_match "$vmstat" ' UNEXPLAINED$' 'the line before the last'
}

# busy_try TRY FORM: one verdict beside the noise of this try. Another one is tried when the kernel has skipped
# programs and the tool said so.
busy_try()
{
	busy_name=$(busy_noise "$1")
	begin "busy: $2 beside $busy_name"
	start_noise "$busy_name"
	[ -n "$case_why" ] || "busy_$2"
	stop_noise
	[ -z "$case_skip$case_why" ] && busy_right=$((busy_right + 1))
	busy_tries=$((busy_tries + 1))
	end
}

make_busy_disk()
{
	modprobe brd rd_nr=1 rd_size=65536 2>"$work/stderr"
}

case_busy()
{
	make_busy_disk
	busy_right=0 busy_tries=0
	busy_try 1 leak
	busy_try 2 clean
	busy_try 1 unhooked
}

# The long form: leaks and clean commands in turn, then the unhooked function; a row for the table.
case_busy_long()
{
	make_busy_disk
	busy_right=0 busy_tries=0
	busy_nr=0
	while [ "$busy_nr" -lt "$busy_wanted" ]; do
		busy_nr=$((busy_nr + 1))
		if [ $((busy_nr % 2)) = 1 ]; then busy_form=leak; else busy_form=clean; fi
		busy_try "$busy_nr" "$busy_form"
	done
	printf -- '-- busy: %d of %d verdicts right\n' "$busy_right" "$busy_tries"
	busy_right=0 busy_tries=0
	for busy_nr in 1 3 5; do
		busy_try "$busy_nr" unhooked
	done
	printf -- '-- busy: an unhooked function is unreconciled in %d of %d\n' "$busy_right" "$busy_tries"
}
