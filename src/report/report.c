// SPDX-License-Identifier: GPL-2.0
/* The list of formats, what renderers share, and the two lines that end every text report. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "report/report.h"
#include "base/format.h"
#include "base/out.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static const struct renderer *const renderers[] = {
	&renderer_text,	 &renderer_json, &renderer_folded,
	&renderer_junit, &renderer_ktap, &renderer_github,
};

const struct renderer *renderer__find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(renderers); i++)
		if (!strcmp(renderers[i]->name, name))
			return renderers[i];
	return NULL;
}

const struct renderer *renderer__at(size_t i)
{
	return i < ARRAY_SIZE(renderers) ? renderers[i] : NULL;
}

bool report__shows(enum report_view view, enum finding_id id)
{
	static const unsigned shown_in[VIEW_CNT] = {
		[VIEW_ALL] = ~0u,
		[VIEW_LEAKS] = IN_LEAKS,
		[VIEW_MISMATCHES] = IN_MISMATCHES,
		[VIEW_AUDIT] = IN_AUDIT,
		[VIEW_LONGTERM] = IN_LONGTERM,
	};

	return finding_defs[id].views & shown_in[view];
}

static bool in_view(enum report_view view, const struct finding *f)
{
	return !f->suppressed && report__shows(view, f->id);
}

static int cmp_u64_down(u64 a, u64 b)
{
	return (a < b) - (a > b);
}

/* Equal ones stay in the order of the report: both point into one array. */
static int cmp_finding(const struct finding *x, const struct finding *y, int cmp)
{
	int severity = (int)finding_defs[x->id].severity - (int)finding_defs[y->id].severity;

	if (severity)
		return severity;
	return cmp ? cmp : (x > y) - (x < y);
}

#define FINDING_CMP(field)                                                                         \
	static int finding_by_##field(const void *a, const void *b)                                \
	{                                                                                          \
		const struct finding *x = *(const struct finding *const *)a;                       \
		const struct finding *y = *(const struct finding *const *)b;                       \
                                                                                                   \
		return cmp_finding(x, y, cmp_u64_down(x->field, y->field));                        \
	}
FINDING_CMP(pages)
FINDING_CMP(age_ns)
FINDING_CMP(calls)

int report__pick_findings(const struct report *r, const struct render_opts *o,
			  const struct finding ***out, size_t *cnt)
{
	static int (*const cmp[SORT_CNT])(const void *, const void *) = {
		[SORT_PAGES] = finding_by_pages,
		[SORT_AGE] = finding_by_age_ns,
		[SORT_CALLS] = finding_by_calls,
	};

	*cnt = 0;
	*out = calloc(r->nr_findings + 1, sizeof(**out));
	if (!*out)
		return -ENOMEM;
	for (size_t i = 0; i < r->nr_findings; i++)
		if (in_view(o->view, &r->findings[i]))
			(*out)[(*cnt)++] = &r->findings[i];
	qsort(*out, *cnt, sizeof(**out), cmp[o->sort]);
	return 0;
}

/* Equal sites by content, so that the order is the same in every run. */
static int cmp_site(const struct ledger_site *x, const struct ledger_site *y)
{
	int cmp = cmp_u64_down(x->open_pages, y->open_pages);

	if (!cmp)
		cmp = cmp_u64_down(x->pinned_pages, y->pinned_pages);
	if (!cmp)
		cmp = -cmp_u64_down(x->holder->task.tgid, y->holder->task.tgid);
	if (!cmp)
		cmp = -cmp_u64_down(x->holder->task.tid, y->holder->task.tid);
	if (!cmp)
		cmp = -cmp_u64_down(x->api, y->api);
	return cmp ? cmp : -cmp_u64_down(x->stack_id, y->stack_id);
}

#define SITE_CMP(field)                                                                            \
	static int site_by_##field(const void *a, const void *b)                                   \
	{                                                                                          \
		const struct ledger_site *x = *(const struct ledger_site *const *)a;               \
		const struct ledger_site *y = *(const struct ledger_site *const *)b;               \
		int cmp = cmp_u64_down(x->field, y->field);                                        \
                                                                                                   \
		return cmp ? cmp : cmp_site(x, y);                                                 \
	}
