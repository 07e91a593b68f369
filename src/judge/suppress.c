// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include "base/array.h"
#include "base/glob_index.h"
#include "judge/suppress.h"

/* A file that is longer is no list of suppressions but a mistake. */
#define FILE_MAX_BYTES (1u << 20)
/* `*`: a line for every finding. */
#define ANY_FINDING FINDING_CNT

enum subject { SUBJECT_FRAME, SUBJECT_COMM, SUBJECT_FS, SUBJECT_CNT };

struct line {
	enum finding_id id; /* ANY_FINDING = all */
	enum subject subject;
	const char *glob;
	const char *text; /* as written, without the reason */
	const char *reason;
	u64 calls;
	u64 pages;
};

struct suppressions {
	char *text; /* our copy; lines point into it */
	struct line *lines;
	u32 nr_lines;
	size_t cap_lines;
	struct glob_index by_subject[SUBJECT_CNT]; /* numbers of lines */
};

/* Where in the input we are, and where complaints go. */
struct parser {
	const char *name;
	unsigned line_no;
	char *err;
	size_t err_sz;
};

#define complain(p, ...) (snprintf((p)->err, (p)->err_sz, __VA_ARGS__), -EINVAL)

static char *trim(char *text)
{
	size_t len;

	while (isspace((unsigned char)*text))
		text++;
	len = strlen(text);
	while (len && isspace((unsigned char)text[len - 1]))
		text[--len] = '\0';
	return text;
}

/* Cuts the reason off: behind the first '#' that follows a blank. NULL = there is none. */
static char *cut_reason(char *text)
{
	for (char *c = text; *c; c++) {
		if (*c == '#' && c > text && isspace((unsigned char)c[-1])) {
			*c = '\0';
			return trim(c + 1);
		}
	}
	return NULL;
}

/* What makes a verdict inconclusive is no finding that one may wish away. */
static bool suppressible(enum finding_id id)
{
	return finding_defs[id].severity != SEVERITY_DOUBT;
}

static int unknown_id(const struct parser *p, const char *id)
{
	char known[256] = "";
	size_t len = 0;

	for (int i = 0; i < FINDING_CNT && len < sizeof(known); i++)
		if (suppressible(i))
			len += snprintf(known + len, sizeof(known) - len, ", %s",
					finding_defs[i].id);
	return complain(p, "%s:%u: unknown finding '%.32s'; known are *%s", p->name, p->line_no, id,
			known);
}

static int parse_id(const struct parser *p, const char *id, enum finding_id *out)
{
	*out = ANY_FINDING;
	if (!strcmp(id, "*"))
		return 0;
	for (int i = 0; i < FINDING_CNT; i++)
		if (!strcmp(id, finding_defs[i].id))
			*out = i;
	if (*out == ANY_FINDING)
		return unknown_id(p, id);
	if (!suppressible(*out))
		return complain(p,
				"%s:%u: '%s' makes the verdict inconclusive and cannot be "
				"suppressed",
				p->name, p->line_no, id);
	return 0;
}

static void parse_subject(const char *pattern, struct line *out)
{
	static const struct {
		const char *prefix;
		enum subject subject;
	} subjects[] = { { "comm=", SUBJECT_COMM }, { "fs=", SUBJECT_FS }, { "", SUBJECT_FRAME } };
	size_t i = 0;

	while (strncmp(pattern, subjects[i].prefix, strlen(subjects[i].prefix)))
		i++;
	out->subject = subjects[i].subject;
	out->glob = pattern + strlen(subjects[i].prefix);
}

/* A line that is neither empty nor a comment. */
static int parse_line(const struct parser *p, char *text, struct line *out)
{
	char id[40] = "";
	size_t id_len;

	out->reason = cut_reason(text);
	if (!out->reason || !*out->reason)
		return complain(p, "%s:%u: no reason given; write '%.60s  # why'", p->name,
				p->line_no, trim(text));
	out->text = trim(text);
	id_len = strcspn(out->text, ":");
	if (!out->text[id_len])
		return complain(p, "%s:%u: no ':' in '%.60s'; write FINDING:GLOB  # why", p->name,
				p->line_no, out->text);
	if (id_len >= sizeof(id))
		return unknown_id(p, out->text);
	memcpy(id, out->text, id_len);
	parse_subject(out->text + id_len + 1 + strspn(out->text + id_len + 1, " \t"), out);
	if (!*out->glob)
		return complain(p, "%s:%u: nothing to match in '%.60s'", p->name, p->line_no,
				out->text);
	return parse_id(p, trim(id), &out->id);
}

static int add_line(struct suppressions *s, const struct line *line)
{
	if (ARRAY_GROW(s->lines, s->nr_lines, s->cap_lines))
		return -ENOMEM;
	s->lines[s->nr_lines] = *line;
	return glob_index__add(&s->by_subject[line->subject], line->glob, s->nr_lines++);
}

static int parse_all(struct suppressions *s, struct parser *p)
{
	char *rest = s->text, *text;
	int err;

	while ((text = strsep(&rest, "\n"))) {
		struct line line = { 0 };

		p->line_no++;
		text = trim(text);
		if (!*text || *text == '#')
			continue;
		err = parse_line(p, text, &line);
		if (!err)
			err = add_line(s, &line);
		if (err)
			return err;
	}
	for (int i = 0; i < SUBJECT_CNT; i++)
		glob_index__sort(&s->by_subject[i]);
	return 0;
}

