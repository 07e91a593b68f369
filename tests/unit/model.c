// SPDX-License-Identifier: GPL-2.0
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "model.h"

void model__init(struct model *m, u64 base, u64 reorder_ns)
{
	*m = (struct model){ .base = base, .reorder_ns = reorder_ns };
}

void model__deinit(struct model *m)
{
	free(m->late);
}

u32 model__folio(struct model *m, u32 at, u8 order)
{
	for (u32 i = 0; i < 1u << order; i++) {
		m->folio[at + i] = at;
		m->order[at + i] = order;
	}
	return at + (1u << order);
}

static void drop_late(struct model *m, size_t i, size_t n)
{
	m->nr_late -= n;
	if (n)
		memmove(&m->late[i], &m->late[i + n], (m->nr_late - i) * sizeof(*m->late));
}

/* The first release that is not before the pin. */
static struct model_late *late_for(struct model *m, u32 folio, u64 ts_ns)
{
	struct model_late *best = NULL;

	for (size_t i = 0; m->waiting[folio] && i < m->nr_late; i++) {
		struct model_late *late = &m->late[i];

		if (late->folio == folio && late->ts_ns >= ts_ns &&
		    (!best || late->ts_ns < best->ts_ns))
			best = late;
	}
	return best;
}

void model__pin(struct model *m, u32 page, u32 pins, u64 ts_ns)
{
	m->pinned += pins;
	for (; pins; pins--) {
		struct model_late *late = late_for(m, m->folio[page], ts_ns);

		if (!late) {
			m->open[m->folio[page]]++;
			continue;
		}
		m->ended++;
		m->pending--;
		m->waiting[late->folio]--;
		if (!--late->pages)
			drop_late(m, late - m->late, 1);
	}
}

static void wait_for_pin(struct model *m, u32 folio, u64 pages, u64 ts_ns)
{
	u64 arrived_ns = m->now_ns > ts_ns ? m->now_ns : ts_ns;
	struct model_late *last = m->nr_late ? &m->late[m->nr_late - 1] : NULL;

	m->pending += pages;
	m->waiting[folio] += pages;
	if (last && last->folio == folio && last->ts_ns == ts_ns &&
	    last->arrived_ns == arrived_ns) {
		last->pages += pages;
		return;
	}
	if (m->nr_late == m->cap_late) {
		m->cap_late = 2 * m->cap_late + 16;
		m->late = realloc(m->late, m->cap_late * sizeof(*m->late));
		assert(m->late);
	}
	m->late[m->nr_late++] = (struct model_late){ folio, ts_ns, arrived_ns, pages };
}

void model__unpin(struct model *m, u32 page, u32 pins, u64 ts_ns)
{
	u64 *open = &m->open[m->folio[page]];
	u64 taken = *open < pins ? *open : pins;

	*open -= taken;
	m->released += pins;
	m->ended += taken;
	if (taken < pins)
		wait_for_pin(m, m->folio[page], pins - taken, ts_ns);
}

void model__tick(struct model *m, u64 ts_ns)
{
	size_t n = 0;

	if (ts_ns > m->now_ns)
		m->now_ns = ts_ns;
	for (; n < m->nr_late && m->late[n].arrived_ns + m->reorder_ns < m->now_ns; n++) {
		m->unmatched += m->late[n].pages;
		m->pending -= m->late[n].pages;
		m->waiting[m->late[n].folio] -= m->late[n].pages;
	}
	drop_late(m, 0, n);
}
