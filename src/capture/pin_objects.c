// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "base/compare.h"
#include "capture/pin_objects.h"
#include "kernel/refusal.h"
#include "objects.skel.h"

struct pin_objects {
	struct objects_bpf *skel;
	struct bpf_link *files; /* makes an iterator each time it is asked */
};

static void configure(struct objects_bpf *skel, const struct kernel *k)
{
	struct objects_bpf__rodata *ro = skel->rodata;

	ro->cfg_page_struct_shift = __builtin_ctz(k->page_struct_bytes);
	ro->cfg_page_shift = __builtin_ctzl(sysconf(_SC_PAGESIZE));
	ro->cfg_vmemmap_base_addr = kernel_syms__variable(&k->syms, "vmemmap_base");
	ro->cfg_io_uring_fops = kernel_syms__variable(&k->syms, "io_uring_fops");
	ro->cfg_dma_buf_fops = kernel_syms__variable(&k->syms, "dma_buf_fops");
	ro->cfg_udmabuf_ops = kernel_syms__variable(&k->syms, "udmabuf_ops");
}

static int run(struct bpf_program *prog)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);

	return bpf_prog_test_run_opts(bpf_program__fd(prog), &opts) ? -errno : 0;
}

static int open_and_load(struct pin_objects *o, const struct kernel *k)
{
	int err;

	o->skel = objects_bpf__open();
	if (!o->skel)
		return -errno;
	configure(o->skel, k);
	err = objects_bpf__load(o->skel);
	if (err)
		return err;
	o->files = bpf_program__attach_iter(o->skel->progs.object_files, NULL);
	if (!o->files)
		return -errno;
	return run(o->skel->progs.objects_locate);
}

struct pin_objects *pin_objects__open(const struct kernel *k, char *err, size_t err_sz)
{
	struct pin_objects *o = calloc(1, sizeof(*o));
	int code = o ? open_and_load(o, k) : -ENOMEM;

	if (!code)
		return o;
	refusal__explain(code, err, err_sz);
	pin_objects__close(o);
	return errno = -code, NULL;
}

void pin_objects__close(struct pin_objects *o)
{
	if (!o)
		return;
	bpf_link__destroy(o->files);
	objects_bpf__destroy(o->skel);
	free(o);
}

/* ---- files ---- */

static int by_object(const void *a, const void *b)
{
	const struct object_file *x = a, *y = b;

	COMPARE(x->kind, y->kind);
	COMPARE(x->object, y->object);
	COMPARE(x->tgid, y->tgid);
	COMPARE(x->fd, y->fd);
	return 0;
}

/* An iterator gives whole records only, but a read may get a part of one. */
static int read_all(int fd, struct object_file **files, size_t *nr)
{
	size_t cap = 0, bytes = 0;
	ssize_t got;

	do {
		if (cap - bytes < sizeof(**files)) {
			struct object_file *grown;

			cap = cap ? 2 * cap : 64 * sizeof(*grown);
			grown = realloc(*files, cap);
			if (!grown)
				return -ENOMEM;
			*files = grown;
		}
		got = read(fd, (char *)*files + bytes, cap - bytes);
		if (got < 0 && errno != EINTR && errno != EAGAIN)
			return -errno;
		bytes += got > 0 ? got : 0;
	} while (got);
	*nr = bytes / sizeof(**files);
	return 0;
}

int pin_objects__files(struct pin_objects *o, struct object_file **files, size_t *nr)
{
	int fd = bpf_iter_create(bpf_link__fd(o->files)), err;

	*files = NULL;
	*nr = 0;
	if (fd < 0)
		return -errno;
	err = read_all(fd, files, nr);
	close(fd);
	if (err) {
		free(*files);
		*files = NULL;
		*nr = 0;
	} else if (*nr) {
		qsort(*files, *nr, sizeof(**files), by_object);
	}
	return err;
}

/* ---- pages ---- */

static int tell_pages(struct pin_objects *o, const struct object_file *file,
		      const struct object_part *part, object_pages_fn fn, void *arg)
{
	struct objects_bpf__bss *bss = o->skel->bss;
	u64 done = 0;
	int err = 0;

	if (part->shape == PART_ADDRESSES)
		return fn(file, part, NULL, 0, arg);
	bss->part = *part;
	bss->entry_at = part->at;
	bss->entries_done = 0;
	while (!err && bss->entries_done < part->nr) {
		err = run(o->skel->progs.object_pages);
		if (!err)
			err = fn(file, part, bss->spans, bss->spans_nr, arg);
		if (bss->entries_done == done) /* a list that ended early: it changed meanwhile */
			break;
		done = bss->entries_done;
	}
	return err;
}

int pin_objects__pages(struct pin_objects *o, const struct object_file *file, object_pages_fn fn,
		       void *arg)
{
	struct objects_bpf__bss *bss = o->skel->bss;
	int err = 0;

	bss->object_at = file->object;
	bss->object_kind = file->kind;
	bss->next_node = 0;
	bss->next_index = 0;
	do {
		err = run(o->skel->progs.object_parts);
		for (u32 i = 0; i < bss->parts_nr && !err; i++)
			err = tell_pages(o, file, &bss->parts[i], fn, arg);
	} while (!err && !bss->parts_end && bss->parts_nr);
	return err;
}
