# shellcheck shell=sh disable=SC2034,SC2154
# The conversion audit: what it says of this kernel against what the kernel's source says.

case_audit()
{
	begin 'audit: every file system, every way in, as the source has it'
	tool audit --exercise all -o "$out/audit.rec"
	wants_status 0
	wants_summary 'clean; 0 findings; [0-9]+ risks? \(get-for-data [0-9]+\); [0-9]+ pages pinned, [0-9]+ released, 0 open; lost 0; stacks [0-9]+'
	audit_expected=$(audit_rules)
	audit_differs=$("$root/tests/audit/compare" "$audit_expected" "$work/stdout" | head -n 3)
	[ -z "$audit_differs" ] || wrong "$audit_differs"
	[ -z "$(losetup -a)" ] || wrong 'loop devices are left'
	! grep -q ^exercise /proc/mounts || wrong 'a mount is left'
	[ -z "$(audit_helpers)" ] || wrong "left: $(audit_helpers)"
	end
	begin 'audit: killed in the middle, nothing is left'
	"$pinacct" audit --exercise ext4,loop,fuse,nfs >"$work/stdout" 2>"$work/stderr" &
	audit_pid=$!
	wait_until 60 audit_began || wrong 'it started no server'
	kill -KILL "$audit_pid" || wrong 'it ended before it could be killed'
	wait "$audit_pid" 2>/dev/null
	wait_until 30 audit_gone || wrong "left: $(losetup -a) $(audit_helpers)"
	end
}

# The rules of this kernel, or of the newest before it that has some of its own.
audit_rules()
{
	audit_own=$root/tests/audit/expected-$(uname -r | cut -d. -f1,2)
	printf '%s\n' "$audit_own" "$root"/tests/audit/expected-* | sort -uV | sed "\\|^$audit_own\$|q" |
		while read -r audit_rules; do [ ! -e "$audit_rules" ] || echo "$audit_rules"; done | tail -n 1
}

# Its own processes, and the threads of its NFS server.
audit_helpers()
{
	cat /proc/[0-9]*/comm 2>/dev/null | grep -E '^(nfsd|exercise-.*)$'
}

# The server is made last.
audit_began()
{
	grep -q ext4 /sys/block/loop*/loop/backing_file 2>/dev/null && audit_helpers | grep -q nfsd
}

audit_gone()
{
	[ -z "$(losetup -a)" ] && [ -z "$(audit_helpers)" ] && ! ls -d /tmp/ext4.img >/dev/null 2>&1
}
