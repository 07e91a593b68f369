# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2034,SC2154
# The long-term inventory, provoked by real users of each API.

# NAME SUBSYSTEM BACKING FS MODE COMMAND...: who is to have a row, and how it is made.
longterm_users()
{
	cat <<-END
	uring-anon	io_uring	anon	-	longterm	hold_longterm uring anon
	uring-shmem	io_uring	shmem	-	longterm	hold_longterm uring shmem
	uring-hugetlb	io_uring	hugetlb	-	longterm	hold_longterm uring hugetlb
	uring-huge-memfd	io_uring	hugetlb	-	longterm	hold_longterm uring hugetlb-shared
	uring-file	io_uring	file	ext4	longterm	hold_longterm uring $work/ext4/longterm
	rdma-anon	rdma	anon	-	longterm	hold_rdma region anon
	rdma-shmem	rdma	shmem	-	longterm	hold_rdma region shmem
	rdma-file	rdma	file	ext4	longterm	hold_rdma region $work/ext4/longterm
	xdp	af_xdp	anon	-	longterm	hold_longterm xdp anon
	udmabuf	udmabuf	shmem	-	longterm	hold_longterm udmabuf shmem
	v4l2	v4l2	anon	-	longterm	hold_device v4l2 /dev/video0
	vfio	vfio	anon	-	longterm	hold_device vfio /dev/vfio/$longterm_group
	kvm	kvm	anon	-	get	hold_device kvm /dev/kvm
	vmsplice	vmsplice	anon	-	get	hold_longterm vmsplice anon
	process_vm	process_vm	anon	-	pin	longterm_pvm
	END
}

# pvm says nothing of pages; it reads 4 of them once.
longterm_pvm()
{
	"$live/pvm" -n 4 -c 1 >/dev/null && echo 4
}

# Runs in the command under test: leaves the pages, or the reason why not, behind.
work_longterm()
{
	longterm_group=$1
	longterm_users | while read -r name _ _ _ _ program arguments; do
		[ "$program" = longterm_pvm ] || program=$live/$program
		user_status=0
		# shellcheck disable=SC2086 # words
		"$program" $arguments >"$work/longterm/$name" 2>"$work/longterm/$name.why" || user_status=$?
		echo "$user_status" >"$work/longterm/$name.status"
	done
}

# A software RDMA device on a network device of its own; a camera; the box's spare device, for VFIO.
longterm_devices()
{
	ip link add lt0 type dummy && ip link set lt0 up
	modprobe rdma_rxe && modprobe ib_uverbs && rdma link add lt_rxe type rxe netdev lt0
	modprobe vivid n_devs=1 node_types=0x1
	modprobe kvm_amd
	modprobe vfio_iommu_type1 allow_unsafe_interrupts=1 # the box remaps none
	modprobe vfio-pci
	for longterm_device in /sys/bus/pci/devices/*; do
		[ "$(cat "$longterm_device/vendor" "$longterm_device/device" | tr -d '\n')" = 0x1b360x0005 ] || continue
		echo vfio-pci >"$longterm_device/driver_override"
		echo "${longterm_device##*/}" >/sys/bus/pci/drivers_probe
		longterm_group=$(basename "$(readlink -f "$longterm_device/iommu_group")")
	done
} >"$work/devices" 2>&1

# longterm_sum SUBSYSTEM BACKING FS MODE: the pages of all makers of that row, and how many they were.
longterm_sum()
{
	while read -r sum_name sum_subsystem sum_backing sum_fs sum_mode _; do
		[ "$sum_subsystem $sum_backing $sum_fs $sum_mode" = "$*" ] || continue
		[ "$(cat "$work/longterm/$sum_name.status")" != 0 ] || cat "$work/longterm/$sum_name"
	done <"$work/longterm.users" | awk '{ pages += $1; n++ } END { print pages, n }'
}

# A row, with as many pages as its makers said.
wants_longterm()
{
	longterm_pages=$(longterm_sum "$2" "$3" "$4" "$5")
	longterm_makers=${longterm_pages#* }
	longterm_pages=${longterm_pages% *}
	[ "$5" != get ] || longterm_pages='[1-9][0-9]*'
	wants_stdout "^$2 +$3 +$4 +$5 +[0-9-]+ +(-|[0-9.]+ [KMG]iB) +$longterm_pages +$longterm_makers  "
}

longterm_row()
{
	begin "longterm: $1, $2 of $3, $5"
	cp "$work/longterm.text" "$work/stdout"
	case $(cat "$work/longterm/$1.status") in
	0) wants_longterm "$@" ;;
	77) not_here "$(cat "$work/longterm/$1.why")" ;;
	*) wrong "$(tail -n 1 "$work/longterm/$1.why")" ;;
	esac
	end
}

case_longterm()
{
	mkdir -p "$work/longterm"
	longterm_group=none
	longterm_devices
	begin 'longterm: real users of every API, recorded'
	tool record --gets all -o "$out/longterm.rec" -- "$suite" --do longterm "$longterm_group"
	wants_status 0
	tool report -i "$out/longterm.rec" --view longterm
	wants_status 0
	wants_net 0
	wants_stdout '^longterm-file: 16 pages .* of a file mapping held with FOLL_LONGTERM by hold_rdma'
	wants_stdout '^    file: ext4 [0-9]+:[0-9]+ inode [0-9]+'
	# memory of huge pages is never written back, whatever file it is of
	wants_no_stdout '^    file: hugetlbfs'
	# the recording is written by direct I/O of the 9p client, or of the file system
	wants_no_stdout ' pin .*pinacct\['
	cp "$work/stdout" "$work/longterm.text"
	end
	longterm_users >"$work/longterm.users"
	while read -r longterm_name longterm_subsystem longterm_backing longterm_fs longterm_mode _; do
		longterm_row "$longterm_name" "$longterm_subsystem" "$longterm_backing" "$longterm_fs" "$longterm_mode"
	done <"$work/longterm.users"
	longterm_not_shipped
	longterm_live
}

# What no kernel of the matrix has, or lets be used without special hardware.
longterm_not_shipped()
{
	for longterm_module in iommufd vhost_vdpa; do
		begin "longterm: $longterm_module"
		if ! modinfo "$longterm_module" >/dev/null 2>&1; then
			not_here "this kernel has no module $longterm_module"
		else
			not_here "it is there, and no vdpa device without a driver of user space is (vdpa_sim, vp_vdpa are not shipped)"
		fi
		end
	done
}

# Pins that stay, asked themselves; and one from before the start.
longterm_live()
{
	begin 'longterm: what is pinned now, and what was before'
	net=$(vm_net)
	# below zero: folio_add_pin() was not counted there, its release was; no page is pinned for that
	[ "$net" -gt 0 ] && there=$net || there=0
	"$live/uring_hold" -n 8 -s 600 -p "$work/helper" child
	undone_by kill_helpers "$work/helper2"
	tool check --view longterm -- "$live/uring_hold" -n 24 -s 600 -p "$work/helper2" child
	wants_status 23
	wants_stdout '^io_uring +anon +- +longterm +24 +96 KiB +24 +1  ring-keeper\[[0-9]+\], 24$'
	wants_stdout "^before the start +anon +- +- +$((8 + there)) +(-|[0-9.]+ [KMG]iB) +$((8 + there)) +-  -\$"
	tool snapshot --view longterm
	wants_row "$((32 + there))" "$((32 + there))" small anon
	end_helper "$work/helper2" "$((8 + net))"
	end_helper "$work/helper" "$net"
	end
}
