/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where the kernels of the matrix differ for a module. Function signatures leave a module nothing
 * to ask but the version; each gate names the change.
 */
#ifndef PINFAULT_COMPAT_H
#define PINFAULT_COMPAT_H

#include <linux/hrtimer.h>
#include <linux/memfd.h>
#include <linux/mm.h>
#include <linux/version.h>

/* v6.5, 4c630f307455 and 0b295316b3a9 ("remove unused vmas parameter from pin_user_pages*"). */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 5, 0)
#define NO_VMAS NULL,
#else
#define NO_VMAS
#endif

static inline long compat_pin_locked(unsigned long at, unsigned long nr, unsigned int flags,
				     struct page **pages)
{
	long got;

	mmap_read_lock(current->mm);
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 5, 0)
	got = pin_user_pages(at, nr, flags, pages, NULL);
#else
	got = pin_user_pages(at, nr, flags, pages);
#endif
	mmap_read_unlock(current->mm);
	return got;
}

static inline long compat_pin_remote(unsigned long at, unsigned long nr, unsigned int flags,
				     struct page **pages)
{
	int locked = 1;
	long got;

	mmap_read_lock(current->mm);
	got = pin_user_pages_remote(current->mm, at, nr, flags, pages, NO_VMAS & locked);
	if (locked)
		mmap_read_unlock(current->mm);
	return got;
}

/*
 * c8070b787519 ("mm: Don't pin ZERO_PAGE in pin_user_pages()"): neither pinned nor unpinned. v6.5,
 * and in Debian's 6.1 since 6.1.133, so the version would not tell; all kernels of the matrix have
 * it.
 */
static inline bool compat_is_pinned_by_gup(struct page *page)
{
	return page != ZERO_PAGE(0);
}

/* v6.11, 89c1905d9c14 ("mm/gup: introduce memfd_pin_folios()"), with unpin_folios(). */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)
static inline long compat_pin_memfd(struct file *file, unsigned long bytes, struct folio **folios,
				    unsigned int max)
{
	pgoff_t offset;

	return memfd_pin_folios(file, 0, bytes - 1, folios, max, &offset);
}

static inline int compat_unpin_folios(struct folio **folios, unsigned long nr)
{
	unpin_folios(folios, nr);
	return 0;
}
#else
static inline long compat_pin_memfd(struct file *file, unsigned long bytes, struct folio **folios,
				    unsigned int max)
{
	return -EOPNOTSUPP;
}

static inline int compat_unpin_folios(struct folio **folios, unsigned long nr)
{
	return -EOPNOTSUPP;
}
#endif

/*
 * v6.13, 908a1d775422 ("hrtimers: Introduce hrtimer_setup() ..."), and its on-stack form; v6.15
 * drops the old ones.
 */
static inline void compat_timer_on_stack(struct hrtimer *timer,
					 enum hrtimer_restart (*fn)(struct hrtimer *))
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
	hrtimer_setup_on_stack(timer, fn, CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED_HARD);
#else
	hrtimer_init_on_stack(timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED_HARD);
	timer->function = fn;
#endif
}

/* In 6.12, not in 6.1: unpin_user_folio() came with the conversion of bio completion to folios. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
static inline int compat_unpin_folio(struct folio *folio, unsigned long pins)
{
	unpin_user_folio(folio, pins);
	return 0;
}
#else
static inline int compat_unpin_folio(struct folio *folio, unsigned long pins)
{
	return -EOPNOTSUPP;
}
#endif

#endif
