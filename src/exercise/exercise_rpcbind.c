// SPDX-License-Identifier: GPL-2.0
/*
 * An rpcbind that agrees with everything: the server of version 3 does not start before it has
 * registered, and nobody ever asks, as the client is told the port. RFC 1833 over TCP, RFC 5531.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include "exercise/exercise_impl.h"
#include "exercise/exercise_rpcbind.h"

#define PORT	      111
#define CLIENTS_MAX   8
#define LAST_FRAGMENT 0x80000000u

static bool read_all(int fd, void *buf, size_t len)
{
	for (size_t done = 0; done < len;) {
		ssize_t got = read(fd, (char *)buf + done, len - done);

		if (got <= 0)
			return false;
		done += got;
	}
	return true;
}

/* One call; false = the connection is to be closed. */
static bool answer(int fd)
{
	/* record mark, xid, a reply, accepted, no verifier (two words), success, TRUE */
	u32 mark, call[256],
		reply[8] = { htonl(LAST_FRAGMENT | 28), 0, htonl(1), 0, 0, 0, 0, htonl(1) };
	u32 len;

	if (!read_all(fd, &mark, sizeof(mark)))
		return false;
	len = ntohl(mark) & ~LAST_FRAGMENT;
	if (len < sizeof(u32) || len > sizeof(call) || !read_all(fd, call, len))
		return false;
	reply[1] = call[0];
	return write(fd, reply, sizeof(reply)) == sizeof(reply);
}

__attribute__((noreturn)) static void serve(int listening)
{
	struct pollfd fds[1 + CLIENTS_MAX] = { { .fd = listening, .events = POLLIN } };
	nfds_t nr = 1;

	while (poll(fds, nr, -1) > 0) {
		for (nfds_t i = nr; i-- > 1;) {
			if (!fds[i].revents || (fds[i].revents & POLLIN && answer(fds[i].fd)))
				continue;
			close(fds[i].fd);
			fds[i] = fds[--nr];
		}
		if (!(fds[0].revents & POLLIN))
			continue;
		int fd = accept(listening, NULL, NULL);

		if (fd >= 0 && nr < 1 + CLIENTS_MAX)
			fds[nr++] = (struct pollfd){ .fd = fd, .events = POLLIN };
		else if (fd >= 0)
			close(fd);
	}
	_exit(0);
}

int rpcbind__start(void)
{
	struct sockaddr_in addr = { .sin_family = AF_INET,
				    .sin_port = htons(PORT),
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), err = 0;
	pid_t pid;

	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) || listen(fd, CLIENTS_MAX))
		err = -errno;
	pid = err ? -1 : fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		serve(fd);
	}
	if (!err && pid < 0)
		err = -errno;
	close(fd);
	return err;
}
