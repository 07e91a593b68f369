#!/bin/sh
# Tests of the box itself: what goes in, what comes back, what stays behind.
# shellcheck source-path=SCRIPTDIR
set -u
vm_dir=$(cd "$(dirname "$0")" && pwd)
. "$vm_dir/lib.sh"

usage()
{
	cat <<-EOF
	usage: tests/vm/selftest.sh [-k KERNEL]
	Tests the virtual-machine box on one kernel (default $kernel).
	EOF
}

passed=0
failed=0

ok()
{
	passed=$((passed + 1))
	printf 'ok - %s\n' "$1"
}

not_ok()
{
	failed=$((failed + 1))
	printf 'not ok - %s (%s)\n' "$1" "$2"
}

# is NAME EXPECTED ACTUAL
is()
{
	if [ "$2" = "$3" ]; then
		ok "$1"
	else
		not_ok "$1" "expected '$2', got '$3'"
	fi
}

# says NAME TEXT FILE
says()
{
	if grep -q -e "$2" "$3"; then
		ok "$1"
	else
		not_ok "$1" "no '$2' in: $(tail -n 3 "$3" | tr '\n' '|')"
	fi
}

# in_box ARG...: one run; leaves $status and the files stdout and stderr.
in_box()
{
	"$vm_dir/run" -k "$kernel" "$@" >"$work/stdout" 2>"$work/stderr"
	status=$?
}

test_usage()
{
	"$vm_dir/run" -k no-such-kernel -- true 2>"$work/stderr"
	is 'an unknown kernel is wrong use' 2 $?
	in_box
	is 'no command is wrong use' 2 $status
	in_box --icount -c 2 -- true
	is 'counting on two processors is wrong use' 2 $status
}

# What a normal run passes in and back, in one boot.
test_passage()
{
	cat >"$work/passage" <<-'EOF'
		echo to-stdout
		echo to-stderr >/dev/stderr
		echo "$1|$FRUIT|$PINACCT_VM" >"$PINACCT_OUT/words"
		pwd >"$PINACCT_OUT/pwd"
		uname -r >"$PINACCT_OUT/release"
		modprobe xfs && grep -c '^xfs ' /proc/modules >"$PINACCT_OUT/xfs"
		for type in proc sysfs debugfs tracefs bpf cgroup2 devpts; do
			grep -q " $type " /proc/mounts && echo "$type"
		done >"$PINACCT_OUT/mounted"
		touch /pinacct-was-here "$0.was-here" || exit 1
		exit 3
	EOF
	in_box --out "$work/out" --env "FRUIT=one 'two' \$three" -- \
		sh "$work/passage" 'a  b"c'
	is 'the exit status comes back' 3 $status
	is 'stdout comes back' to-stdout "$(cat "$work/stdout")"
	is 'stderr comes back apart from it' to-stderr "$(cat "$work/stderr")"
	is '--out brings files back; arguments and --env arrive unchanged' \
		"a  b\"c|one 'two' \$three|$kernel" "$(cat "$work/out/words")"
	is 'the command starts in the same folder' "$(pwd -P)" "$(cat "$work/out/pwd")"
	is 'the kernel is the one asked for' \
		"$(kernel_release "$("$vm_dir/fetch" "$kernel")")" "$(cat "$work/out/release")"
	is 'modprobe finds the modules' 1 "$(cat "$work/out/xfs")"
	is 'every system mount is there' 'proc sysfs debugfs tracefs bpf cgroup2 devpts' \
		"$(paste -s -d ' ' "$work/out/mounted")"
	if [ -e /pinacct-was-here ] || [ -e "$work/passage.was-here" ]; then
		not_ok 'writing does not touch the host' 'a file of the guest is here'
	else
		ok 'writing does not touch the host'
	fi
}

test_signal()
{
	# The guest's shell is to expand it.
	# shellcheck disable=SC2016
	in_box -- sh -c 'kill -TERM $$'
	is 'a command that a signal ends gives 128+N' 143 $status
}

test_splat()
{
	in_box --dmesg "$work/dmesg" -- sh -c 'echo "<4>WARNING: fake" >/dev/kmsg'
	is 'a complaint of the kernel fails the run' 126 $status
	says 'the complaint is shown' 'WARNING: fake' "$work/stderr"
	says '--dmesg brings the log back' 'WARNING: fake' "$work/dmesg"
}

