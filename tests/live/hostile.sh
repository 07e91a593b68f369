# shellcheck shell=sh disable=SC2034,SC2154
# Names that a user without rights gives to a process and root to a cgroup, made to be obeyed by whoever shows them.

# wants_harmless FORMAT: on both streams.
wants_harmless()
{
	python3 "$root/tests/cli/harmless.py" "$1" <"$work/stdout" >"$work/why" 2>&1 || wrong "$(tail -n 1 "$work/why")"
	python3 "$root/tests/cli/harmless.py" text <"$work/stderr" >"$work/why" 2>&1 ||
		wrong "stderr: $(tail -n 1 "$work/why")"
}

# A task's name is that of the file which it executes: 15 bytes of it.
make_hostile()
{
	hostile_name=$(printf '\033]0;x\007\302\233\377\n::e')
	hostile_dir=$work/hostile
	mkdir -p "$hostile_dir"
	chmod 777 "$hostile_dir"
	cp "$live/uring_hold" "$hostile_dir/$hostile_name"
	as_nobody="setpriv --reuid 65534 --regid 65534 --clear-groups"
	shown='\\x1b\]0;x\\x07\\xc2\\x9b\\xff\\x0a::e'
}

case_hostile()
{
	if ! command -v python3 >/dev/null || ! command -v setpriv >/dev/null; then
		begin 'names made to be obeyed'
		not_here 'no python3 or setpriv'
		end
		return
	fi
	make_hostile
	hostile_net=$(vm_net) # the legacy direct I/O of other cases has moved it: folio_add_pin() is not counted
	for format in text json; do
		begin "watch: a name with ESC, BEL, C1, a newline and no UTF-8 is text, as $format"
		json=
		[ $format = text ] || json=--json
		# shellcheck disable=SC2086 # a command and its arguments; an option or nothing
		tool watch $json -n 2 -i 500ms -- $as_nobody "$hostile_dir/$hostile_name" -n 32 -s 3 release
		wants_harmless $format
		[ $format = text ] || shown='\\\\x1b\]0;x\\\\x07\\\\xc2\\\\x9b\\\\xff\\\\x0a::e'
		wants_stdout "$shown"
		wait_until 10 net_is "$hostile_net" || wrong "$(vm_net) pages still pinned"
		end
	done
	for format in text github; do
		begin "check: what a task of such a name leaves pinned, as $format"
		undone_by kill_helpers "$work/helper"
		# shellcheck disable=SC2016,SC2086 # for the inner shell; a command and its arguments
		tool check --format $format -- sh -c '"$@" & echo $! >"$0"; sleep 1' "$work/helper" \
			$as_nobody "$hostile_dir/$hostile_name" -n 16 -s 600 release
		wants_status 23
		wants_harmless $format
		wants_stdout 'still pinned by \\x1b\]0;x\\x07\\xc2\\x9b\\xff\\x0a::e\['
		[ -n "$case_skip" ] || end_helper "$work/helper" "$hostile_net"
		end
	done
	begin 'snapshot: a cgroup of such a name'
	hostile_group=/sys/fs/cgroup/$(printf '\033[31m\302\233::x')
	if echo +memory >/sys/fs/cgroup/cgroup.subtree_control && mkdir "$hostile_group"; then
		sh -c 'echo $$ >"$1/cgroup.procs" && shift && exec "$@"' sh "$hostile_group" \
			"$live/uring_hold" -n 8 -s 600 -p "$work/helper" child
		tool snapshot
		wants_status 0
		wants_harmless text
		wants_stdout '\\x1b\[31m\\xc2\\x9b::x'
		tool snapshot --json
		wants_harmless json
		end_helper "$work/helper" "$hostile_net"
		rmdir "$hostile_group"
	else
		not_here 'no cgroup v2'
	fi
	end
}
