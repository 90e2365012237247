/* How much room a host has: its processors (as often as the configuration counts each), its memory,
 * the pool; taken by every machine that is defined, for a stopped one comes back. */
#include <stdlib.h>
#include <string.h>

#include "clouds/libvirt_internal.h"

struct room {
	uint64_t vcpu, memory_kib; /* taken */
};

static int64_t milli_gib(uint64_t kib)
{
	return (int64_t)((__uint128_t)kib * 1000 >> 20);
}

static enum yh_rc tell(yh_cloud_room_fn visit, void *arg, const char *name, int64_t total_milli,
		       int64_t used_milli, struct yh_err *err)
{
	const struct yh_cloud_room r = { name, total_milli, used_milli };

	return visit(arg, &r, err);
}

static enum yh_rc add_up(const struct yh_cloud *c, struct room *r, struct yh_err *err)
{
	virDomainPtr *all = NULL;
	int n = c->lib->virConnectListAllDomains(c->conn, &all, 0);
	enum yh_rc rc = YH_OK;

	if (n < 0)
		return yh_libvirt_failed(c, "capacity", err);
	for (int i = 0; i < n; i++) {
		virDomainInfo info;

		if (rc == YH_OK)
			rc = yh_libvirt_go_on(c, err);
		/* one that has gone meanwhile takes nothing */
		if (rc == YH_OK && c->lib->virDomainGetInfo(all[i], &info) == 0) {
			r->vcpu += info.nrVirtCpu;
			r->memory_kib += info.maxMem;
		}
		(void)c->lib->virDomainFree(all[i]);
	}
	free(all);
	return rc;
}

static enum yh_rc pool_room(const struct yh_cloud *c, yh_cloud_room_fn visit, void *arg,
			    struct yh_err *err)
{
	virStoragePoolPtr pool;
	virStoragePoolInfo info;
	enum yh_rc rc = yh_libvirt_pool(c, &pool, err);

	if (rc != YH_OK)
		return rc;
	if (c->lib->virStoragePoolGetInfo(pool, &info) != 0)
		rc = yh_libvirt_failed(c, "capacity", err);
	else
		rc = tell(visit, arg, "block_gib", milli_gib(info.capacity / 1024),
			  milli_gib(info.allocation / 1024), err);
	(void)c->lib->virStoragePoolFree(pool);
	return rc;
}

enum yh_rc yh_libvirt_capacity(struct yh_cloud *c, yh_cloud_room_fn visit, void *arg,
			       struct yh_err *err)
{
	const char *said = yh_cloud_value(c->cfg, "cpu_ratio");
	struct room taken = { 0 };
	virNodeInfo node;
	enum yh_rc rc = yh_libvirt_begin(c, err);

	if (rc == YH_OK && c->lib->virNodeGetInfo(c->conn, &node) != 0)
		rc = yh_libvirt_failed(c, "capacity", err);
	if (rc == YH_OK)
		rc = add_up(c, &taken, err);
	if (rc == YH_OK)
		rc = tell(visit, arg, "vcpu",
			  (int64_t)node.cpus * 1000 * (said ? strtol(said, NULL, 10) : 1),
			  (int64_t)taken.vcpu * 1000, err);
	if (rc == YH_OK)
		rc = tell(visit, arg, "memory_gib", milli_gib(node.memory),
			  milli_gib(taken.memory_kib), err);
	return rc == YH_OK ? pool_room(c, visit, arg, err) : rc;
}
