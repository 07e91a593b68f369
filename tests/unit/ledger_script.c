// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "ledger/ledger_check.h"
#include "ledger_script.h"

#define WORDS_MAX 16
#define RUNS_MAX  64
#define START_NS  1000

struct script {
	struct ledger *l;
	struct ledger_opts opts;
	struct event_task tasks[128]; /* by letter */
	u64 clock;
	u64 next_call;
	const char *stmt; /* for messages */
	char *word[WORDS_MAX];
	unsigned words;
};

/* Frees before it fails: a leak report would hide what went wrong. */
static void bad(struct script *s, const char *why, const char *what)
{
	ledger__free(s->l);
	s->l = NULL;
	fail_msg("\"%s\": %s: %s", s->stmt, why, what);
}

/* "key=..." */
static const char *value_of(const struct script *s, const char *key)
{
	size_t len = strlen(key);

	for (unsigned i = 1; i < s->words; i++)
		if (!strncmp(s->word[i], key, len) && s->word[i][len] == '=')
			return s->word[i] + len + 1;
	return NULL;
}

static u64 number_of(const struct script *s, const char *key, u64 otherwise)
{
	const char *v = value_of(s, key);

	return v ? strtoull(v, NULL, 0) : otherwise;
}

static bool has(const struct script *s, const char *flag)
{
	for (unsigned i = 2; i < s->words; i++)
		if (!strcmp(s->word[i], flag))
			return true;
	return false;
}

static struct event_task *task_of(struct script *s, const char *name)
{
	unsigned char c = name ? name[0] : 0;

	if (c >= 128 || c < 'a' || name[1])
		bad(s, "not a task", name ? name : "");
	if (!s->tasks[c].tid)
		s->tasks[c] = (struct event_task){
			.tid = c, .tgid = c, .mm = c * 0x100ull, .comm = { (char)c }
		};
	return &s->tasks[c];
}

static u16 api_of(const struct script *s, bool pin)
{
	const char *v = value_of(s, "api");

	if (!v || !strcmp(v, "user"))
		return pin ? HOOK_PIN_USER_PAGES_FAST : HOOK_UNPIN_USER_PAGES;
	if (!strcmp(v, "folio"))
		return pin ? HOOK_MEMFD_PIN_FOLIOS : HOOK_UNPIN_FOLIOS;
	if (!strcmp(v, "add"))
		return HOOK_FOLIO_ADD_PIN;
	return strtoul(v, NULL, 0);
}

static u32 runs_of(struct script *s, char *text, struct rec_run *runs)
{
	u32 n = 0;

	for (char *save, *t = strtok_r(text, ",", &save); t; t = strtok_r(NULL, ",", &save)) {
		struct rec_run *r = &runs[n++];
		char *end;

		if (n > RUNS_MAX)
			bad(s, "too many runs", t);
		*r = (struct rec_run){ .pfn = strtoull(t, &end, 0) };
		if (*end != '+' && *end != '*')
			bad(s, "not a run", t);
		r->flags = *end == '*' ? RUN_FOLIO : 0;
		r->pages = strtoul(end + 1, &end, 0);
		if (*end == '@')
			r->order = end[1] == '?' ? RUN_ORDER_UNKNOWN : atoi(end + 1);
	}
	return n;
}

static const struct {
	const char *name;
	u16 flag;
} flags[] = {
	{ "irq", PIN_F_IRQ },	{ "inner", PIN_F_INNER }, { "longterm", PIN_F_LONGTERM },
	{ "more", PIN_F_MORE }, { "next", PIN_F_NEXT },	  { "kthread", PIN_F_KTHREAD },
};

static void feed(struct script *s, struct event *e)
{
	const char *why;

	e->ts_ns = number_of(s, "ts", s->clock);
	if (!value_of(s, "ts"))
		s->clock++;
	if (!s->l)
		s->l = ledger__new(&s->opts);
	assert_non_null(s->l);
	assert_int_equal(ledger__feed(s->l, e), 0);
	why = ledger__check(s->l);
	if (why)
		bad(s, "audit", why);
}

