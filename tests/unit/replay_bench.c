// SPDX-License-Identifier: GPL-2.0
/*
 * How fast, and how large: the ledger against the plain per-page matcher (plain.h) on the same
 * recording. `make bench-replay` runs it; -n RECORDS, -p RECORDS (the plain matcher, which takes
 * minutes, gets only so many of them; 0 = all), -s SEED, -r REPETITIONS, -o FILE (the recording,
 * kept). Ends with 1 when a budget is missed. -l LANE: nothing but that lane (from 0) through the
 * ledger, in this process, for a profiler.
 *
 * Each measurement is a process of its own. Time is its user CPU time, the least of the
 * repetitions, which alternate; so a busy machine changes little, and a ratio less.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include "record/decode.h"
#include "plain.h"
#include "record/recfile.h"
#include "replay_stream.h"
#include "judge/session.h"

#define MIB	     1048576.0
#define ARRAY_CNT(a) (sizeof(a) / sizeof((a)[0]))

/* Budgets: the project's contract. */
#define TIMES_MIN	5.0
#define MEMORY_PART	4.0
#define RUN_BYTES_MAX	64.0
#define TIB_BYTES_MAX	(64 * MIB)
#define LINEAR_MAX	1.5 /* four times the records: time a record may differ by so much */
#define PLAIN_PAGES_MAX 20000000ull /* a lane, or the plain matcher would take minutes */

enum matcher {
	READ_ONLY, /* what both matchers have to pay */
	LEDGER,
	PLAIN,
	MATCHERS,
};

struct job {
	const char *file; /* NULL = from the generator */
	u64 limit;	  /* so many records of the file; 0 = all */
	struct stream_opts opts;
};

struct result {
	double cpu_s;
	u64 records, pages;
	u64 pinned, ended, open, pending; /* pages */
	u64 open_runs, open_calls;
	u64 bytes;   /* as the matcher counts them */
	u64 rss_kib; /* the most that the process had */
};

static struct {
	u64 records, plain, seed;
	unsigned reps;
	const char *file;
	int lane;
} args = { .records = 20000000, .plain = 2000000, .seed = 20261124, .reps = 3, .lane = -1 };

static bool missed_any;

static void die(const char *what)
{
	fprintf(stderr, "replay_bench: %s: %s\n", what, strerror(errno));
	exit(2);
}

static double cpu_s(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return u.ru_utime.tv_sec + u.ru_utime.tv_usec / 1e6;
}

struct feeder {
	enum matcher matcher;
	struct session *session;
	struct plain *plain;
};

static void feed(struct feeder *f, const struct rec_hdr *rec)
{
	struct event e;

	if (f->matcher == LEDGER) {
		if (session__feed(f->session, rec, rec->sz))
			die("session__feed");
		return;
	}
	if (decode(rec, rec->sz, &e, NULL) < 0)
		die("decode");
	if (f->matcher == PLAIN)
		plain__feed(f->plain, &e);
	else
		__asm__ volatile("" : : "r"(&e) : "memory");
}

static void from_file(struct feeder *f, const struct job *job, struct result *out)
{
	const struct rec_hdr *rec;
	struct recfile_reader *r = recfile_reader__open(job->file, NULL, 0);
	int got = 0;

	if (!r)
		die(job->file);
	for (; !job->limit || out->records < job->limit; out->records++) {
		got = recfile_reader__next(r, &rec);
		if (got <= 0)
			break;
		feed(f, rec);
	}
	if (got < 0 || recfile_reader__incomplete(r))
		die(recfile_reader__error(r));
	recfile_reader__close(r);
}

static void from_stream(struct feeder *f, const struct stream_opts *opts, struct result *out)
{
	struct stream *s = stream__new(opts);
	const struct rec_hdr *rec;

	for (; (rec = stream__next(s)); out->records++)
		feed(f, rec);
	out->pages = stream__pages(s);
	stream__free(s);
}

static void ledger_result(const struct session *s, struct result *out)
{
	struct ledger_totals t;

	ledger__totals(session__ledger(s), &t);
	out->pinned = t.pinned_pages;
	out->ended = t.ended_pages;
	out->open = t.open_pages;
	out->pending = t.pending_pages + t.unmatched_pages;
	out->open_runs = t.open_runs;
	out->open_calls = t.open_calls;
	out->bytes = t.bytes;
}

