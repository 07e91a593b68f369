# shellcheck shell=sh disable=SC2154
# Workloads that leave nothing behind: exit 0, every page accounted for. A start of the tool takes
# its time on an emulated machine, so each check runs as much as it can still tell apart.
#
# What a check runs is a program; work_NAME here becomes one as `suite --do NAME`.

# The registration pins; with fixed buffers the I/O does not: a BVEC iterator has no user pages.
work_uring()
{
	"$live/uring_hold" -n 64 release || return
	"$live/uring_hold" -n 1024 -b thp release || return
	"$live/uring_hold" -n 1024 -b hugetlb release || return
	for uring_on in ext4 xfs btrfs; do
		"$live/fixed_io" -c 4 -s 65536 "$work/$uring_on/fixed" || return
	done
	"$live/fixed_io" -c 2 -s 2097152 -b thp "$raw_disk"
}

case_uring()
{
	clean 'io_uring: buffers of all kinds, fixed I/O on ext4, xfs, btrfs and a disk' \
		$((64 + 1024 + 1024 + 3 * 32 + 1024)) "$suite" --do uring
}

# As if the first of two programs (bpf/second.bpf.h) were kept from every call.
work_second()
{
	"$live/uring_hold" -n 64 release && "$live/pvm" -c 4 -n 16 && "$live/pvm" -c 4 -n 16 -w &&
		fio_on "$raw_disk" --name=a --ioengine=io_uring --iodepth=8 --rw=randwrite --bs=4k --number_ios=48
}

case_second()
{
	second_io=48
	[ "$block_pins" = yes ] || second_io=0
	begin 'second programs alone: registration, process_vm_readv and writev, fio on a disk'
	tool check -vv --second alone -- "$suite" --do second
	grep -q 'debug: recording by the second programs$' "$work/stderr" || wrong 'not by the second programs'
	wants_clean "at least $((64 + 64 + 64 + second_io))"
	end
}

# vmsplice takes references, no pins (KERNEL.md 5.1).
work_process_vm()
{
	"$live/pvm" -c 10 -n 16 || return
	"$live/pvm" -c 10 -n 32 -x || return
	"$live/pvm" -c 10 -n 16 -w || return
	"$live/pvm" -c 2 -n 512 -b thp || return
	"$live/pvm" -c 2 -n 512 -b hugetlb || return
	"$live/vmsplice_pump" -c 10 -n 16 && "$live/vmsplice_pump" -c 10 -n 16 -g
}

case_process_vm()
{
	clean 'process_vm_readv and writev: pages, scattered, huge; vmsplice, gift or not, pins nothing' \
		$((160 + 320 + 160 + 1024 + 1024)) "$suite" --do process_vm
}

# fio_on FILE OPTION...
fio_on()
{
	fio_file=$1
	shift
	fio --output="$work/fio.out" --filename="$fio_file" --size=4M --direct=1 --randrepeat=1 \
		--norandommap "$@"
}

# One job after the other: three engines, all four patterns, small and large blocks; buffers from
# shared memory, in transparent huge pages (mmap), in reserved ones (mmaphuge), and registered.
work_fio()
{
	fio_on "$1" --stonewall \
		--name=a --ioengine=psync --rw=write --bs=1M --mem=mmaphuge \
		--name=b --ioengine=psync --rw=randwrite --bs=4k --number_ios=48 \
		--name=c --ioengine=libaio --iodepth=8 --rw=randread --bs=4k --number_ios=48 \
		--name=d --ioengine=libaio --iodepth=2 --rw=write --bs=1M --mem=mmap \
		--name=e --ioengine=io_uring --iodepth=8 --rw=randwrite --bs=4k --number_ios=48 \
		--name=f --ioengine=io_uring --iodepth=2 --rw=read --bs=1M &&
		work_fio_fixed "$1"
}

# Registered buffers: four pages, whatever the number of I/Os.
work_fio_fixed()
{
	fio_on "$1" --name=g --ioengine=io_uring --iodepth=4 --rw=randrw --bs=4k --number_ios=48 \
		--fixedbufs --registerfiles
}

# Direct I/O pins every page of every I/O, and once more when io_uring's first try, which must not
# block, gave up; registered buffers are pinned everywhere.
fio_all=$((48 + 1024 + 1024 + 48 + 1024 + 48))
fio_fixed=4

work_fio_rest()
{
	work_fio "$work/xfs/fio" && work_fio "$work/btrfs/fio" && work_fio "$raw_disk"
}

# ext4 is recorded (case_record). btrfs sends what has checksums through the page cache, as it sees fit.
case_fio()
{
	fio_pages="at least $((2 * fio_all + 48 + 3 * fio_fixed))"
	[ "$block_pins" = yes ] || fio_pages=$((3 * fio_fixed))
	clean 'fio: psync, libaio and io_uring on xfs, btrfs and a disk' "$fio_pages" "$suite" --do fio_rest
}

# All at once, on two processors. Not io-uring: that of 0.15 ends with an error of its own (statx).
case_stress()
{
	clean 'stress-ng: vm-rw, vm-splice, aiol and hdd' 'at least 1' \
		stress-ng --quiet --timeout 60 --temp-path "$work/ext4" \
		--vm-rw 1 --vm-rw-ops 10 --vm-rw-bytes 256K \
		--vm-splice 1 --vm-splice-ops 100 \
		--aiol 1 --aiol-ops 20 \
		--hdd 1 --hdd-ops 30 --hdd-bytes 1M --hdd-opts direct --hdd-write-size 64k
}

# A processor that was off at the start has no ring and no lane of its own, and shares another's.
cpu1=/sys/devices/system/cpu/cpu1/online

work_late_cpu()
{
	echo 1 >$cpu1
	taskset -c 1 "$live/pvm" -c 50 -n 1 &
	taskset -c 0 "$live/pvm" -c 50 -n 1
	wait $! && taskset -c 1 "$live/pvm" -c 4 -n 16 -w && taskset -c 1 "$live/uring_hold" -n 1024 release
}

case_late_cpu()
{
	echo 0 2>"$work/offline" >$cpu1 || not_here "a processor cannot be taken off: $(cat "$work/offline")"
	clean 'a processor that comes online during the run' $((50 + 50 + 64 + 1024)) "$suite" --do late_cpu
}