static void do_call(struct script *s, bool pin)
{
	struct rec_run runs[RUNS_MAX];
	struct event e = { .kind = pin ? EVENT_PIN : EVENT_UNPIN };
	struct event_call *c = pin ? &e.pin.call : &e.unpin.call;

	if (s->words < 3)
		bad(s, "needs a task and runs", "");
	c->task = *task_of(s, s->word[1]);
	c->runs = runs;
	c->nr_runs = runs_of(s, s->word[2], runs);
	c->api = api_of(s, pin);
	c->call_id = number_of(s, "call", s->next_call++);
	c->bio = number_of(s, "bio", 0);
	c->stack_id = number_of(s, "stack", 0);
	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++)
		if (has(s, flags[i].name))
			c->flags |= flags[i].flag;
	if (pin)
		e.pin.file.ino = number_of(s, "ino", 0);
	feed(s, &e);
}

static void do_pin(struct script *s)
{
	do_call(s, true);
}

static void do_unpin(struct script *s)
{
	do_call(s, false);
}

static void do_task(struct script *s)
{
	struct event_task *t = task_of(s, s->word[1]);
	const char *comm = value_of(s, "comm");

	t->tid = number_of(s, "tid", t->tid);
	t->tgid = number_of(s, "tgid", t->tgid);
	t->mm = number_of(s, "mm", t->mm);
	t->cgroup_id = number_of(s, "cgroup", t->cgroup_id);
	if (comm)
		snprintf(t->comm, sizeof(t->comm), "%s", comm);
}

static void do_opts(struct script *s)
{
	s->opts.reorder_ns = number_of(s, "reorder", s->opts.reorder_ns);
	s->opts.held_ns = number_of(s, "held", 0);
	s->opts.preexisting_pages = number_of(s, "preexisting", 0);
	s->opts.max_unmatched = number_of(s, "max", 0);
}

static void do_fork(struct script *s)
{
	const struct event_task *child = task_of(s, s->word[1]);
	struct event e = { .kind = EVENT_FORK };

	e.task.tid = child->tid;
	e.task.tgid = child->tgid;
	e.task.parent = task_of(s, s->word[2])->tgid;
	feed(s, &e);
}

static void do_exit(struct script *s)
{
	const struct event_task *t = task_of(s, s->word[1]);
	struct event e = { .kind = EVENT_EXIT };

	e.task.tid = t->tid;
	e.task.tgid = t->tgid;
	e.task.mm = t->mm;
	e.task.group_dead = has(s, "last");
	feed(s, &e);
}

static void do_mmgone(struct script *s)
{
	struct event e = { .kind = EVENT_MM_GONE };

	e.task.mm = task_of(s, s->word[1])->mm;
	feed(s, &e);
}

static void do_mark(struct script *s)
{
	struct rec_mark mark = { .mark = MARK_END };
	struct event e = { .kind = EVENT_MARK, .mark = &mark };

	if (!strcmp(s->word[1], "start")) {
		mark.mark = MARK_CMD_START;
		mark.value = task_of(s, s->word[2])->tgid;
	}
	feed(s, &e);
}

static void do_at(struct script *s)
{
	s->clock = strtoull(s->word[1], NULL, 0);
}

/* What EXPECT can ask. A query counts something over the ledger; `arg` is its letter or number. */
struct query {
	struct script *s;
	const struct event_task *task;
	u64 arg;
	u64 sum;
};

static int open_of(const struct ledger_open *o, void *arg)
{
	struct query *q = arg;

	if (!q->task || (o->site->holder->task.tid == q->task->tid &&
			 !strcmp(o->site->holder->task.comm, q->task->comm)))
		q->sum += o->open_pages;
	return 0;
}

static int exited_of(const struct ledger_open *o, void *arg)
{
	((struct query *)arg)->sum += o->site->holder->exited_ns ? o->open_pages : 0;
	return 0;
}

static int mm_gone_of(const struct ledger_open *o, void *arg)
{
	((struct query *)arg)->sum += o->site->holder->mm_gone_ns ? o->open_pages : 0;
	return 0;
}

static int workload_of(const struct ledger_open *o, void *arg)
{
	((struct query *)arg)->sum += o->site->holder->workload ? o->open_pages : 0;
	return 0;
}

static int last_stack_of(const struct ledger_open *o, void *arg)
{
	((struct query *)arg)->sum += o->last_release ? o->last_release->stack_id : 0;
	return 0;
}

static int last_pages_of(const struct ledger_open *o, void *arg)
{
	((struct query *)arg)->sum += o->last_release ? o->last_release->pages : 0;
	return 0;
}

static int worst_of(const struct ledger_open *o, void *arg)
{
	((struct query *)arg)->sum += o->worst_match;
	return 0;
}

