# shellcheck shell=sh disable=SC2154
# Workloads that leave nothing behind: exit 0, every page accounted for.

# case_uring: one buffer, registered and unregistered.
case_uring()
{
	clean 'io_uring buffer, small pages' 64 "$live/uring_hold" -n 64 release
	clean 'io_uring buffer, transparent huge pages' 1024 "$live/uring_hold" -n 1024 -b thp release
	clean 'io_uring buffer, hugetlb' 1024 "$live/uring_hold" -n 1024 -b hugetlb release
}

case_process_vm()
{
	clean 'process_vm_readv' 160 "$live/pvm" -c 10 -n 16
	clean 'process_vm_readv, scattered' 320 "$live/pvm" -c 10 -n 32 -x
	clean 'process_vm_writev' 160 "$live/pvm" -c 10 -n 16 -w
	clean 'process_vm_readv, transparent huge pages' 1024 "$live/pvm" -c 2 -n 512 -b thp
	clean 'process_vm_readv, hugetlb' 1024 "$live/pvm" -c 2 -n 512 -b hugetlb
}

# References, no pins (KERNEL-FACTS 5.4: vmsplice).
case_vmsplice()
{
	clean 'vmsplice pins nothing' 0 "$live/vmsplice_pump" -c 10 -n 16
	clean 'vmsplice with SPLICE_F_GIFT pins nothing' 0 "$live/vmsplice_pump" -c 10 -n 16 -g
}

# The registration pins, the I/O does not: a BVEC iterator has no user pages.
case_fixed()
{
	for fixed_on in ext4 xfs btrfs; do
		clean "io_uring fixed I/O on $fixed_on" 32 \
			"$live/fixed_io" -c 4 -s 65536 "$work/$fixed_on/fixed"
	done
	clean 'io_uring fixed I/O on a block device, transparent huge pages' 1024 \
		"$live/fixed_io" -c 2 -s 2097152 -b thp "$raw_disk"
}

# fio_on FILE OPTION...
fio_on()
{
	fio_file=$1
	shift
	fio --output="$work/fio.out" --filename="$fio_file" --size=4M --direct=1 --randrepeat=1 \
		--norandommap "$@"
}

# One after the other: three engines, all four patterns, small and large blocks; buffers from the
# heap, in transparent huge pages (mmap) and in reserved ones (mmaphuge).
fio_direct()
{
	fio_on "$1" --stonewall \
		--name=a --ioengine=psync --rw=write --bs=1M --mem=mmaphuge \
		--name=b --ioengine=psync --rw=randwrite --bs=4k --number_ios=48 \
		--name=c --ioengine=libaio --iodepth=8 --rw=randread --bs=4k --number_ios=48 \
		--name=d --ioengine=libaio --iodepth=2 --rw=write --bs=1M --mem=mmap \
		--name=e --ioengine=io_uring --iodepth=8 --rw=randwrite --bs=4k --number_ios=48 \
		--name=f --ioengine=io_uring --iodepth=2 --rw=read --bs=1M
}

fio_fixed()
{
	fio_on "$1" --name=g --ioengine=io_uring --iodepth=4 --rw=randrw --bs=4k --number_ios=48 \
		--fixedbufs --registerfiles
}

# A function cannot be the command of `check`; this script can, when it is called as one.
case_fio()
{
	for fio_where in ext4 xfs btrfs raw; do
		fio_path=$work/$fio_where/fio
		[ "$fio_where" != raw ] || fio_path=$raw_disk
		clean "fio, O_DIRECT on $fio_where" "$block_pages" \
			"$suite" --fio direct "$fio_path"
		clean "fio, fixed buffers on $fio_where" some "$suite" --fio fixed "$fio_path"
	done
}

# stress STRESSOR PAGES OPTION...
stress()
{
	stress_name=$1
	stress_pages=$2
	shift 2
	clean "stress-ng $stress_name" "$stress_pages" \
		stress-ng --quiet --timeout 30 --temp-path "$work/ext4" "--$stress_name" 1 "$@"
}

# Not io-uring: that of 0.15 ends with an error of its own on newer kernels (statx).
case_stress()
{
	stress vm-rw some --vm-rw-ops 10 --vm-rw-bytes 256K
	stress vm-splice 0 --vm-splice-ops 100
	stress aiol "$block_pages" --aiol-ops 20
	stress hdd "$block_pages" --hdd-ops 30 --hdd-bytes 1M --hdd-opts direct \
		--hdd-write-size 64k
}
