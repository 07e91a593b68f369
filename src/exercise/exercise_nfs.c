// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's own NFS server and client, on the loopback of a network namespace of their own, so
 * that a server of the machine's is not touched. No program of nfs-utils is needed: what they
 * answer the kernel (who the client is, what is exported, the root's handle) is written to the same
 * files, fs/nfsd/nfsctl.c and net/sunrpc/cache.c.
 *
 * Server and mounts outlive a process that is killed, so a keeper, which nobody kills, waits for
 * our end and takes them away.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/nfs_mount.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "exercise/exercise_impl.h"
#include "exercise/exercise_rpcbind.h"

#define SERVER	EXERCISE_DIR "/nfsd"
#define EXPORT	EXERCISE_DIR "/nfs-export"
#define MOUNT_3 EXERCISE_DIR "/nfs"
#define MOUNT_4 EXERCISE_DIR "/nfs4"
#define PORT	20490
#define FOREVER "2147483647"
/* linux/nfsd/export.h: an insecure port, no subtree check, an fsid of its own; root stays root */
#define EXPORT_FLAGS (0x0002 | 0x0400 | 0x2000)

/* What came of it, for the exercise. */
struct outcome {
	char what[16]; /* "" = all is there */
	int err[2];    /* of the mounts, by version 3 and 4; or of `what` */
};

static int up_loopback(void)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int err = fd < 0 || ioctl(fd, SIOCSIFFLAGS, &lo) ? -errno : 0;

	if (fd >= 0)
		close(fd);
	return err;
}

/*
 * One client, one export (the root of version 4, too, as its number is 0), and what its number
 * stands for.
 */
static void tell_kernel(int *err)
{
	make__text("/proc/self/net/rpc/auth.unix.ip/channel", err,
		   "nfsd 127.0.0.1 " FOREVER " exercise\n");
	make__text("/proc/self/net/rpc/auth.unix.gid/channel", err, "0 " FOREVER " 0\n");
	make__text("/proc/self/net/rpc/nfsd.export/channel", err,
		   "exercise " EXPORT " " FOREVER " %d 65534 65534 0\n", EXPORT_FLAGS);
	make__text("/proc/self/net/rpc/nfsd.fh/channel", err,
		   "exercise 1 \\x00000000 " FOREVER " " EXPORT "\n");
}

/* A new server gives the clients of an old one time to come back; there are none. */
static void start_server(int *err)
{
	int ignored = 0;

	make__text(SERVER "/nfsv4leasetime", &ignored, "10\n");
	ignored = 0;
	make__text(SERVER "/nfsv4gracetime", &ignored, "10\n");
	make__text(SERVER "/portlist", err, "tcp %d\n", PORT);
	make__text(SERVER "/threads", err, "2\n");
	ignored = 0;
	make__text(SERVER "/v4_end_grace", &ignored, "Y\n");
}

static int serve(struct outcome *o)
{
	int err = up_loopback();

	snprintf(o->what, sizeof(o->what), "loopback");
	if (!err)
		err = rpcbind__start();
	make__module("nfsd");
	make__module("nfsv3");
	make__module("nfsv4");
	mkdir(SERVER, 0700);
	mkdir(EXPORT, 0700);
	if (!err) {
		snprintf(o->what, sizeof(o->what), "nfsd");
		err = mount("nfsd", SERVER, "nfsd", 0, NULL) ? -errno : 0;
	}
	if (!err)
		err = make__file(EXPORT "/file", EXERCISE_FILE_BYTES, false);
	tell_kernel(&err);
	start_server(&err);
	return err;
}

/*
 * What mountd would tell a client: the handle of the export, in hex behind "\x". Its length, or
 * negative errno.
 */
static int root_handle(unsigned char *fh, size_t sz)
{
	static const char question[] = "exercise " EXPORT " 64\n";
	int fd = open(SERVER "/filehandle", O_RDWR | O_CLOEXEC);
	char answer[256] = "";
	unsigned byte;
	int len = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, question, sizeof(question) - 1) < 0 ||
	    read(fd, answer, sizeof(answer) - 1) < 0)
		len = -errno;
	close(fd);
	for (const char *at = answer + 2; !len || (len > 0 && (size_t)len < sz); at += 2) {
		if (strlen(answer) < 4 || sscanf(at, "%2x", &byte) != 1)
			break;
		fh[len++] = byte;
	}
	return len ? len : -EINVAL;
}

