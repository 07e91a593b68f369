// SPDX-License-Identifier: GPL-2.0
/* Periodic lines: what was pinned since the last one, and who holds pages now. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/exit_status.h"
#include "base/clock.h"
#include "cmd/cmd.h"
#include "cmd/cmd_end.h"
#include "base/log.h"
#include "report/json_writer.h"
#include "report/report.h"
#include "report/report_owner.h"
#include "capture/counters.h"
#include "live/run.h"
#include "cmd/live_opts.h"
#include "cmd/plan.h"
#include "cmd/show.h"
#include "base/format.h"
#include "base/out.h"
#include "record/names.h"

#define INTERVAL_DEFAULT_NS 1000000000ull
#define TOP_DEFAULT	    10
#define EARLIER_SHOWN	    3 /* holders of before the start */

struct watch {
	const struct opts *opts;
	struct ledger_totals last;
	u64 last_ns;
	u64 intervals;
	u64 earlier_pages; /* told last */
};

/* What one interval shows. */
struct sample {
	char clock[16];
	double seconds;
	u64 pin_calls, unpin_calls, pinned_pages, released_pages;
	const struct ledger_site **rows;
	size_t nr_rows, shown;
	const struct report *report;
	bool tell_earlier; /* what was pinned before the start is not what was told last */
};

static double rate(u64 count, double seconds)
{
	return seconds > 0 ? count / seconds : 0;
}

static void print_text(const struct sample *s, const struct stacks *stacks)
{
	const struct ledger_totals *t = &s->report->totals;
	char bytes[32], frame[128];

	text_bytes(s->report->verdict.held_bytes, bytes);
	out__printf(
		stdout,
		"%s  pins %.0f/s (%.0f pages/s)  releases %.0f/s  open %llu pages (%s held) in %llu calls  lost %llu\n",
		s->clock, rate(s->pin_calls, s->seconds), rate(s->pinned_pages, s->seconds),
		rate(s->unpin_calls, s->seconds), (unsigned long long)t->open_pages, bytes,
		(unsigned long long)t->open_calls, (unsigned long long)s->report->verdict.lost);
	for (size_t i = 0; i < s->shown; i++) {
		const struct ledger_site *site = s->rows[i];
		const struct event_stack *st = stacks__get(stacks, site->stack_id);

		frame[0] = '\0';
		if (st && st->nr > 1)
			stacks__frame_text(stacks, st, 1, frame, sizeof(frame));
		text_bytes(report__held_bytes(s->report, site), bytes);
		out__printf(stdout, "  %10llu pages  %9s held  %-16s %7u  %-24s %s%s\n",
			    (unsigned long long)site->open_pages, bytes, site->holder->task.comm,
			    site->holder->task.tgid, text_hook(site->api), frame,
			    site->flags & PIN_F_LONGTERM ? "  longterm" : "");
	}
	if (s->tell_earlier)
		report__print_earlier(&s->report->earlier, s->report->meta->page_bytes,
				      EARLIER_SHOWN, stdout);
}

static void put_holder(struct json_writer *w, const struct report *r,
		       const struct ledger_site *site)
{
	json__begin_object(w, NULL);
	json__put_num(w, "open_pages", site->open_pages);
	json__put_num(w, "held_bytes", report__held_bytes(r, site));
	json__put_num(w, "pinned_pages", site->pinned_pages);
	json__put_num(w, "calls", site->calls);
	json__put_num(w, "tgid", site->holder->task.tgid);
	json__put_text(w, "comm", site->holder->task.comm);
	json__put_text(w, "api", text_hook(site->api));
	json__put_bool(w, "longterm", site->flags & PIN_F_LONGTERM);
	json__end_object(w);
}

