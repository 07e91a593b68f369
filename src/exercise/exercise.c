// SPDX-License-Identifier: GPL-2.0
/* The exercise's two sides: the child that does it all, and the hold that the command has on it. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include "exercise/exercise.h"
#include "exercise/exercise_impl.h"
#include "base/log.h"

#define TARGETS_MAX 32

/* What the child says, a message of fixed size each: shorter than PIPE_BUF, so never cut. */
enum word { WORD_READY = 1, WORD_NOT_DONE, WORD_FAILED, WORD_DONE };
struct message {
	char word;
	char text[EXERCISE_TEXT_BYTES];
};

struct exercise {
	pid_t pid;
	int from, gate; /* its messages; closed to let it go */
	bool over, failed;
	char error[EXERCISE_TEXT_BYTES];
};

/* ---- the child ---- */

static int to_parent = -1;

static void send_word(enum word word, const char *text)
{
	struct message m = { .word = word };

	snprintf(m.text, sizeof(m.text), "%s", text);
	if (write(to_parent, &m, sizeof(m)) != sizeof(m))
		_exit(1); /* nobody listens any more */
}

static void say(const char *fmt, ...)
{
	char text[EXERCISE_TEXT_BYTES];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	send_word(WORD_NOT_DONE, text);
}

static void give_up(const char *what)
{
	char text[EXERCISE_TEXT_BYTES];

	snprintf(text, sizeof(text), "%s: %s", what, strerror(errno));
	send_word(WORD_FAILED, text);
	_exit(1);
}

/* What is mounted from here on is seen by us alone, and goes with us. */
static void hide(void)
{
	if (unshare(CLONE_NEWNS))
		give_up("a mount namespace");
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		give_up("private mounts");
	if (mount("exercise", EXERCISE_DIR, "tmpfs", 0, "mode=0700"))
		give_up("a tmpfs");
}

static bool is_named(const char *names, const char *name)
{
	size_t len = strlen(name);

	if (!strcmp(names, "all"))
		return true;
	for (const char *at = names; at; at = strchr(at, ',')) {
		at += *at == ',';
		if (!strncmp(at, name, len) && (!at[len] || at[len] == ','))
			return true;
	}
	return false;
}

static void do_all(const char *names, int gate)
{
	struct target *targets = calloc(TARGETS_MAX, sizeof(*targets));
	size_t cnt = 0;
	char byte;

	hide();
	for (size_t i = 0; targets && target__name(i) && cnt < TARGETS_MAX; i++)
		if (is_named(names, target__name(i)))
			target__make(&targets[cnt++], target__name(i));
	sync(); /* what was made is written, and no I/O of ours later */
	send_word(WORD_READY, "");
	if (read(gate, &byte, 1) != 0)
		_exit(1);
	for (size_t i = 0; i < cnt; i++) {
		if (*targets[i].why)
			say("%s: %s", targets[i].name, targets[i].why);
		else
			ways__drive(&targets[i], say);
	}
	exercise__stop_nfs();
	send_word(WORD_DONE, "");
	_exit(0);
}

/* ---- the command's side ---- */

int exercise__check_names(const char *names)
{
	for (const char *at = names; *at;) {
		size_t len = strcspn(at, ","), i = 0;
		const char *name;

		while ((name = target__name(i)) && (strlen(name) != len || strncmp(name, at, len)))
			i++;
		if (!name && strcmp(names, "all")) {
			log_error(
				"--exercise %.*s: there is no such file system; see `pinacct audit --help`",
				(int)len, at);
			return -EINVAL;
		}
		at += len;
		at += *at == ',';
	}
	return 0;
}

static void take(struct exercise *x, const struct message *m)
{
	if (m->word == WORD_FAILED) {
		x->failed = true;
		memcpy(x->error, m->text, sizeof(x->error));
	}
	x->over = m->word == WORD_FAILED || m->word == WORD_DONE;
}

/* 1 = a message, 0 = none now, -1 = there will be none. */
static int listen_to(struct exercise *x, struct message *m)
{
	ssize_t got = read(x->from, m, sizeof(*m));

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (got != sizeof(*m)) {
		x->failed = !x->over;
		x->over = true;
		snprintf(x->error, sizeof(x->error), "it was killed");
		return -1;
	}
	m->text[sizeof(m->text) - 1] = '\0';
	take(x, m);
	return 1;
}

static struct exercise *start(const char *names)
{
	struct exercise *x = calloc(1, sizeof(*x));
	int out[2], gate[2];

	if (!x)
		return NULL;
	if (pipe2(out, O_CLOEXEC) || pipe2(gate, O_CLOEXEC)) {
		free(x);
		return NULL;
	}
	x->from = out[0];
	x->gate = gate[1];
	x->pid = fork();
	if (!x->pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(out[0]);
		close(gate[1]);
		to_parent = out[1];
		do_all(names, gate[0]);
	}
	close(out[1]);
	close(gate[0]);
	return x;
}

struct exercise *exercise__new(const char *names, char *err, size_t err_sz)
{
	struct exercise *x = start(names);
	struct message m = { .word = 0 };

	if (!x || x->pid < 0) {
		snprintf(err, err_sz, "cannot start the exercise: %s", strerror(errno));
		exercise__free(x);
		return NULL;
	}
	while (m.word != WORD_READY && !x->over)
		listen_to(x, &m);
	if (x->over) {
		snprintf(err, err_sz,
			 "the exercise cannot begin: %s; it needs root (CAP_SYS_ADMIN)", x->error);
		exercise__free(x);
		return errno = EPERM, NULL;
	}
	fcntl(x->from, F_SETFL, O_NONBLOCK);
	return x;
}

void exercise__go(struct exercise *x)
{
	close(x->gate);
	x->gate = -1;
}

int exercise__next(struct exercise *x, char text[static EXERCISE_TEXT_BYTES])
{
	struct message m;
	int got;

	if (x->over)
		return -1;
	got = listen_to(x, &m);
	if (got > 0 && m.word == WORD_NOT_DONE) {
		memcpy(text, m.text, sizeof(m.text));
		return 1;
	}
	return x->over ? -1 : 0;
}

bool exercise__failed(const struct exercise *x)
{
	return x->failed;
}

const char *exercise__error(const struct exercise *x)
{
	return x->error;
}

void exercise__free(struct exercise *x)
{
	if (!x)
		return;
	if (x->pid > 0) {
		kill(x->pid, SIGKILL);
		waitpid(x->pid, NULL, 0);
	}
	if (x->gate >= 0)
		close(x->gate);
	close(x->from);
	free(x);
}
