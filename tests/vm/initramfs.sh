# shellcheck shell=sh
# The two parts of the guest's initramfs.
#
# The base (busybox and the few modules that reach the host's root) is the same
# for every boot of a kernel and is cached. What differs from boot to boot is a
# small archive of its own; the kernel unpacks one after the other.
#
# Uses $box, the run's own folder, and $vm_dir.
# shellcheck disable=SC2154

# What the guest needs before it has the host's root; a kernel may have any of
# them built in.
boot_modules='virtio_pci virtio_console virtio_blk 9p 9pnet_virtio overlay'

# pack FOLDER: its files as an archive on stdout.
pack()
{
	(cd "$1" && find . -mindepth 1 | cpio -o -H newc --quiet -R 0:0)
}

# module_files KERNEL: what to insert, each after what it needs, each once.
module_files()
{
	# shellcheck disable=SC2086 # a list of names
	modprobe -d "$1" -S "$(kernel_release "$1")" --show-depends -a $boot_modules 2>/dev/null |
		awk '$1 == "insmod" && !seen[$2]++ { print $2 }'
}

# plain_module FILE TARGET: without compression; the host is the faster one.
plain_module()
{
	case $1 in
	*.xz) xz -dc "$1" >"$2" ;;
	*.zst) zstd -q -dc "$1" >"$2" ;;
	*.gz) gzip -dc "$1" >"$2" ;;
	*) cp "$1" "$2" ;;
	esac
}

# fill_base KERNEL FOLDER
fill_base()
{
	mkdir -p "$2/bin" "$2/modules"
	: >"$2/modules/order"
	cp "$(command -v busybox)" "$2/bin/busybox"
	module_files "$1" >"$2/files"
	while read -r base_file; do
		base_name=${base_file##*/}
		base_name=${base_name%%.ko*}.ko
		plain_module "$base_file" "$2/modules/$base_name"
		printf '%s\n' "$base_name" >>"$2/modules/order"
	done <"$2/files"
	rm "$2/files"
}

# base_archive KERNEL: prints the cached archive, made anew when it is older
# than what it is made of.
base_archive()
{
	base_target=$(cache_dir)/initramfs/$(printf '%s' "$1" | cksum | tr ' ' -).cpio
	if [ ! -e "$base_target" ] ||
		[ -n "$(find "$1/lib/modules" "$(command -v busybox)" "$vm_dir/initramfs.sh" \
			-maxdepth 2 -newer "$base_target" | head -n 1)" ]; then
		mkdir -p "${base_target%/*}"
		fill_base "$1" "$box/base"
		pack "$box/base" >"$box/base.cpio"
		mv "$box/base.cpio" "$base_target.$$"
		mv "$base_target.$$" "$base_target"
		rm -rf "$box/base"
	fi
	printf '%s\n' "$base_target"
}

# boot_archive KERNEL FOLDER: base and FOLDER as one initramfs on stdout.
boot_archive()
{
	boot_base=$(base_archive "$1")
	cat "$boot_base"
	pack "$2"
}