static int count_run(const struct rec_run *r, void *arg)
{
	struct query *q = arg;

	if (r->flags & RUN_FOLIO ? q->arg == UINT64_MAX
				 : q->arg >= r->pfn && q->arg < r->pfn + r->pages)
		q->sum += r->flags & RUN_FOLIO ? r->pages : 1;
	return 0;
}

/* Pins of one page by identity; all those that have lost theirs for UINT64_MAX. */
static int page_of(const struct ledger_open *o, void *arg)
{
	struct query *q = arg;

	return ledger__for_each_run(q->s->l, o->call, count_run, q);
}

static int blurred_of(const struct ledger_open *o, void *arg)
{
	((struct query *)arg)->arg = UINT64_MAX;
	return page_of(o, arg);
}

/* Pages of releases that were taken for another one's pin, and may have been of these. */
static int contested_of(const struct ledger_open *o, void *arg)
{
	struct query *q = arg;

	if (!q->task || o->site->holder->task.tid == q->task->tid)
		q->sum += o->contested ? o->contested->pages : 0;
	return 0;
}

static int sites_of(const struct ledger_site *site, void *arg)
{
	(void)site;
	((struct query *)arg)->sum++;
	return 0;
}

static int calls_of(const struct ledger_site *site, void *arg)
{
	((struct query *)arg)->sum += site->calls;
	return 0;
}

static int max_held_of(const struct ledger_site *site, void *arg)
{
	((struct query *)arg)->sum += site->max_held_ns;
	return 0;
}

static int held_calls_of(const struct ledger_site *site, void *arg)
{
	((struct query *)arg)->sum += site->held_calls;
	return 0;
}

static int held_pages_of(const struct ledger_site *site, void *arg)
{
	((struct query *)arg)->sum += site->held_pages;
	return 0;
}

static int page_ns_of(const struct ledger_site *site, void *arg)
{
	((struct query *)arg)->sum += (u64)(site->page_seconds * 1e9 + 0.5);
	return 0;
}

static int prev_pin_of(const struct ledger_unmatched *u, void *arg)
{
	((struct query *)arg)->sum += u->prev_pin_stack_id;
	return 0;
}

static int prev_unpin_of(const struct ledger_unmatched *u, void *arg)
{
	((struct query *)arg)->sum += u->prev_unpin_stack_id;
	return 0;
}

static int faults_of(const struct ledger_unmatched *u, void *arg)
{
	((struct query *)arg)->sum += u->unknown_origin ? 0 : u->run.pages;
	return 0;
}

static int kept_of(const struct ledger_unmatched *u, void *arg)
{
	(void)u;
	((struct query *)arg)->sum++;
	return 0;
}

#define TOTAL(name, field)                                                                         \
	{                                                                                          \
		name, offsetof(struct ledger_totals, field), 0, 0, 0                               \
	}
#define RULE(name, rule) TOTAL(name, match_pages[LEDGER_MATCH_##rule])

static const struct {
	const char *name;
	size_t total; /* when there is no function */
	int (*open)(const struct ledger_open *, void *);
	int (*site)(const struct ledger_site *, void *);
	int (*unmatched)(const struct ledger_unmatched *, void *);
} questions[] = {
	TOTAL("PINNED", pinned_pages),
	TOTAL("RELEASED", released_pages),
	TOTAL("ENDED", ended_pages),
	TOTAL("PENDING", pending_pages),
	TOTAL("UNMATCHED", unmatched_pages),
	TOTAL("UNKNOWN", unknown_origin_pages),
	TOTAL("DROPPED", unmatched_dropped),
	TOTAL("INNER", inner_pages),
	TOTAL("RUNS", open_runs),
	TOTAL("OPEN-CALLS", open_calls),
	TOTAL("PIN-CALLS", pin_calls),
	TOTAL("UNPIN-CALLS", unpin_calls),
	RULE("BY-ONLY", ONLY),
	RULE("BY-BIO", BIO),
	RULE("BY-FAMILY", FAMILY),
	RULE("BY-MM", MM),
	RULE("BY-GONE", GONE),
	RULE("BY-OLDEST", OLDEST),
	{ "OPEN", 0, open_of, NULL, NULL },		/* pages; of a task: OPEN a N */
	{ "CONTESTED", 0, contested_of, NULL, NULL },	/* the same of a task: CONTESTED a N */
	{ "PAGE", 0, page_of, NULL, NULL },		/* pins of one page: PAGE pfn N */
	{ "BLURRED", 0, blurred_of, NULL, NULL },	/* pins by count only */
	{ "EXITED", 0, exited_of, NULL, NULL },		/* open pages of holders that exited */
	{ "MM-GONE", 0, mm_gone_of, NULL, NULL },	/* ... whose mm is gone */
	{ "WORKLOAD", 0, workload_of, NULL, NULL },	/* ... of the command's family */
	{ "LAST-STACK", 0, last_stack_of, NULL, NULL }, /* last release: sum over open calls */
	{ "LAST-PAGES", 0, last_pages_of, NULL, NULL },
	{ "WORST", 0, worst_of, NULL, NULL }, /* enum ledger_match: sum over open calls */
	{ "SITES", 0, NULL, sites_of, NULL },
	{ "SITE-CALLS", 0, NULL, calls_of, NULL },
	{ "MAX-HELD", 0, NULL, max_held_of, NULL },
	{ "HELD-CALLS", 0, NULL, held_calls_of, NULL },
	{ "HELD-PAGES", 0, NULL, held_pages_of, NULL },
	{ "PAGE-NS", 0, NULL, page_ns_of, NULL },
	{ "PREV-PIN", 0, NULL, NULL, prev_pin_of }, /* stacks: sum over unmatched */
	{ "PREV-UNPIN", 0, NULL, NULL, prev_unpin_of },
	{ "FAULTS", 0, NULL, NULL, faults_of }, /* unmatched pages that are not of unknown origin */
	{ "KEPT", 0, NULL, NULL, kept_of },	/* unmatched releases in detail */
};

