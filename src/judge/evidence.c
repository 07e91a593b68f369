// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "judge/evidence.h"
#include "base/format.h"
#include "record/names.h"

#define say(f, ...) snprintf((f)->evidence, sizeof((f)->evidence), __VA_ARGS__)

/* Times come from files and from several CPUs: never before zero. */
static u64 since(u64 then_ns, u64 now_ns)
{
	return now_ns > then_ns ? now_ns - then_ns : 0;
}

/* An attribution that had to choose between holders says so. */
static const char *attributed(const struct ledger_open *open)
{
	switch (open->worst_match) {
	case LEDGER_MATCH_BIO:
		return " (attributed by rule 1, same bio or request)";
	case LEDGER_MATCH_FAMILY:
		return " (attributed by rule 2, same API family)";
	case LEDGER_MATCH_MM:
		return " (attributed by rule 3, same mm)";
	case LEDGER_MATCH_GONE:
		return " (attributed by rule 4, address space gone)";
	case LEDGER_MATCH_OLDEST:
		return " (attributed by rule 5, oldest pin)";
	case LEDGER_MATCH_NONE:
	case LEDGER_MATCH_ONLY:
	case LEDGER_MATCH_MAX:
		break;
	}
	return "";
}

static void say_partial(struct finding *f, const struct ledger_open *open)
{
	const struct ledger_release *last = open->last_release;
	u64 released = open->pinned_pages - open->open_pages;
	char took[TEXT_NUM_BYTES], last_pages[48] = "";

	if (last->pages != released)
		snprintf(last_pages, sizeof(last_pages), ", the last %u", last->pages);
	say(f, "%" PRIu64 " of %" PRIu64 " pages were released%s by %s() %s after the pin%s",
	    released, open->pinned_pages, last_pages, text_hook(last->api),
	    text_duration(since(open->ts_ns, last->ts_ns), took), attributed(open));
}

/* What of the call was released, for pins whose early drop was legal. */
static void say_leak(struct finding *f, const struct ledger_open *open)
{
	const struct ledger_release *drop = open->last_release;
	char took[TEXT_NUM_BYTES];

	if (drop)
		say(f,
		    "one pin a folio is left of %" PRIu64 " pages: %s() dropped the others %s "
		    "after the pin, as a buffer registration does%s",
		    open->pinned_pages, text_hook(drop->api),
		    text_duration(since(open->ts_ns, drop->ts_ns), took), attributed(open));
	else
		say(f, "none of the %" PRIu64 " pages of the oldest call was released; %s",
		    open->pinned_pages,
		    f->holder_exited ? "its task exited, the address space lives on"
				     : "its task was not seen to exit");
}

static void say_orphan(struct finding *f, const struct ledger_open *open, u64 end_ns)
{
	char ago[TEXT_NUM_BYTES];

	say(f, "the holder's address space went away %s before the end%s",
	    text_duration(since(open->site->holder->mm_gone_ns, end_ns), ago),
	    open->last_release ? "; one pin a folio was kept after an early drop" : "");
}

static void say_held(struct finding *f, const struct ledger_open *open, u64 end_ns)
{
	char held[TEXT_NUM_BYTES];

	say(f, "%" PRIu64 " of %" PRIu64 " pages still held, %s after the pin%s", open->open_pages,
	    open->pinned_pages, text_duration(since(open->ts_ns, end_ns), held),
	    f->id == FINDING_MISSING_LONGTERM ? ": as long as a long-term pin" : "");
}

/* Who else may be the one that did not release: both are named. */
static void say_contested(struct finding *f, const struct ledger_contested *c)
{
	size_t len = strlen(f->evidence);
	char pages[48];

	snprintf(f->evidence + len, sizeof(f->evidence) - len,
		 "; %s[%u] and %s[%u] both pinned this memory, and %s() in %s[%u] released %s of "
		 "one of them: taken for those of %s (rule %s)",
		 f->holder.comm, f->holder.tgid, c->other.comm, c->other.tgid, text_hook(c->api),
		 c->comm, c->tid, text_count(c->pages, "page", pages, sizeof(pages)), c->other.comm,
		 c->match == LEDGER_MATCH_GONE ? "4, address space gone" : "5, oldest pin");
}

static void say_passed_on(struct finding *f, const struct ledger_open *open, u64 end_ns)
{
	char ago[TEXT_NUM_BYTES];

	say(f,
	    "its address space went away %s before the end; what registered the pages lives on, see the owner",
	    text_duration(since(open->site->holder->mm_gone_ns, end_ns), ago));
}

static void say_open(struct finding *f, const struct ledger_open *open, u64 end_ns)
{
	if (f->id == FINDING_PARTIAL_RELEASE)
		say_partial(f, open);
	else if (f->id == FINDING_LEAK && f->mm_gone)
		say_passed_on(f, open, end_ns);
	else if (f->id == FINDING_LEAK)
		say_leak(f, open);
	else if (f->id == FINDING_ORPHAN)
		say_orphan(f, open, end_ns);
	else
		say_held(f, open, end_ns);
}

void evidence__open(struct finding *f, const struct ledger_open *open, u64 end_ns)
{
	say_open(f, open, end_ns);
	if (open->contested)
		say_contested(f, open->contested);
}

void evidence__held(struct finding *f, const struct ledger_site *site)
{
	char longest[TEXT_NUM_BYTES], calls[48];

	if (f->id == FINDING_LONGTERM_FILE) {
		say(f,
		    "the first page was of a file mapping when it was pinned; released, at the latest %s later",
		    text_duration(site->max_held_ns, longest));
		return;
	}
	say(f, "%s held long and released, the longest after %s",
	    text_count(site->held_calls, "call", calls, sizeof(calls)),
	    text_duration(site->max_held_ns, longest));
}

void evidence__unmatched(struct finding *f, const struct ledger_unmatched *u)
{
	char pinned[TEXT_NUM_BYTES], released[TEXT_NUM_BYTES];

	if (u->prev_pin_ts_ns && u->prev_unpin_ts_ns)
		say(f,
		    "pfn 0x%" PRIx64 " was pinned %s before and released %s before: this release "
		    "is one too many%s",
		    u->run.pfn, text_duration(since(u->prev_pin_ts_ns, u->ts_ns), pinned),
		    text_duration(since(u->prev_unpin_ts_ns, u->ts_ns), released),
		    u->nopin ? ", the page held no pin when it began" : "");
	else if (u->nopin)
		say(f,
		    "when the release of pfn 0x%" PRIx64
		    " began the page held no pin (%s), and none of it was seen",
		    u->run.pfn, u->run.order ? "pincount not above 0" : "refcount below 1024");
	else
		say(f,
		    "no pin of pfn 0x%" PRIx64 " was seen, and all pins from before the start "
		    "are accounted for",
		    u->run.pfn);
}

void evidence__unreconciled(struct finding *f, const struct witness *w)
{
	say(f,
	    "vmstat: acquired %" PRIu64 ", released %" PRIu64 ", net %+" PRId64
	    "; hooks: acquired %" PRIu64 ", released %" PRIu64 ", net %+" PRId64 "%s",
	    w->vm_acquired, w->vm_released, w->vm_net, w->seen_acquired, w->seen_released,
	    w->seen_net, w->quiet ? "" : "; pins went on while vmstat was read");
}

void evidence__uncertain(struct finding *f, const char *why)
{
	char seen[sizeof(f->evidence)];

	snprintf(seen, sizeof(seen), "%s", f->evidence);
	say(f, "uncertain: %s%s%.*s", why, *seen ? "; " : "", 140, seen);
}
