// SPDX-License-Identifier: GPL-2.0
#include <string.h>
#include "judge/finding_fill.h"

struct finding finding__from_site(enum finding_id id, const struct ledger_site *site)
{
	return (struct finding){
		.id = id,
		.holder = site->holder->task,
		.holder_exited = site->holder->exited_ns,
		.mm_gone = site->holder->mm_gone_ns,
		.mm_gone_ns = site->holder->mm_gone_ns,
		.api = site->api,
		.flags = site->flags,
		.stack_id = site->stack_id,
		.ustack_id = site->file.ustack_id,
		.file = site->file,
	};
}

void finding__set_release(struct finding *f, const struct ledger_release *release)
{
	f->release_api = release->api;
	f->release_stack_id = release->stack_id;
	f->release_ts_ns = release->ts_ns;
	if (release->flags & PIN_F_IRQ)
		return;
	f->release_tid = release->tid;
	memcpy(f->release_comm, release->comm, sizeof(f->release_comm));
}

unsigned finding__doc_case(const struct finding *f, u64 bio)
{
	if (bio || f->file.iter_kind || f->file.fs_hook)
		return 1; /* direct I/O */
	if ((f->flags & PIN_F_LONGTERM) || f->id == FINDING_MISSING_LONGTERM)
		return 2; /* held that long it is long term, whatever its flags say */
	return 5;	  /* short, and no I/O behind it: pin, touch the data, unpin */
}
