# shellcheck shell=sh
# What the scripts of the test box share: messages, the kernel table, the cache.
#
# The caller sets $vm_dir to this folder before it reads this file.
# shellcheck disable=SC2154

vm_prog=${0##*/}

say()
{
	printf 'vm %s: %s\n' "$vm_prog" "$*" >&2
}

die()
{
	say "$*"
	exit 1
}

# Wrong use, as opposed to a box that does not work.
usage_error()
{
	say "$*"
	exit 2
}

# One folder for everything that can be fetched or built again.
cache_dir()
{
	printf '%s\n' "${PINACCT_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pinacct}"
}

# The table without its comments: NAME WHEN SUITES PARTS RELEASE ROOT.
kernel_table()
{
	grep -v -e '^#' -e '^[[:space:]]*$' "$vm_dir/kernels.list"
}

kernel_names()
{
	kernel_table | awk '{ print $1 }'
}

# Those of every test run.
tested_kernels()
{
	kernel_table | awk '$2 == "always" { print $1 }'
}

# The names on one line, for messages.
kernel_choice()
{
	kernel_names | paste -s -d ' '
}

# kernel_row NAME: its line of the table, or nothing.
kernel_row()
{
	kernel_table | awk -v name="$1" '$1 == name'
}

# need TOOL...: one message for all that is missing.
need()
{
	need_missing=
	for need_tool; do
		command -v "$need_tool" >/dev/null 2>&1 || need_missing="$need_missing $need_tool"
	done
	[ -z "$need_missing" ] || die "missing:$need_missing (tools/deps test installs them)"
}

# kernel_release FOLDER: the release whose modules the folder holds.
kernel_release()
{
	for kernel_modules in "$1"/lib/modules/*/; do
		[ -d "$kernel_modules" ] || return 1
		kernel_modules=${kernel_modules%/}
		printf '%s\n' "${kernel_modules##*/}"
		return 0
	done
}

# kernel_image FOLDER: the image in it that boots soonest.
kernel_image()
{
	for kernel_file in "$1"/vmlinux "$1"/vmlinuz "$1"/bzImage "$1"/boot/vmlinuz-* "$1"/lib/modules/*/vmlinuz; do
		if [ -f "$kernel_file" ]; then
			printf '%s\n' "$kernel_file"
			return 0
		fi
	done
	return 1
}
