/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files capture*.c share: the state of one capture, and the steps that they do for each
 * other. Nobody else includes this.
 */
#ifndef PINACCT_CAPTURE_IMPL_H
#define PINACCT_CAPTURE_IMPL_H

#include <string.h>
#include "base/progress.h"
#include "capture/capture.h"
#include "capture/counters.h"
#include "capture/lanes.h"
#include "capture/merge.h"
#include "capture/sample.h"
#include "capture/symbolise.h"
#include "record/ns_pids.h"
#include "pinacct.skel.h"

struct capture {
	struct capture_opts opts;
	record_fn sink;
	void *sink_arg;
	struct kernel kernel;
	struct attach_plan plan;
	struct pinacct_bpf *skel;
	struct ring_buffer *rb;
	unsigned nr_cpus;     /* possible ones */
	u32 *channel_of;      /* by CPU: channels.h */
	unsigned nr_channels; /* each has a ring and a lane */
	int *ring_fds;
	struct lanes *lanes;
	unsigned lane_bits;
	struct counters *counters;
	struct sampler sampler;
	struct merge *merge;
	struct symboliser *sym;
	u64 drained_ns; /* start of the last drain */
	u64 misses_read_ns;
	struct rec_vmstat witness; /* at the start */
	u8 record_by;		   /* RECORDING_BY_* */
	u32 own_pins;		   /* VMSTAT_F_OWN_*: of our own pins before recording began */
	struct ns_pids ns_pids;	   /* of the tasks of our PID namespace; none in the initial one */
	struct progress progress;  /* of opening */
	u64 step_ns;		   /* when the last step of the start was done */
	bool started;
};

/*
 * capture_load.c: opens, configures and loads the object, and makes the rings. 0 or -errno, with a
 * line in err if it is more than the errno says.
 */
int capture__load(struct capture *c, char *err, size_t err_sz);
/*
 * capture_calibrate.c: lets the kernel's side find the struct pages, and learns who we are to it
 * (c->kernel.self). Before attaching. 0 or -errno.
 */
int capture__calibrate(struct capture *c);
/*
 * capture_calibrate.c: pins pages of our own and looks what the programs see of it. After
 * attaching, before recording.
 */
void capture__learn_from_own_pins(struct capture *c);
/*
 * capture_calibrate.c: the same, without learning anything. While recording is off, so that the
 * pins are in no table. VMSTAT_F_OWN_TRIED if a page was pinned, and VMSTAT_F_OWN_SEEN if the
 * programs saw the pin and its release; 0 when the system refused it (a seccomp filter).
 */
u32 capture__make_own_pins(struct capture *c);
/* capture_drain.c: queues a record from a ring. A ring_buffer_sample_fn; arg is the capture. */
int capture__on_sample(void *arg, void *data, size_t sz);
/* capture_drain.c: queues what is in the rings and lanes by now. 0 or -errno. */
int capture__drain(struct capture *c);
/* capture_drain.c: hands over the queued records up to and with until_ns. */
int capture__deliver(struct capture *c, u64 until_ns);
/* Says with -vv how long a step of the start took. */
void capture__step_done(struct capture *c, const char *step);

/* Cuts off what does not fit. dst is zeroed already, and stays terminated. */
static inline void put_text(char *dst, size_t sz, const char *src)
{
	size_t n = strlen(src);

	memcpy(dst, src, n < sz ? n : sz - 1);
}

#endif
