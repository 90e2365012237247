/* What the project has, whoever made it: servers with the disks that are theirs, and disks by
 * themselves. */
#include "clouds/openstack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"

enum { MACHINES_MOST = 200000 };

struct listing {
	struct yh_cloud *c;
	yh_cloud_machine_fn visit;
	void *arg;
	json_t *disks;   /* id of a volume -> the volume */
	json_t *holders; /* yunheng_id of servers: a volume that says the same is its disk */
};

static const char *text(const json_t *v, const char *key)
{
	const char *t = yh_json_text(v, key);

	return t ? t : "";
}

static int64_t number(const json_t *v, const char *key)
{
	return json_integer_value(json_object_get(v, key));
}

/* As it was applied for, when the volume is of the size that follows from it. */
static int64_t block_milli(const json_t *volume)
{
	int64_t gib = number(volume, "size"), milli;
	const char *exact = yh_json_text(json_object_get(volume, "metadata"), "yunheng_block_gib");

	if (exact && yh_scaled_parse(exact, 3, &milli, NULL) == YH_OK && milli > 0 &&
	    (milli + 999) / 1000 == gib)
		return milli;
	return gib * 1000;
}

static const char *case_of(const json_t *metadata)
{
	const char *last = yh_json_text(metadata, "yunheng_last_case");

	return last ? last : text(metadata, "yunheng_case");
}

/* The disks that belong to a server: what is attached and is no resource by itself. */
static int64_t attached_milli(const struct listing *l, const json_t *server)
{
	const char *its = yh_json_text(json_object_get(server, "metadata"), "yunheng_id");
	const json_t *one;
	int64_t sum = 0;
	size_t i;

	json_array_foreach(json_object_get(server, "os-extended-volumes:volumes_attached"), i, one)
	{
		const json_t *v = json_object_get(l->disks, text(one, "id"));
		const char *id = yh_json_text(json_object_get(v, "metadata"), "yunheng_id");

		if (v && (!id || (its && strcmp(id, its) == 0)))
			sum += block_milli(v);
	}
	return sum;
}

static enum yh_rc list_server(void *arg, json_t *server, struct yh_err *err)
{
	struct listing *l = arg;
	const json_t *f = json_object_get(server, "flavor"),
		     *m = json_object_get(server, "metadata");
	struct yh_cloud_dim dims[3] = {
		{ "vcpu", number(f, "vcpus") * 1000 },
		{ "memory_gib", (number(f, "ram") * 1000 + 512) / 1024 },
	};
	struct yh_cloud_machine machine = { .ref = text(server, "id"),
					    .name = text(server, "name"),
					    .resource_no = text(m, "yunheng_resource"),
					    .case_no = case_of(m),
					    .running = yh_os_runs(server),
					    .dims = dims,
					    .n_dims = 2 };
	int64_t block = attached_milli(l, server);

	if (strcmp(text(m, "yunheng_disk"), "system") != 0)
		block += number(f, "disk") * 1000;
	if (block > 0)
		dims[machine.n_dims++] = (struct yh_cloud_dim){ "block_gib", block };
	return l->visit(l->arg, &machine, err);
}

/* Disks that are no server's: ours that are resources by themselves, others' that hang nowhere. */
static enum yh_rc list_disk(const struct listing *l, const json_t *volume, struct yh_err *err)
{
	const json_t *m = json_object_get(volume, "metadata");
	const char *id = yh_json_text(m, "yunheng_id");
	char ref[YH_CLOUD_REF];
	struct yh_cloud_dim dim = { "block_gib", block_milli(volume) };
	struct yh_cloud_machine machine = { .ref = ref,
					    .name = text(volume, "name"),
					    .resource_no = text(m, "yunheng_resource"),
					    .case_no = case_of(m),
					    .running = strcmp(text(m, "yunheng_state"),
							      "stopped") != 0,
					    .dims = &dim,
					    .n_dims = 1 };

	if (id ? json_object_get(l->holders, id) != NULL
	       : json_array_size(json_object_get(volume, "attachments")) > 0)
		return YH_OK;
	(void)snprintf(ref, sizeof ref, "volume/%s", text(volume, "id"));
	return l->visit(l->arg, &machine, err);
}

static enum yh_rc keep_disk(void *arg, json_t *volume, struct yh_err *err)
{
	struct listing *l = arg;
	const char *id = text(volume, "id");

	if (!yh_os_is_uuid(id))
		return YH_OK;
	if (json_object_size(l->disks) >= MACHINES_MOST)
		return yh_os_refused(l->c, err, "more than %d volumes", MACHINES_MOST);
	return json_object_set(l->disks, id, volume) == 0
		       ? YH_OK
		       : yh_fail(err, YH_TOO_LARGE, "memory-short");
}

static enum yh_rc server_and_holder(void *arg, json_t *server, struct yh_err *err)
{
	struct listing *l = arg;
	const char *id = yh_json_text(json_object_get(server, "metadata"), "yunheng_id");

	if (!yh_os_is_uuid(text(server, "id")) || strcmp(text(server, "status"), "DELETED") == 0)
		return YH_OK;
	if (id && json_object_set_new(l->holders, id, json_true()) != 0)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	return list_server(l, server, err);
}

enum yh_rc yh_os_list(struct yh_cloud *c, yh_cloud_machine_fn visit, void *arg, struct yh_err *err)
{
	YH_JSON_AUTO disks = json_object();
	YH_JSON_AUTO holders = json_object();
	struct listing l = {
		.c = c, .visit = visit, .arg = arg, .disks = disks, .holders = holders
	};
	const char *key;
	json_t *volume;
	enum yh_rc rc = disks && holders ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");

	if (rc == YH_OK && c->endpoint[YH_OS_VOLUME])
		rc = yh_os_each(c, YH_OS_VOLUME, "/volumes/detail", "volumes", keep_disk, &l, err);
	if (rc == YH_OK)
		rc = yh_os_each(c, YH_OS_COMPUTE, "/servers/detail", "servers", server_and_holder,
				&l, err);
	json_object_foreach(disks, key, volume) if (rc == YH_OK) rc = list_disk(&l, volume, err);
	return rc;
}
