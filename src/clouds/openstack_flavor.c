/* Sizes: Nova knows them as flavors, which are found by what they hold, or made. */
#include "clouds/openstack.h"

#include <stdio.h>
#include <string.h>

enum { MILLI = 1000, MIB = 1024 };

/* A number of units that must be whole. */
static enum yh_rc whole(const struct yh_cloud *c, const char *name, int64_t milli, int64_t *out,
			struct yh_err *err)
{
	if (milli <= 0 || milli > INT64_C(1000000000) * MILLI || milli % MILLI != 0)
		return yh_os_refused(c, err, "no flavor has %lld/1000 of %s", (long long)milli,
				     name);
	*out = milli / MILLI;
	return YH_OK;
}

enum yh_rc yh_os_size_of(const struct yh_cloud *c, const struct yh_cloud_dim *dims, size_t n,
			 struct yh_os_size *size, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;
	int64_t gib = 0;

	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		int64_t q = dims[i].qty_milli;

		if (strcmp(dims[i].name, "vcpu") == 0) {
			rc = whole(c, "vcpu", q, &size->vcpus, err);
		} else if (strcmp(dims[i].name, "memory_gib") == 0) {
			if (q <= 0 || q > INT64_C(1000000000) || q * MIB % MILLI != 0)
				return yh_os_refused(c, err,
						     "no flavor has %lld/1000 GiB of memory",
						     (long long)q);
			size->ram_mib = q * MIB / MILLI;
		} else if (strcmp(dims[i].name, "block_gib") == 0 && q != 0) {
			rc = whole(c, "block_gib", q, &gib, err);
			if (rc == YH_OK)
				size->disk_gib = gib;
		}
	}
	return rc;
}

struct looking {
	const struct yh_os_size *size;
	const char *prefix; /* of the names to choose from; NULL: those without extra properties */
	char id[256], second[256];
};

static int64_t number(const json_t *f, const char *key)
{
	const json_t *v = json_object_get(f, key);

	return json_is_integer(v) ? json_integer_value(v) : -1;
}

static bool fits(const struct looking *l, const json_t *f)
{
	const char *name = yh_json_text(f, "name");
	const json_t *swap = json_object_get(f, "swap"); /* "" or, later, 0: none */

	if (number(f, "vcpus") != l->size->vcpus || number(f, "ram") != l->size->ram_mib ||
	    number(f, "disk") != l->size->disk_gib || !name ||
	    json_is_true(json_object_get(f, "OS-FLV-DISABLED:disabled")))
		return false;
	if (l->prefix)
		return strncmp(name, l->prefix, strlen(l->prefix)) == 0;
	return number(f, "OS-FLV-EXT-DATA:ephemeral") <= 0 && json_integer_value(swap) == 0 &&
	       !(json_is_string(swap) && json_string_length(swap) > 0) &&
	       json_object_size(json_object_get(f, "extra_specs")) == 0;
}

static enum yh_rc consider(void *arg, json_t *f, struct yh_err *err)
{
	struct looking *l = arg;
	const char *id = yh_json_text(f, "id");

	(void)err;
	if (!id || strlen(id) >= sizeof l->id || !fits(l, f))
		return YH_OK;
	/* without extra properties they are all alike: the same one each time */
	if (!l->id[0] || (!l->prefix && strcmp(id, l->id) < 0))
		(void)snprintf(l->id, sizeof l->id, "%s", id);
	else if (l->prefix)
		(void)snprintf(l->second, sizeof l->second, "%s", id);
	return YH_OK;
}

static enum yh_rc look(struct yh_cloud *c, struct looking *l, struct yh_err *err)
{
	enum yh_rc rc;

	l->id[0] = l->second[0] = 0;
	rc = yh_os_each(c, YH_OS_COMPUTE, "/flavors/detail", "flavors", consider, l, err);
	if (rc == YH_OK && l->second[0])
		return yh_os_refused(c, err, "two flavors of that size: %s, %s", l->id, l->second);
	return rc;
}

static enum yh_rc make(struct yh_cloud *c, const struct yh_os_size *s, struct yh_err *err)
{
	char name[96];
	struct yh_os_ask ask = { .service = YH_OS_COMPUTE,
				 .method = "POST",
				 .path = "/flavors",
				 .has_body = true,
				 .conflict_ok = true }; /* somebody else's hands were quicker */

	(void)snprintf(name, sizeof name, "yunheng-%lldc-%lldm-%lldg", (long long)s->vcpus,
		       (long long)s->ram_mib, (long long)s->disk_gib);
	ask.body = json_pack("{s:{s:s,s:I,s:I,s:I}}", "flavor", "name", name, "vcpus",
			     (json_int_t)s->vcpus, "ram", (json_int_t)s->ram_mib, "disk",
			     (json_int_t)s->disk_gib);
	return yh_os_call(c, &ask, NULL, NULL, err);
}

enum yh_rc yh_os_flavor(struct yh_cloud *c, const struct yh_os_size *size, char id[256],
			struct yh_err *err)
{
	struct looking l = { .size = size, .prefix = yh_cloud_value(c->cfg, "flavor_prefix") };
	enum yh_rc rc;

	if (size->vcpus <= 0 || size->ram_mib <= 0)
		return yh_os_refused(c, err, "a server needs vcpu and memory_gib");
	rc = look(c, &l, err);
	if (rc == YH_OK && !l.id[0] && !l.prefix) {
		rc = make(c, size, err);
		if (rc == YH_OK)
			rc = look(c, &l, err);
	}
	if (rc == YH_OK && !l.id[0])
		return yh_os_refused(c, err, "no flavor of %lld vcpu, %lld MiB, %lld GiB",
				     (long long)size->vcpus, (long long)size->ram_mib,
				     (long long)size->disk_gib);
	memcpy(id, l.id, sizeof l.id);
	return rc;
}
