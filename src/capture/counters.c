// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <pinacct/bpf_shared.h>
#include "base/clock.h"
#include "capture/counters.h"
#include "record/hook.h"
#include "base/log.h"
#include "record/names.h"

struct prog_state {
	int fd;
	u16 api;
	bool counts; /* pins or releases: then a call that it missed makes the ledger doubtful */
	bool second; /* the second one on its function */
	u64 before;  /* misses of before recording began */
	u64 reported;
};

struct counters {
	int map_fd;
	const struct self *self;
	unsigned nr_cpus;
	struct cpu_counters *cpus; /* as read last */
	u64 (*reported)[LOSS_MAX]; /* by CPU */
	struct prog_state *progs;
	size_t nr_progs;
	bool have_second;
};

/* The programs that belong to a hook: those that record, and may miss something. */
static int list_programs(struct counters *c, struct bpf_object *obj)
{
	struct bpf_program *prog;

	bpf_object__for_each_program(prog, obj) c->nr_progs++;
	c->progs = calloc(c->nr_progs, sizeof(*c->progs));
	if (!c->progs)
		return -ENOMEM;
	c->nr_progs = 0;
	bpf_object__for_each_program(prog, obj)
	{
		const char *symbol = strchr(bpf_program__name(prog), '_');
		struct prog_state *p = &c->progs[c->nr_progs];

		if (!bpf_program__autoload(prog) || !symbol)
			continue;
		for (size_t i = 0; i < hooks_cnt; i++) {
			if (strcmp(hooks[i].symbol, symbol + 1))
				continue;
			p->fd = bpf_program__fd(prog);
			p->api = hooks[i].id;
			p->second = !strncmp(bpf_program__name(prog), "second_", 7);
			p->counts = hooks[i].role == HOOK_ROLE_ACQUIRE ||
				    hooks[i].role == HOOK_ROLE_RELEASE;
			c->nr_progs++;
		}
	}
	return 0;
}

struct counters *counters__new(struct bpf_object *obj, int map_fd, unsigned nr_cpus,
			       const struct self *self)
{
	struct counters *c = calloc(1, sizeof(*c));

	if (!c)
		return errno = ENOMEM, NULL;
	c->map_fd = map_fd;
	c->nr_cpus = nr_cpus;
	c->self = self;
	c->cpus = calloc(nr_cpus, sizeof(*c->cpus));
	c->reported = calloc(nr_cpus, sizeof(*c->reported));
	if (!c->cpus || !c->reported || list_programs(c, obj)) {
		counters__free(c);
		return errno = ENOMEM, NULL;
	}
	return c;
}

void counters__free(struct counters *c)
{
	if (!c)
		return;
	free(c->progs);
	free(c->reported);
	free(c->cpus);
	free(c);
}

static int send_loss(struct counters *c, unsigned cpu, enum loss_reason reason, u16 api, u64 count,
		     record_fn fn, void *arg)
{
	struct rec_lost rec = {
		.h = { .sz = sizeof(rec),
		       .kind = REC_LOST,
		       .cpu = cpu,
		       .ts_ns = self__now_ns(c->self) },
		.reason = reason,
		.api = api,
		.count = count,
	};
	return fn(arg, &rec.h);
}

static int read_counters(struct counters *c)
{
	u32 zero = 0;

	if (bpf_map_lookup_elem(c->map_fd, &zero, c->cpus))
		return -errno;
	return 0;
}

int counters__report_losses(struct counters *c, record_fn fn, void *arg)
{
	int err = read_counters(c);

	for (unsigned i = 0; i < c->nr_cpus && !err; i++) {
		for (int r = 0; r < LOSS_MAX && !err; r++) {
			u64 now = c->cpus[i].lost[r], before = c->reported[i][r];

			if (now == before)
				continue;
			c->reported[i][r] = now;
			err = send_loss(c, i, r, 0, now - before, fn, arg);
		}
	}
	return err;
}

/*
 * How often the kernel skipped the program, as it was already running on the CPU (KERNEL.md 1.4).
 */