SITE_CMP(open_pages)
SITE_CMP(max_held_ns)
SITE_CMP(calls)

/* A finding gathers all holders of an API and a stack (finding.h: key). */
struct place {
	u64 stack_id;
	u16 api;
};

static int cmp_place(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->stack_id != y->stack_id)
		return x->stack_id < y->stack_id ? -1 : 1;
	return (x->api > y->api) - (x->api < y->api);
}

/* Where the findings of this view are, sorted. */
static struct place *told_places(const struct report *r, const struct render_opts *o, size_t *cnt)
{
	struct place *places = calloc(r->nr_findings + 1, sizeof(*places));

	*cnt = 0;
	if (!places)
		return NULL;
	for (size_t i = 0; i < r->nr_findings; i++)
		if (in_view(o->view, &r->findings[i]))
			places[(*cnt)++] =
				(struct place){ r->findings[i].stack_id, r->findings[i].api };
	qsort(places, *cnt, sizeof(*places), cmp_place);
	return places;
}

static bool told(const struct place *places, size_t cnt, const struct ledger_site *site)
{
	struct place place = { site->stack_id, site->api };

	return bsearch(&place, places, cnt, sizeof(*places), cmp_place);
}

int report__pick_sites(const struct report *r, const struct render_opts *o,
		       const struct ledger_site ***out, size_t *cnt)
{
	static int (*const cmp[SORT_CNT])(const void *, const void *) = {
		[SORT_PAGES] = site_by_open_pages,
		[SORT_AGE] = site_by_max_held_ns,
		[SORT_CALLS] = site_by_calls,
	};
	bool all = o->view == VIEW_HOLDERS, open = o->view == VIEW_LEAKS;
	size_t places_cnt;
	struct place *places = told_places(r, o, &places_cnt);

	*cnt = 0;
	*out = calloc(r->nr_sites + 1, sizeof(**out));
	if (!*out || !places) {
		free(places);
		free(*out);
		*out = NULL;
		return -ENOMEM;
	}
	for (size_t i = 0; i < r->nr_sites; i++) {
		const struct ledger_site *site = r->sites[i];

		if (all || (open && site->open_pages && !told(places, places_cnt, site)))
			(*out)[(*cnt)++] = site;
	}
	free(places);
	qsort(*out, *cnt, sizeof(**out), cmp[o->sort]);
	return 0;
}

const char *report__memory(u64 bytes, u64 held_bytes, char buf[static TEXT_NUM_BYTES])
{
	if (!held_bytes || held_bytes == bytes)
		return text_bytes(bytes, buf);
	text_bytes(held_bytes, buf);
	strncat(buf, " held", TEXT_NUM_BYTES - strlen(buf) - 1);
	return buf;
}

size_t report__shown(const struct render_opts *o, size_t cnt)
{
	return o->top && o->top < cnt ? o->top : cnt;
}

#define LOOK_FRAMES 5

void report__print_look(const struct report *r, FILE *out, const char *what, u64 stack_id)
{
	const struct event_stack *st = stacks__get(r->stacks, stack_id);
	char frame[256];

	if (!st || !st->nr)
		return;
	out__printf(out, "    %s", what);
	for (unsigned i = 0; i < st->nr && i < LOOK_FRAMES; i++) {
		stacks__frame_text(r->stacks, st, i, frame, sizeof(frame));
		out__printf(out, "%s%s", i ? " < " : " ", frame);
	}
	fputc('\n', out);
}

/*
 * stdio keeps that a write failed but not why; errno does, as long as nothing else fails after it,
 * and behind a failed write nothing but further writes do.
 */
void report__begin(FILE *out)
{
	clearerr(out);
	errno = 0;
}

int report__finish(FILE *out)
{
	if (fflush(out) || ferror(out))
		return errno ? -errno : -EIO;
	return 0;
}

/* A line in a buffer of the caller; what does not fit is cut off. */
struct line {
	char *buf;
	size_t sz, len;
};

