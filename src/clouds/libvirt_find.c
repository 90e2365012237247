/* What is there: machines, volumes and pools, and how large disks are. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clouds/libvirt_internal.h"

static bool is(const struct yh_cloud *c, int code)
{
	virErrorPtr e = c->lib->virGetLastError();

	return e && e->code == code;
}

enum yh_rc yh_libvirt_domain(const struct yh_cloud *c, const char *ref, virDomainPtr *out,
			     struct yh_err *err)
{
	struct yh_id id;

	*out = NULL;
	/* what people wrote down as an identifier may be anything */
	if (yh_id_parse(ref, &id, NULL) != YH_OK)
		return YH_OK;
	*out = c->lib->virDomainLookupByUUIDString(c->conn, ref);
	if (*out || is(c, VIR_ERR_NO_DOMAIN))
		return YH_OK;
	return yh_libvirt_failed(c, "find", err);
}

bool yh_libvirt_gone(const struct yh_cloud *c, const char *uuid)
{
	virDomainPtr dom;

	if (yh_libvirt_domain(c, uuid, &dom, NULL) != YH_OK)
		return false;
	if (dom)
		(void)c->lib->virDomainFree(dom);
	return !dom;
}

enum yh_rc yh_libvirt_describe(struct yh_cloud *c, virDomainPtr dom, struct yh_libvirt_facts *out,
			       struct yh_err *err)
{
	char *xml = c->lib->virDomainGetXMLDesc(dom, 0);
	const char *name;
	char detail[96];
	bool read;

	if (!xml)
		return yh_libvirt_failed(c, "describe", err);
	read = yh_libvirt_read(xml, &c->arena, out);
	free(xml);
	if (read)
		return YH_OK;
	name = c->lib->virDomainGetName(dom);
	(void)snprintf(detail, sizeof detail, "%s: XML", name ? name : "");
	return yh_libvirt_refuse(c, "describe", detail, err);
}

enum yh_rc yh_libvirt_is_on(const struct yh_cloud *c, virDomainPtr dom, const char *step, bool *on,
			    struct yh_err *err)
{
	int active = c->lib->virDomainIsActive(dom);

	*on = active == 1;
	return active < 0 ? yh_libvirt_failed(c, step, err) : YH_OK;
}

enum yh_rc yh_libvirt_pool(const struct yh_cloud *c, virStoragePoolPtr *out, struct yh_err *err)
{
	*out = c->lib->virStoragePoolLookupByName(c->conn, yh_cloud_value(c->cfg, "pool"));
	if (!*out)
		return yh_libvirt_failed(c, "pool", err);
	if (c->lib->virStoragePoolIsActive(*out) == 1 || c->lib->virStoragePoolCreate(*out, 0) == 0)
		return YH_OK;
	(void)yh_libvirt_failed(c, "pool", err);
	(void)c->lib->virStoragePoolFree(*out);
	*out = NULL;
	return err ? err->rc : YH_REFUSED;
}

enum yh_rc yh_libvirt_volume(const struct yh_cloud *c, const char *name, virStorageVolPtr *out,
			     struct yh_err *err)
{
	virStoragePoolPtr pool;
	enum yh_rc rc = yh_libvirt_pool(c, &pool, err);

	*out = NULL;
	if (rc != YH_OK)
		return rc;
	*out = c->lib->virStorageVolLookupByName(pool, name);
	if (!*out && !is(c, VIR_ERR_NO_STORAGE_VOL))
		rc = yh_libvirt_failed(c, "find", err);
	(void)c->lib->virStoragePoolFree(pool);
	return rc;
}

/* Or it is not there, or its pool is not. */
static enum yh_rc found(const struct yh_cloud *c, const void *what, struct yh_err *err)
{
	if (what || is(c, VIR_ERR_NO_STORAGE_VOL) || is(c, VIR_ERR_NO_STORAGE_POOL))
		return YH_OK;
	return yh_libvirt_failed(c, "find", err);
}

static enum yh_rc in_pool(const struct yh_cloud *c, const struct yh_libvirt_disk *d,
			  virStorageVolPtr *out, struct yh_err *err)
{
	virStoragePoolPtr pool = c->lib->virStoragePoolLookupByName(c->conn, d->pool);
	enum yh_rc rc = found(c, pool, err);

	if (!pool)
		return rc;
	*out = c->lib->virStorageVolLookupByName(pool, d->volume);
	rc = found(c, *out, err);
	(void)c->lib->virStoragePoolFree(pool);
	return rc;
}

enum yh_rc yh_libvirt_disk_volume(const struct yh_cloud *c, const struct yh_libvirt_disk *d,
				  virStorageVolPtr *out, struct yh_err *err)
{
	*out = NULL;
	if (d->pool && d->volume)
		return in_pool(c, d, out, err);
	if (!d->path)
		return YH_OK;
	*out = c->lib->virStorageVolLookupByPath(c->conn, d->path);
	return found(c, *out, err);
}

uint64_t yh_libvirt_disk_bytes(const struct yh_cloud *c, virDomainPtr dom,
			       const struct yh_libvirt_disk *d)
{
	virDomainBlockInfo block;
	virStorageVolInfo info;
	virStorageVolPtr vol;
	uint64_t bytes = 0;

	if (yh_libvirt_disk_volume(c, d, &vol, NULL) == YH_OK && vol) {
		if (c->lib->virStorageVolGetInfo(vol, &info) == 0)
			bytes = info.capacity;
		(void)c->lib->virStorageVolFree(vol);
	}
	/* one that lies in no pool is known to its machine alone */
	if (bytes == 0 && d->target &&
	    c->lib->virDomainGetBlockInfo(dom, d->target, &block, 0) == 0)
		bytes = block.capacity;
	return bytes;
}