static void plain_result(const struct plain *p, struct result *out)
{
	struct plain_totals t;

	plain__totals(p, &t);
	out->pinned = t.pinned_pages;
	out->ended = t.ended_pages;
	out->open = t.open_pages;
	out->pending = t.pending_pages;
	out->bytes = t.bytes;
}

static void measure(const struct job *job, enum matcher matcher, struct result *out)
{
	struct feeder f = { .matcher = matcher,
			    .session = session__new(NULL),
			    .plain = plain__new() };
	double start = cpu_s();
	struct rusage u;

	if (!f.session)
		die("session__new");
	if (job->file)
		from_file(&f, job, out);
	else
		from_stream(&f, &job->opts, out);
	out->cpu_s = cpu_s() - start;
	if (matcher == LEDGER)
		ledger_result(f.session, out);
	else if (matcher == PLAIN)
		plain_result(f.plain, out);
	getrusage(RUSAGE_SELF, &u);
	out->rss_kib = u.ru_maxrss;
}

/* In a process of its own: its memory is nobody else's, and it begins with none. */
static struct result run_once(const struct job *job, enum matcher matcher)
{
	struct result r = { 0 };
	int fds[2], status;
	pid_t child;

	fflush(stdout);
	if (pipe(fds))
		die("pipe");
	child = fork();
	if (child < 0)
		die("fork");
	if (!child) {
		measure(job, matcher, &r);
		_exit(write(fds[1], &r, sizeof(r)) != sizeof(r));
	}
	close(fds[1]);
	if (read(fds[0], &r, sizeof(r)) != sizeof(r) || waitpid(child, &status, 0) != child ||
	    status)
		die("a measurement");
	close(fds[0]);
	return r;
}

/* What takes this long averages over the noise by itself, and is not repeated. */
#define LONG_S 60.0

static void run_all(const struct job *job, unsigned matchers, struct result out[MATCHERS])
{
	for (unsigned rep = 0; rep < args.reps; rep++)
		for (unsigned m = 0; m < matchers; m++) {
			struct result r;

			if (rep && out[m].cpu_s > LONG_S)
				continue;
			r = run_once(job, m);
			if (rep && r.cpu_s > out[m].cpu_s)
				r.cpu_s = out[m].cpu_s;
			out[m] = r;
		}
}

static void budget(bool met, const char *what, double got, const char *unit, double wanted)
{
	printf("%-8s %s: %.1f%s (budget %.1f)\n", met ? "ok" : "MISSED", what, got, unit, wanted);
	missed_any |= !met;
}

static void same_answer(const struct result r[MATCHERS])
{
	const struct result *l = &r[LEDGER], *p = &r[PLAIN];

	if (l->pinned == p->pinned && l->ended == p->ended && l->open == p->open &&
	    l->pending == p->pending && l->records == p->records)
		return;
	printf("MISSED   the matchers differ: open %llu and %llu, ended %llu and %llu pages\n",
	       (unsigned long long)l->open, (unsigned long long)p->open,
	       (unsigned long long)l->ended, (unsigned long long)p->ended);
	missed_any = true;
}

static double ns_a_record(const struct result *r)
{
	return r->cpu_s * 1e9 / r->records;
}

static void write_file(const char *path, const struct stream_opts *opts)
{
	struct recfile_writer *w = recfile_writer__create(path);
	struct stream *s = stream__new(opts);
	const struct rec_hdr *rec;

	if (!w)
		die(path);
	while ((rec = stream__next(s)))
		if (recfile_writer__add(w, rec))
			die(path);
	printf("recording: seed %llu, %llu records, %.0f million pages, %.0f MiB on disk\n",
	       (unsigned long long)opts->seed, (unsigned long long)opts->records,
	       stream__pages(s) / 1e6, recfile_writer__bytes(w) / MIB);
	if (recfile_writer__close(w))
		die(path);
	stream__free(s);
}

