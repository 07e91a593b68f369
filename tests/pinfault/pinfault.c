// SPDX-License-Identifier: GPL-2.0
/*
 * Commits pin faults on purpose, on /dev/pinfault, in a test box.
 *
 * Pages come in batches. Each slot of a batch remembers what the module has taken of its page and
 * not given back, in references and in pins; a fault leaves a slot out of balance, and `mend`
 * balances it without going through the functions that pinacct watches where they would be another
 * fault. A slot without a reference has no claim on its page: the page may be somebody else's by
 * now.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt
#include <linux/completion.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/hrtimer.h>
#include <linux/irq_work.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pagemap.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vmstat.h>
#include <linux/workqueue.h>
#include "compat.h"
#include "pinfault.h"

#define MAX_PAGES  (1ul << 20)
#define PIN_WEIGHT GUP_PIN_COUNTING_BIAS

struct slot {
	struct page *page;
	int refs;
	int pins;
};

struct batch {
	struct list_head all;
	u32 id;
	unsigned long nr;
	struct slot *slots;
};

static LIST_HEAD(batches);
static DEFINE_MUTEX(lock); /* batches and all in them */
static u32 last_id;

/* What a pin adds to the reference count. */
static int weight(struct page *page)
{
	return PageCompound(page) ? 1 : PIN_WEIGHT;
}

static void count_pin(struct slot *s, int pins)
{
	if (!compat_is_pinned_by_gup(s->page))
		return;
	s->pins += pins;
	s->refs += pins * weight(s->page);
}

/*
 * Acquiring. Each way fills `pages` and returns how many, or -errno.
 */
static unsigned int foll_flags(const struct pinfault_acquire *a)
{
	return (a->flags & PINFAULT_WRITE ? FOLL_WRITE : 0) |
	       (a->flags & PINFAULT_LONGTERM ? FOLL_LONGTERM : 0);
}

static long by_fast(const struct pinfault_acquire *a, struct page **pages)
{
	return pin_user_pages_fast(a->address, a->pages, foll_flags(a), pages);
}

static long by_locked(const struct pinfault_acquire *a, struct page **pages)
{
	return compat_pin_locked(a->address, a->pages, foll_flags(a), pages);
}

static long by_remote(const struct pinfault_acquire *a, struct page **pages)
{
	return compat_pin_remote(a->address, a->pages, foll_flags(a), pages);
}

static long by_unlocked(const struct pinfault_acquire *a, struct page **pages)
{
	return pin_user_pages_unlocked(a->address, a->pages, pages, foll_flags(a));
}

/* A folio begins with its first page, so the array serves for both. */
static long by_memfd(const struct pinfault_acquire *a, struct page **pages)
{
	struct file *file = fget(a->fd);
	long got;

	if (!file)
		return -EBADF;
	got = compat_pin_memfd(file, a->pages << PAGE_SHIFT, (struct folio **)pages, a->pages);
	fput(file);
	return got;
}

static long by_get(const struct pinfault_acquire *a, struct page **pages)
{
	return get_user_pages_fast(a->address, a->pages, foll_flags(a), pages);
}

static long (*const acquire_ways[PINFAULT_ACQUIRE_CNT])(const struct pinfault_acquire *,
							struct page **) = {
	[PINFAULT_FAST] = by_fast,     [PINFAULT_LOCKED] = by_locked,
	[PINFAULT_REMOTE] = by_remote, [PINFAULT_UNLOCKED] = by_unlocked,
	[PINFAULT_MEMFD] = by_memfd,   [PINFAULT_GET] = by_get,
};

static void free_batch(struct batch *b)
{
	kvfree(b->slots);
	kfree(b);
}

static struct batch *new_batch(unsigned long nr)
{
	struct batch *b = kzalloc(sizeof(*b), GFP_KERNEL);

	if (!b)
		return NULL;
	b->slots = kvcalloc(nr, sizeof(*b->slots), GFP_KERNEL);
	if (!b->slots) {
		kfree(b);
		return NULL;
	}
	return b;
}

/* Slots of one folio follow each other; the first one's reference is given back last. */
static bool is_first_of_folio(const struct batch *b, unsigned long i)
{
	return !i || page_folio(b->slots[i].page) != page_folio(b->slots[i - 1].page);
}

static int extra_refs(const struct batch *b, unsigned long i, u32 flags)
{
	bool large = PageCompound(b->slots[i].page);
	int refs = large && (flags & PINFAULT_SPARE);

	if (is_first_of_folio(b, i))
		refs += (flags & PINFAULT_KEEP) || (large && (flags & PINFAULT_KEEP_LARGE));
	return refs;
}

