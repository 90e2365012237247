/* What the project has, whoever made it: servers with the disks that are theirs, and disks by
 * themselves. And the live load of ours. */
#include "clouds/openstack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"

enum { MACHINES_MOST = 200000, SPARE_MS = 30000 };

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

static bool runs(const json_t *server)
{
	return !yh_os_is_among("SHUTOFF|SHELVED|SHELVED_OFFLOADED|ERROR|DELETED|SOFT_DELETED",
			       text(server, "status"));
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
					    .running = runs(server),
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

struct sampling {
	struct yh_cloud *c;
	yh_cloud_sample_fn visit;
	void *arg;
	json_t *servers;      /* of ours that run */
	json_t *before, *now; /* id -> [processor time, when] */
};

static enum yh_rc keep_ours(void *arg, json_t *server, struct yh_err *err)
{
	struct sampling *s = arg;

	if (!runs(server) || !yh_os_is_uuid(text(server, "id")) ||
	    !text(json_object_get(server, "metadata"), "yunheng_resource")[0])
		return YH_OK;
	return json_array_append(s->servers, server) == 0
		       ? YH_OK
		       : yh_fail(err, YH_TOO_LARGE, "memory-short");
}

/* The share of its processors that it used since it was last looked at; negative: not known yet. */
static double cpu_share(struct sampling *s, const char *id, const json_t *cpus)
{
	int64_t spent = 0, at = yh_monotonic_ms(), before_ns, before_at;
	json_t *last = json_object_get(s->before, id);
	size_t n = json_array_size(cpus), i;
	const json_t *one;
	double share = -1;

	json_array_foreach(cpus, i, one) spent += number(one, "time");
	if (n == 0 || spent <= 0)
		return -1;
	before_ns = json_integer_value(json_array_get(last, 0));
	before_at = json_integer_value(json_array_get(last, 1));
	if (last && spent >= before_ns && at > before_at)
		share = (double)(spent - before_ns) / ((double)(at - before_at) * 1e6 * (double)n);
	(void)json_object_set_new(s->now, id,
				  json_pack("[I,I]", (json_int_t)spent, (json_int_t)at));
	return share > 1 ? 1 : share;
}

static enum yh_rc tell(struct sampling *s, const json_t *server, const json_t *d,
		       struct yh_err *err)
{
	const json_t *memory = json_object_get(d, "memory_details");
	struct yh_cloud_sample out = { .ref = text(server, "id"),
				       .resource_no = text(json_object_get(server, "metadata"),
							   "yunheng_resource"),
				       .device = "" };
	double cpu = cpu_share(s, out.ref, json_object_get(d, "cpu_details"));
	enum yh_rc rc = YH_OK;

	if (cpu >= 0) {
		out.metric = "resource_cpu_usage_ratio";
		out.value = cpu;
		rc = s->visit(s->arg, &out, err);
	}
	if (rc == YH_OK && number(memory, "maximum") > 0) {
		out.metric = "resource_memory_total_bytes";
		out.value = (double)number(memory, "maximum") * 1048576.0;
		rc = s->visit(s->arg, &out, err);
		out.metric = "resource_memory_used_bytes";
		out.value = (double)number(memory, "used") * 1048576.0;
		if (rc == YH_OK)
			rc = s->visit(s->arg, &out, err);
	}
	return rc;
}

static enum yh_rc diagnose(struct sampling *s, const json_t *server, struct yh_err *err)
{
	YH_JSON_AUTO d = NULL;
	char path[YH_OS_PATH];
	struct yh_os_ask ask = { .service = YH_OS_COMPUTE,
				 .method = "GET",
				 .path = path,
				 .absent_ok = true,
				 .conflict_ok = true }; /* it is just being moved */
	enum yh_rc rc;

	(void)snprintf(path, sizeof path, "/servers/%s/diagnostics", text(server, "id"));
	rc = yh_os_call(s->c, &ask, &d, NULL, err);
	return rc == YH_OK && d ? tell(s, server, d, err) : rc;
}

/* Nova is asked server by server: of more than one call's time allows for, the rest come next. */
enum yh_rc yh_os_sample(struct yh_cloud *c, yh_cloud_sample_fn visit, void *arg, struct yh_err *err)
{
	YH_JSON_AUTO ours = json_array();
	YH_JSON_AUTO before = NULL;
	struct sampling s = { .c = c, .visit = visit, .arg = arg, .servers = ours };
	size_t n, first, done = 0;
	enum yh_rc rc;

	s.now = json_object();
	if (!ours || !s.now) {
		json_decref(s.now);
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	}
	s.before = before = yh_os_take_seen(c, &first);
	rc = yh_os_each(c, YH_OS_COMPUTE, "/servers/detail?status=ACTIVE", "servers", keep_ours, &s,
			err);
	n = json_array_size(ours);
	for (; rc == YH_OK && done < n && yh_monotonic_ms() < c->ends_ms - SPARE_MS; done++)
		rc = diagnose(&s, json_array_get(ours, (first + done) % n), err);
	if ((done < n || rc != YH_OK) && before) /* those not looked at */
		(void)json_object_update_missing(s.now, before);
	yh_os_put_seen(c, s.now, n > 0 ? (first + done) % n : 0);
	return rc;
}
