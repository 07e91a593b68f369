// SPDX-License-Identifier: GPL-2.0
/*
 * The programs on the kernel's functions, one object: all of them share its maps. Its files are
 * compiled as one and not linked, as the linker of libbpf 1.1 (`bpftool gen object`) refuses a
 * kfunc that two files use ("failed to resolve size of underlying type").
 *
 * A program is named <mechanism>_<kernel function>; include/pinacct/hooks.h says which are wanted.
 */
#include "hooks/calibrate.bpf.c"
#include "hooks/pin_counters.bpf.c"

#include "hooks/acquire.bpf.c"
#include "hooks/release.bpf.c"

#include "hooks/bio.bpf.c"
#include "hooks/file.bpf.c"

#include "hooks/get.bpf.c"
#include "hooks/page_ref.bpf.c"

#include "hooks/page_life.bpf.c"
#include "hooks/task_life.bpf.c"

char LICENSE[] SEC("license") = "GPL";
