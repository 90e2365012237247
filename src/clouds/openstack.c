/* Fulfilment by OpenStack: servers with their ports, disks of their flavor or volumes, and disks by
 * themselves. */
#include "clouds/openstack.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"

enum { WAIT_MOST_S = 50, DISK_MOST_GIB = 65536 };

static const struct yh_cloud_key keys[] = {
	{ "auth_url", YH_CLOUD_URL, true, NULL }, /* Keystone's, with /v3 */
	{ "region", YH_CLOUD_TEXT, false, NULL },
	{ "interface", YH_CLOUD_TEXT, false, "public|internal|admin" },
	{ "project", YH_CLOUD_TEXT, true, NULL },
	{ "user", YH_CLOUD_TEXT, true, NULL },
	{ "domain", YH_CLOUD_TEXT, false, NULL }, /* of both; Default */
	{ "password_file", YH_CLOUD_FILE, true, NULL },
	{ "ca", YH_CLOUD_FILE, false, NULL },
	{ "image", YH_CLOUD_TEXT, true, NULL },
	{ "network", YH_CLOUD_TEXT, false, NULL }, /* without: servers have no port */
	{ "availability_zone", YH_CLOUD_TEXT, false, NULL },
	{ "images", YH_CLOUD_TEXT, false, NULL },       /* by item, see yh_os_for_item */
	{ "volume_type", YH_CLOUD_TEXT, false, NULL },  /* without: disks are their flavor's */
	{ "volume_types", YH_CLOUD_TEXT, false, NULL }, /* by item */
	{ "volume_zone", YH_CLOUD_TEXT, false, NULL },
	{ "system_disk_gib", YH_CLOUD_TEXT, false, NULL },
	{ "flavor_prefix", YH_CLOUD_TEXT, false, NULL },
	{ "wait_s", YH_CLOUD_TEXT, false, NULL },
	{ NULL, YH_CLOUD_TEXT, false, NULL },
};

/* What an order may consist of. `undo` NULL: it cannot be taken back. */
static const struct step {
	const char *name;
	enum yh_rc (*run)(struct yh_cloud *c, const struct yh_cloud_order *o,
			  char ref[YH_CLOUD_REF], struct yh_err *err);
	enum yh_rc (*undo)(struct yh_cloud *c, const struct yh_cloud_order *o,
			   char ref[YH_CLOUD_REF], struct yh_err *err);
} steps_known[] = {
	{ "port", yh_os_port_make, yh_os_port_remove },
	{ "volume", yh_os_volume_make, yh_os_volume_remove },
	{ "server", yh_os_server_make, yh_os_server_remove },
	{ "resize", yh_os_server_resize, yh_os_server_unresize },
	{ "extend", yh_os_volume_extend, NULL },
	{ "stop", yh_os_server_stop, yh_os_server_start },
	{ "set-aside", yh_os_volume_stop, yh_os_volume_start },
	{ "snapshot", yh_os_snapshot_make, yh_os_snapshot_remove },
	{ "find", yh_os_find_any, NULL },
	{ "delete-server", yh_os_server_remove, NULL },
	{ "delete-snapshots", yh_os_snapshot_remove_all, NULL },
	{ "delete-volume", yh_os_volume_remove, NULL },
	{ "delete-port", yh_os_port_remove, NULL },
};

static enum yh_rc wrong(const struct yh_cloud_config *cfg, const char *detail, struct yh_err *err)
{
	enum yh_rc rc = yh_fail(err, YH_BAD_INPUT, "cloud-config");

	yh_err_text(err, "cloud", cfg->code);
	yh_err_text(err, "detail", detail);
	return rc;
}

static bool is_number(const char *text, long most)
{
	size_t n = text ? strlen(text) : 0;

	return !text || (n > 0 && n < 8 && strspn(text, "0123456789") == n &&
			 strtol(text, NULL, 10) <= most);
}

static enum yh_rc check(const struct yh_cloud_config *cfg, struct yh_err *err)
{
	const char *auth = yh_cloud_value(cfg, "auth_url"), *tail = strstr(auth, "/v3");
	struct stat st;

