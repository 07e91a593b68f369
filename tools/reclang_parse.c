// SPDX-License-Identifier: GPL-2.0
/* Lines to records. */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "record/decode.h"
#include "reclang.h"

struct parser {
	const struct reclang_kind *kind;
	struct reclang_rec *rec;
	u64 seen; /* fields given so far, by index */
	u64 seen_common;
	size_t place; /* index of the next field that goes by place */
	char *err;
	size_t err_sz;
};

/* A word, unquoted; text of `key=text`, key NULL for a word that goes by place. */
struct word {
	char *key;
	char *text;
};

__attribute__((format(printf, 2, 3))) static int fail(struct parser *p, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(p->err, p->err_sz, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c ? strchr(digits, tolower((unsigned char)c)) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* Behind a backslash; NULL when that is nothing known. */
static char *unescape(char *s, char *out)
{
	if (*s == '"' || *s == '\\') {
		*out = *s;
		return s + 1;
	}
	if (*s != 'x' || hex_digit(s[1]) < 0 || hex_digit(s[2]) < 0)
		return NULL;
	*out = hex_digit(s[1]) << 4 | hex_digit(s[2]);
	/* A NUL would end the text unseen. */
	return *out ? s + 3 : NULL;
}

/* Cuts the next word off the line. 1, 0 at the end, or -EINVAL. */
static int next_word(struct parser *p, char **line, struct word *w)
{
	char *s = *line + strspn(*line, " \t\r\n");
	char *out = s;
	bool quoted = false;

	*w = (struct word){ .text = s };
	if (!*s || *s == '#')
		return 0;
	while (*s && (quoted || !strchr(" \t\r\n", *s))) {
		if (*s == '"') {
			quoted = !quoted;
			s++;
		} else if (quoted && *s == '\\') {
			s = unescape(s + 1, out++);
			if (!s)
				return fail(p, "only \\\", \\\\ and \\xNN (not \\x00) are known");
		} else if (*s == '=' && !quoted && !w->key) {
			*out++ = '\0';
			s++;
			w->key = w->text;
			w->text = out;
		} else {
			*out++ = *s++;
		}
	}
	if (quoted)
		return fail(p, "a quote without an end");
	*line = *s ? s + 1 : s;
	*out = '\0';
	return 1;
}

/* What is behind the number stays in *end. */
static bool parse_number(const char *text, const char **end, u64 *value)
{
	bool hex = text[0] == '0' && tolower((unsigned char)text[1]) == 'x';
	char *stop;

	/* strtoull() would take signs and blanks. */
	if (!isdigit((unsigned char)text[0]) || (hex && hex_digit(text[2]) < 0))
		return false;
	errno = 0;
	*value = strtoull(text, &stop, hex ? 16 : 10);
	*end = stop;
	return !errno;
}

static bool parse_whole_number(const char *text, u64 *value)
{
	const char *end;

	return parse_number(text, &end, value) && !*end;
}

static bool parse_pair(const char *text, char sep, u64 pair[static 2])
{
	const char *end;

	return parse_number(text, &end, &pair[0]) && *end == sep &&
	       parse_whole_number(end + 1, &pair[1]);
}

static bool parse_time(const char *text, u64 *value)
{
	static const struct {
		const char *unit;
		u64 ns;
	} units[] = {
		{ "", 1 }, { "ns", 1 }, { "us", 1000 }, { "ms", 1000000 }, { "s", 1000000000 }
	};
	const char *end;

	if (!parse_number(text, &end, value))
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (!strcmp(end, units[i].unit))
			return !__builtin_mul_overflow(*value, units[i].ns, value);
	return false;
}

static bool parse_name(const struct reclang_name *names, const char *text, u64 *value)
{
	for (; names->text; names++) {
		if (!strcmp(names->text, text)) {
			*value = names->value;
			return true;
		}
	}
	return parse_whole_number(text, value);
}

static bool parse_flags(const struct reclang_name *names, char *text, u64 *value)
{
	char *next;
	u64 flag;

	for (*value = 0; text; text = next) {
		next = strchr(text, ',');
		if (next)
			*next++ = '\0';
		if (!parse_name(names, text, &flag))
			return false;
		*value |= flag;
	}
	return true;
}

static bool parse_signed(const char *text, size_t sz, u64 *value)
{
	bool minus = *text == '-';
	u64 mask = ~0ull >> (64 - 8 * sz), limit = (mask >> 1) + minus;

	if (!parse_whole_number(text + minus, value) || *value > limit)
		return false;
	*value = (minus ? -*value : *value) & mask;
	return true;
}

/* Room for sz more bytes at the end of the record; NULL when it would be too long. */
static void *extend(struct parser *p, size_t sz)
{
	char *at = (char *)p->rec + p->rec->h.sz;

	if (sz > REC_MAX_BYTES - p->rec->h.sz)
		return NULL;
	p->rec->h.sz += sz;
	return at;
}

static bool parse_run(const char *text, struct rec_run *run)
{
	const char *end;
	u64 pages, order = 0;

	*run = (struct rec_run){ 0 };
	if (!parse_number(text, &end, &run->pfn) || (*end != '+' && *end != '*'))
		return false;
	run->flags = *end == '*' ? RUN_FOLIO : 0;
	if (!parse_number(end + 1, &end, &pages) || pages > UINT32_MAX)
		return false;
	run->pages = pages;
	if (!strncmp(end, "/?", 2)) {
		order = RUN_ORDER_UNKNOWN;
		end += 2;
	} else if (*end == '/' && (!parse_number(end + 1, &end, &order) || order > UINT8_MAX)) {
		return false;
	}
	run->order = order;
	if (*end == '!') {
		run->flags |= RUN_NOPIN;
		end++;
	}
	return !*end;
}

static int add_runs(struct parser *p, const struct reclang_field *f, char *text)
{
	struct rec_run *run;
	u64 cnt = 0;
	char *next;

	for (; text; text = next) {
		next = strchr(text, ',');
		if (next)
			*next++ = '\0';
		run = extend(p, sizeof(*run));
		if (!run)
			return fail(p, "more runs than a record can hold");
		if (!parse_run(text, run))
			return fail(p,
				    "run '%s' is not PFN+PAGES[/ORDER][!] or PFN*PINS[/ORDER][!]",
				    text);
		cnt++;
	}
	reclang__put(p->rec, f, cnt);
	return 0;
}

static int add_frame(struct parser *p, const struct reclang_field *f, const char *text)
{
	u64 addr, *ip;

	if (!parse_whole_number(text, &addr))
		return fail(p, "address '%s' is not a number", text);
	ip = extend(p, sizeof(*ip));
	if (!ip || !reclang__put(p->rec, f, reclang__get(p->rec, f) + 1))
		return fail(p, "more addresses than a record can hold");
	*ip = addr;
	return 0;
}

static int add_data(struct parser *p, const char *text)
{
	size_t digits = strlen(text);
	u8 *byte;

	if (digits % 16 || strspn(text, "0123456789abcdefABCDEF") != digits)
		return fail(p, "data is not hex digits, 16 for each 8 bytes");
	for (; *text; text += 2) {
		byte = extend(p, 1);
		if (!byte)
			return fail(p, "more data than a record can hold");
		*byte = hex_digit(text[0]) << 4 | hex_digit(text[1]);
	}
	return 0;
}

static int put_text(struct parser *p, const struct reclang_field *f, const char *text)
{
	size_t len = strlen(text);

	if (len >= f->sz)
		return fail(p, "'%s' is longer than %zu bytes", text, f->sz - 1);
	/* The default may be there. */
	memset((char *)p->rec + f->off, 0, f->sz);
	memcpy((char *)p->rec + f->off, text, len);
	return 0;
}

static int put_name_off(struct parser *p, const struct reclang_field *f, char *text)
{
	struct rec_sym *sym = (void *)p->rec;
	char *plus = strrchr(text, '+');

	if (!plus || !parse_whole_number(plus + 1, &sym->off))
		return fail(p, "'%s' is not NAME+OFFSET", text);
	*plus = '\0';
	return put_text(p, f, text);
}

static int put_module(struct parser *p, const struct reclang_field *f, char *text)
{
	size_t len = strlen(text);

	if (len < 2 || text[0] != '[' || text[len - 1] != ']')
		return fail(p, "'%s' is not [MODULE]", text);
	text[len - 1] = '\0';
	return put_text(p, f, text + 1);
}

static bool parse_scalar(const struct reclang_field *f, char *text, u64 *value)
{
	u64 dev[2];

	switch (f->type) {
	case RECLANG_TIME:
		return parse_time(text, value);
	case RECLANG_ENUM:
		return parse_name(f->names, text, value);
	case RECLANG_FLAGS:
		return parse_flags(f->names, text, value);
	case RECLANG_SIGNED:
		return parse_signed(text, f->sz, value);
	case RECLANG_DEV:
		if (!parse_pair(text, ':', dev) || dev[0] > 0xfff || dev[1] > 0xfffff)
			return false;
		*value = dev[0] << 20 | dev[1];
		return true;
	default:
		return parse_whole_number(text, value);
	}
}

static int put_scalar(struct parser *p, const struct reclang_field *f, char *text)
{
	const char *what = f->key ? f->key : p->kind->text;
	u64 value;

	if (!parse_scalar(f, text, &value))
		return fail(p, "%s: '%s' is not %s", what, text,
			    f->names ? "a name that is known" : "a value for this");
	if (!reclang__put(p->rec, f, value))
		return fail(p, "%s: '%s' is too large", what, text);
	return 0;
}

static int put_field(struct parser *p, const struct reclang_field *f, char *text)
{
	u64 pair[2];

	switch (f->type) {
	case RECLANG_TEXT:
		return put_text(p, f, text);
	case RECLANG_NAMEOFF:
		return put_name_off(p, f, text);
	case RECLANG_MODULE:
		return put_module(p, f, text);
	case RECLANG_RUNS:
		return add_runs(p, f, text);
	case RECLANG_FRAMES:
		return add_frame(p, f, text);
	case RECLANG_DATA:
		return add_data(p, text);
	case RECLANG_PAIR:
		if (!parse_pair(text, '/', pair))
			return fail(p, "%s: '%s' is not two numbers, A/B", f->key, text);
		memcpy((char *)p->rec + f->off, pair, sizeof(pair));
		return 0;
	default:
		return put_scalar(p, f, text);
	}
}

static const struct reclang_field *find_key(const struct reclang_field *f, const char *key)
{
	for (; f->sz; f++)
		if (f->key && !strcmp(f->key, key))
			return f;
	return NULL;
}

static int parse_keyed(struct parser *p, const struct word *w)
{
	const struct reclang_field *fields = p->kind->fields, *f = find_key(fields, w->key);
	u64 *seen = &p->seen;

	if (!f) {
		fields = reclang_common;
		f = find_key(fields, w->key);
		seen = &p->seen_common;
	}
	if (!f)
		return fail(p, "%s: unknown key '%s'", p->kind->text, w->key);
	if (*seen & 1ull << (f - fields))
		return fail(p, "%s: '%s' comes twice", p->kind->text, w->key);
	*seen |= 1ull << (f - fields);
	return put_field(p, f, w->text);
}

static int parse_placed(struct parser *p, const struct word *w)
{
	const struct reclang_field *f = p->kind->fields + p->place;

	while (f->sz && f->key)
		f++;
	if (!f->sz)
		return fail(p, "%s: '%s' is one word too many", p->kind->text, w->text);
	p->place = f - p->kind->fields;
	if (f->type != RECLANG_FRAMES)
		p->place++;
	return put_field(p, f, w->text);
}

/*
 * Words that have their place must be there, but for frames and modules, of which there may be
 * none.
 */
static int check_places(struct parser *p)
{
	const struct reclang_field *f = p->kind->fields + p->place;

	for (; f->sz; f++)
		if (!f->key && f->type != RECLANG_FRAMES && f->type != RECLANG_MODULE)
			return fail(p, "%s: a word is missing", p->kind->text);
	return 0;
}

static void begin(struct parser *p)
{
	memset(p->rec, 0, p->kind->sz);
	p->rec->h.sz = p->kind->sz;
	p->rec->h.kind = p->kind->kind;
	for (const struct reclang_field *f = p->kind->fields; f->sz; f++)
		if (f->def)
			reclang__put(p->rec, f, f->def);
}

/* Defaults that depend on the rest of the line, and what decode() says to it all. */
static int finish(struct parser *p)
{
	const struct reclang_field *f = p->kind->fields;
	const char *why = NULL;
	struct event event;
	int err = check_places(p);

	for (; !err && f->sz; f++)
		if (f->type == RECLANG_TEXT && !(p->seen & 1ull << (f - p->kind->fields)))
			err = put_text(p, f, reclang__default_text(p->rec, f));
	/* A record that is wrong on purpose is written as a raw line. */
	if (!err && strcmp(p->kind->text, "raw") && decode(p->rec, p->rec->h.sz, &event, &why) < 0)
		err = fail(p, "%s: %s", p->kind->text, why);
	return err;
}

int reclang__parse(char *line, struct reclang_rec *rec, char *err, size_t err_sz)
{
	struct parser p = { .rec = rec, .err = err, .err_sz = err_sz };
	struct word w;
	int ret;

	ret = next_word(&p, &line, &w);
	if (ret <= 0)
		return ret;
	p.kind = w.key ? NULL : reclang__kind_by_text(w.text);
	if (!p.kind)
		return fail(&p, "unknown kind of record '%s'", w.key ? w.key : w.text);
	begin(&p);
	while ((ret = next_word(&p, &line, &w)) > 0) {
		ret = w.key ? parse_keyed(&p, &w) : parse_placed(&p, &w);
		if (ret)
			return ret;
	}
	if (!ret)
		ret = finish(&p);
	return ret ? ret : 1;
}
