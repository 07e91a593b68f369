# shellcheck shell=sh
# Finds what the guest's kernel complained of. Uses $box and $vm_dir.
# shellcheck disable=SC2154

# patterns FILE: its lines without comments.
patterns()
{
	grep -v -e '^#' -e '^[[:space:]]*$' "$1"
}

# splats LOG: the lines that no test may pass over, with their numbers.
splats()
{
	patterns "$vm_dir/splat.deny" >"$box/deny"
	patterns "$vm_dir/splat.allow" >"$box/allow" || true
	grep -a -n -E -f "$box/deny" "$1" | grep -a -v -E -f "$box/allow"
}

# report_splats LOG: fails when there are any, and shows the log from the first
# one on; a trace is worth its surroundings.
report_splats()
{
	splat_first=$(splats "$1" | head -n 1)
	[ -n "$splat_first" ] || return 0
	say "the guest's kernel complained: ${splat_first#*:}"
	tail -n "+${splat_first%%:*}" "$1" | head -n 60 | sed 's/^/    /' >&2
	return 1
}