static void fill_batch(struct batch *b, const struct pinfault_acquire *a, struct page **pages,
		       unsigned long nr)
{
	b->id = ++last_id;
	b->nr = nr;
	for (unsigned long i = 0; i < nr; i++) {
		struct slot *s = &b->slots[i];

		s->page = pages[i];
		if (a->how == PINFAULT_GET)
			s->refs++;
		else
			count_pin(s, 1);
		for (int n = extra_refs(b, i, a->flags); n; n--) {
			get_page(s->page);
			s->refs++;
		}
	}
	list_add(&b->all, &batches);
}

static long acquire(struct pinfault_acquire *a)
{
	struct page **pages;
	struct batch *b;
	long got;

	if (!a->pages || a->pages > MAX_PAGES || a->how >= PINFAULT_ACQUIRE_CNT)
		return -EINVAL;
	pages = kvcalloc(a->pages, sizeof(*pages), GFP_KERNEL);
	b = new_batch(a->pages);
	got = pages && b ? acquire_ways[a->how](a, pages) : -ENOMEM;
	if (got > 0) {
		fill_batch(b, a, pages, got);
		a->id = b->id;
		a->got = got;
	} else if (b) {
		free_batch(b);
	}
	kvfree(pages);
	return got > 0 ? 0 : got ?: -EFAULT;
}

/*
 * Releasing: an array of slots, gathered from one batch or two, so that it can be done anywhere.
 */
struct release {
	struct work_struct work;
	struct irq_work irq;
	struct hrtimer timer;
	struct completion done;
	u32 how;
	long err;
	unsigned long nr;
	struct slot **slots;
	struct page **pages; /* the same */
};

static int unpin_one_by_one(struct release *r)
{
	for (unsigned long i = 0; i < r->nr; i++)
		unpin_user_page(r->pages[i]);
	return 0;
}

static int unpin_array(struct release *r)
{
	unpin_user_pages(r->pages, r->nr);
	return 0;
}

static int unpin_dirty(struct release *r)
{
	unpin_user_pages_dirty_lock(r->pages, r->nr, true);
	return 0;
}

static int unpin_ranges(struct release *r)
{
	for (unsigned long i = 0, n; i < r->nr; i += n) {
		n = 1;
		while (i + n < r->nr &&
		       page_to_pfn(r->pages[i + n]) == page_to_pfn(r->pages[i]) + n)
			n++;
		unpin_user_page_range_dirty_lock(r->pages[i], n, true);
	}
	return 0;
}

static int unpin_by_folio(struct release *r)
{
	int err = 0;

	for (unsigned long i = 0, n; i < r->nr && !err; i += n) {
		struct folio *folio = page_folio(r->pages[i]);

		n = 1;
		while (i + n < r->nr && page_folio(r->pages[i + n]) == folio)
			n++;
		err = compat_unpin_folio(folio, n);
	}
	return err;
}

static int unpin_folio_array(struct release *r)
{
	return compat_unpin_folios((struct folio **)r->pages, r->nr);
}

static int put_once(struct release *r)
{
	for (unsigned long i = 0; i < r->nr; i++)
		put_page(r->pages[i]);
	return 0;
}

static int put_whole_pin(struct release *r)
{
	for (unsigned long i = 0; i < r->nr; i++)
		for (int n = weight(r->pages[i]); n; n--)
			put_page(r->pages[i]);
	return 0;
}

static const struct {
	int (*release)(struct release *r);
	bool unpins;
	bool sleeps; /* it locks pages: not for interrupts */
} release_ways[PINFAULT_RELEASE_CNT] = {
	[PINFAULT_PAGE] = { unpin_one_by_one, true, false },
	[PINFAULT_PAGES] = { unpin_array, true, false },
	[PINFAULT_DIRTY] = { unpin_dirty, true, true },
	[PINFAULT_RANGE] = { unpin_ranges, true, true },
	[PINFAULT_FOLIO] = { unpin_by_folio, true, false },
	[PINFAULT_FOLIOS] = { unpin_folio_array, true, false },
	[PINFAULT_PUT] = { put_once, false, false },
	[PINFAULT_PUT_PIN] = { put_whole_pin, false, false },
};

/* Before the release: after it, the pages may be gone. Undone when nothing was released. */
static void account_release(struct release *r, int sign)
{
	for (unsigned long i = 0; i < r->nr; i++) {
		struct slot *s = r->slots[i];

		if (release_ways[r->how].unpins)
			count_pin(s, -sign);
		else if (r->how == PINFAULT_PUT)
			s->refs -= sign;
		else
			s->refs -= sign * weight(s->page);
	}
}

