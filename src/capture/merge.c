// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "capture/merge.h"

struct queue {
	char *buf;
	size_t cap, head, tail; /* bytes; [head, tail) waits */
};

struct merge {
	unsigned nr;
	struct queue queues[];
};

struct merge *merge__new(unsigned nr_cpus)
{
	struct merge *m = calloc(1, sizeof(*m) + nr_cpus * sizeof(m->queues[0]));

	if (!m)
		return errno = ENOMEM, NULL;
	m->nr = nr_cpus;
	return m;
}

void merge__free(struct merge *m)
{
	if (!m)
		return;
	for (unsigned i = 0; i < m->nr; i++)
		free(m->queues[i].buf);
	free(m);
}

static int make_room(struct queue *q, size_t sz)
{
	size_t used = q->tail - q->head, cap = q->cap;
	char *buf;

	if (q->head && used + sz <= cap) {
		memmove(q->buf, q->buf + q->head, used);
	} else {
		cap = cap ? cap : 65536;
		while (cap < used + sz)
			cap *= 2;
		buf = malloc(cap);
		if (!buf)
			return -ENOMEM;
		if (used)
			memcpy(buf, q->buf + q->head, used);
		free(q->buf);
		q->buf = buf;
		q->cap = cap;
	}
	q->head = 0;
	q->tail = used;
	return 0;
}

int merge__add(struct merge *m, unsigned cpu, const struct rec_hdr *rec)
{
	struct queue *q;

	if (cpu >= m->nr)
		return -EINVAL;
	q = &m->queues[cpu];
	if (q->tail + rec->sz > q->cap) {
		int err = make_room(q, rec->sz);

		if (err)
			return err;
	}
	memcpy(q->buf + q->tail, rec, rec->sz);
	q->tail += rec->sz;
	return 0;
}

static const struct rec_hdr *front(const struct queue *q)
{
	return q->head < q->tail ? (const struct rec_hdr *)(q->buf + q->head) : NULL;
}

/* Before `than`; of equal times the lower CPU's comes first. */
static bool is_before(const struct rec_hdr *rec, const struct queue *q, const struct rec_hdr *than,
		      const struct queue *than_q)
{
	return !than || rec->ts_ns < than->ts_ns || (rec->ts_ns == than->ts_ns && q < than_q);
}

/* CPUs send bursts: while one stays before the next CPU's first, the others need no look. */
int merge__emit(struct merge *m, u64 until_ns, record_fn fn, void *arg)
{
	for (;;) {
		const struct rec_hdr *first = NULL, *second = NULL;
		struct queue *from = NULL, *next = NULL;

		for (unsigned i = 0; i < m->nr; i++) {
			struct queue *q = &m->queues[i];
			const struct rec_hdr *rec = front(q);

			if (rec && is_before(rec, q, first, from)) {
				second = first;
				next = from;
				first = rec;
				from = q;
			} else if (rec && is_before(rec, q, second, next)) {
				second = rec;
				next = q;
			}
		}
		if (!first || first->ts_ns > until_ns)
			return 0;
		do {
			int err;

			from->head += first->sz;
			err = fn(arg, first);
			if (err)
				return err;
			first = front(from);
		} while (first && first->ts_ns <= until_ns && is_before(first, from, second, next));
	}
}

size_t merge__pending(const struct merge *m)
{
	size_t bytes = 0;

	for (unsigned i = 0; i < m->nr; i++)
		bytes += m->queues[i].tail - m->queues[i].head;
	return bytes;
}