/*
 * By the binary form of the options, which takes the handle; with text the kernel would ask mountd.
 */
static int mount_v3(void)
{
	union {
		struct nfs_mount_data data;
		char page[4096]; /* that the kernel copies */
	} *m = calloc(1, sizeof(*m));
	int len, err;

	if (!m)
		return -ENOMEM;
	m->data.version = NFS_MOUNT_VERSION;
	m->data.flags = NFS_MOUNT_VER3 | NFS_MOUNT_TCP | NFS_MOUNT_NONLM;
	m->data.addr.sin_family = AF_INET;
	m->data.addr.sin_port = htons(PORT);
	m->data.addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	snprintf(m->data.hostname, sizeof(m->data.hostname), "127.0.0.1");
	m->data.pseudoflavor = 1; /* AUTH_UNIX */
	len = root_handle(m->data.root.data, sizeof(m->data.root.data));
	m->data.root.size = len;
	mkdir(MOUNT_3, 0700);
	err = len < 0 ? len : mount("127.0.0.1:" EXPORT, MOUNT_3, "nfs", 0, m) ? -errno : 0;
	free(m);
	return err;
}

static int mount_v4(void)
{
	char options[128];

	snprintf(options, sizeof(options),
		 "vers=4.2,proto=tcp,port=%d,addr=127.0.0.1,clientaddr=127.0.0.1,sec=sys", PORT);
	mkdir(MOUNT_4, 0700);
	return mount("127.0.0.1:/", MOUNT_4, "nfs", 0, options) ? -errno : 0;
}

static void take_away(void)
{
	int err = 0;

	umount2(MOUNT_3, MNT_FORCE);
	umount2(MOUNT_3, MNT_DETACH);
	umount2(MOUNT_4, MNT_FORCE);
	umount2(MOUNT_4, MNT_DETACH);
	make__text(SERVER "/threads", &err, "0\n");
	umount2(SERVER, MNT_DETACH);
}

/* Everything that is not its own would keep somebody else waiting. */
static void close_others(int a, int b)
{
	for (int fd = 3; fd < 1024; fd++)
		if (fd != a && fd != b)
			close(fd);
}

__attribute__((noreturn)) static void keep(int alive, int report)
{
	struct outcome o = { .what = "" };
	char byte;

	setsid();
	prctl(PR_SET_NAME, "exercise-nfs");
	close_others(alive, report);
	if (unshare(CLONE_NEWNET)) {
		snprintf(o.what, sizeof(o.what), "a network");
		o.err[0] = o.err[1] = -errno;
	} else {
		o.err[0] = o.err[1] = serve(&o);
	}
	if (!o.err[0]) {
		o.what[0] = '\0';
		o.err[0] = mount_v3();
		o.err[1] = mount_v4();
	}
	if (write(report, &o, sizeof(o)) != sizeof(o))
		o.err[0] = -EPIPE;
	close(report);
	while (read(alive, &byte, 1) < 0 && errno == EINTR)
		;
	take_away();
	_exit(0);
}

/* Held open for as long as we live. */
static int alive = -1;
static pid_t keeper;

void exercise__stop_nfs(void)
{
	if (keeper <= 0)
		return;
	close(alive);
	waitpid(keeper, NULL, 0);
	keeper = 0;
}

static int start_keeper(struct outcome *o)
{
	int life[2], report[2];

	if (pipe2(life, O_CLOEXEC) || pipe2(report, O_CLOEXEC))
		return -errno;
	keeper = fork();
	if (keeper < 0)
		return -errno;
	if (!keeper)
		keep(life[0], report[1]);
	alive = life[1];
	close(life[0]);
	close(report[1]);
	if (read(report[0], o, sizeof(*o)) != sizeof(*o))
		o->err[0] = o->err[1] = -EPIPE;
	close(report[0]);
	return 0;
}

/* Both versions have one server. */
static void make_nfs(struct target *t, int version, const char *path)
{
	static struct outcome o;
	static bool started;
	int err = 0;

	if (!started)
		err = start_keeper(&o);
	started = true;
	if (!err)
		err = o.err[version - 3];
	if (err)
		target__fail(t, *o.what ? o.what : "mount", err);
	snprintf(t->path, sizeof(t->path), "%s/file", path);
}

void target__make_nfs3(struct target *t)
{
	make_nfs(t, 3, MOUNT_3);
}

void target__make_nfs4(struct target *t)
{
	make_nfs(t, 4, MOUNT_4);
}