static void whole_path(void)
{
	static const char *const names[] = { "read and decode", "... and the ledger",
					     "... and the plain matcher" };
	struct job job = { .file = args.file, .opts = stream__mix(args.seed, args.records) };
	struct job part = job;
	struct result r[MATCHERS];
	double times;

	write_file(args.file, &job.opts);
	part.limit = args.plain && args.plain < args.records ? args.plain : 0;
	run_all(&part, MATCHERS, r);
	same_answer(r);
	run_all(&job, LEDGER + 1, r);
	printf("the plain matcher got the first %llu records, and the ledger's answer on them\n",
	       (unsigned long long)r[PLAIN].records);
	printf("\n%-26s %12s %10s %12s %12s\n", "from the file", "records/s", "ns/record",
	       "peak MiB", "of these its");
	for (unsigned m = 0; m < MATCHERS; m++)
		printf("%-26s %12.0f %10.1f %12.1f %12.1f\n", names[m], r[m].records / r[m].cpu_s,
		       ns_a_record(&r[m]), r[m].rss_kib / 1024.0, r[m].bytes / MIB);
	times = ns_a_record(&r[PLAIN]) / ns_a_record(&r[LEDGER]);
	budget(times >= TIMES_MIN, "faster, from file to totals", times, " times", TIMES_MIN);
	budget(r[PLAIN].bytes >= MEMORY_PART * r[LEDGER].bytes, "smaller",
	       (double)r[PLAIN].bytes / r[LEDGER].bytes, " times", MEMORY_PART);
}

static void print_lane(const char *name, const struct result r[MATCHERS])
{
	double ledger = ns_a_record(&r[LEDGER]) - ns_a_record(&r[READ_ONLY]);
	double plain = ns_a_record(&r[PLAIN]) - ns_a_record(&r[READ_ONLY]);

	printf("%-40s %9.1f %8.1f %9.1f %7.1f %9.2f %9.2f %6.1f\n", name,
	       (double)r[LEDGER].pages / r[LEDGER].records, ledger, plain, plain / ledger,
	       r[LEDGER].bytes / MIB, r[PLAIN].bytes / MIB,
	       (double)r[PLAIN].bytes / r[LEDGER].bytes);
}

/*
 * The plain matcher's cost is per page, the ledger's per run. So it is lost where a run is a page,
 * for then both do the same look-ups and the ledger keeps order besides; how many of the records
 * may be such is what the last rows tell.
 */
static void lanes(u64 records)
{
	static const unsigned shares[] = { 50, 80, 95, 99 };
	struct result r[MATCHERS];
	char name[64];

	printf("\n%-40s %9s %8s %9s %7s %9s %9s %6s\n", "matching alone, lane by lane", "pages/rec",
	       "ledger", "plain ns", "times", "led. MiB", "plain MiB", "times");
	for (unsigned i = 0; i < STREAM_LANES_MAX; i++) {
		struct job job = { .opts = { .seed = args.seed, .records = records } };
		struct result probe;

		job.opts.share[i] = 1;
		probe = run_once(&job, READ_ONLY);
		if (probe.pages > PLAIN_PAGES_MAX)
			job.opts.records = records * (double)PLAIN_PAGES_MAX / probe.pages;
		run_all(&job, MATCHERS, r);
		same_answer(r);
		job.opts.records = records; /* too few of them for the others to be measured */
		if (probe.pages > PLAIN_PAGES_MAX)
			run_all(&job, LEDGER + 1, r);
		print_lane(stream_lane_names[i], r);
	}
	for (size_t k = 0; k < ARRAY_CNT(shares); k++) {
		struct job job = { .opts = stream__mix(args.seed, records / 8) };
		u32 others = 0;

		for (unsigned i = 1; i < STREAM_LANES_MAX; i++)
			others += job.opts.share[i];
		job.opts.share[STREAM_ONE] = others * shares[k] / (100 - shares[k]);
		run_all(&job, MATCHERS, r);
		same_answer(r);
		snprintf(name, sizeof(name), "the mix with %u%% one-page pairs", shares[k]);
		print_lane(name, r);
	}
}

static struct result streamed(const struct stream_opts *opts, double *match_ns)
{
	struct job job = { .opts = *opts };
	struct result r[MATCHERS];

	run_all(&job, LEDGER + 1, r);
	*match_ns = ns_a_record(&r[LEDGER]) - ns_a_record(&r[READ_ONLY]);
	return r[LEDGER];
}

static void linear(u64 records)
{
	double ns[3], most = 0, least = 1e9;

	printf("\nlinear in records, the mix:");
	for (unsigned i = 0; i < ARRAY_CNT(ns); i++) {
		struct stream_opts opts = stream__mix(args.seed, records << i >> 2);

		streamed(&opts, &ns[i]);
		most = ns[i] > most ? ns[i] : most;
		least = ns[i] < least ? ns[i] : least;
		printf(" %llu: %.1f ns/record;", (unsigned long long)opts.records, ns[i]);
	}
	putchar('\n');
	budget(most <= LINEAR_MAX * least, "dearest to cheapest record", most / least, " times",
	       LINEAR_MAX);
}

