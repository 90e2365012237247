/* The texts that libvirt is given and gives: what becomes of an order, and what a machine is. Every
 * text in an order is somebody's input: it is escaped, and characters that XML does not know are
 * replaced. Pure. */
#ifndef YH_CLOUDS_LIBVIRT_XML_H
#define YH_CLOUDS_LIBVIRT_XML_H

#include "base/arena.h"
#include "base/buf.h"
#include "clouds/driver.h"

#define YH_LIBVIRT_NS "urn:yunheng:resource:1"

enum { YH_LIBVIRT_XML_MAX = 1024 * 1024, YH_LIBVIRT_DISKS = 256, YH_LIBVIRT_VOLUME = YH_CLOUD_REF };

/* Adds text of an element or of an attribute in double quotes. */
void yh_libvirt_escape(struct yh_buf *b, const char *text);

/* NO_CASE_UUID of its order, which is how a volume, which has no tags, says whose it is: "" when
 * a part holds what a name may not. */
const char *yh_libvirt_volume_name(const struct yh_cloud_order *o, char out[YH_LIBVIRT_VOLUME]);
/* Reads such a name; false: it is none. */
struct yh_libvirt_volume_tags {
	char resource_no[40], case_no[49], uuid[37];
};
bool yh_libvirt_volume_read(const char *name, struct yh_libvirt_volume_tags *out);

/* Of a dimension in an order, in milli; -1: not there. */
int64_t yh_libvirt_dim(const struct yh_cloud_dim *dims, size_t n, const char *name);

/* The element of our tags; with its namespace where it stands in a machine's text (libvirt adds
 * that of a machine that is there). `was` is what the machine was before the order touched it, a
 * word of the driver's own; "": nothing to be said. */
void yh_libvirt_tags_xml(const struct yh_cloud_order *o, const char *was, bool in_text,
			 struct yh_buf *out);
/* The machine; its disk is the order's volume in `pool`. `type` kvm, qemu or test; `network` NULL:
 * without. */
struct yh_libvirt_place {
	const char *type, *arch, *pool, *network;
};
void yh_libvirt_domain_xml(const struct yh_cloud_order *o, const struct yh_libvirt_place *p,
			   struct yh_buf *out);
/* `backing` NULL: empty. */
void yh_libvirt_volume_xml(const char *name, uint64_t bytes, const char *backing,
			   const char *backing_format, struct yh_buf *out);
void yh_libvirt_snapshot_xml(const char *name, const char *about, struct yh_buf *out);

struct yh_libvirt_disk {
	const char *target;        /* "vda"; NULL: not said */
	const char *pool, *volume; /* or */
	const char *path;          /* NULL: neither is known */
	bool shared;               /* read-only, or of several machines */
};
struct yh_libvirt_layer {
	const char *path;
	const struct yh_libvirt_layer *next;
};
/* What a machine's text says of it. */
struct yh_libvirt_facts {
	const char *title;
	const char *resource_no, *case_no; /* "" : has no tags of ours */
	const char *was;                   /* as yh_libvirt_tags_xml was told; "" without */
	struct yh_libvirt_disk disks[YH_LIBVIRT_DISKS];
	size_t n_disks;
	const struct yh_libvirt_layer *below; /* what those disks lie upon, as far as it is said */
};
/* False: not such a text, or too much of it. Texts in the arena. */
bool yh_libvirt_read(const char *xml, struct yh_arena *arena, struct yh_libvirt_facts *out);
/* The format that a volume's text names; "raw" without. */
const char *yh_libvirt_read_format(const char *xml, struct yh_arena *arena);
/* The path of what a volume lies upon; *out NULL: of nothing. False: not such a text. */
bool yh_libvirt_read_backing(const char *xml, struct yh_arena *arena, const char **out);

#endif
