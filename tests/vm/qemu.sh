# shellcheck shell=sh
# The machine: which hardware, which kernel arguments. Its size and parts are
# the options of `run`, and the caller's variables of the same names.
# shellcheck disable=SC2154
#
# Pure emulation (TCG): it is the same on every host, and instruction counts
# come out exact. It is also 10 to 50 times slower than the metal, so every
# watchdog of the kernel gets that much more patience; none is switched off.
# The last two spare each boot the self-tests of the kernel's ciphers. And the emulator translates code anew for
# each address where it stands: with programs at random addresses each start of one takes 42 ms, not 14.

kernel_args="\
console=ttyS0 earlyprintk=ttyS0 loglevel=5 panic=-1 log_buf_len=4M printk.devkmsg=on \
no_timer_check tsc=reliable clocksource=tsc \
watchdog_thresh=60 rcupdate.rcu_cpu_stall_timeout=300 \
rcupdate.rcu_exp_cpu_stall_timeout=21000 workqueue.watchdog_thresh=300 \
sysctl.kernel.hung_task_timeout_secs=600 random.trust_cpu=on norandmaps \
cryptomgr.notests initcall_blacklist=jent_mod_init"

# ERMS and FSRM tell the kernel that copying bytes with one instruction is fast.
# Emulated, it is a loop over single bytes; without the promise the kernel moves
# whole words. A fifth level of page tables only makes each TLB miss dearer.
processor=max,-erms,-fsrm,-la57

# One port for each thing that comes back. The console is for reading only:
# kernel messages would mix with whatever a test prints.
ports='status dmesg stdout stderr'

# add ARG...: to the machine's command line, a line each.
add()
{
	printf '%s\n' "$@" >>"$box/machine"
}

# QEMU reads commas in a value as the end of it unless they are doubled.
option_value()
{
	printf '%s' "$1" | sed 's/,/,,/g'
}

# All processors of a machine take turns in one thread. With a thread each, a guest that patches its code
# (attaching a probe does, and booting) now and then dies of a breakpoint that was already taken back:
# `Oops: int3` in the function, seen on 6.12. Two machines at a time use two processors as well.
add_accelerator()
{
	add -accel tcg,thread=single
	[ "$icount" != yes ] || add -icount shift=0,sleep=off
}

# Before the devices that it is to see. The spare one is for somebody to take over (VFIO); the interrupts of all
# go their old ways.
add_iommu()
{
	[ "$iommu" = yes ] || return 0
	add -device intel-iommu,intremap=off -device pci-testdev
	append="$append intel_iommu=on"
}

# Memory that can be added needs a slot, and somebody to ask: the guest has this machine's monitor at a port.
# The machine connects to itself, so there is nothing for the host to do.
add_spare()
{
	[ -n "$spare" ] || return 0
	spare_monitor=$(option_value "$box/monitor")
	add -chardev "socket,id=monitor-server,path=$spare_monitor,server=on,wait=off"
	add -mon chardev=monitor-server,mode=control
	add -chardev "socket,id=monitor,path=$spare_monitor"
	add -device virtserialport,chardev=monitor,name=monitor
}

add_ports()
{
	add -device virtio-serial-pci
	for machine_port in $ports; do
		add -chardev "file,id=$machine_port,path=$(option_value "$box/$machine_port")"
		add -device "virtserialport,chardev=$machine_port,name=$machine_port"
	done
}

# add_share TAG FOLDER OPTIONS
add_share()
{
	add -fsdev "local,id=$1,path=$(option_value "$2"),security_model=none,multidevs=remap$3"
	add -device "virtio-9p-pci,fsdev=$1,mount_tag=$1"
}

# add_disk N SIZE: sparse, and gone with the box.
add_disk()
{
	truncate -s "$2" "$box/disk$1" || usage_error "--disk: '$2' is no size"
	add -drive "file=$(option_value "$box/disk$1"),id=disk$1,if=none,format=raw,cache=unsafe,discard=unmap"
	add -device "virtio-blk-pci,drive=disk$1"
}

# describe_machine: writes the whole command line to $box/machine.
describe_machine()
{
	: >"$box/machine"
	add -nodefaults -no-user-config -display none -no-reboot
	add -machine q35 -cpu "$processor" -smp "$cpus"
	add -m "$memory${spare:+,slots=8,maxmem=$((memory + ${spare:-0}))M}"
	add_accelerator
	add_iommu
	add -kernel "$image" -initrd "$box/initrd" -append "$kernel_args $append"
	add -serial "file:$(option_value "$box/console")"
	add_ports
	add_spare
	add_share root / ,readonly=on
	[ -z "$out" ] || add_share out "$out" ''
	for machine_share in $shares; do
		mkdir "$box/share.$machine_share" || usage_error "--share: '$machine_share' is no name"
		add_share "$machine_share" "$box/share.$machine_share" ''
	done
	disk_number=0
	for machine_disk in $disks; do
		add_disk "$disk_number" "$machine_disk"
		disk_number=$((disk_number + 1))
	done
}

# start_machine: in the background, as $machine_pid. Whatever way this shell
# dies, the machine dies with it.
start_machine()
{
	start_newline='
'
	(
		IFS=$start_newline
		set -f
		# shellcheck disable=SC2046 # one argument a line
		exec setpriv --pdeathsig KILL timeout -k 5 "$limit" \
			setpriv --pdeathsig KILL qemu-system-x86_64 $(cat "$box/machine")
	) </dev/null >"$box/qemu.log" 2>&1 8>&- 7>&- &
	# shellcheck disable=SC2034 # the caller waits for it
	machine_pid=$!
}
