/* Volumes: a machine's disk, or what is ordered as storage alone. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "clouds/libvirt_internal.h"

static const uint64_t bytes_per_gib = UINT64_C(1) << 30;
enum {
	DISK_GIB = 20, /* of a machine whose item does not say, without an image */
	LAYERS_MOST = 200,
};

static uint64_t wanted_bytes(const struct yh_cloud_order *o)
{
	int64_t milli = yh_libvirt_dim(o->dims, o->n_dims, "block_gib");

	return milli > 0 ? (uint64_t)milli * bytes_per_gib / 1000 : 0;
}

struct image {
	const char *path, *format; /* NULL: none */
	uint64_t bytes;
};

static enum yh_rc read_image(struct yh_cloud *c, virStorageVolPtr vol, struct image *out,
			     struct yh_err *err)
{
	char *path = c->lib->virStorageVolGetPath(vol);
	char *xml = path ? c->lib->virStorageVolGetXMLDesc(vol, 0) : NULL;
	virStorageVolInfo info;
	enum yh_rc rc = YH_OK;

	if (!xml || c->lib->virStorageVolGetInfo(vol, &info) != 0) {
		rc = yh_libvirt_failed(c, "volume", err);
	} else {
		out->path = yh_arena_strdup(&c->arena, path);
		out->format = yh_libvirt_read_format(xml, &c->arena);
		out->bytes = info.capacity;
		if (!out->path)
			rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
	}
	free(path);
	free(xml);
	return rc;
}

/* Only machines begin from an image. */
static enum yh_rc find_image(struct yh_cloud *c, const struct yh_cloud_order *o, struct image *out,
			     struct yh_err *err)
{
	char choice[YH_CLOUD_CHOICE];
	const char *name = yh_cloud_for_item(c->cfg, o->item_code, "image", "images", choice);
	virStorageVolPtr vol;
	enum yh_rc rc;

	*out = (struct image){ 0 };
	if (!name || yh_libvirt_dim(o->dims, o->n_dims, "vcpu") < 0)
		return YH_OK;
	rc = yh_libvirt_volume(c, name, &vol, err);
	if (rc != YH_OK)
		return rc;
	if (!vol)
		return yh_libvirt_refuse(c, "volume", "no such image", err);
	rc = read_image(c, vol, out, err);
	(void)c->lib->virStorageVolFree(vol);
	return rc;
}

static enum yh_rc create(struct yh_cloud *c, const char *name, uint64_t bytes,
			 const struct image *image, struct yh_err *err)
{
	virStoragePoolPtr pool;
	virStorageVolPtr vol = NULL;
	struct yh_buf xml;
	enum yh_rc rc = yh_libvirt_pool(c, &pool, err);

	if (rc != YH_OK)
		return rc;
	yh_buf_init(&xml, YH_LIBVIRT_XML_MAX);
	yh_libvirt_volume_xml(name, bytes, image->path, image->format, &xml);
	if (yh_buf_ok(&xml))
		vol = c->lib->virStorageVolCreateXML(pool, yh_buf_text(&xml), 0);
	if (vol)
		(void)c->lib->virStorageVolFree(vol);
	else
		rc = yh_libvirt_failed(c, "volume", err);
	yh_buf_done(&xml);
	(void)c->lib->virStoragePoolFree(pool);
	return rc;
}

enum yh_rc yh_libvirt_make_volume(struct yh_cloud *c, const struct yh_cloud_order *o,
				  struct yh_err *err)
{
	char name[YH_LIBVIRT_VOLUME];
	uint64_t bytes = wanted_bytes(o);
	virStorageVolPtr vol;
	struct image image;
	enum yh_rc rc;

	if (!yh_libvirt_volume_name(o, name)[0])
		return yh_libvirt_refuse(c, "volume", "name", err);
	rc = yh_libvirt_volume(c, name, &vol, err);
	if (rc != YH_OK)
		return rc;
	if (vol) {
		(void)c->lib->virStorageVolFree(vol);
		return YH_OK;
	}
	rc = find_image(c, o, &image, err);
	if (rc == YH_OK && bytes == 0)
		bytes = image.bytes ? image.bytes : DISK_GIB * bytes_per_gib;
	if (rc == YH_OK && bytes < image.bytes)
		return yh_libvirt_refuse(c, "volume", "the image is larger than the disk", err);
	return rc == YH_OK ? create(c, name, bytes, &image, err) : rc;
}