static u64 answer(struct script *s, size_t i, struct query *q)
{
	struct ledger_totals t;

	if (questions[i].open)
		assert_int_equal(ledger__for_each_open(s->l, questions[i].open, q), 0);
	else if (questions[i].site)
		assert_int_equal(ledger__for_each_site(s->l, questions[i].site, q), 0);
	else if (questions[i].unmatched)
		assert_int_equal(ledger__for_each_unmatched(s->l, questions[i].unmatched, q), 0);
	else {
		ledger__totals(s->l, &t);
		memcpy(&q->sum, (char *)&t + questions[i].total, sizeof(q->sum));
	}
	return q->sum;
}

static void do_expect(struct script *s)
{
	struct query q = { .s = s };
	u64 want, got;
	char what[64];
	size_t i;

	if (!s->l || s->words < 3)
		bad(s, "nothing to expect", "");
	for (i = 0; i < sizeof(questions) / sizeof(*questions); i++)
		if (!strcmp(s->word[1], questions[i].name))
			break;
	if (i == sizeof(questions) / sizeof(*questions))
		bad(s, "not a question", s->word[1]);
	if (s->words == 4 && s->word[2][0] >= 'a')
		q.task = task_of(s, s->word[2]);
	else if (s->words == 4)
		q.arg = strtoull(s->word[2], NULL, 0);
	want = strtoull(s->word[s->words - 1], NULL, 0);
	got = answer(s, i, &q);
	snprintf(what, sizeof(what), "got %llu", (unsigned long long)got);
	if (got != want)
		bad(s, "not so", what);
}

static const struct {
	const char *verb;
	void (*act)(struct script *s);
} verbs[] = {
	{ "OPTS", do_opts },	 { "TASK", do_task }, { "PIN", do_pin },
	{ "UNPIN", do_unpin },	 { "FORK", do_fork }, { "EXIT", do_exit },
	{ "MMGONE", do_mmgone }, { "MARK", do_mark }, { "AT", do_at },
	{ "EXPECT", do_expect },
};

static void statement(struct script *s, const char *text)
{
	char copy[512], *save;

	if (strlen(text) >= sizeof(copy))
		bad(s, "too long", "");
	strcpy(copy, text);
	s->stmt = text;
	s->words = 0;
	for (char *w = strtok_r(copy, " \t", &save); w; w = strtok_r(NULL, " \t", &save)) {
		if (s->words == WORDS_MAX)
			bad(s, "too many words", w);
		s->word[s->words++] = w;
	}
	if (!s->words)
		return;
	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++)
		if (!strcmp(s->word[0], verbs[i].verb)) {
			verbs[i].act(s);
			return;
		}
	bad(s, "not a verb", s->word[0]);
}

void run(const char *script)
{
	struct script s = { .clock = START_NS, .next_call = 1, .opts = { .reorder_ns = 1000 } };
	char *copy = strdup(script), *save;

	assert_non_null(copy);
	for (char *t = strtok_r(copy, ";\n", &save); t; t = strtok_r(NULL, ";\n", &save))
		statement(&s, t);
	ledger__free(s.l);
	free(copy);
}
