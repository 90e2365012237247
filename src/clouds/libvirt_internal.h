/* What the files of the libvirt driver share. */
#ifndef YH_CLOUDS_LIBVIRT_INTERNAL_H
#define YH_CLOUDS_LIBVIRT_INTERNAL_H

#include "base/arena.h"
#include "clouds/driver.h"
#include "clouds/libvirt_lib.h"
#include "clouds/libvirt_xml.h"

struct yh_libvirt_host;

struct yh_cloud {
	const struct yh_cloud_config *cfg;
	const atomic_bool *stop; /* NULL: never */
	const struct yh_libvirt_lib *lib;
	struct yh_libvirt_host *host;
	virConnectPtr conn; /* held while the connection is used; NULL: not yet */
	int64_t until_ms;   /* of the call at hand, monotonic */
	struct yh_arena arena;
};

/* libvirt_host.c: every call of the driver begins with this: a live connection, and the time that
 * is left from now. */
YH_CHECK enum yh_rc yh_libvirt_begin(struct yh_cloud *c, struct yh_err *err);
/* Between calls to libvirt: BUSY "job-stopped", or "cloud-unreachable" when the time is over. */
YH_CHECK enum yh_rc yh_libvirt_go_on(const struct yh_cloud *c, struct yh_err *err);
/* What libvirt's last failure on this thread comes to. `step` is what was attempted. */
enum yh_rc yh_libvirt_failed(const struct yh_cloud *c, const char *step, struct yh_err *err);
/* REFUSED "cloud-refused" in our own words. */
enum yh_rc yh_libvirt_refuse(const struct yh_cloud *c, const char *step, const char *detail,
			     struct yh_err *err);
/* BUSY "cloud-working": looked at again later. */
enum yh_rc yh_libvirt_working(const struct yh_cloud *c, const char *detail, struct yh_err *err);
enum yh_rc yh_libvirt_foreign(const char *machine, struct yh_err *err);

/* What a machine had used when it was last looked at; kept between polls, for all connections to
 * one place. 0: never looked at. */
struct yh_libvirt_seen {
	char ref[VIR_UUID_STRING_BUFLEN];
	uint64_t cpu_ns;
	int64_t at_us;
};
/* Takes what was seen last, and leaves what is seen now, sorted by ref. The caller frees what it
 * was given. */
void yh_libvirt_swap_seen(struct yh_cloud *c, struct yh_libvirt_seen **seen, size_t *n);
void yh_libvirt_close(struct yh_cloud *c);
enum yh_rc yh_libvirt_open(const struct yh_cloud_config *cfg, const atomic_bool *stop,
			   struct yh_cloud **out, struct yh_err *err);

/* libvirt_find.c. *out NULL: there is none. Free what is found. */
YH_CHECK enum yh_rc yh_libvirt_domain(const struct yh_cloud *c, const char *ref, virDomainPtr *out,
				      struct yh_err *err);
/* Was a machine that failed to answer destroyed meanwhile? */
bool yh_libvirt_gone(const struct yh_cloud *c, const char *uuid);
/* The text libvirt gives for it, read. In the arena. */
YH_CHECK enum yh_rc yh_libvirt_describe(struct yh_cloud *c, virDomainPtr dom,
					struct yh_libvirt_facts *out, struct yh_err *err);
/* Refreshes nothing; starts a pool that is not active. */
YH_CHECK enum yh_rc yh_libvirt_pool(const struct yh_cloud *c, virStoragePoolPtr *out,
				    struct yh_err *err);
YH_CHECK enum yh_rc yh_libvirt_volume(const struct yh_cloud *c, const char *name,
				      virStorageVolPtr *out, struct yh_err *err);
YH_CHECK enum yh_rc yh_libvirt_disk_volume(const struct yh_cloud *c,
					   const struct yh_libvirt_disk *d, virStorageVolPtr *out,
					   struct yh_err *err);
/* Does the machine run? A failure is not an answer. */
YH_CHECK enum yh_rc yh_libvirt_is_on(const struct yh_cloud *c, virDomainPtr dom, const char *step,
				     bool *on, struct yh_err *err);
/* How large a disk is; 0: libvirt does not say. */
uint64_t yh_libvirt_disk_bytes(const struct yh_cloud *c, virDomainPtr dom,
			       const struct yh_libvirt_disk *d);

/* libvirt_act.c, libvirt_volume.c, libvirt_list.c, libvirt_load.c, libvirt_room.c: the driver's
 * functions. */
size_t yh_libvirt_steps(const struct yh_cloud *c, const struct yh_cloud_order *o,
			const char *const **names);
enum yh_rc yh_libvirt_step(struct yh_cloud *c, const struct yh_cloud_order *o, const char *step,
			   char ref[YH_CLOUD_REF], struct yh_err *err);
enum yh_rc yh_libvirt_undo(struct yh_cloud *c, const struct yh_cloud_order *o, const char *step,
			   const char *ref, bool *kept, struct yh_err *err);
enum yh_rc yh_libvirt_list(struct yh_cloud *c, yh_cloud_machine_fn visit, void *arg,
			   struct yh_err *err);
enum yh_rc yh_libvirt_sample(struct yh_cloud *c, yh_cloud_sample_fn visit, void *arg,
			     struct yh_err *err);
enum yh_rc yh_libvirt_capacity(struct yh_cloud *c, yh_cloud_room_fn visit, void *arg,
			       struct yh_err *err);

/* libvirt_volume.c: makes the order's volume, so large at least as its image. */
YH_CHECK enum yh_rc yh_libvirt_make_volume(struct yh_cloud *c, const struct yh_cloud_order *o,
					   struct yh_err *err);
YH_CHECK enum yh_rc yh_libvirt_drop_volume(const struct yh_cloud *c, const char *name,
					   struct yh_err *err);
/* Grows a volume by itself, or the disk of a machine, to what the order wants of it. */
YH_CHECK enum yh_rc yh_libvirt_grow_volume(const struct yh_cloud *c, const char *name,
					   uint64_t bytes, struct yh_err *err);
YH_CHECK enum yh_rc yh_libvirt_grow_machine(struct yh_cloud *c, virDomainPtr dom, uint64_t bytes,
					    struct yh_err *err);
/* The disks of a machine, one after the other. */
YH_CHECK enum yh_rc yh_libvirt_drop_disks(struct yh_cloud *c, virDomainPtr dom, struct yh_err *err);

#endif