	if (!tail || (strcmp(tail, "/v3") != 0 && strcmp(tail, "/v3/") != 0))
		return wrong(cfg, "auth_url: …/v3", err);
	if (!is_number(yh_cloud_value(cfg, "wait_s"), WAIT_MOST_S))
		return wrong(cfg, "wait_s: 0–50", err);
	if (!is_number(yh_cloud_value(cfg, "system_disk_gib"), DISK_MOST_GIB))
		return wrong(cfg, "system_disk_gib: 0–65536", err);
	if (stat(yh_cloud_value(cfg, "password_file"), &st) == 0 && (st.st_mode & S_IROTH))
		return wrong(cfg, "password_file: o+r", err);
	return YH_OK;
}

static enum yh_rc open_cloud(const struct yh_cloud_config *cfg, const atomic_bool *stop,
			     struct yh_cloud **out, struct yh_err *err)
{
	struct yh_cloud *c = calloc(1, sizeof *c);

	*out = NULL;
	if (c)
		*c = (struct yh_cloud){ .cfg = cfg, .stop = stop, .line = yh_http_line_new() };
	if (!c || !c->line) {
		free(c);
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	}
	yh_os_recall(c);
	*out = c;
	return YH_OK;
}

static void close_cloud(struct yh_cloud *c)
{
	if (!c)
		return;
	yh_os_forget(c);
	yh_http_line_free(c->line);
	free(c);
}

/* With a token to begin with: what the catalogue has is known in every step. */
static enum yh_rc begin(struct yh_cloud *c, const char *step, struct yh_err *err)
{
	yh_os_begin(c, step);
	return c->token ? YH_OK : yh_os_authenticate(c, err);
}

static enum yh_rc ping(struct yh_cloud *c, struct yh_err *err)
{
	YH_JSON_AUTO reply = NULL;
	enum yh_rc rc = begin(c, "ping", err);

	return rc == YH_OK ? yh_os_get(c, YH_OS_COMPUTE, &reply, err, "/flavors?limit=1") : rc;
}

/* Its size is said in words of this driver's, and in no others. */
static bool can_make(const struct yh_cloud_dim *dims, size_t n)
{
	static const char *const known[] = { "vcpu", "memory_gib", "block_gib" };
	int64_t vcpu = yh_os_dim(dims, n, "vcpu"), memory = yh_os_dim(dims, n, "memory_gib");

	for (size_t i = 0; i < n; i++) {
		size_t k = 0;

		while (k < YH_LEN(known) && strcmp(known[k], dims[i].name) != 0)
			k++;
		if (k == YH_LEN(known) && dims[i].qty_milli != 0)
			return false;
	}
	return vcpu > 0 ? memory > 0 : memory == 0 && yh_os_dim(dims, n, "block_gib") > 0;
}

static size_t steps_of_open(const struct yh_cloud *c, const struct yh_cloud_order *o,
			    const char *const **names)
{
	static const char *const all[] = { "port", "volume", "server" };
	static const char *const without_port[] = { "volume", "server" };
	static const char *const without_volume[] = { "port", "server" };
	static const char *const bare[] = { "server" };
	char choice[YH_OS_CHOICE];
	bool port = yh_cloud_value(c->cfg, "network"),
	     volume = yh_os_for_item(c, o, "volume_type", "volume_types", choice) &&
		      yh_os_dim(o->dims, o->n_dims, "block_gib") > 0;

	if (!can_make(o->dims, o->n_dims))
		return 0;
	if (yh_os_dim(o->dims, o->n_dims, "vcpu") == 0) {
		*names = without_port;
		return 1;
	}
	*names = port && volume ? all : port ? without_volume : volume ? without_port : bare;
	return port && volume ? 3 : port || volume ? 2 : 1;
}