static void do_release(struct release *r)
{
	r->err = release_ways[r->how].release(r);
	complete(&r->done);
}

static void release_in_work(struct work_struct *work)
{
	do_release(container_of(work, struct release, work));
}

static void release_in_irq(struct irq_work *irq)
{
	do_release(container_of(irq, struct release, irq));
}

#define TIMER_NS (200 * NSEC_PER_USEC)

/* The next page of the array; the task that waits has set nr to them all. */
static enum hrtimer_restart release_in_timer(struct hrtimer *timer)
{
	struct release *r = container_of(timer, struct release, timer);
	struct release one = { .how = r->how, .nr = 1, .pages = r->pages, .slots = r->slots };

	r->err = release_ways[r->how].release(&one);
	r->pages++;
	r->slots++;
	if (--r->nr && !r->err) {
		hrtimer_forward_now(timer, TIMER_NS);
		return HRTIMER_RESTART;
	}
	complete(&r->done);
	return HRTIMER_NORESTART;
}

static void start_timer(struct release *r)
{
	compat_timer_on_stack(&r->timer, release_in_timer);
	hrtimer_start(&r->timer, TIMER_NS, HRTIMER_MODE_REL_PINNED_HARD);
}

/* What the timer went through of the arrays is put back for who frees them. */
static void end_timer(struct release *r, struct release was)
{
	hrtimer_cancel(&r->timer);
	destroy_hrtimer_on_stack(&r->timer);
	r->nr = was.nr;
	r->pages = was.pages;
	r->slots = was.slots;
}

static void release_by_timer(struct release *r)
{
	struct release was = { .nr = r->nr, .pages = r->pages, .slots = r->slots };

	start_timer(r);
	wait_for_completion(&r->done);
	end_timer(r, was);
}

static void release_at(struct release *r, u32 where)
{
	init_completion(&r->done);
	if (where == PINFAULT_TIMER) {
		release_by_timer(r);
		return;
	}
	if (where == PINFAULT_KWORKER) {
		INIT_WORK_ONSTACK(&r->work, release_in_work);
		schedule_work(&r->work);
		flush_work(&r->work);
		destroy_work_on_stack(&r->work);
	} else if (where == PINFAULT_HARDIRQ) {
		r->irq = IRQ_WORK_INIT_HARD(release_in_irq);
		irq_work_queue(&r->irq);
		irq_work_sync(&r->irq);
	} else {
		do_release(r);
	}
	wait_for_completion(&r->done);
}

static struct batch *find_batch(u32 id)
{
	struct batch *b;

	list_for_each_entry(b, &batches, all) if (b->id == id) return b;
	return NULL;
}

/* The slots that are meant; -EINVAL when there are not as many. */
static int gather(struct release *r, const struct pinfault_release *a)
{
	struct batch *b = find_batch(a->id);
	unsigned long at = a->first;

	for (r->nr = 0; r->nr < a->count; r->nr++, at++) {
		if (b && at >= b->nr && a->next && b->id != a->next) {
			b = find_batch(a->next);
			at = 0;
		}
		if (!b || at >= b->nr)
			return -EINVAL;
		r->slots[r->nr] = &b->slots[at];
		r->pages[r->nr] = b->slots[at].page;
	}
	return 0;
}

static long release(const struct pinfault_release *a)
{
	struct release r = { .how = a->how };
	long err;

	if (!a->count || a->count > MAX_PAGES || a->how >= PINFAULT_RELEASE_CNT ||
	    a->where >= PINFAULT_WHERE_CNT ||
	    ((a->where == PINFAULT_HARDIRQ || a->where == PINFAULT_TIMER) &&
	     release_ways[a->how].sleeps))
		return -EINVAL;
	r.slots = kvcalloc(a->count, sizeof(*r.slots), GFP_KERNEL);
	r.pages = kvcalloc(a->count, sizeof(*r.pages), GFP_KERNEL);
	err = r.slots && r.pages ? gather(&r, a) : -ENOMEM;
	if (!err) {
		account_release(&r, 1);
		release_at(&r, a->where);
		err = r.err;
		if (err)
			account_release(&r, -1);
	}
	kvfree(r.slots);
	kvfree(r.pages);
	return err;
}

/*
 * Looking and mending.
 */