struct suppressions *suppressions__parse(const char *text, const char *name, char *err,
					 size_t err_sz)
{
	struct parser p = { .name = name, .err = err, .err_sz = err_sz };
	struct suppressions *s = calloc(1, sizeof(*s));
	int ret = -ENOMEM;

	if (s)
		s->text = strdup(text);
	if (s && s->text)
		ret = parse_all(s, &p);
	if (!ret)
		return s;
	if (ret == -ENOMEM)
		snprintf(err, err_sz, "%s: out of memory", name);
	suppressions__free(s);
	errno = -ret;
	return NULL;
}

/* The whole file as a text, or NULL and errno. */
static char *read_all(const char *path)
{
	char *text = calloc(1, FILE_MAX_BYTES + 1);
	FILE *in = fopen(path, "re");
	size_t len;
	int err = 0;

	if (!text || !in) {
		err = text ? errno : ENOMEM;
		goto out;
	}
	errno = 0;
	len = fread(text, 1, FILE_MAX_BYTES + 1, in);
	if (ferror(in))
		err = errno ? errno : EIO;
	else if (len > FILE_MAX_BYTES)
		err = EFBIG;
	else if (strlen(text) != len)
		err = EBADMSG; /* a NUL would hide the lines behind it */
out:
	if (in)
		fclose(in);
	if (err) {
		free(text);
		text = NULL;
		errno = err;
	}
	return text;
}

struct suppressions *suppressions__load(const char *path, char *err, size_t err_sz)
{
	struct suppressions *s;
	char *text = read_all(path);
	int saved;

	if (!text) {
		saved = errno;
		snprintf(err, err_sz, "%s: %s", path,
			 saved == EBADMSG ? "not a text file" : strerror(saved));
		errno = saved;
		return NULL;
	}
	s = suppressions__parse(text, path, err, err_sz);
	saved = errno;
	free(text);
	errno = saved;
	return s;
}

void suppressions__free(struct suppressions *s)
{
	if (!s)
		return;
	for (int i = 0; i < SUBJECT_CNT; i++)
		glob_index__deinit(&s->by_subject[i]);
	free(s->lines);
	free(s->text);
	free(s);
}

/* A finding that lines are looked for, and those lines. */
struct search {
	const struct suppressions *s;
	enum finding_id id;
};

static bool is_for(const struct search *search, const struct line *line)
{
	return line->id == ANY_FINDING || line->id == search->id;
}

static bool text_matches(u32 number, const char *text, void *arg)
{
	const struct search *search = arg;
	const struct line *line = &search->s->lines[number];

	return is_for(search, line) && !fnmatch(line->glob, text, 0);
}

/* Compilers clone functions: "f" also names f.isra.0, or a line would not outlive a rebuild. */
static bool frame_matches(u32 number, const char *name, void *arg)
{
	const struct search *search = arg;
	const struct line *line = &search->s->lines[number];
	char plain[128];

	if (!is_for(search, line))
		return false;
	if (!fnmatch(line->glob, name, 0))
		return true;
	snprintf(plain, sizeof(plain), "%.*s", (int)strcspn(name, "."), name);
	return *plain && !fnmatch(line->glob, plain, 0);
}

static u32 first_of_stack(struct search *search, u32 limit, const struct stacks *stacks, u64 id)
{
	const struct glob_index *frames = &search->s->by_subject[SUBJECT_FRAME];
	const struct event_stack *st = stacks__get(stacks, id);

	for (unsigned i = 0; st && i < st->nr; i++) {
		u32 tgid = st->type == STACK_KERNEL ? 0 : st->tgid;
		const char *name = stacks__sym(stacks, tgid, st->ips[i])->name;

		if (*name)
			limit = glob_index__first(frames, name, limit, frame_matches, search);
	}
	return limit;
}

bool suppressions__match(struct suppressions *s, const struct finding *f,
			 const struct stacks *stacks)
{
	struct search search = { .s = s, .id = f->id };
	u32 first = s->nr_lines;

	if (!suppressible(f->id))
		return false;
	first = glob_index__first(&s->by_subject[SUBJECT_COMM], f->holder.comm, first, text_matches,
				  &search);
	if (f->file.fs[0])
		first = glob_index__first(&s->by_subject[SUBJECT_FS], f->file.fs, first,
					  text_matches, &search);
	first = first_of_stack(&search, first, stacks, f->stack_id);
	first = first_of_stack(&search, first, stacks, f->ustack_id);
	if (first == s->nr_lines)
		return false;
	s->lines[first].calls += f->calls;
	s->lines[first].pages += f->pages;
	return true;
}

int suppressions__for_each(const struct suppressions *s,
			   int (*fn)(const char *line, const char *reason, u64 calls, u64 pages,
				     void *arg),
			   void *arg)
{
	int ret = 0;

	for (u32 i = 0; i < s->nr_lines && !ret; i++) {
		const struct line *line = &s->lines[i];

		ret = fn(line->text, line->reason, line->calls, line->pages, arg);
	}
	return ret;
}
