// SPDX-License-Identifier: GPL-2.0
/* The conversion table: which records make which row, and which verdict. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "audit/audit.h"
#include "scenario.h"

/*
 * Stacks: 1 pread, 2 aio in a loop device's worker, 3 io_uring, 4 sendfile (which splices), 5
 * vmsplice.
 */
#define STACKS                                                                                     \
	"sym 0x10 vfs_read+1\nsym 0x11 io_submit_one+1\nsym 0x12 lo_rw_aio+1\n"                    \
	"sym 0x13 io_issue_sqe+1\nsym 0x14 do_splice_direct+1\nsym 0x15 do_sendfile+1\n"           \
	"sym 0x16 __x64_sys_vmsplice+1\nsym 0x17 iomap_dio_rw+1\n"                                 \
	"stack kernel id=1 0x17 0x10\nstack kernel id=2 0x17 0x12\nstack kernel id=3 0x17 0x13\n"  \
	"stack kernel id=4 0x17 0x14 0x15\nstack kernel id=5 0x16\nstack kernel id=6 0x17 0x11\n"
#define T     " tid=7 tgid=7 mm=0x7 comm=dd "
#define EXT4  " fs=ext4 fs_hook=iomap_dio_bio_iter "
#define IO    "io ts=1s" T "api=ext4_file_read_iter fs=ext4 fs_hook=ext4_file_read_iter "
#define PIN   "pin ts=2s" T "api=pin_user_pages_fast ctx=0xb10" EXT4
#define GET   "get ts=2s" T "api=get_user_pages_fast ctx=0xb10" EXT4
#define UNPIN "unpin ts=3s api=__bio_release_pages ctx=0xb10 flags=irq call=9 "
#define PUT   "put ts=3s api=__bio_release_pages ctx=0xb10 flags=irq call=9 "

struct audit_case {
	const char *name;
	const char *script;
	/*
	 * "FS OP WAY ops=N pin=PAGES/RELEASED get=PAGES/RELEASED BALANCE VERDICT" and " put=PAGES
	 * at STACK" of pins; joined by "; "
	 */
	const char *rows;
};