enum yh_rc yh_libvirt_drop_volume(const struct yh_cloud *c, const char *name, struct yh_err *err)
{
	virStorageVolPtr vol;
	enum yh_rc rc = yh_libvirt_volume(c, name, &vol, err);

	if (rc != YH_OK || !vol)
		return rc;
	if (c->lib->virStorageVolDelete(vol, 0) != 0)
		rc = yh_libvirt_failed(c, "volumes", err);
	(void)c->lib->virStorageVolFree(vol);
	return rc;
}

static enum yh_rc grow(const struct yh_cloud *c, virStorageVolPtr vol, uint64_t bytes,
		       struct yh_err *err)
{
	virStorageVolInfo info;

	if (c->lib->virStorageVolGetInfo(vol, &info) != 0)
		return yh_libvirt_failed(c, "grow", err);
	if (info.capacity >= bytes)
		return YH_OK;
	if (c->lib->virStorageVolResize(vol, bytes, 0) != 0)
		return yh_libvirt_failed(c, "grow", err);
	return YH_OK;
}

enum yh_rc yh_libvirt_grow_volume(const struct yh_cloud *c, const char *name, uint64_t bytes,
				  struct yh_err *err)
{
	virStorageVolPtr vol;
	enum yh_rc rc = yh_libvirt_volume(c, name, &vol, err);

	if (rc != YH_OK)
		return rc;
	if (!vol)
		return yh_libvirt_refuse(c, "grow", "no such volume", err);
	rc = grow(c, vol, bytes, err);
	(void)c->lib->virStorageVolFree(vol);
	return rc;
}

static enum yh_rc grow_disk(struct yh_cloud *c, virDomainPtr dom, const struct yh_libvirt_disk *d,
			    uint64_t bytes, struct yh_err *err)
{
	virStorageVolPtr vol;
	bool on;
	enum yh_rc rc = yh_libvirt_is_on(c, dom, "grow", &on, err);

	if (rc != YH_OK)
		return rc;
	if (on) {
		if (c->lib->virDomainBlockResize(dom, d->target, bytes,
						 VIR_DOMAIN_BLOCK_RESIZE_BYTES) != 0)
			return yh_libvirt_failed(c, "grow", err);
		return YH_OK;
	}
	rc = yh_libvirt_disk_volume(c, d, &vol, err);
	if (rc != YH_OK)
		return rc;
	if (!vol)
		return yh_libvirt_refuse(c, "grow", "no such volume", err);
	rc = grow(c, vol, bytes, err);
	(void)c->lib->virStorageVolFree(vol);
	return rc;
}

/* The first disk takes what the others do not have. */
enum yh_rc yh_libvirt_grow_machine(struct yh_cloud *c, virDomainPtr dom, uint64_t bytes,
				   struct yh_err *err)
{
	struct yh_libvirt_facts facts;
	uint64_t others = 0;
	enum yh_rc rc = yh_libvirt_describe(c, dom, &facts, err);

	if (rc != YH_OK)
		return rc;
	if (facts.n_disks == 0 || !facts.disks[0].target)
		return yh_libvirt_refuse(c, "grow", "no disk", err);
	for (size_t i = 1; i < facts.n_disks; i++)
		others += yh_libvirt_disk_bytes(c, dom, &facts.disks[i]);
	if (bytes < others)
		return yh_libvirt_refuse(c, "grow", "disks only grow", err);
	bytes -= others;
	if (yh_libvirt_disk_bytes(c, dom, &facts.disks[0]) >= bytes)
		return YH_OK;
	return grow_disk(c, dom, &facts.disks[0], bytes, err);
}

/* ---- the end of a machine's disks ---- */

