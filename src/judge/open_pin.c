// SPDX-License-Identifier: GPL-2.0
#include "judge/open_pin.h"

/* Pages that go into a bio, or that an iterator of direct I/O gave. */
static bool is_io(const struct ledger_open *open)
{
	return open->bio || open->site->file.iter_kind != PIN_ITER_NONE;
}

struct owner_search {
	struct owner_index *owners;
	const struct rec_owner *found;
	u64 pfn;
};

/* Of several runs with an owner the lowest counts. */
static int find_owner(const struct rec_run *run, void *arg)
{
	struct owner_search *search = arg;
	const bool folio = run->order && run->order != RUN_ORDER_UNKNOWN;
	const struct rec_owner *owner;

	if (search->found && search->pfn < run->pfn)
		return 0;
	owner = owner_index__find(search->owners, run->pfn,
				  run->flags & RUN_FOLIO ? 1 : run->pages);
	if (!owner && folio) /* a pin of one page is a pin of its folio */
		owner = owner_index__find(search->owners, run->pfn >> run->order << run->order,
					  1ull << run->order);
	if (owner) {
		search->found = owner;
		search->pfn = run->pfn;
	}
	return 0;
}

static const struct rec_owner *owner_of(const struct eval *e, const struct ledger_open *open)
{
	struct owner_search search = { .owners = session__owners(e->session, PAGE_PHASE_SUSPECT) };

	if (search.owners->nr_owners)
		ledger__for_each_run(e->ledger, open->call, find_owner, &search);
	return search.found;
}

struct open_pin open_pin__of(const struct eval *e, const struct ledger_open *open)
{
	const struct ledger_site *site = open->site;
	const struct ledger_holder *holder = site->holder;

	return (struct open_pin){
		.open = open,
		.workload = eval__is_workload(e, site, open->ts_ns),
		/* a pin that is younger than the end of its mm is of the next one at that address
		 */
		.mm_gone =
			holder->task.mm && holder->mm_gone_ns && open->ts_ns <= holder->mm_gone_ns,
		.in_flight =
			is_io(open) && session__in_flight(e->session, site->file.dev, open->ts_ns),
		.age_ns = eval__since(e, open->ts_ns),
		.owner = owner_of(e, open),
	};
}

/*
 * Until when a pin must have been taken to have had its time to settle. What a survivor of the
 * command pins later is its current work, and may be in flight at the end like anybody's; a kernel
 * thread's is the command's exit work.
 */
static u64 settle_deadline(const struct eval *e, const struct ledger_site *site)
{
	return owners__is_kernel(site) ? e->settled_ns : e->cmd_end_ns;
}

static bool outlived_command(const struct eval *e, const struct open_pin *pin)
{
	return e->cmd_ended && pin->workload &&
	       pin->open->ts_ns <= settle_deadline(e, pin->open->site);
}

/* Exit work (io_uring's, say) runs in kworkers and may take its time. */
static bool outlived_holder(const struct eval *e, const struct open_pin *pin)
{
	return pin->mm_gone && eval__since(e, pin->open->site->holder->mm_gone_ns) >= e->grace_ns;
}

bool open_pin__is_overdue(const struct eval *e, const struct open_pin *pin)
{
	return eval__judged(e, pin->workload) &&
	       (outlived_command(e, pin) || outlived_holder(e, pin));
}

bool open_pin__is_pending(const struct eval *e, const struct open_pin *pin)
{
	return pin->in_flight || (is_io(pin->open) && pin->age_ns < e->grace_ns);
}
