/* The live load of servers: Nova's diagnostics, asked server by server. Whose they are is for the
 * caller to know: those that were there before Yunheng have no marks. How much memory is in use
 * Nova cannot say (its figure is what the guest was given): agents tell. */
#include "clouds/openstack.h"

#include <stdio.h>
#include <string.h>

enum { SPARE_MS = 30000 };

struct sampling {
	struct yh_cloud *c;
	yh_cloud_sample_fn visit;
	void *arg;
	json_t *servers;
	json_t *before, *now; /* id -> [processor time, when] */
	struct yh_cloud_sample out;
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

bool yh_os_runs(const json_t *server)
{
	return !yh_os_is_among("SHUTOFF|SHELVED|SHELVED_OFFLOADED|ERROR|DELETED|SOFT_DELETED",
			       text(server, "status"));
}

static enum yh_rc tell(struct sampling *s, const char *metric, const char *device, double value,
		       struct yh_err *err)
{
	s->out.metric = metric;
	s->out.device = device;
	s->out.value = value;
	return s->visit(s->arg, &s->out, err);
}

static void name(struct sampling *s, const json_t *server)
{
	s->out = (struct yh_cloud_sample){ .ref = text(server, "id"),
					   .resource_no = text(json_object_get(server, "metadata"),
							       "yunheng_resource") };
}

/* Of all of them whether they run; those that do are kept to be asked. */
static enum yh_rc is_up(void *arg, json_t *server, struct yh_err *err)
{
	struct sampling *s = arg;
	bool up = yh_os_runs(server);
	enum yh_rc rc;

	if (!yh_os_is_uuid(text(server, "id")))
		return YH_OK;
	name(s, server);
	rc = tell(s, "resource_up", "", up ? 1 : 0, err);
	if (rc == YH_OK && strcmp(text(server, "status"), "ACTIVE") == 0 &&
	    json_array_append(s->servers, server) != 0)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	return rc;
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

/* Two counters of each disk or card, which is called by `by`, or by its place. */
static enum yh_rc tell_devices(struct sampling *s, const json_t *list, const char *by,
			       const char *const keys[2], const char *const metrics[2],
			       struct yh_err *err)
{
	enum yh_rc rc = YH_OK;
	const json_t *one;
	char place[32];
	size_t i;

	json_array_foreach(list, i, one)
	{
		const char *device = by ? yh_json_text(one, by) : NULL;

		(void)snprintf(place, sizeof place, "%zu", i);
		for (size_t k = 0; rc == YH_OK && k < 2; k++)
			if (json_is_integer(json_object_get(one, keys[k])))
				rc = tell(s, metrics[k], device ? device : place,
					  (double)number(one, keys[k]), err);
	}
	return rc;
}

static enum yh_rc tell_load(struct sampling *s, const json_t *server, const json_t *d,
			    struct yh_err *err)
{
	static const char *const disk[] = { "read_bytes", "write_bytes" }, *const card[] = {
		"rx_octets", "tx_octets"
	};
	static const char *const disk_to[] = { "resource_disk_read_bytes_total",
					       "resource_disk_written_bytes_total" };
	static const char *const card_to[] = { "resource_network_receive_bytes_total",
					       "resource_network_transmit_bytes_total" };
	const json_t *flavor = json_object_get(server, "flavor");
	double cpu = cpu_share(s, text(server, "id"), json_object_get(d, "cpu_details"));
	enum yh_rc rc;

	name(s, server);
	rc = tell(s, "resource_cpu_cores", "", (double)number(flavor, "vcpus"), err);
	if (rc == YH_OK)
		rc = tell(s, "resource_memory_total_bytes", "",
			  (double)number(flavor, "ram") * 1048576.0, err);
	if (rc == YH_OK && cpu >= 0)
		rc = tell(s, "resource_cpu_usage_ratio", "", cpu, err);
	if (rc == YH_OK)
		rc = tell_devices(s, json_object_get(d, "disk_details"), NULL, disk, disk_to, err);
	if (rc == YH_OK)
		rc = tell_devices(s, json_object_get(d, "nic_details"), "mac_address", card,
				  card_to, err);
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
	return rc == YH_OK && d ? tell_load(s, server, d, err) : rc;
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
	rc = yh_os_each(c, YH_OS_COMPUTE, "/servers/detail", "servers", is_up, &s, err);
	n = json_array_size(ours);
	for (; rc == YH_OK && done < n && yh_monotonic_ms() < c->ends_ms - SPARE_MS; done++)
		rc = diagnose(&s, json_array_get(ours, (first + done) % n), err);
	if ((done < n || rc != YH_OK) && before) /* those not looked at */
		(void)json_object_update_missing(s.now, before);
	yh_os_put_seen(c, s.now, n > 0 ? (first + done) % n : 0);
	return rc;
}