# The other machine options ride on the run that must not fail.
test_expected_splat()
{
	# The guest's shell is to expand it.
	# shellcheck disable=SC2016
	in_box --expect-splat --icount --disk 64M --disk 32M -- sh -c '
		echo "<4>WARNING: fake" >/dev/kmsg
		sleep 1000 &
		echo $(nproc) $(cat /sys/block/vda/size /sys/block/vdb/size)'
	is '--expect-splat lets it pass, and leftover processes do not hang' 0 $status
	is '--icount has one processor, --disk adds disks' '1 131072 65536' "$(cat "$work/stdout")"
}

test_spare()
{
	# The guest's shell is to expand it.
	# shellcheck disable=SC2016
	in_box --spare 128 -- sh -c 'before=$(grep -c "System RAM" /proc/iomem)
		'"$vm_dir"'/add-memory 128
		echo $(($(grep -c "System RAM" /proc/iomem) - before))'
	is '--spare is memory that add-memory adds' '100000 108000 1' "$(paste -s -d ' ' "$work/stdout")"
	in_box -- "$vm_dir/add-memory" 128
	is 'without it there is none' 1 $status
	says 'and add-memory says what to do' 'start the machine with --spare' "$work/stderr"
}

test_crash()
{
	in_box -- sh -c 'echo before; echo c >/proc/sysrq-trigger; sleep 100'
	is 'a crash of the guest gives 125' 125 $status
	is 'what came before it is not lost' before "$(cat "$work/stdout")"
	says 'the end of the console is shown' 'Kernel panic' "$work/stderr"
}

# Without an init the kernel panics before anything of ours has run.
test_early_death()
{
	in_box --append rdinit=/none -- true
	is 'a guest that never begins gives 125' 125 $status
	says 'after it was started again' 'starting it again (3 of 3)' "$work/stderr"
}

test_timeout()
{
	in_box -t 3 -- sleep 100
	is 'running out of time gives 124' 124 $status
	says 'and says so' 'out of time after 3 s' "$work/stderr"
}

# ended PID: within some seconds.
ended()
{
	for ended_try in 1 2 3 4 5 6 7 8 9 10; do
		kill -0 "$1" 2>/dev/null || return 0
		sleep 0.3
	done
	echo "$1 lives after $ended_try looks" >&2
	return 1
}

# The process of the machine whose temporary folder is $1.
machine_of()
{
	for machine_proc in /proc/[0-9]*; do
		[ -r "$machine_proc/cmdline" ] || continue
		case $(tr '\0' ' ' 2>/dev/null <"$machine_proc/cmdline") in
		qemu*"$1/"*) printf '%s\n' "${machine_proc#/proc/}" ;;
		esac
	done
}

# interrupt SIGNAL: starts a run, waits for its machine, sends SIGNAL to the
# run alone. Leaves $status, $folder and $machine.
interrupt()
{
	"$vm_dir/run" -k "$kernel" -- sleep 100 >/dev/null 2>&1 &
	interrupt_pid=$!
	folder=$TMPDIR/pinacct-vm.$interrupt_pid
	machine=
	for interrupt_try in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		machine=$(machine_of "$folder")
		[ -z "$machine" ] || break
		sleep 0.5
	done
	kill -"$1" "$interrupt_pid"
	wait "$interrupt_pid" 2>/dev/null
	status=$?
	[ -n "$machine" ] || not_ok "a machine to send $1" "none after $interrupt_try looks"
}

machine_is_gone()
{
	if ended "$machine"; then ok "$1"; else not_ok "$1" "qemu $machine lives"; fi
}

test_term()
{
	interrupt TERM
	is 'TERM ends a run with 143' 143 $status
	machine_is_gone 'and its machine'
	if [ -e "$folder" ]; then not_ok 'and removes its folder' "$folder"; else ok 'and removes its folder'; fi
}

test_kill()
{
	interrupt KILL
	machine_is_gone 'a killed run takes its machine along'
	in_box -t 1 -- true
	if [ -e "$folder" ]; then
		not_ok 'the next run removes its folder' "$folder is there"
	else
		ok 'the next run removes its folder'
	fi
}

kernel=6.12
case ${1-} in
'') ;;
-k) kernel=${2:?-k needs a kernel} ;;
-h | --help) usage; exit 0 ;;
*) usage_error "unknown option '$1'" ;;
esac

work=$(mktemp -d "${TMPDIR:-/tmp}/pinacct-selftest.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
# A place of its own for the runs' folders, so that other runs do not disturb.
export TMPDIR="$work/tmp"
mkdir "$TMPDIR"

test_usage
test_passage
test_signal
test_splat
test_expected_splat
test_spare
test_crash
test_early_death
test_timeout
test_term
test_kill
printf '%s passed, %s failed, 0 skipped\n' "$passed" "$failed"
[ "$failed" = 0 ]
