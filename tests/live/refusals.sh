# shellcheck shell=sh disable=SC2034,SC2154
# Where tracing is refused: status 4, one line that says why and what to do. And where it only looks as if it were.

# refused NAME REGEX COMMAND...: pinacct run by COMMAND.
refused()
{
	begin "refused: $1"
	refused_why=$2
	shift 2
	# shellcheck disable=SC2086 # a command and its arguments
	inside "$@"
	tool check -- true
	wants_status 4
	wants_stderr_lines 1
	grep -Eq -e "$refused_why" "$work/stderr" || wrong "'$(cat "$work/stderr")' does not say '$refused_why'"
	end
}


# works NAME COMMAND...
works()
{
	begin "$1"
	shift
	inside "$@"
	tool check -- "$live/uring_hold" -n 64 release
	wants_clean 64
	end
}

# Capabilities of a root that has no others.
only()
{
	echo "setpriv --bounding-set -all,$1 --inh-caps -all"
}

case_refusals()
{
	echo 0 >/proc/sys/net/core/bpf_jit_enable
	refused 'no BPF JIT' 'sysctl -w net.core.bpf_jit_enable=1' env
	echo 1 >/proc/sys/net/core/bpf_jit_enable
	refused 'a user namespace' 'run outside of it' unshare -U -r
	refused 'no /proc' 'mount -t proc' unshare -m "$suite" --do without /proc
	refused 'no /sys' 'mount -t sysfs' unshare -m "$suite" --do without /sys
	refused 'a hard limit of open files' 'ulimit -n [0-9]+' prlimit --nofile=64:64 setpriv --bounding-set -sys_resource
	# shellcheck disable=SC2046 # words
	refused 'no CAP_PERFMON' 'CAP_BPF and CAP_PERFMON' $(only +bpf)
	refused 'a memory cgroup that is too small' 'raise its memory.max' "$suite" --do confined 40M
	if [ "$block_pins" = no ]; then
		refused 'as a later process of a PID namespace' 'nsenter -t 1 -p' unshare -p -f "$suite" --do second_process
	fi
}

# A command that another one runs: what is mounted over is gone for it.
work_without()
{
	mount -t tmpfs none "$1"
	shift
	"$@"
}

# The first process of the namespace is the shell.
work_second_process()
{
	"$@"
	return
}

work_confined()
{
	mkdir -p "$work/cgroup"
	mountpoint -q "$work/cgroup" || mount -t cgroup2 none "$work/cgroup"
	echo +memory >"$work/cgroup/cgroup.subtree_control"
	mkdir -p "$work/cgroup/confined"
	echo "$1" >"$work/cgroup/confined/memory.max"
	echo $$ >"$work/cgroup/confined/cgroup.procs"
	shift
	"$@"
}

case_containers()
{
	works 'a soft limit of open files is raised' prlimit --nofile=64:4096
	works 'a mount, a cgroup, a network, an IPC and a UTS namespace' unshare -m -C -n -i -u
	# libbpf 1.1 asks modules for what this kernel's own BTF has not
	containers_module_btf=
	[ "$block_pins" = yes ] || containers_module_btf=,+sys_admin
	# shellcheck disable=SC2046 # words
	works 'CAP_BPF and CAP_PERFMON, and on 6.1 CAP_SYS_ADMIN' $(only "+bpf,+perfmon$containers_module_btf")
	echo 2 >/proc/sys/kernel/kptr_restrict
	begin 'kernel.kptr_restrict=2: names in stacks'
	net=$(vm_net)
	undone_by kill_helpers "$work/helper"
	tool check --settle 500ms -- "$live/uring_hold" -n 64 -s 600 -p "$work/helper" child
	echo 0 >/proc/sys/kernel/kptr_restrict
	wants_status 23
	wants_stdout '^        __x64_sys_io_uring_register\+0x'
	end_helper "$work/helper" "$net"
	end
}
