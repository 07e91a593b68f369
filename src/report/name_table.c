// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "report/name_table.h"

static u32 count(const struct flame_node *n)
{
	u32 nr = 0;

	for (; n; n = n->next)
		nr += 1 + count(n->children);
	return nr;
}

static u32 find(const struct name_table *t, const char *name)
{
	u32 i = name_index__first(&t->index, name);

	while (i != NAME_INDEX_END && strcmp(t->names[i], name))
		i = t->index.next[i];
	return i;
}

static void add_all(struct name_table *t, const struct flame_node *n)
{
	for (; n; n = n->next) {
		if (find(t, n->name) == NAME_INDEX_END) {
			t->names[t->nr] = n->name;
			name_index__add(&t->index, n->name, t->nr++);
		}
		add_all(t, n->children);
	}
}

int name_table__init(struct name_table *t, const struct flame *f)
{
	u32 nr = count(f->root);

	*t = (struct name_table){ .names = calloc(nr, sizeof(*t->names)) };
	if (!t->names || name_index__init(&t->index, nr))
		return -ENOMEM;
	add_all(t, f->root->children);
	return 0;
}

void name_table__deinit(struct name_table *t)
{
	name_index__deinit(&t->index);
	free(t->names);
}

u32 name_table__number(const struct name_table *t, const char *name)
{
	return find(t, name);
}
