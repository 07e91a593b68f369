// SPDX-License-Identifier: GPL-2.0
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "model.h"

void model__init(struct model *m, u64 base, u64 reorder_ns)
{
	*m = (struct model){.base = base, .reorder_ns = reorder_ns};
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

static void drop_late(struct model *m, size_t i)
{
	memmove(&m->late[i], &m->late[i + 1], (--m->nr_late - i) * sizeof(*m->late));
}

/* The first release that is not before the pin. */
static struct model_late *late_for(struct model *m, u32 folio, u64 ts_ns)
{
	struct model_late *best = NULL;

	for (size_t i = 0; i < m->nr_late; i++) {
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
		m->settled++;
		m->pending--;
		if (!--late->pages)
			drop_late(m, late - m->late);
	}
}

void model__unpin(struct model *m, u32 page, u32 pins, u64 ts_ns)
{
	u64 *open = &m->open[m->folio[page]];
	u64 taken = *open < pins ? *open : pins;

	*open -= taken;
	m->released += pins;
	m->settled += taken;
	m->pending += pins - taken;
	if (taken == pins)
		return;
	if (m->nr_late == m->cap_late) {
		m->cap_late = 2 * m->cap_late + 16;
		m->late = realloc(m->late, m->cap_late * sizeof(*m->late));
		assert(m->late);
	}
	m->late[m->nr_late++] = (struct model_late){.folio = m->folio[page],
						    .ts_ns = ts_ns,
						    .arrived_ns = m->now_ns > ts_ns ? m->now_ns :
										      ts_ns,
						    .pages = pins - taken};
}

void model__tick(struct model *m, u64 ts_ns)
{
	if (ts_ns > m->now_ns)
		m->now_ns = ts_ns;
	while (m->nr_late && m->late[0].arrived_ns + m->reorder_ns < m->now_ns) {
		m->unmatched += m->late[0].pages;
		m->pending -= m->late[0].pages;
		drop_late(m, 0);
	}
}
