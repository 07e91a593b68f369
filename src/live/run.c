// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/log_libbpf.h"
#include "base/exit_status.h"
#include "base/clock.h"
#include "base/log.h"
#include "capture/counters.h"
#include "live/in_flight.h"
#include "live/run.h"
#include "record/names.h"
#include "judge/trust.h"

#define POLL_MS	       100
#define SETTLE_POLL_MS 20
#define READER_NICE    -20
#define IO_WAIT_NS     30000000000ull /* as long as the kernel lets a request take by default */
#define IO_SAY_NS      1500000000ull  /* when a wait is worth a line */

/* ---- signals: the only thing here that cannot be handed on by argument ---- */

static volatile sig_atomic_t signals_seen;
static volatile sig_atomic_t last_signal;
static volatile sig_atomic_t
	forward_signal; /* sent to us alone: the command must hear it from us */

static void on_stop(int sig, siginfo_t *info, void *context)
{
	(void)context;
	signals_seen++;
	last_signal = sig;
	/* a terminal signals the whole group, the command too; kill(2) only us */
	if (info->si_code != SI_KERNEL)
		forward_signal = sig;
}

static void on_child(int sig)
{
	(void)sig; /* ends epoll_wait() */
}

/* Not a hang-up that whoever started us has switched off (nohup). */
static void catch_hangup(const struct sigaction *stop)
{
	struct sigaction was;

	if (!sigaction(SIGHUP, NULL, &was) && was.sa_handler != SIG_IGN)
		sigaction(SIGHUP, stop, NULL);
}

/* After the command was forked: it keeps what our caller gave us. */
static void catch_signals(void)
{
	struct sigaction stop = { .sa_sigaction = on_stop, .sa_flags = SA_SIGINFO };
	struct sigaction child = { .sa_handler = on_child };

	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGTERM, &stop, NULL);
	catch_hangup(&stop);
	sigaction(SIGCHLD, &child, NULL);
	/* what cannot be written, or is too large, is reported as a failed write */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
}

/* ---- the sink ---- */

static int on_record(void *arg, const struct rec_hdr *rec)
{
	struct run *r = arg;
	int err = session__feed(r->session, rec, rec->sz);

	if (!err && r->file)
		err = recfile_writer__add(r->file, rec);
	return err;
}

static int unsupported(int err)
{
	return err == EPERM || err == EACCES || err == ENOENT || err == ENOTSUP ||
	       err == EOPNOTSUPP || err == EINVAL;
}

static int open_file(struct run *r, const char *path)
{
	if (!path)
		return 0;
	r->file = recfile_writer__create(path);
	if (r->file)
		return 0;
	log_error("%s: cannot write the record file: %s", path,
		  errno == ELOOP ? "a symbolic link, which is not followed; name the file itself"
				 : strerror(errno));
	return EXIT_TOOL_FAILED;
}

static int prepare_command(struct run *r)
{
	char **cmd = r->opts.cmd;
	int err;

	if (!cmd)
		return 0;
	err = child__lookup(cmd[0]);
	if (err) {
		log_error("%s: %s", cmd[0],
			  err == -ENOENT ? "command not found" : "cannot be executed");
		return err == -ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
	}
	r->command = child__command_line(cmd);
	err = child__prepare(&r->child, cmd);
	if (err) {
		log_error("cannot start %s: %s", cmd[0], strerror(-err));
		return EXIT_TOOL_FAILED;
	}
	return 0;
}

static int stream_failed(struct run *r, int err)
{
	if (!err)
		return 0;
	if (err == -EBADMSG)
		log_error("a record from the kernel is malformed: %s", session__error(r->session));
	else if (r->file && recfile_writer__flush(r->file))
		log_error("%s: cannot write the record file: %s", r->opts.record_path,
			  strerror(-err));
	else
		log_error("recording failed: %s", strerror(-err));
	return EXIT_TOOL_FAILED;
}

/* Is anything still pinned that was pinned before the start, as I/O under way no longer is? */
static bool has_pins_of_before(const struct run *r)
{
	struct ledger_totals t;

	ledger__totals(session__ledger(r->session), &t);
	return capture__preexisting(r->capture) != (s64)t.unknown_origin_pages;
}

int run__start(struct run *r, const struct run_opts *opts)
{
	struct ledger_opts ledger = { .held_ns = opts->age_ns };
	struct capture_opts capture = opts->capture;
	char why[512] = "";
	int err;

	*r = (struct run){ .opts = *opts, .child = { .gate = -1, .exec_report = -1 } };
	log__libbpf();
	err = prepare_command(r);
	if (err)
		return err;
	catch_signals();
	r->session = session__new(&ledger);
	if (!r->session) {
		log_error("out of memory");
		return EXIT_TOOL_FAILED;
	}
	capture.command = r->command;
	r->capture = capture__open(&capture, on_record, r, why, sizeof(why));
	if (!r->capture) {
		err = errno;
		log_error("%s", why);
		return unsupported(err) ? EXIT_UNSUPPORTED : EXIT_TOOL_FAILED;
	}
	/*
	 * not before it is known that there will be something to write: an older recording may be
	 * there
	 */
	err = open_file(r, opts->record_path);
	if (err)
		return err;
	/* the reader must keep up with every CPU that pins, or records are lost */
	if (setpriority(PRIO_PROCESS, 0, READER_NICE))
		log_info("cannot raise the reader's priority: %s", strerror(errno));
	r->checks.capture = r->capture;
	err = stream_failed(r, capture__start(r->capture));
	if (!err && !opts->no_scan && has_pins_of_before(r))
		err = stream_failed(r, page_checks__at_start(&r->checks));
	return err;
}