struct dropping {
	struct yh_cloud *c;
	const char *uuid;  /* of the machine that goes */
	const char **kept; /* paths of what others use */
	size_t n, cap;
};

static bool is_kept(const struct dropping *d, const char *path)
{
	for (size_t i = 0; i < d->n; i++)
		if (strcmp(d->kept[i], path) == 0)
			return true;
	return false;
}

static enum yh_rc keep_path(struct dropping *d, const char *path, struct yh_err *err)
{
	if (d->n == d->cap) {
		size_t cap = d->cap ? 2 * d->cap : 64;
		const char **more = YH_NEW_N(&d->c->arena, const char *, cap);

		if (more && d->n)
			memcpy(more, d->kept, d->n * sizeof *more);
		d->kept = more;
		d->cap = more ? cap : 0;
	}
	if (d->kept)
		d->kept[d->n++] = yh_arena_strdup(&d->c->arena, path);
	return d->kept && d->kept[d->n - 1] ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");
}

/* The volume, and the path of what it lies upon; *below NULL: nothing, or it was kept already. */
static enum yh_rc keep_layer(struct dropping *d, virStorageVolPtr vol, const char **below,
			     struct yh_err *err)
{
	struct yh_cloud *c = d->c;
	char *path = c->lib->virStorageVolGetPath(vol), *xml = NULL;
	enum yh_rc rc = path ? YH_OK : yh_libvirt_failed(c, "volumes", err);

	*below = NULL;
	if (rc == YH_OK && !is_kept(d, path)) {
		rc = keep_path(d, path, err);
		xml = rc == YH_OK ? c->lib->virStorageVolGetXMLDesc(vol, 0) : NULL;
		if (rc == YH_OK && !xml)
			rc = yh_libvirt_failed(c, "volumes", err);
		if (rc == YH_OK && !yh_libvirt_read_backing(xml, &c->arena, below))
			rc = yh_libvirt_refuse(c, "volumes", "a volume's XML", err);
	}
	free(path);
	free(xml);
	return rc;
}

/* A volume, and all that it lies upon: without that it is nothing. Ends, since what is kept is not
 * looked at again. */
static enum yh_rc keep_volume(struct dropping *d, virStorageVolPtr vol, struct yh_err *err)
{
	const char *below;
	enum yh_rc rc = keep_layer(d, vol, &below, err);

	for (int layers = 0; rc == YH_OK && below; layers++) {
		const struct yh_libvirt_disk disk = { .path = below };
		virStorageVolPtr next;

		if (layers == LAYERS_MOST)
			return yh_libvirt_refuse(d->c, "volumes", "a disk of too many layers", err);
		rc = yh_libvirt_go_on(d->c, err);
		if (rc == YH_OK)
			rc = yh_libvirt_disk_volume(d->c, &disk, &next, err);
		if (rc != YH_OK || !next) /* in no pool: nothing of it is ever dropped */
			break;
		rc = keep_layer(d, next, &below, err);
		(void)d->c->lib->virStorageVolFree(next);
	}
	return rc;
}

static enum yh_rc keep_disk(struct dropping *d, const struct yh_libvirt_disk *disk,
			    struct yh_err *err)
{
	virStorageVolPtr vol;
	enum yh_rc rc = yh_libvirt_disk_volume(d->c, disk, &vol, err);

	if (rc != YH_OK || !vol)
		return rc;
	rc = keep_volume(d, vol, err);
	(void)d->c->lib->virStorageVolFree(vol);
	return rc;
}

/* What is there of a machine; one that went meanwhile keeps nothing. */
static enum yh_rc keep_of_machine(struct dropping *d, virDomainPtr dom, struct yh_err *err)
{
	struct yh_cloud *c = d->c;
	char uuid[VIR_UUID_STRING_BUFLEN];
	struct yh_libvirt_facts facts;
	struct yh_err why = { 0 };
	enum yh_rc rc = yh_libvirt_go_on(c, err);