static const struct audit_case cases[] = {
	{ "nothing", STACKS, "" },
	{ "pinned and unpinned is converted",
	  STACKS IO "stack=1 iter=ubuf dir=dest\n" PIN
		    "iter=ubuf dir=dest call=1 runs=100+8\n" UNPIN "runs=100+8\n",
	  "ext4 read pread/preadv ops=1 pin=8/8 get=0/0 yes converted" },
	{ "pins that stay are a violation",
	  STACKS IO "stack=1 iter=ubuf dir=dest\n" PIN
		    "iter=ubuf dir=dest call=1 runs=100+8\n" UNPIN "runs=100+7\n",
	  "ext4 read pread/preadv ops=1 pin=8/7 get=0/0 no violation" },
	{ "pins that are put are a violation, as the pages show",
	  STACKS IO
	  "stack=1 iter=ubuf dir=dest\n" PIN "iter=ubuf dir=dest call=1 runs=100+8\n" PUT
	  "stack=6 runs=100+8\npage ts=4s suspect anon pfn=100 folios=8 refcount=1024 mapcount=1\n",
	  "ext4 read pread/preadv ops=1 pin=8/0 get=0/0 no violation put=8 at 6" },
	{ "a put behind which the kernel unpins is none: a patched 6.1",
	  STACKS IO
	  "stack=1 iter=ubuf dir=dest\n" PIN "iter=ubuf dir=dest call=1 runs=100+8\n" PUT
	  "runs=100+8\nunpin ts=3s api=unpin_user_page ctx=0xb10 flags=irq call=10 runs=100+8\n",
	  "ext4 read pread/preadv ops=1 pin=8/8 get=0/0 yes converted" },
	{ "references that are unpinned are a violation",
	  STACKS IO "stack=1 iter=ubuf dir=dest\n" GET
		    "iter=ubuf dir=dest call=1 runs=100+8\n" UNPIN "runs=100+8\n",
	  "ext4 read pread/preadv ops=1 pin=0/0 get=8/0 no violation" },
	{ "references, put",
	  STACKS IO "stack=1 iter=ubuf dir=dest\n" GET "iter=ubuf dir=dest call=1 runs=100+8\n" PUT
		    "runs=100+8\n",
	  "ext4 read pread/preadv ops=1 pin=0/0 get=8/8 yes unconverted" },
	{ "references whose release nobody sees",
	  STACKS IO "stack=1 iter=ubuf dir=dest\n" GET "iter=ubuf dir=dest call=1 runs=100+8\n",
	  "ext4 read pread/preadv ops=1 pin=0/0 get=8/0 unseen unconverted" },
	{ "a bio's address is used again: the put is the second one's",
	  STACKS IO "stack=1 iter=ubuf dir=dest\n" PIN
		    "iter=ubuf dir=dest call=1 runs=100+8\n" UNPIN "runs=100+8\n" IO
		    "stack=6 iter=ubuf dir=dest\n" GET "iter=ubuf dir=dest call=2 runs=200+4\n" PUT
		    "runs=200+4\n",
	  "ext4 read pread/preadv ops=1 pin=8/8 get=0/0 yes converted; "
	  "ext4 read aio ops=1 pin=0/0 get=4/4 yes unconverted" },
	{ "pins and references in one row",
	  STACKS IO "stack=1 iter=ubuf dir=dest\n" PIN
		    "iter=ubuf dir=dest call=1 runs=100+8\n" UNPIN "runs=100+8\n" GET
		    "iter=ubuf dir=dest call=2 runs=200+4\n",
	  "ext4 read pread/preadv ops=1 pin=8/8 get=4/0 unseen partial" },
	{ "pages of a kernel-backed iterator are never pinned",
	  STACKS IO "stack=2 iter=bvec dir=dest\n" PIN
		    "iter=bvec dir=dest call=1 runs=100+8\n" UNPIN "runs=100+8\n",
	  "ext4 read loop ops=1 pin=8/8 get=0/0 yes violation" },
	{ "borrowed pages",
	  STACKS IO "stack=2 iter=bvec dir=dest\n" IO "stack=4 iter=bvec dir=dest\n",
	  "ext4 read sendfile ops=1 pin=0/0 get=0/0 - no pages; "
	  "ext4 read loop ops=1 pin=0/0 get=0/0 - no pages" },
	{ "a registered buffer is told by its iterator",
	  STACKS IO "stack=3 iter=bvec dir=source\n" IO "stack=3 iter=ubuf dir=source\n",
	  "ext4 write io_uring ops=1 pin=0/0 get=0/0 - no pages; "
	  "ext4 write io_uring fixed buffer ops=1 pin=0/0 get=0/0 - no pages" },
	{ "a mapped file as buffer is told by its pages, and the operation goes with them",
	  STACKS IO "stack=1 iter=ubuf dir=dest\n" PIN
		    "flags=file iter=ubuf dir=dest call=1 runs=100+8\n" PIN
		    "iter=ubuf dir=dest call=2 runs=200+8\n" UNPIN "runs=100+8,200+8\n",
	  "ext4 read mmapped-file buffer ops=1 pin=16/16 get=0/0 yes converted" },
	{ "bounced",
	  STACKS IO "stack=1 iter=ubuf dir=source\nio ts=2s" T
		    "api=bio_iov_iter_bounce stack=1 iter=ubuf dir=source" EXT4 "\n",
	  "ext4 write pwrite/pwritev ops=1 pin=0/0 get=0/0 - no pages" },
	{ "an outer file system takes what the inner one acquires",
	  STACKS "io ts=1s" T
		 "api=ovl_read_iter fs=overlay fs_hook=ovl_read_iter stack=1 iter=ubuf "
		 "dir=dest\n" PIN "iter=ubuf dir=dest call=1 runs=100+8\n" UNPIN "runs=100+8\n",
	  "overlay read pread/preadv ops=1 pin=8/8 get=0/0 yes converted" },
	{ "legacy direct I/O adds pins without a context of their own",
	  STACKS IO "stack=1 iter=ubuf dir=dest\n" PIN "iter=ubuf dir=dest call=1 runs=100+1\n"
		    "pin ts=2s" T "api=folio_add_pin call=2 runs=100*1\n" UNPIN "runs=100*2\n",
	  "ext4 read pread/preadv ops=1 pin=2/2 get=0/0 yes converted" },
	{ "without operations a pin makes its own row",
	  STACKS PIN "stack=6 iter=iovec dir=source call=1 runs=100+8\n" UNPIN "runs=100+8\n",
	  "ext4 write aio ops=0 pin=8/8 get=0/0 yes converted" },
	{ "pins that are no I/O have none",
	  STACKS "pin ts=2s" T "api=pin_user_pages_remote stack=1 call=1 runs=100+8\n"
		 "get ts=2s" T "api=get_user_pages_fast stack=1 call=2 runs=100+8\n",
	  "" },
	{ "after the task's end its number is another's",
	  STACKS IO "stack=1 iter=ubuf dir=dest\nexit ts=1500ms" T "\n" PIN
		    "stack=6 iter=ubuf dir=source call=1 runs=100+8\n" UNPIN "runs=100+8\n",
	  "ext4 read pread/preadv ops=1 pin=0/0 get=0/0 - no pages; "
	  "ext4 write aio ops=0 pin=8/8 get=0/0 yes converted" },
	{ "a release that comes before its pin in the stream",
	  STACKS IO "stack=1 iter=ubuf dir=dest\n" UNPIN "runs=100+8\n" PIN
		    "iter=ubuf dir=dest call=1 runs=100+8\n",
	  "ext4 read pread/preadv ops=1 pin=8/8 get=0/0 yes converted" },
	{ "a release of a task, without a bio, is of its operation",
	  STACKS "io ts=1s" T "api=nfs_file_read fs=nfs fs_hook=nfs_file_read stack=1 iter=ubuf "
		 "dir=dest\nget ts=2s" T "api=get_user_pages_fast fs=nfs fs_hook=nfs_file_read "
		 "call=1 runs=100+8\nput ts=3s" T
		 "api=nfs_direct_release_pages call=2 runs=100+8\n",
	  "nfs read pread/preadv ops=1 pin=0/0 get=8/8 yes unconverted" },
	{ "vmsplice is told by its hook, whatever the stack says",
	  STACKS "io ts=1s" T "api=__x64_sys_vmsplice fs=pipe fs_hook=__x64_sys_vmsplice stack=6 "
		 "iter=iovec dir=source\nget ts=2s" T "api=get_user_pages_fast fs=pipe "
		 "fs_hook=__x64_sys_vmsplice call=1 runs=100+8\n",
	  "pipe write vmsplice ops=1 pin=0/0 get=8/0 unseen unconverted" },
	{ "what could not be tried", STACKS "mark ts=1s not-done text=\"cifs: no server\"\n",
	  "cifs - other ops=0 pin=0/0 get=0/0 - not tried" },
};

