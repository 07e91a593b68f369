// SPDX-License-Identifier: GPL-2.0
/*
 * A memory region of the first RDMA device. Not writable by it: so kernels of 6.5 and later take
 * shared file mappings.
 */
#include <infiniband/verbs.h>
#include "longterm.h"

static struct ibv_pd *open_domain(void)
{
	struct ibv_device **devices = ibv_get_device_list(NULL);
	struct ibv_context *context;
	struct ibv_pd *pd;

	if (!devices || !devices[0])
		quit(EXIT_SKIP, "no RDMA device: %s", strerror(errno));
	context = ibv_open_device(devices[0]);
	if (!context)
		fail("ibv_open_device");
	pd = ibv_alloc_pd(context);
	if (!pd)
		fail("ibv_alloc_pd");
	return pd;
}

static void hold_region(const char *what, unsigned seconds)
{
	struct ibv_mr *mr;
	size_t bytes;
	void *at = memory(what, &bytes);

	mr = ibv_reg_mr(open_domain(), at, bytes, 0);
	if (!mr)
		quit(EXIT_SKIP, "the kernel refuses %s: %s", what, strerror(errno));
	held(bytes, seconds);
	if (ibv_dereg_mr(mr))
		fail("ibv_dereg_mr");
}

static const struct user users[] = { { "region", hold_region } };

int main(int argc, char **argv)
{
	return run_user(users, 1, argc, argv);
}