static void print_json(const struct sample *s)
{
	const struct ledger_totals *t = &s->report->totals;
	struct json_writer w = { .out = stdout };

	json__begin(&w, "interval");
	json__put_num(&w, "schema_version", 1);
	json__put_num(&w, "ts_ns", t->last_ts_ns);
	json__put_double(&w, "seconds", s->seconds);
	json__put_num(&w, "pin_calls", s->pin_calls);
	json__put_num(&w, "unpin_calls", s->unpin_calls);
	json__put_num(&w, "pinned_pages", s->pinned_pages);
	json__put_num(&w, "released_pages", s->released_pages);
	json__put_num(&w, "open_pages", t->open_pages);
	json__put_num(&w, "held_bytes", s->report->verdict.held_bytes);
	json__put_num(&w, "open_calls", t->open_calls);
	json__put_num(&w, "lost", s->report->verdict.lost);
	json__begin_array(&w, "holders");
	for (size_t i = 0; i < s->shown; i++)
		put_holder(&w, s->report, s->rows[i]);
	json__end_array(&w);
	json__put_num(&w, "earlier_pages", s->report->earlier.pages);
	if (s->report->earlier.nr)
		json__put_earlier(&w, "earlier", &s->report->earlier, s->report->meta->page_bytes);
	json__end(&w);
}

static void fill_clock(char *buf, size_t sz)
{
	time_t now = time(NULL);
	struct tm tm;

	localtime_r(&now, &tm);
	strftime(buf, sz, "%H:%M:%S", &tm);
}

/* Rows with pages open now, in the order asked for. 0 or -ENOMEM. */
static int pick_rows(struct sample *s, const struct opts *o)
{
	struct render_opts ro = { .view = VIEW_HOLDERS,
				  .sort = o->sort,
				  .top = o->top ?: TOP_DEFAULT };
	size_t kept = 0;

	if (report__pick_sites(s->report, &ro, &s->rows, &s->nr_rows))
		return -ENOMEM;
	for (size_t i = 0; i < s->nr_rows; i++)
		if (s->rows[i]->open_pages)
			s->rows[kept++] = s->rows[i];
	s->nr_rows = kept;
	s->shown = report__shown(&ro, kept);
	return 0;
}

static int on_interval(struct run *r, void *arg)
{
	struct watch *w = arg;
	const struct opts *o = w->opts;
	struct rules_opts ro = show__rules_opts(o, o->cmd != NULL, false, NULL);
	u64 now = now_ns();
	struct report report;
	struct sample s = { .report = &report, .seconds = (now - w->last_ns) / 1e9 };

	if (rules__evaluate(r->session, &ro, &report))
		return EXIT_TOOL_FAILED;
	s.pin_calls = report.totals.pin_calls - w->last.pin_calls;
	s.unpin_calls = report.totals.unpin_calls - w->last.unpin_calls;
	s.pinned_pages = report.totals.pinned_pages - w->last.pinned_pages;
	s.released_pages = report.totals.released_pages - w->last.released_pages;
	s.tell_earlier = report.earlier.pages != w->earlier_pages;
	w->earlier_pages = report.earlier.pages;
	fill_clock(s.clock, sizeof(s.clock));
	if (!pick_rows(&s, o)) {
		if (o->json)
			print_json(&s);
		else
			print_text(&s, report.stacks);
		free(s.rows);
	}
	w->last = report.totals;
	w->last_ns = now;
	report__deinit(&report);
	if (fflush(stdout) || ferror(stdout)) {
		log_error("cannot write to standard output: %s", strerror(errno));
		return EXIT_TOOL_FAILED;
	}
	return o->max_count && ++w->intervals >= o->max_count ? RUN_ENOUGH : 0;
}

static int watch(const struct opts *o)
{
	struct watch w = { .opts = o, .last_ns = now_ns() };
	struct run_opts opts = live_opts(o, NULL);
	struct run r;
	int status = run__start(&r, &opts);

	if (!status)
		status = run__wait(&r, o->duration_ns, o->interval_ns ?: INTERVAL_DEFAULT_NS,
				   on_interval, &w);
	return cmd__end(&r, o, o->cmd != NULL, status);
}

int cmd_watch(struct opts *o)
{
	if (o->cmd && o->duration_ns) {
		log_error("%s: watch takes a command or --duration, not both", o->cmd[0]);
		return EXIT_USAGE;
	}
	return o->dry_run ? print_plan(o->gets, o->page_ref) : watch(o);
}
