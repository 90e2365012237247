/* Which cloud is fulfilled by what: the file that the setting `clouds` of yunhengd names.
 *
 *   SH:
 *     driver: libvirt
 *     uri: qemu:///system
 *   SH-XH:
 *     driver: openstack
 *     …
 *
 * One entry a cloud's code, each with `driver` and that driver's own keys. A cloud without an entry
 * is fulfilled by people. */
#ifndef YH_CLOUDS_CLOUDS_H
#define YH_CLOUDS_CLOUDS_H

#include "clouds/driver.h"

struct yh_clouds;

enum { YH_CLOUDS_MOST = 256, YH_CLOUDS_FILE_MAX = 1024 * 1024 };

/* The drivers of this program: manual, and one line each in drivers.c. */
const struct yh_cloud_driver *const *yh_cloud_drivers(size_t *n);

/* Reads the file. BAD_INPUT with the field "FILE:LINE": "clouds-unreadable" (detail),
 * "yaml-invalid", "cloud-entry" (cloud), "cloud-driver-unknown" (cloud, driver, known),
 * "cloud-key-unknown" (cloud, key), "cloud-key-missing" (cloud, key), "cloud-key-value" (cloud,
 * key, wanted), "cloud-config" from the driver. Whether the store has such clouds is for the caller
 * to see. `drivers` NULL: those of this program. */
YH_CHECK enum yh_rc yh_clouds_load(const char *file, const struct yh_cloud_driver *const *drivers,
				   size_t n_drivers, struct yh_clouds **out, struct yh_err *err);
void yh_clouds_free(struct yh_clouds *c);

/* The entry of a cloud; NULL: none (also of NULL), it is fulfilled by people. */
const struct yh_cloud_config *yh_clouds_of(const struct yh_clouds *c, const char *code);
/* The same when a machine fulfils it, else NULL. */
const struct yh_cloud_config *yh_clouds_machine(const struct yh_clouds *c, const char *code);
/* All entries, in the file's order; *line (may be NULL) says where the i-th stands. */
const struct yh_cloud_config *yh_clouds_at(const struct yh_clouds *c, size_t i, int *line);
size_t yh_clouds_n(const struct yh_clouds *c); /* 0 of NULL */

#endif
