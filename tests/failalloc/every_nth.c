// SPDX-License-Identifier: GPL-2.0
/*
 * Runs a command once as it is, then once for each of its allocations with that one failing, and
 * once with it and all later ones. Each time either status, output and complaints are the same, or
 * the command ends with status 1 and one line on stderr.
 *
 *   every_nth FAILALLOC.SO NAME COMMAND [ARG...]
 *
 * Prints `ok - NAME: ...` or `not ok - NAME: ...` and, below it, what was different.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECONDS_MAX    20
#define FAULTS_SHOWN   8
#define COUNT_FD       9
#define EXIT_NO_MEMORY 1

struct text {
	char *bytes;
	size_t len;
};

/* How one run of the command went. */
struct outcome {
	int status; /* as of waitpid() */
	struct text out, err;
};

struct command {
	const char *library;
	const char *name;
	char **argv;
};

__attribute__((noreturn)) static void die(const char *what)
{
	fprintf(stderr, "every_nth: %s: %s\n", what, strerror(errno));
	exit(2);
}

static int temporary_file(void)
{
	int fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd < 0)
		die("/tmp");
	return fd;
}

static struct text read_back(int fd)
{
	struct text t = { 0 };
	struct stat st;

	if (fstat(fd, &st))
		die("fstat");
	t.len = st.st_size;
	t.bytes = malloc(t.len + 1);
	if (!t.bytes || pread(fd, t.bytes, t.len, 0) != (ssize_t)t.len)
		die("read");
	t.bytes[t.len] = '\0';
	close(fd);
	return t;
}

static void set_number(const char *name, unsigned long value)
{
	char text[32];

	snprintf(text, sizeof(text), "%lu", value);
	setenv(name, text, 1);
}

__attribute__((noreturn)) static void execute(const struct command *c, unsigned long nth, bool once,
					      int out, int err, int count)
{
	int null = open("/dev/null", O_RDONLY);

	if (dup2(null, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
	    dup2(err, STDERR_FILENO) < 0 || dup2(count, COUNT_FD) < 0)
		die("dup2");
	set_number("FAILALLOC_AT", nth);
	set_number("FAILALLOC_ONCE", once);
	set_number("FAILALLOC_COUNT", COUNT_FD);
	setenv("LD_PRELOAD", c->library, 1);
	alarm(SECONDS_MAX);
	execv(c->argv[0], c->argv);
	die(c->argv[0]);
}

/* Runs it; how many allocations it made is returned. */
static unsigned long run(const struct command *c, unsigned long nth, bool once, struct outcome *o)
{
	int out = temporary_file(), err = temporary_file(), count = temporary_file();
	struct text counted;
	unsigned long nr;
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (!pid)
		execute(c, nth, once, out, err, count);
	if (waitpid(pid, &o->status, 0) != pid)
		die("waitpid");
	o->out = read_back(out);
	o->err = read_back(err);
	counted = read_back(count);
	nr = strtoul(counted.bytes, NULL, 10);
	free(counted.bytes);
	return nr;
}

static void outcome__deinit(struct outcome *o)
{
	free(o->out.bytes);
	free(o->err.bytes);
}

static bool same_text(const struct text *a, const struct text *b)
{
	return a->len == b->len && !memcmp(a->bytes, b->bytes, a->len);
}

static bool is_one_line(const struct text *t)
{
	const char *end = memchr(t->bytes, '\n', t->len);

	return end && end == t->bytes + t->len - 1 && t->len > 1;
}

/* NULL = as it must be. */
static const char *what_is_wrong(const struct outcome *sound, const struct outcome *o)
{
	if (WIFSIGNALED(o->status))
		return WTERMSIG(o->status) == SIGALRM ? "does not end" : "killed by a signal";
	if (WEXITSTATUS(o->status) == EXIT_NO_MEMORY && sound->status != o->status)
		return is_one_line(&o->err) ? NULL : "status 1, and not one line on stderr";
	if (o->status != sound->status)
		return "another exit status";
	if (!same_text(&sound->out, &o->out))
		return "the same exit status and another output";
	return same_text(&sound->err, &o->err) ? NULL : "the same exit status, and more on stderr";
}

static unsigned check(const struct command *c, const struct outcome *sound, unsigned long nth,
		      bool once, char *faults, size_t sz, unsigned nr_faults)
{
	struct outcome o;
	const char *wrong;
	size_t len = strlen(faults);

	run(c, nth, once, &o);
	wrong = what_is_wrong(sound, &o);
	if (wrong && nr_faults < FAULTS_SHOWN)
		snprintf(faults + len, sz - len,
			 "    FAILALLOC_AT=%lu FAILALLOC_ONCE=%d: %s (%d): %.120s\n", nth, once,
			 wrong, WIFSIGNALED(o.status) ? WTERMSIG(o.status) : WEXITSTATUS(o.status),
			 o.err.bytes);
	outcome__deinit(&o);
	return nr_faults + !!wrong;
}

int main(int argc, char **argv)
{
	struct command c;
	struct outcome sound;
	unsigned long nr;
	unsigned nr_faults = 0;
	char faults[4096] = "";

	if (argc < 4) {
		fprintf(stderr, "usage: every_nth FAILALLOC.SO NAME COMMAND [ARG...]\n");
		return 2;
	}
	c = (struct command){ .library = argv[1], .name = argv[2], .argv = argv + 3 };
	nr = run(&c, 0, false, &sound);
	for (unsigned long nth = 1; nth <= nr; nth++)
		for (int once = 0; once < 2; once++)
			nr_faults = check(&c, &sound, nth, once, faults, sizeof(faults), nr_faults);
	outcome__deinit(&sound);
	if (nr && !nr_faults) {
		printf("ok - %s: each of %lu allocations failing\n", c.name, nr);
		return 0;
	}
	printf("not ok - %s (%u of %lu runs)\n%s", c.name, nr_faults, 2 * nr, faults);
	return 1;
}
