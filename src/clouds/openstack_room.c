/* How much room the cloud has: of each of Placement's providers what may be given away (its
 * inventory less what is reserved, as often as it is promised), and what is. */
#include "clouds/openstack.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"

static const struct kind {
	const char *class, *dimension;
	int64_t unit; /* of Placement's units make one of the dimension */
} kinds[] = {
	{ "VCPU", "vcpu", 1 },
	{ "MEMORY_MB", "memory_gib", 1024 },
	{ "DISK_GB", "block_gib", 1 },
};
enum { KINDS = 3, PROVIDERS_MOST = 5000 };

struct sums {
	double total[KINDS];
	int64_t used[KINDS];
};

static enum yh_rc add(struct yh_cloud *c, const char *id, struct sums *s, struct yh_err *err)
{
	YH_JSON_AUTO inventories = NULL;
	YH_JSON_AUTO usages = NULL;
	enum yh_rc rc = yh_os_get(c, YH_OS_PLACEMENT, &inventories, err,
				  "/resource_providers/%s/inventories", id);

	if (rc == YH_OK)
		rc = yh_os_get(c, YH_OS_PLACEMENT, &usages, err, "/resource_providers/%s/usages",
			       id);
	for (size_t k = 0; rc == YH_OK && k < KINDS; k++) {
		const json_t *one = json_object_get(json_object_get(inventories, "inventories"),
						    kinds[k].class);
		double ratio = json_number_value(json_object_get(one, "allocation_ratio")),
		       total = json_number_value(json_object_get(one, "total")) -
			       json_number_value(json_object_get(one, "reserved"));

		if (total > 0 && ratio > 0)
			s->total[k] += total * ratio;
		s->used[k] += json_integer_value(
			json_object_get(json_object_get(usages, "usages"), kinds[k].class));
	}
	return rc;
}

enum yh_rc yh_os_room(struct yh_cloud *c, yh_cloud_room_fn visit, void *arg, struct yh_err *err)
{
	YH_JSON_AUTO reply = NULL;
	struct sums s = { 0 };
	const json_t *list, *one;
	enum yh_rc rc = yh_os_get(c, YH_OS_PLACEMENT, &reply, err, "/resource_providers");
	size_t i;

	list = json_object_get(reply, "resource_providers");
	if (rc == YH_OK && json_array_size(list) > PROVIDERS_MOST)
		return yh_os_refused(c, err, "more than %d resource providers", PROVIDERS_MOST);
	json_array_foreach(list, i, one)
	{
		const char *id = yh_json_text(one, "uuid");

		if (rc == YH_OK && id && yh_os_is_uuid(id))
			rc = add(c, id, &s, err);
	}
	for (size_t k = 0; rc == YH_OK && k < KINDS; k++) {
		struct yh_cloud_room room = { .name = kinds[k].dimension };

		if (s.total[k] <= 0 || s.total[k] / (double)kinds[k].unit > 1e12)
			continue;
		room.total_milli = (int64_t)(s.total[k] * 1000 / (double)kinds[k].unit);
		room.used_milli = s.used[k] * 1000 / kinds[k].unit;
		rc = visit(arg, &room, err);
	}
	return rc;
}
