/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Records as lines of text: what recasm reads and recdump writes. One record a
 * line: its kind, words that have a fixed place, then key=value in any order. What
 * is left out is zero, or the default in the table (reclang.c). `#` begins a
 * comment. A word or value with blanks in it is put in double quotes, where \" \\
 * and \xNN stand for what they look like.
 *
 *     meta    release= page= cpus= stacks=off|caller|cached|exact realtime= preexisting=
 *             boot= machine= tool= command= version=
 *     hook    API STATE MECH error= symbol=
 *     pin     tid= tgid= comm= api= flags= stack= ustack= mm= ctx= cgroup= iter= dir=
 *             fs= dev=MAJOR:MINOR ino= fs_hook= call= runs=
 *     unpin   tid= tgid= comm= api= flags= stack= mm= ctx= call= runs=
 *     stack   kernel|user id= tgid= flags= ADDRESS...
 *     fork    tid= tgid= parent= mm= comm= group_dead=         (exit and mm: the same)
 *     ns-pid  tid= tgid= ns_tid= ns_tgid=
 *     lost    reason= count= api=
 *     stack-use hits= misses= checks=
 *     vmstat  start|end acquired= released= seen=A/R added= zero=A/R slack= flags=
 *     mark    start|cmd-start|cmd-end|settled|end|name|scanned|io-unseen value= text=
 *     sym     ADDRESS NAME+OFFSET [MODULE] tgid= file= line=
 *     page    start|suspect|freed|loss KIND pfn= order= folios= refcount= pincount= mapcount=
 *             flags= cgroup= fs= dev= ino= stack= zone= node=
 *     owner   start|suspect KIND object= mm= start= bytes= pinned_vm= locked_vm= tgid= pid=
 *             fd= others= comm= path= runs=
 *     writeback pfn= order= refcount= pincount= fs= dev= ino= stack= tid= tgid= comm=
 *     raw     KIND data=HEX                  (the bytes behind the record's header)
 *
 * Any of them takes ts= and cpu=. Numbers are decimal or 0x...; times are ns, or have
 * us, ms or s behind them. Names are those of hooks.h and wire.h; a number does too.
 * Runs are separated by commas, none may be empty:
 *
 *     512+8      page frames 512 to 519, folios of order 0
 *     512+8/9    the same, of a folio of order 9; /? when the order could not be read
 *     512*3/9    3 pins of the folio whose head is 512, which pages is not known
 *     512+8!     a release: the first page held no pin when it began
 */
#ifndef PINACCT_RECLANG_H
#define PINACCT_RECLANG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <pinacct/hooks.h>
#include <pinacct/wire.h>

/* A buffer for one record of any length. */
struct reclang_rec {
	union {
		struct rec_hdr h;
		u64 words[REC_MAX_BYTES / sizeof(u64)];
	};
};

/*
 * One line to a record; the line is cut into words in place. 1, 0 when there is nothing on the
 * line, or -EINVAL with the reason in err.
 */
int reclang__parse(char *line, struct reclang_rec *rec, char *err, size_t err_sz);

/*
 * One record to a line that makes the same bytes when parsed: a record that the language cannot
 * say exactly (a kind it does not know, appended fields) becomes a `raw` line, with the reason as
 * a comment when the record is malformed. 0 or negative errno.
 */
int reclang__print(FILE *out, const struct rec_hdr *rec);

/* --- what parser and printer share --- */

enum reclang_type {
	RECLANG_NUM,
	RECLANG_HEX,
	RECLANG_SIGNED,
	RECLANG_TIME,
	RECLANG_ENUM,
	RECLANG_FLAGS,
	RECLANG_TEXT,
	RECLANG_DEV,	 /* MAJOR:MINOR */
	RECLANG_PAIR,	 /* two u64, A/B */
	RECLANG_RUNS,	 /* the array behind the struct; this is its count */
	RECLANG_FRAMES,	 /* the same, addresses as further words */
	RECLANG_NAMEOFF, /* rec_sym: NAME+OFFSET */
	RECLANG_MODULE,	 /* rec_sym: [MODULE] */
	RECLANG_DATA,	 /* all that is behind the header, in hex */
};

struct reclang_name {
	u64 value;
	const char *text;
};

struct reclang_field {
	const char *key; /* NULL: a word that has its place */
	enum reclang_type type;
	size_t off;
	size_t sz;
	const struct reclang_name *names; /* ends with a NULL text; of a TEXT: see default_text */
	u64 def;
};

struct reclang_kind {
	const char *text;
	u16 kind; /* REC_NONE = raw */
	size_t sz;
	const struct reclang_field *fields; /* ends with sz 0 */
};

/* NULL when there is none. */
const struct reclang_kind *reclang__kind_by_text(const char *text);
const struct reclang_kind *reclang__kind_by_number(u16 kind);
extern const struct reclang_field reclang_common[]; /* ts, cpu: fields of any record */
extern const struct reclang_name reclang_kind_names[];

u64 reclang__get(const void *rec, const struct reclang_field *f);
/* False when the value does not fit. */
bool reclang__put(void *rec, const struct reclang_field *f, u64 value);
/*
 * What a text is when the line says nothing: "", or the symbol of the hook that the line is about.
 */
const char *reclang__default_text(const void *rec, const struct reclang_field *f);
/* NULL when the table has no such value. */
const char *reclang__name(const struct reclang_name *names, u64 value);

#endif
