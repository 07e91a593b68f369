// SPDX-License-Identifier: GPL-2.0
/* From the rings and lanes, through the merge by time, to the sink. */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <bpf/libbpf.h>
#include "capture/capture_impl.h"
#include "capture/expand_list.h"

/* Programs that the kernel skipped are asked for with a system call each: not more often. */
#define MISSES_EVERY_NS 1000000000ull

static int deliver(void *arg, const struct rec_hdr *rec)
{
	struct capture *c = arg;

	if (rec->kind == REC_NS_PID && ns_pids__add(&c->ns_pids, (const struct rec_ns_pid *)rec))
		return -ENOMEM;
	if (rec->kind == REC_STACK)
		return symboliser__stack(c->sym, (const struct rec_stack *)rec, c->sink,
					 c->sink_arg);
	return c->sink(c->sink_arg, rec);
}

/*
 * Each CPU has two queues in the merge, for what came by a ring and by a lane: each of them is in
 * order of time, also where CPUs share these.
 */
static int queue_ring(void *arg, const struct rec_hdr *rec)
{
	struct capture *c = arg;

	return merge__add(c->merge, 2 * rec->cpu, rec);
}

static int queue_lane(void *arg, const struct rec_hdr *rec)
{
	struct capture *c = arg;

	return merge__add(c->merge, 2 * rec->cpu + 1, rec);
}

static bool is_user_stack(const struct rec_hdr *rec)
{
	const struct rec_stack *st = (const struct rec_stack *)rec;

	return rec->kind == REC_STACK && rec->sz >= sizeof(*st) + st->nr * sizeof(u64) &&
	       st->type == STACK_USER;
}

int capture__on_sample(void *arg, void *data, size_t sz)
{
	const struct rec_hdr *rec = data;
	struct capture *c = arg;
	int err = 0;

	if (sz < sizeof(*rec) || rec->sz > sz)
		return -EBADMSG;
	/* before its turn, too, as the user stacks of that process are named at once */
	if (rec->kind == REC_NS_PID)
		err = ns_pids__add(&c->ns_pids, data);
	if (is_user_stack(rec))
		err = symboliser__name_user(c->sym, data, c->sink, c->sink_arg);
	if (err)
		return err;
	return rec->kind == REC_NONE /* it only wakes us */ ? 0 : expand_list(rec, queue_ring, arg);
}

static int on_entry(void *arg, const struct rec_hdr *rec)
{
	return expand_list(rec, queue_lane, arg);
}

int capture__drain(struct capture *c)
{
	int n;

	c->drained_ns = self__now_ns(&c->kernel.self);
	n = ring_buffer__consume(c->rb);
	return n < 0 ? n : lanes__drain(c->lanes, on_entry, c);
}

int capture__deliver(struct capture *c, u64 until_ns)
{
	return merge__emit(c->merge, until_ns, deliver, c);
}

int capture__poll(struct capture *c, int timeout_ms)
{
	u64 complete_until_ns = c->drained_ns;
	struct epoll_event ev;
	int err;

	if (epoll_wait(ring_buffer__epoll_fd(c->rb), &ev, 1, timeout_ms) < 0 && errno != EINTR)
		return -errno;
	err = capture__drain(c);
	/*
	 * Records older than the drain before this one have all been read: none of them can still
	 * be on its way on another CPU.
	 */
	if (!err)
		err = capture__deliver(c, complete_until_ns);
	if (!err)
		err = symboliser__poll(c->sym, false, c->sink, c->sink_arg);
	if (!err)
		err = counters__report_losses(c->counters, c->sink, c->sink_arg);
	if (!err && c->drained_ns - c->misses_read_ns >= MISSES_EVERY_NS) {
		err = counters__report_misses(c->counters, true, c->sink, c->sink_arg);
		c->misses_read_ns = c->drained_ns;
	}
	return err;
}

int capture__sync(struct capture *c)
{
	int err = capture__drain(c);

	return err ? err : capture__deliver(c, c->drained_ns);
}

int capture__send(struct capture *c, const struct rec_hdr *rec)
{
	return deliver(c, rec);
}

int capture__mark(struct capture *c, enum mark_kind kind, u64 value, const char *text)
{
	struct rec_mark rec = {
		.h = { .sz = sizeof(rec), .kind = REC_MARK },
		.mark = kind,
		.value = value,
	};
	int err = capture__sync(c);

	if (err)
		return err;
	rec.h.ts_ns = c->drained_ns;
	if (text)
		put_text(rec.text, sizeof(rec.text), text);
	return c->sink(c->sink_arg, &rec.h);
}