static u64 read_misses(const struct prog_state *p)
{
	struct bpf_prog_info info = {};
	u32 sz = sizeof(info);

	return bpf_obj_get_info_by_fd(p->fd, &info, &sz) ? p->before : info.recursion_misses;
}

/* Calls that the first program missed and the second took over. */
static u64 rescued(const struct counters *c, u16 api)
{
	u64 n = 0;

	for (unsigned i = 0; c->have_second && api < HOOK_ID_MAX && i < c->nr_cpus; i++)
		n += c->cpus[i].by_second[api];
	return n;
}

/* The second program on p's function; NULL = there is none. */
static const struct prog_state *second_of(const struct counters *c, const struct prog_state *p)
{
	for (size_t i = 0; i < c->nr_progs; i++)
		if (c->progs[i].api == p->api && c->progs[i].second)
			return &c->progs[i];
	return NULL;
}

/*
 * Calls that neither program saw, of `misses` that the first missed. Two upper bounds are known,
 * and the smaller one is returned:
 * - the misses that the second did not take over. This includes calls that are not recorded anyway
 *   (TWICE_IF, mm_page_free).
 * - what the second missed itself. This includes calls that the first had recorded.
 */
static u64 missed_by_both(const struct counters *c, const struct prog_state *p, u64 misses)
{
	const struct prog_state *second = c->have_second ? second_of(c, p) : NULL;
	u64 rest = misses, n = rescued(c, p->api);

	rest = rest > n ? rest - n : 0;
	if (second) {
		n = read_misses(second) - second->before;
		rest = rest < n ? rest : n;
	}
	return rest;
}

static int report_program(struct counters *c, struct prog_state *p, record_fn fn, void *arg)
{
	u64 misses = read_misses(p) - p->before, lost = missed_by_both(c, p, misses), n;

	if (misses > p->reported)
		log_debug("%s: skipped %llu times by the kernel, %llu of them made good",
			  text_hook(p->api), (unsigned long long)misses,
			  (unsigned long long)(misses - lost));
	if (lost <= p->reported)
		return 0;
	n = lost - p->reported;
	p->reported = lost;
	return send_loss(c, 0, p->counts ? LOSS_RECURSION : LOSS_CONTEXT, p->api, n, fn, arg);
}

/*
 * The release of a bio is seen in two places: as a whole by __bio_release_pages(), and where that
 * was missed page by page by unpin_user_folio(). So a miss of the former is no loss, and one of the
 * latter may have been covered by the former: it is a loss only if pages are missing at the end.
 */
static bool may_be_covered(const struct prog_state *p, bool complete)
{
	return p->api == HOOK_BIO_RELEASE_PAGES || (p->api == HOOK_UNPIN_USER_FOLIO && complete);
}

int counters__report_misses(struct counters *c, bool complete, record_fn fn, void *arg)
{
	int err = read_counters(c);

	for (size_t i = 0; i < c->nr_progs && !err; i++)
		if (!c->progs[i].second && !may_be_covered(&c->progs[i], complete))
			err = report_program(c, &c->progs[i], fn, arg);
	return err;
}

void counters__begin(struct counters *c)
{
	for (size_t i = 0; i < c->nr_progs; i++)
		c->progs[i].before = read_misses(&c->progs[i]);
}

void counters__have_second(struct counters *c)
{
	c->have_second = true;
}

int counters__report_stacks(struct counters *c, record_fn fn, void *arg)
{
	struct rec_stack_use rec = {
		.h = { .sz = sizeof(rec), .kind = REC_STACK_USE, .ts_ns = self__now_ns(c->self) },
	};
	int err = read_counters(c);

	for (unsigned i = 0; i < c->nr_cpus && !err; i++) {
		rec.hits += c->cpus[i].stack_hits;
		rec.misses += c->cpus[i].stack_misses;
		rec.checks += c->cpus[i].stack_checks;
	}
	return err ? err : fn(arg, &rec.h);
}