static int let_command_go(struct run *r)
{
	u32 tgid;
	int err;

	if (!r->child.pid)
		return 0;
	tgid = capture__tgid_of(r->capture, r->child.pid);
	if (!tgid) {
		log_error("cannot tell which process of the kernel's is %s", r->opts.cmd[0]);
		return EXIT_TOOL_FAILED;
	}
	err = capture__mark(r->capture, MARK_CMD_START, tgid, r->opts.cmd[0]);
	if (err)
		return stream_failed(r, err);
	err = child__release(&r->child);
	if (err) {
		log_error("%s: %s", r->opts.cmd[0], strerror(-err));
		return err == -ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
	}
	return 0;
}

/* True when it is time to stop waiting on account of signals. */
static bool stopped(struct run *r)
{
	if (!signals_seen)
		return false;
	r->interrupted = true;
	r->signal = last_signal;
	if (!r->child.pid || signals_seen > 1)
		return true;
	if (forward_signal) {
		kill(r->child.pid, forward_signal);
		forward_signal = 0;
	}
	/* a command that was stopped must run to be ended by it */
	kill(r->child.pid, SIGCONT);
	return false; /* the command ends of it, or the second signal ends us */
}

/* What is there; then, after a loss, what the pages say of it. */
static int poll_stream(struct run *r, int timeout_ms)
{
	int err = capture__poll(r->capture, timeout_ms);

	if (!err)
		err = page_checks__after_loss(&r->checks, session__ledger(r->session),
					      trust__lost(r->session));
	return stream_failed(r, err);
}

int run__wait(struct run *r, u64 duration_ns, u64 interval_ns, run_tick tick, void *arg)
{
	u64 start = now_ns(), next = start + interval_ns;
	int err = let_command_go(r);

	while (!err && !stopped(r)) {
		u64 now;

		err = poll_stream(r, POLL_MS);
		now = now_ns();
		if (!err && tick && now >= next) {
			err = tick(r, arg);
			next = now + interval_ns;
		}
		if (r->opts.cmd && child__ended(&r->child) == 1)
			break;
		if (!r->opts.cmd && duration_ns && now - start >= duration_ns)
			break;
	}
	if (err == RUN_ENOUGH)
		err = 0;
	/* no mark when we stopped waiting before the command's end: the verdict must know */
	if (!err && r->opts.cmd && child__ended(&r->child) == 1)
		err = stream_failed(r,
				    capture__mark(r->capture, MARK_CMD_END, r->child.status, NULL));
	return err;
}

int run__settle(struct run *r, u64 settle_ns)
{
	u64 start = now_ns();
	struct ledger_totals t;
	int err = 0;

	for (;;) {
		err = poll_stream(r, SETTLE_POLL_MS);
		if (err)
			return err;
		ledger__totals(session__ledger(r->session), &t);
		if (!t.open_pages || now_ns() - start >= settle_ns || signals_seen > 1)
			break;
	}
	return stream_failed(r, capture__mark(r->capture, MARK_SETTLED, !t.open_pages, NULL));
}

/*
 * A device that is slow to answer holds pages of a process that is gone: they are waited for, as
 * long as it has I/O in flight. What is still there then is told in the stream.
 */
static int wait_for_io(struct run *r)
{
	const struct self *self = &capture__kernel(r->capture)->self;
	const u64 start = self__now_ns(self);
	const int signals = signals_seen;
	struct in_flight f = { .have_cmd = r->opts.cmd, .until_ns = start };
	bool said = false;
	u64 pages;
	int err = 0;

	for (;;) {
		u64 now = self__now_ns(self);

		pages = in_flight__look(&f, session__ledger(r->session), now);
		if (!pages || err || now - start >= IO_WAIT_NS || signals_seen != signals)
			break;
		if (!said && now - start >= IO_SAY_NS) {
			log_warn(
				"I/O of %llu pages is not done yet: waiting for it, at most %llu s",
				(unsigned long long)pages, IO_WAIT_NS / 1000000000);
			said = true;
		}
		err = poll_stream(r, POLL_MS);
	}
	return err ? err : stream_failed(r, in_flight__tell(&f, r->capture));
}

int run__stop(struct run *r)
{
	int err = wait_for_io(r), closed = 0;

	if (!err)
		err = stream_failed(r,
				    page_checks__at_end(&r->checks, session__ledger(r->session)));
	if (!err)
		err = stream_failed(r, capture__stop(r->capture, r->interrupted));

	if (r->file) {
		recfile_writer__flush(r->file);
		r->file_bytes = recfile_writer__bytes(r->file);
		closed = recfile_writer__close(r->file);
		r->file = NULL;
	}
	if (closed && !err) {
		log_error("%s: cannot write the record file: %s", r->opts.record_path,
			  strerror(-closed));
		err = EXIT_TOOL_FAILED;
	}
	return err;
}

void run__deinit(struct run *r)
{
	child__deinit(&r->child);
	page_checks__deinit(&r->checks);
	capture__free(r->capture);
	session__free(r->session);
	if (r->file)
		recfile_writer__close(r->file);
	free(r->command);
	r->capture = NULL;
	r->session = NULL;
	r->file = NULL;
	r->command = NULL;
}

int run__cmd_exit_status(const struct run *r)
{
	int status = r->child.status;

	if (!r->opts.cmd)
		return 0;
	return WIFSIGNALED(status) ? EXIT_SIGNAL + WTERMSIG(status) : WEXITSTATUS(status);
}
