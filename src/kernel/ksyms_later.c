// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include "kernel/ksyms.h"
#include "kernel/ksyms_later.h"

/* Names are wanted for the report, which comes last. */
#define SYMBOLS_NICE 10

struct ksyms_later {
	pthread_mutex_t lock;
	pthread_cond_t read;
	bool done, left; /* by the thread; by the caller: the last one frees */
	struct ksyms *ks;
	int error;
};

static void destroy(struct ksyms_later *l)
{
	pthread_cond_destroy(&l->read);
	pthread_mutex_destroy(&l->lock);
	ksyms__free(l->ks);
	free(l);
}

static void *read_all(void *arg)
{
	struct ksyms_later *l = arg;
	struct ksyms *ks;
	bool left;

	/*
	 * Of this thread only (setpriority(2), BUGS): the one that reads records comes first, and
	 * so does the command.
	 */
	setpriority(PRIO_PROCESS, 0, SYMBOLS_NICE);
	ks = ksyms__load(KSYMS_PATH, NULL, 0);
	pthread_mutex_lock(&l->lock);
	l->ks = ks;
	l->error = errno;
	l->done = true;
	left = l->left;
	pthread_cond_signal(&l->read);
	pthread_mutex_unlock(&l->lock);
	if (left)
		destroy(l);
	return NULL;
}

/* Signals are the business of who started us. */
static int start_thread(struct ksyms_later *l)
{
	pthread_t thread;
	sigset_t all, before;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(&thread, NULL, read_all, l);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return err ? err : pthread_detach(thread);
}

struct ksyms_later *ksyms_later__start(void)
{
	struct ksyms_later *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	pthread_mutex_init(&l->lock, NULL);
	pthread_cond_init(&l->read, NULL);
	errno = start_thread(l);
	if (!errno)
		return l;
	destroy(l);
	return NULL;
}

bool ksyms_later__get(struct ksyms_later *l, bool wait, struct ksyms **ks)
{
	bool done;

	pthread_mutex_lock(&l->lock);
	while (wait && !l->done)
		pthread_cond_wait(&l->read, &l->lock);
	done = l->done;
	pthread_mutex_unlock(&l->lock);
	if (done) {
		*ks = l->ks;
		l->ks = NULL;
		errno = *ks ? 0 : l->error;
	}
	return done;
}

void ksyms_later__free(struct ksyms_later *l)
{
	bool done;

	if (!l)
		return;
	pthread_mutex_lock(&l->lock);
	done = l->done;
	l->left = true;
	pthread_mutex_unlock(&l->lock);
	if (done)
		destroy(l);
}