	if (rc != YH_OK)
		return rc;
	if (c->lib->virDomainGetUUIDString(dom, uuid) != 0)
		return yh_libvirt_failed(c, "volumes", err);
	if (strcmp(uuid, d->uuid) == 0)
		return YH_OK;
	rc = yh_libvirt_describe(c, dom, &facts, &why);
	if (rc == YH_REFUSED && yh_libvirt_gone(c, uuid))
		return YH_OK;
	for (size_t i = 0; rc == YH_OK && i < facts.n_disks; i++)
		rc = keep_disk(d, &facts.disks[i], &why);
	for (const struct yh_libvirt_layer *l = facts.below; rc == YH_OK && l; l = l->next)
		rc = keep_disk(d, &(struct yh_libvirt_disk){ .path = l->path }, &why);
	if (rc != YH_OK && err)
		*err = why;
	return rc;
}

static enum yh_rc keep_named(struct dropping *d, const char *name, struct yh_err *err)
{
	virStorageVolPtr vol = NULL;
	enum yh_rc rc = yh_libvirt_volume(d->c, name, &vol, err);

	if (vol) {
		rc = keep_volume(d, vol, err);
		(void)d->c->lib->virStorageVolFree(vol);
	}
	return rc;
}

static enum yh_rc keep_images(struct dropping *d, struct yh_err *err)
{
	const char *one = yh_cloud_value(d->c->cfg, "image");
	const char *p = yh_cloud_value(d->c->cfg, "images");
	enum yh_rc rc = one ? keep_named(d, one, err) : YH_OK;

	for (p = p ? strchr(p, '=') : NULL; rc == YH_OK && p; p = strchr(p, '=')) {
		size_t n = strcspn(++p, ", \t");
		const char *name = yh_arena_strndup(&d->c->arena, p, n);

		rc = name ? keep_named(d, name, err) : yh_fail(err, YH_TOO_LARGE, "memory-short");
	}
	return rc;
}

/* What other machines use, and the images that machines begin from, outlives any of them. */
static enum yh_rc keep_others(struct dropping *d, struct yh_err *err)
{
	struct yh_cloud *c = d->c;
	virDomainPtr *all = NULL;
	enum yh_rc rc = keep_images(d, err);
	int n;

	n = rc == YH_OK ? c->lib->virConnectListAllDomains(c->conn, &all, 0) : 0;
	if (n < 0)
		return yh_libvirt_failed(c, "volumes", err);
	for (int i = 0; i < n; i++) {
		if (rc == YH_OK)
			rc = keep_of_machine(d, all[i], err);
		(void)c->lib->virDomainFree(all[i]);
	}
	free(all);
	return rc;
}

static enum yh_rc drop_disk(const struct dropping *d, const struct yh_libvirt_disk *disk,
			    struct yh_err *err)
{
	const struct yh_cloud *c = d->c;
	virStorageVolPtr vol = NULL;
	enum yh_rc rc = yh_libvirt_go_on(c, err);
	char *path;

	if (rc == YH_OK)
		rc = yh_libvirt_disk_volume(c, disk, &vol, err);
	if (rc != YH_OK || !vol)
		return rc;
	path = c->lib->virStorageVolGetPath(vol);
	if (!path || (!is_kept(d, path) && c->lib->virStorageVolDelete(vol, 0) != 0))
		rc = yh_libvirt_failed(c, "volumes", err);
	free(path);
	(void)c->lib->virStorageVolFree(vol);
	return rc;
}

enum yh_rc yh_libvirt_drop_disks(struct yh_cloud *c, virDomainPtr dom, struct yh_err *err)
{
	char uuid[VIR_UUID_STRING_BUFLEN];
	struct dropping d = { .c = c, .uuid = uuid };
	struct yh_libvirt_facts facts;
	enum yh_rc rc = yh_libvirt_describe(c, dom, &facts, err);

	if (rc == YH_OK && c->lib->virDomainGetUUIDString(dom, uuid) != 0)
		rc = yh_libvirt_failed(c, "volumes", err);
	if (rc == YH_OK)
		rc = keep_others(&d, err);
	for (size_t i = 0; rc == YH_OK && i < facts.n_disks; i++)
		if (!facts.disks[i].shared)
			rc = drop_disk(&d, &facts.disks[i], err);
	return rc;
}