static void print_row(FILE *out, const struct audit_row *r)
{
	fprintf(out,
		"%s %s %s ops=%" PRIu64 " pin=%" PRIu64 "/%" PRIu64 " get=%" PRIu64 "/%" PRIu64
		" %s %s",
		r->fs, audit_op__name(r->dir), audit_way__name(r->way, r->dir), r->ops,
		r->pin.pages, r->pin.released, r->get.pages, r->get.released,
		audit_balance__name(r->balance), audit_verdict__name(r->verdict));
	if (r->pin.crossed)
		fprintf(out, " put=%" PRIu64 " at %" PRIu64, r->pin.crossed,
			r->pin.release_stack_id);
}

static bool never(const struct ledger_open *open, void *arg)
{
	(void)open;
	(void)arg;
	return false;
}

static void check(void **state)
{
	const struct audit_case *c = *state;
	struct session *s = scenario__new(c->script);
	const struct audit_open open = { session__ledger(s), never, NULL };
	struct audit_row *rows;
	size_t cnt, sz;
	char *text;
	FILE *out = open_memstream(&text, &sz);

	assert_int_equal(audit__rows(session__audit(s), session__stacks(s), &open, &rows, &cnt), 0);
	for (size_t i = 0; i < cnt; i++) {
		fputs(i ? "; " : "", out);
		print_row(out, &rows[i]);
	}
	fclose(out);
	assert_string_equal(text, c->rows);
	free(text);
	free(rows);
	session__free(s);
}

int main(void)
{
	struct CMUnitTest tests[sizeof(cases) / sizeof(cases[0])];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		tests[i] = (struct CMUnitTest){
			.name = cases[i].name,
			.test_func = check,
			.initial_state = (void *)&cases[i],
		};
	return _cmocka_run_group_tests("audit", tests, sizeof(cases) / sizeof(cases[0]), NULL,
				       NULL);
}