/* Of a machine that people opened the identifier says whether it is one of this cloud's. */
static size_t steps(const struct yh_cloud *c, const struct yh_cloud_order *o,
		    const char *const **names)
{
	static const char *const resize[] = { "resize", "extend" };
	static const char *const stop[] = { "stop", "snapshot" };
	static const char *const set_aside[] = { "set-aside", "snapshot" };
	static const char *const destroy[] = { "find", "delete-server", "delete-snapshots",
					       "delete-volume", "delete-port" };
	static const char *const destroy_disk[] = { "find", "delete-snapshots", "delete-volume" };
	bool disk = yh_os_volume_ref(o->provider_ref) != NULL;

	if (o->act == YH_CLOUD_OPEN)
		return steps_of_open(c, o, names);
	if (o->provider_ref && !disk && !yh_os_is_uuid(o->provider_ref))
		return 0;
	switch (o->act) {
	case YH_CLOUD_RESIZE:
		if (!can_make(o->dims, o->n_dims))
			return 0;
		*names = disk ? resize + 1 : resize;
		return disk ? 1 : 2;
	case YH_CLOUD_STOP:
		*names = disk ? set_aside : stop;
		return o->snapshot ? 2 : 1;
	default:
		*names = disk ? destroy_disk : destroy;
		return disk ? YH_LEN(destroy_disk) : YH_LEN(destroy);
	}
}

static const struct step *known(const char *name)
{
	for (size_t i = 0; i < YH_LEN(steps_known); i++)
		if (strcmp(steps_known[i].name, name) == 0)
			return &steps_known[i];
	return NULL;
}

/* The identifier so far, also where the order knows one that the caller has not passed. */
static void start_ref(const struct yh_cloud_order *o, const char *ref, char out[YH_CLOUD_REF])
{
	if ((!ref || !ref[0]) && o->provider_ref)
		ref = o->provider_ref;
	(void)snprintf(out, YH_CLOUD_REF, "%s", ref ? ref : "");
}

static enum yh_rc step(struct yh_cloud *c, const struct yh_cloud_order *o, const char *name,
		       char ref[YH_CLOUD_REF], struct yh_err *err)
{
	const struct step *s = known(name);
	char so_far[YH_CLOUD_REF];
	enum yh_rc rc = begin(c, name, err);

	if (rc != YH_OK)
		return rc;
	if (!s)
		return yh_os_refused(c, err, "no step is called %s", name);
	start_ref(o, ref, so_far);
	rc = s->run(c, o, so_far, err);
	if (o->act == YH_CLOUD_OPEN)
		memcpy(ref, so_far, sizeof so_far);
	return rc;
}

static enum yh_rc undo(struct yh_cloud *c, const struct yh_cloud_order *o, const char *name,
		       const char *ref, bool *kept, struct yh_err *err)
{
	const struct step *s = known(name);
	struct yh_err why = { 0 };
	char so_far[YH_CLOUD_REF];
	enum yh_rc rc;

	*kept = !s || !s->undo;
	if (*kept)
		return YH_OK;
	rc = begin(c, name, err);
	if (rc != YH_OK)
		return rc;
	start_ref(o, ref, so_far);
	rc = s->undo(c, o, so_far, &why);
	/* what goes by the name of an opening and is foreign, is none that it has made */
	if (rc == YH_CONFLICT && o->act == YH_CLOUD_OPEN)
		return YH_OK;
	if (rc != YH_OK && err)
		*err = why;
	return rc;
}

static enum yh_rc list(struct yh_cloud *c, yh_cloud_machine_fn visit, void *arg, struct yh_err *err)
{
	enum yh_rc rc = begin(c, "list", err);

	return rc == YH_OK ? yh_os_list(c, visit, arg, err) : rc;
}

static enum yh_rc sample(struct yh_cloud *c, yh_cloud_sample_fn visit, void *arg,
			 struct yh_err *err)
{
	enum yh_rc rc = begin(c, "sample", err);

	return rc == YH_OK ? yh_os_sample(c, visit, arg, err) : rc;
}

static enum yh_rc capacity(struct yh_cloud *c, yh_cloud_room_fn visit, void *arg,
			   struct yh_err *err)
{
	enum yh_rc rc = begin(c, "capacity", err);

	return rc == YH_OK ? yh_os_room(c, visit, arg, err) : rc;
}

const struct yh_cloud_driver *yh_cloud_driver_openstack(void)
{
	static const struct yh_cloud_driver openstack = { .name = "openstack",
							  .keys = keys,
							  .by_machine = true,
							  .check = check,
							  .open = open_cloud,
							  .close = close_cloud,
							  .ping = ping,
							  .steps = steps,
							  .step = step,
							  .undo = undo,
							  .list = list,
							  .sample = sample,
							  .capacity = capacity };

	return &openstack;
}