static long look(struct pinfault_look *l)
{
	struct batch *b = find_batch(l->id);
	struct folio *folio;
	struct slot *s;

	if (!b || l->index >= b->nr)
		return -EINVAL;
	s = &b->slots[l->index];
	folio = page_folio(s->page);
	l->pfn = page_to_pfn(s->page);
	l->order = folio_order(folio);
	l->refs = folio_ref_count(folio);
	l->pins = folio_test_large(folio) ? atomic_read(&folio->_pincount) : l->refs / PIN_WEIGHT;
	l->owed_refs = s->refs;
	l->owed_pins = s->pins;
	return 0;
}

/* vmstat's net of a page that the fault left off balance. */
static void mend_vmstat(struct slot *s)
{
	if (s->pins > 0)
		mod_node_page_state(page_pgdat(s->page), NR_FOLL_PIN_RELEASED, s->pins);
	else if (s->pins < 0)
		mod_node_page_state(page_pgdat(s->page), NR_FOLL_PIN_ACQUIRED, -s->pins);
}

/*
 * Only a large folio has a count of its own; only with a reference, or in hugetlb's pool, is it
 * there.
 */
static void mend_pincount(struct slot *s, struct folio *folio, bool held)
{
	if (s->pins && folio_test_large(folio) && (held || folio_test_hugetlb(folio)))
		atomic_sub(s->pins, &folio->_pincount);
}

/* `held`: the batch has a reference to the folio, if not by this slot. */
static void mend_slot(struct slot *s, bool held)
{
	struct folio *folio = page_folio(s->page);

	/* too few: give them back, and one to be dropped as the last may be */
	if (s->refs < 0) {
		folio_ref_add(folio, 1 - s->refs);
		s->refs = 1;
	}
	while (s->pins > 0 && s->refs >= weight(s->page)) {
		int refs = weight(s->page);

		/* the last: the page may be gone */
		s->refs -= refs;
		s->pins--;
		unpin_user_page(s->page);
	}
	mend_vmstat(s);
	mend_pincount(s, folio, held);
	if (s->refs)
		folio_put_refs(folio, s->refs);
}

/* From the last slot to the first, which holds the folio when one does. */
static bool mend_batch(struct batch *b)
{
	bool owed = false;

	for (unsigned long i = b->nr, first; i--;) {
		struct slot *s = &b->slots[i];

		if (!s->refs && !s->pins)
			continue;
		owed = true;
		for (first = i; !is_first_of_folio(b, first);)
			first--;
		mend_slot(s, b->slots[first].refs);
		cond_resched();
	}
	list_del(&b->all);
	free_batch(b);
	return owed;
}

static long mend(void)
{
	struct batch *b, *next;
	long mended = 0;

	list_for_each_entry_safe(b, next, &batches, all) mended += mend_batch(b);
	return mended;
}

/* The argument is copied in, acted on under the lock, and copied out again where it has answers. */
static long on_ioctl(struct file *file, unsigned int cmd, unsigned long at)
{
	void __user *user = (void __user *)at;
	union {
		struct pinfault_acquire acquire;
		struct pinfault_release release;
		struct pinfault_look look;
	} arg;
	long ret = -ENOTTY;

	if (_IOC_SIZE(cmd) > sizeof(arg) || copy_from_user(&arg, user, _IOC_SIZE(cmd)))
		return -EFAULT;
	mutex_lock(&lock);
	if (cmd == PINFAULT_ACQUIRE)
		ret = acquire(&arg.acquire);
	else if (cmd == PINFAULT_RELEASE)
		ret = release(&arg.release);
	else if (cmd == PINFAULT_LOOK)
		ret = look(&arg.look);
	else if (cmd == PINFAULT_MEND)
		ret = mend();
	mutex_unlock(&lock);
	if (ret >= 0 && (_IOC_DIR(cmd) & _IOC_READ) && copy_to_user(user, &arg, _IOC_SIZE(cmd)))
		return -EFAULT;
	return ret;
}

static const struct file_operations pinfault_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = on_ioctl,
};

static struct miscdevice pinfault_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = PINFAULT_DEVICE,
	.fops = &pinfault_fops,
	.mode = 0600,
};

static int __init pinfault_init(void)
{
	return misc_register(&pinfault_device);
}

static void __exit pinfault_exit(void)
{
	misc_deregister(&pinfault_device);
	mend();
}

module_init(pinfault_init);
module_exit(pinfault_exit);
MODULE_DESCRIPTION("commits page-pin faults on purpose, for the tests of pinacct");
MODULE_LICENSE("GPL");
