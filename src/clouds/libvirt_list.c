/* Every machine that is there. */
#include <stdlib.h>
#include <string.h>

#include "clouds/libvirt_internal.h"

/* The UUIDs of machines: a volume of one of these is its disk. */
struct listing {
	struct yh_cloud *c;
	yh_cloud_machine_fn visit;
	void *arg;
	char (*ids)[VIR_UUID_STRING_BUFLEN];
	size_t n_ids;
};

static int64_t milli_gib(uint64_t bytes)
{
	return (int64_t)((__uint128_t)bytes * 1000 >> 30);
}

static enum yh_rc tell_machine(struct listing *l, virDomainPtr dom, char *uuid, struct yh_err *err)
{
	struct yh_cloud *c = l->c;
	struct yh_libvirt_facts *facts = YH_NEW(&c->arena, struct yh_libvirt_facts);
	struct yh_cloud_dim dims[3] = { { "vcpu", 0 }, { "memory_gib", 0 }, { "block_gib", 0 } };
	struct yh_cloud_machine m = { .ref = uuid, .dims = dims, .n_dims = 3 };
	uint64_t bytes = 0;
	virDomainInfo info;
	enum yh_rc rc;

	if (!facts)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	rc = yh_libvirt_describe(c, dom, facts, err);
	if (rc != YH_OK)
		return rc;
	if (c->lib->virDomainGetInfo(dom, &info) != 0)
		return yh_libvirt_failed(c, "list", err);
	for (size_t i = 0; i < facts->n_disks; i++)
		bytes += yh_libvirt_disk_bytes(c, dom, &facts->disks[i]);
	dims[0].qty_milli = (int64_t)info.nrVirtCpu * 1000;
	dims[1].qty_milli = (int64_t)((__uint128_t)info.maxMem * 1000 >> 20);
	dims[2].qty_milli = milli_gib(bytes);
	m.running = info.state != VIR_DOMAIN_SHUTOFF && info.state != VIR_DOMAIN_CRASHED;
	m.name = facts->title[0] ? facts->title : c->lib->virDomainGetName(dom);
	m.name = m.name ? m.name : "";
	m.resource_no = facts->resource_no;
	m.case_no = facts->case_no;
	return l->visit(l->arg, &m, err);
}

static enum yh_rc one_machine(struct listing *l, virDomainPtr dom, struct yh_err *err)
{
	struct yh_cloud *c = l->c;
	char *uuid = l->ids[l->n_ids];
	enum yh_rc rc = yh_libvirt_go_on(c, err);
	struct yh_err why = { 0 };

	if (rc != YH_OK)
		return rc;
	if (c->lib->virDomainGetUUIDString(dom, uuid) != 0)
		return yh_libvirt_failed(c, "list", err);
	rc = tell_machine(l, dom, uuid, &why);
	if (rc == YH_OK) {
		l->n_ids++;
		return YH_OK;
	}
	/* one that was destroyed meanwhile is not there */
	if (rc == YH_REFUSED && yh_libvirt_gone(c, uuid))
		return YH_OK;
	if (err)
		*err = why;
	return rc;
}

static enum yh_rc machines(struct listing *l, struct yh_err *err)
{
	struct yh_cloud *c = l->c;
	virDomainPtr *all = NULL;
	int n = c->lib->virConnectListAllDomains(c->conn, &all, 0);
	enum yh_rc rc = YH_OK;

	if (n < 0)
		return yh_libvirt_failed(c, "list", err);
	l->ids = yh_arena_alloc(&c->arena, ((size_t)n + 1) * sizeof *l->ids);
	if (!l->ids)
		rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (int i = 0; i < n; i++) {
		if (rc == YH_OK)
			rc = one_machine(l, all[i], err);
		(void)c->lib->virDomainFree(all[i]);
	}
	free(all);
	return rc;
}

static bool is_disk(const struct listing *l, const char *uuid)
{
	for (size_t i = 0; i < l->n_ids; i++)
		if (strcmp(l->ids[i], uuid) == 0)
			return true;
	return false;
}

/* Volumes by themselves; what does not carry our name is an image, or somebody's. */
static enum yh_rc one_volume(struct listing *l, virStorageVolPtr vol, struct yh_err *err)
{
	struct yh_cloud *c = l->c;
	const char *name = c->lib->virStorageVolGetName(vol);
	struct yh_libvirt_volume_tags tags;
	struct yh_cloud_dim dim = { "block_gib", 0 };
	struct yh_cloud_machine m = { .dims = &dim, .n_dims = 1, .running = true };
	virStorageVolInfo info;
	enum yh_rc rc;

	if (!name || !yh_libvirt_volume_read(name, &tags) || is_disk(l, tags.uuid))
		return YH_OK;
	rc = yh_libvirt_go_on(c, err);
	if (rc != YH_OK || c->lib->virStorageVolGetInfo(vol, &info) != 0)
		return rc;
	dim.qty_milli = milli_gib(info.capacity);
	m.ref = m.name = name;
	m.resource_no = tags.resource_no;
	m.case_no = tags.case_no;
	return l->visit(l->arg, &m, err);
}

static enum yh_rc volumes(struct listing *l, struct yh_err *err)
{
	struct yh_cloud *c = l->c;
	virStoragePoolPtr pool;
	virStorageVolPtr *all = NULL;
	enum yh_rc rc = yh_libvirt_pool(c, &pool, err);
	int n;

	if (rc != YH_OK)
		return rc;
	n = c->lib->virStoragePoolListAllVolumes(pool, &all, 0);
	if (n < 0)
		rc = yh_libvirt_failed(c, "list", err);
	for (int i = 0; i < n; i++) {
		if (rc == YH_OK)
			rc = one_volume(l, all[i], err);
		(void)c->lib->virStorageVolFree(all[i]);
	}
	free(all);
	(void)c->lib->virStoragePoolFree(pool);
	return rc;
}

enum yh_rc yh_libvirt_list(struct yh_cloud *c, yh_cloud_machine_fn visit, void *arg,
			   struct yh_err *err)
{
	struct listing l = { .c = c, .visit = visit, .arg = arg };
	enum yh_rc rc = yh_libvirt_begin(c, err);

	if (rc == YH_OK)
		rc = machines(&l, err);
	return rc == YH_OK ? volumes(&l, err) : rc;
}