__attribute__((format(printf, 2, 3))) static void line_add(struct line *line, const char *fmt, ...)
{
	va_list ap;
	int len;

	if (line->len >= line->sz)
		return;
	va_start(ap, fmt);
	len = vsnprintf(line->buf + line->len, line->sz - line->len, fmt, ap);
	va_end(ap);
	if (len > 0)
		line->len += (size_t)len;
}

void verdict__vmstat_line(const struct verdict *v, char *buf, size_t sz)
{
	char within[48] = "";

	if (v->vmstat_explained && v->vmstat_slack)
		snprintf(within, sizeof(within), " to within %" PRIu64 " pages", v->vmstat_slack);
	if (!v->have_vmstat)
		snprintf(buf, sz, "vmstat: not sampled");
	else
		snprintf(buf, sz,
			 "vmstat: acquired %" PRIu64 " seen %" PRIu64 ", released %" PRIu64
			 " seen %" PRIu64 ", net %" PRId64 " %s%s",
			 v->vm_acquired, v->seen_acquired, v->vm_released, v->seen_released,
			 v->net_pages, v->vmstat_explained ? "explained" : "UNEXPLAINED", within);
}

static size_t count_severity(const struct verdict *v, enum finding_severity severity)
{
	size_t cnt = 0;

	for (unsigned id = 0; id < FINDING_CNT; id++)
		if (finding_defs[id].severity == severity)
			cnt += v->count[id];
	return cnt;
}

/* " (leak 1, orphan 1)", nothing when there are none; `mask` has a bit for each severity. */
static void line_add_ids(struct line *line, const struct verdict *v, unsigned mask)
{
	bool any = false;

	for (unsigned id = 0; id < FINDING_CNT; id++) {
		if (!v->count[id] || !(mask & 1u << finding_defs[id].severity))
			continue;
		line_add(line, "%s%s %zu", any ? ", " : " (", finding_defs[id].id, v->count[id]);
		any = true;
	}
	if (any)
		line_add(line, ")");
}

bool verdict__risks_count(const struct verdict *v)
{
	return v->nr_findings > count_severity(v, SEVERITY_FAULT);
}

/* Under a doubt that may explain them, faults do not count: they must not read as findings. */
static void line_add_findings(struct line *line, const struct verdict *v)
{
	size_t faults_cnt = count_severity(v, SEVERITY_FAULT);
	char num[2 * TEXT_NUM_BYTES];

	line_add(line, "%s", text_count(v->nr_findings, "finding", num, sizeof(num)));
	if (!v->nr_findings && faults_cnt)
		line_add(line, ", %zu uncertain", faults_cnt);
	line_add_ids(line, v,
		     1u << SEVERITY_FAULT | (verdict__risks_count(v) ? 1u << SEVERITY_RISK : 0));
}

void verdict__summary_line(const struct verdict *v, char *buf, size_t sz)
{
	size_t risks_cnt = count_severity(v, SEVERITY_RISK);
	struct line line = { .buf = buf, .sz = sz };
	char num[2 * TEXT_NUM_BYTES];

	line_add(&line, "SUMMARY: ");
	if (v->kind == VERDICT_CLEAN)
		line_add(&line, "clean; ");
	else if (v->kind == VERDICT_INCONCLUSIVE)
		line_add(&line, "inconclusive: %s; ", v->why);
	line_add_findings(&line, v);
	if (risks_cnt && !verdict__risks_count(v)) {
		line_add(&line, "; %s", text_count(risks_cnt, "risk", num, sizeof(num)));
		line_add_ids(&line, v, 1u << SEVERITY_RISK);
	}
	line_add(&line, "; %s pinned, %" PRIu64 " released, %" PRIu64 " open",
		 text_count(v->pinned_pages, "page", num, sizeof(num)), v->released_pages,
		 v->open_pages);
	if (v->held_bytes && v->held_bytes != v->open_bytes)
		line_add(&line, " (%s)", report__memory(v->open_bytes, v->held_bytes, num));
	line_add(&line, "; lost %" PRIu64 "; stacks %" PRIu64, v->lost, v->stacks);
}