/* What grows with the number of pins is what the processor's caches miss: in both matchers. */
static void flat(enum stream_lane lane, const u32 *opens, unsigned n, u64 records,
		 unsigned matchers)
{
	printf("flat in open pins, %s:\n", stream_lane_names[lane]);
	for (unsigned i = 0; i < n; i++) {
		struct job job = { .opts = { .seed = args.seed,
					     .records = records + 2 * opens[i] } };
		struct result r[MATCHERS];

		job.opts.share[lane] = 1;
		job.opts.open[lane] = opens[i];
		run_all(&job, matchers, r);
		printf("    %8u open: %6.1f ns/record", opens[i],
		       ns_a_record(&r[LEDGER]) - ns_a_record(&r[READ_ONLY]));
		if (matchers > PLAIN)
			printf(", plain %6.1f",
			       ns_a_record(&r[PLAIN]) - ns_a_record(&r[READ_ONLY]));
		putchar('\n');
	}
}

/* Everything counts: runs, calls, tables, what is there once. */
static void sizes(void)
{
	static const struct {
		const char *what;
		enum stream_lane lane;
		u32 calls;
		bool run_budget;
	} rows[] = {
		{ "2^20 pages, each a call of its own", STREAM_ONE, 1 << 20, true },
		{ "2^20 pages in scattered lists of 32", STREAM_LIST, 1 << 15, true },
		{ "1 TiB in registrations of 64 MiB", STREAM_REG, 1 << 14, true },
		/* The call, which is no part of the run's budget, is most of it here. */
		{ "1 TiB in 2 MiB runs, each a call of its own", STREAM_HUGE, 1 << 19, false },
	};
	struct result r;

	puts("\nmemory");
	for (unsigned i = 0; i < ARRAY_CNT(rows); i++) {
		struct job job = { .opts = { .seed = args.seed, .records = rows[i].calls } };
		double a_run;

		job.opts.share[rows[i].lane] = 1;
		job.opts.open[rows[i].lane] = rows[i].calls;
		r = run_once(&job, LEDGER);
		a_run = (double)r.bytes / r.open_runs;
		printf("%-46s %8llu runs %7.1f MiB %6.1f bytes a run\n", rows[i].what,
		       (unsigned long long)r.open_runs, r.bytes / MIB, a_run);
		if (rows[i].run_budget)
			budget(a_run <= RUN_BYTES_MAX, "bytes an open run", a_run, "",
			       RUN_BYTES_MAX);
	}
	budget(r.bytes <= TIB_BYTES_MAX, "MiB for 1 TiB in 2 MiB runs", r.bytes / MIB, "",
	       TIB_BYTES_MAX / MIB);
}

static void parse(int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "n:p:s:r:o:l:")) != -1) {
		switch (c) {
		case 'n':
			args.records = strtoull(optarg, NULL, 0);
			break;
		case 'p':
			args.plain = strtoull(optarg, NULL, 0);
			break;
		case 's':
			args.seed = strtoull(optarg, NULL, 0);
			break;
		case 'r':
			args.reps = strtoul(optarg, NULL, 0);
			break;
		case 'o':
			args.file = optarg;
			break;
		case 'l':
			args.lane = strtoul(optarg, NULL, 0) % STREAM_LANES_MAX;
			break;
		default:
			exit(2);
		}
	}
	if (!args.reps || args.records < 1000)
		exit(2);
}

int main(int argc, char **argv)
{
	static const u32 few[] = { 4096, 65536, 1048576 }, runs[] = { 1024, 16384, 262144 };
	char path[] = "/tmp/replay_bench.XXXXXX";
	bool keep;
	u64 some;

	parse(argc, argv);
	if (args.lane >= 0) {
		struct job job = { .opts = { .seed = args.seed, .records = args.records } };
		struct result r = { 0 };

		job.opts.share[args.lane] = 1;
		measure(&job, LEDGER, &r);
		printf("%.1f ns/record\n", ns_a_record(&r));
		return 0;
	}
	keep = args.file;
	if (!keep) {
		int fd = mkstemp(path);

		if (fd < 0)
			die(path);
		close(fd);
		args.file = path;
	}
	whole_path();
	if (!keep)
		unlink(path);
	some = args.records / 10;
	lanes(some);
	linear(some);
	flat(STREAM_ONE, few, ARRAY_CNT(few), some, MATCHERS);
	flat(STREAM_HUGE, runs, ARRAY_CNT(runs), some, LEDGER + 1);
	sizes();
	return missed_any;
}
