/* Servers: made, resized, stopped, started, deleted. Each step looks first at what is there, and
 * takes up from it. */
#include "clouds/openstack.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"

enum { TAG_MOST = 60 }; /* Nova's bound on a tag */

static const char *status_of(const json_t *server)
{
	const char *s = yh_json_text(server, "status");

	return s ? s : "";
}

static bool is(const json_t *server, const char *status)
{
	return strcmp(status_of(server), status) == 0;
}

static const char *id_of(const json_t *server)
{
	const char *id = yh_json_text(server, "id");

	return id && yh_os_is_uuid(id) ? id : "";
}

static enum yh_rc act_if(struct yh_cloud *c, const json_t *server, json_t *body, bool done_ok,
			 struct yh_err *err)
{
	char path[YH_OS_PATH];
	struct yh_os_ask ask = { .service = YH_OS_COMPUTE,
				 .method = "POST",
				 .path = path,
				 .body = body,
				 .has_body = true,
				 .invalid_ok = done_ok,
				 .conflict_ok = done_ok };

	(void)snprintf(path, sizeof path, "/servers/%s/action", id_of(server));
	return yh_os_call(c, &ask, NULL, NULL, err);
}

/* Unless something is being done with it already: that is waited for. */
static enum yh_rc act(struct yh_cloud *c, const json_t *server, json_t *body, struct yh_err *err)
{
	if (yh_json_text(server, "OS-EXT-STS:task_state")) {
		json_decref(body);
		return YH_OK;
	}
	return act_if(c, server, body, false, err);
}

/* Looks at it again: NULL when it is gone. */
static enum yh_rc look(struct yh_cloud *c, const char *id, json_t **server, struct yh_err *err)
{
	YH_JSON_AUTO reply = NULL;
	enum yh_rc rc = yh_os_get(c, YH_OS_COMPUTE, &reply, err, "/servers/%s", id);

	yh_json_put(server);
	if (rc == YH_OK && reply) {
		*server = json_incref(json_object_get(reply, "server"));
		if (!*server)
			return yh_os_unreachable(c, err, "the answer has no server");
	}
	return rc;
}

static enum yh_rc broken(struct yh_cloud *c, const json_t *server, struct yh_err *err)
{
	const char *why = yh_json_text(json_object_get(server, "fault"), "message");

	return yh_os_refused(c, err, "server %s: %s", status_of(server), why ? why : "");
}

/* Waits until the server has one of the statuses ("ACTIVE|SHUTOFF"). REFUSED when it breaks. */
static enum yh_rc wait_for(struct yh_cloud *c, const char *wanted, json_t **server,
			   struct yh_err *err)
{
	char id[64];
	enum yh_rc rc;

	(void)snprintf(id, sizeof id, "%s", id_of(*server));
	for (;;) {
		if (is(*server, "ERROR"))
			return broken(c, *server, err);
		if (yh_os_is_among(wanted, status_of(*server)))
			return YH_OK;
		if (!yh_os_pause(c))
			return yh_os_working(c, status_of(*server), err);
		rc = look(c, id, server, err);
		if (rc != YH_OK)
			return rc;
		if (!*server)
			return yh_os_refused(c, err, "server %s is gone", id);
	}
}

static void add_tag(json_t *tags, const char *prefix, const char *value)
{
	char tag[YH_OS_TAG * 2];

	if (!value[0] || strpbrk(value, "/,") ||
	    (size_t)snprintf(tag, sizeof tag, "%s%s", prefix, value) > TAG_MOST)
		return;
	(void)json_array_append_new(tags, json_string(tag));
}

/* The disk that its flavor gives it, which may be none of what was applied for. */
static const char *kind_of_disk(const struct yh_cloud *c, const struct yh_cloud_order *o)
{
	char choice[YH_OS_CHOICE];

	if (yh_os_dim(o->dims, o->n_dims, "block_gib") == 0)
		return "system";
	return yh_os_for_item(c, o, "volume_type", "volume_types", choice) ? "volume" : "flavor";
}

/* What it boots from: a volume of ours, or the image. */
static enum yh_rc add_source(struct yh_cloud *c, const struct yh_cloud_order *o, json_t *server,
			     struct yh_err *err)
{
	YH_JSON_AUTO volume = NULL;
	char image[64];
	enum yh_rc rc;

	if (strcmp(kind_of_disk(c, o), "volume") != 0) {
		rc = yh_os_image(c, o, image, err);
		if (rc == YH_OK)
			(void)json_object_set_new(server, "imageRef", json_string(image));
		return rc;
	}
	rc = yh_os_find_volume(c, o, NULL, &volume, err);
	if (rc == YH_OK && !volume)
		return yh_os_refused(c, err, "its volume is gone");
	if (rc == YH_OK)
		(void)json_object_set_new(server, "block_device_mapping_v2",
					  json_pack("[{s:i,s:s,s:s,s:s,s:b}]", "boot_index", 0,
						    "uuid", id_of(volume), "source_type", "volume",
						    "destination_type", "volume",
						    "delete_on_termination", 0));
	return rc;
}

static enum yh_rc add_network(struct yh_cloud *c, const struct yh_cloud_order *o, json_t *server,
			      struct yh_err *err)
{
	YH_JSON_AUTO port = NULL;
	enum yh_rc rc;

	if (!yh_cloud_value(c->cfg, "network")) {
		(void)json_object_set_new(server, "networks", json_string("none"));
		return YH_OK;
	}
	rc = yh_os_find_port(c, o, &port, err);
	if (rc == YH_OK && !port)
		return yh_os_refused(c, err, "its port is gone");
	if (rc == YH_OK)
		(void)json_object_set_new(server, "networks",
					  json_pack("[{s:s}]", "port", id_of(port)));
	return rc;
}

static enum yh_rc describe(struct yh_cloud *c, const struct yh_cloud_order *o, const char *flavor,
			   json_t *server, struct yh_err *err)
{
	const char *zone = yh_cloud_value(c->cfg, "availability_zone");
	json_t *metadata = yh_os_metadata(o), *tags = json_array();
	char tag[YH_OS_TAG];
	enum yh_rc rc;

	(void)json_object_set_new(metadata, "yunheng_disk", json_string(kind_of_disk(c, o)));
	add_tag(tags, "", yh_os_tag(o, tag));
	add_tag(tags, "resource:", o->resource_no);
	add_tag(tags, "case:", o->case_no);
	(void)json_object_set_new(server, "name", json_string(o->resource_no));
	(void)json_object_set_new(server, "flavorRef", json_string(flavor));
	(void)json_object_set_new(server, "metadata", metadata);
	(void)json_object_set_new(server, "tags", tags);
	if (zone)
		(void)json_object_set_new(server, "availability_zone", json_string(zone));
	rc = add_source(c, o, server, err);
	return rc == YH_OK ? add_network(c, o, server, err) : rc;
}

/* The size of a new server: without a disk applied for, its flavor has the system's alone. */
static enum yh_rc new_size(const struct yh_cloud *c, const struct yh_cloud_order *o,
			   struct yh_os_size *size, struct yh_err *err)
{
	const char *system = yh_cloud_value(c->cfg, "system_disk_gib");
	enum yh_rc rc = yh_os_size_of(c, o->dims, o->n_dims, size, err);

	if (rc == YH_OK && strcmp(kind_of_disk(c, o), "flavor") != 0) {
		size->disk_gib = 0;
		if (strcmp(kind_of_disk(c, o), "system") == 0 && system)
			size->disk_gib = strtol(system, NULL, 10);
	}
	return rc;
}

static enum yh_rc create(struct yh_cloud *c, const struct yh_cloud_order *o, json_t **out,
			 struct yh_err *err)
{
	YH_JSON_AUTO reply = NULL;
	YH_JSON_AUTO server = json_object();
	struct yh_os_size size = { 0 };
	char flavor[256], id[64];
	enum yh_rc rc = new_size(c, o, &size, err);

	if (rc == YH_OK)
		rc = yh_os_flavor(c, &size, flavor, err);
	if (rc == YH_OK)
		rc = describe(c, o, flavor, server, err);
	if (rc == YH_OK)
		rc = yh_os_post(c, YH_OS_COMPUTE, "/servers", json_pack("{s:O}", "server", server),
				&reply, err);
	if (rc != YH_OK)
		return rc;
	(void)snprintf(id, sizeof id, "%s", id_of(json_object_get(reply, "server")));
	if (!id[0])
		return yh_os_unreachable(c, err, "the answer names no server");
	rc = look(c, id, out, err);
	if (rc == YH_OK && !*out) /* not there yet */
		return yh_os_working(c, "BUILD", err);
	return rc;
}

enum yh_rc yh_os_server_make(struct yh_cloud *c, const struct yh_cloud_order *o,
			     char ref[YH_CLOUD_REF], struct yh_err *err)
{
	YH_JSON_AUTO server = NULL;
	enum yh_rc rc = yh_os_find_server(c, o, ref, &server, err);

	if (rc == YH_OK && !server && ref[0])
		return yh_os_refused(c, err, "server %s is gone", ref);
	if (rc == YH_OK && !server)
		rc = create(c, o, &server, err);
	if (rc != YH_OK)
		return rc;
	(void)snprintf(ref, YH_CLOUD_REF, "%s", id_of(server));
	rc = wait_for(c, "ACTIVE|SHUTOFF", &server, err);
	if (rc == YH_OK && is(server, "SHUTOFF")) {
		rc = act(c, server, json_pack("{s:n}", "os-start"), err);
		if (rc == YH_OK)
			rc = look(c, ref, &server, err);
		if (rc == YH_OK && server)
			rc = wait_for(c, "ACTIVE", &server, err);
	}
	return rc;
}

/* What it shall have: what the order does not name, and a disk that is a volume, stay. */
static enum yh_rc wanted_size(struct yh_cloud *c, const json_t *server,
			      const struct yh_cloud_dim *dims, size_t n, struct yh_os_size *have,
			      struct yh_os_size *want, struct yh_err *err)
{
	const json_t *f = json_object_get(server, "flavor"),
		     *m = json_object_get(server, "metadata");
	const char *disk = yh_json_text(m, "yunheng_disk"),
		   *image = yh_json_text(json_object_get(server, "image"), "id");
	enum yh_rc rc;

	*have = (struct yh_os_size){ json_integer_value(json_object_get(f, "vcpus")),
				     json_integer_value(json_object_get(f, "ram")),
				     json_integer_value(json_object_get(f, "disk")) };
	*want = *have;
	rc = yh_os_size_of(c, dims, n, want, err);
	if (!image || (disk && strcmp(disk, "flavor") != 0))
		want->disk_gib = have->disk_gib;
	return rc;
}

static bool same(const struct yh_os_size *a, const struct yh_os_size *b)
{
	return a->vcpus == b->vcpus && a->ram_mib == b->ram_mib && a->disk_gib == b->disk_gib;
}

/* A resize that is done waits to be confirmed; one to another size than is wanted now (whose
 * refusal came too late to be heard) is taken back. */
static enum yh_rc settle(struct yh_cloud *c, const struct yh_cloud_dim *dims, size_t n,
			 json_t **server, struct yh_err *err)
{
	struct yh_os_size have, want;
	char id[64];
	enum yh_rc rc;

	(void)snprintf(id, sizeof id, "%s", id_of(*server));
	rc = wait_for(c, "ACTIVE|SHUTOFF|VERIFY_RESIZE", server, err);
	if (rc != YH_OK || !is(*server, "VERIFY_RESIZE"))
		return rc;
	rc = wanted_size(c, *server, dims, n, &have, &want, err);
	if (rc == YH_OK)
		/* one that is being confirmed is refused and looks as before */
		rc = act_if(
			c, *server,
			json_pack("{s:n}", same(&have, &want) ? "confirmResize" : "revertResize"),
			true, err);
	if (rc == YH_OK)
		rc = look(c, id, server, err);
	if (rc == YH_OK && !*server)
		return yh_os_refused(c, err, "server %s is gone", id);
	return rc == YH_OK ? wait_for(c, "ACTIVE|SHUTOFF", server, err) : rc;
}

static enum yh_rc resize(struct yh_cloud *c, const struct yh_cloud_dim *dims, size_t n,
			 json_t **server, struct yh_err *err)
{
	struct yh_os_size have, want;
	char flavor[256], id[64];
	enum yh_rc rc = settle(c, dims, n, server, err);

	if (rc == YH_OK)
		rc = wanted_size(c, *server, dims, n, &have, &want, err);
	if (rc != YH_OK || same(&have, &want))
		return rc;
	(void)snprintf(id, sizeof id, "%s", id_of(*server));
	rc = yh_os_flavor(c, &want, flavor, err);
	if (rc == YH_OK)
		rc = act_if(c, *server, json_pack("{s:{s:s}}", "resize", "flavorRef", flavor),
			    false, err);
	if (rc == YH_OK)
		rc = look(c, id, server, err);
	if (rc == YH_OK && !*server)
		return yh_os_refused(c, err, "server %s is gone", id);
	if (rc == YH_OK)
		rc = settle(c, dims, n, server, err);
	if (rc == YH_OK)
		rc = wanted_size(c, *server, dims, n, &have, &want, err);
	/* Nova gives up by leaving it as it was */
	if (rc == YH_OK && !same(&have, &want))
		return yh_os_refused(c, err, "the server was not resized");
	return rc;
}

static enum yh_rc theirs(struct yh_cloud *c, const struct yh_cloud_order *o, const char *ref,
			 json_t **server, struct yh_err *err)
{
	enum yh_rc rc = yh_os_find_server(c, o, ref, server, err);

	if (rc == YH_OK && !*server)
		return yh_os_refused(c, err, "server %s is gone", ref[0] ? ref : o->resource_no);
	return rc;
}

enum yh_rc yh_os_server_resize(struct yh_cloud *c, const struct yh_cloud_order *o,
			       char ref[YH_CLOUD_REF], struct yh_err *err)
{
	YH_JSON_AUTO server = NULL;
	enum yh_rc rc = theirs(c, o, ref, &server, err);

	if (rc == YH_OK)
		rc = resize(c, o->dims, o->n_dims, &server, err);
	return rc == YH_OK ? yh_os_note_case(c, YH_OS_COMPUTE, "servers", id_of(server), o, err)
			   : rc;
}

enum yh_rc yh_os_server_unresize(struct yh_cloud *c, const struct yh_cloud_order *o,
				 char ref[YH_CLOUD_REF], struct yh_err *err)
{
	YH_JSON_AUTO server = NULL;
	enum yh_rc rc = yh_os_find_server(c, o, ref, &server, err);

	return rc == YH_OK && server ? resize(c, o->before, o->n_before, &server, err) : rc;
}

/* STOPPED in Nova's words; a server on the shelf runs nowhere either. */
static bool is_stopped(const json_t *server)
{
	return yh_os_is_among("SHUTOFF|SHELVED|SHELVED_OFFLOADED", status_of(server));
}

enum yh_rc yh_os_server_stop(struct yh_cloud *c, const struct yh_cloud_order *o,
			     char ref[YH_CLOUD_REF], struct yh_err *err)
{
	YH_JSON_AUTO server = NULL;
	char id[64];
	enum yh_rc rc = theirs(c, o, ref, &server, err);

	if (rc != YH_OK)
		return rc;
	(void)snprintf(id, sizeof id, "%s", id_of(server));
	rc = yh_os_note_before(c, server, !is_stopped(server), o, err);
	if (rc == YH_OK)
		rc = yh_os_note_case(c, YH_OS_COMPUTE, "servers", id, o, err);
	if (rc != YH_OK || is_stopped(server))
		return rc;
	rc = act(c, server, json_pack("{s:n}", "os-stop"), err);
	while (rc == YH_OK && server && !is_stopped(server)) {
		if (!yh_os_pause(c))
			return yh_os_working(c, status_of(server), err);
		rc = look(c, id, &server, err);
	}
	return rc == YH_OK && !server ? yh_os_refused(c, err, "server %s is gone", id) : rc;
}

/* Takes a stop back: one that was off stays off. */
enum yh_rc yh_os_server_start(struct yh_cloud *c, const struct yh_cloud_order *o,
			      char ref[YH_CLOUD_REF], struct yh_err *err)
{
	YH_JSON_AUTO server = NULL;
	char id[64];
	enum yh_rc rc = yh_os_find_server(c, o, ref, &server, err);

	if (rc != YH_OK || !server || !yh_os_ran_before(server, o))
		return rc;
	(void)snprintf(id, sizeof id, "%s", id_of(server));
	if (is(server, "SHUTOFF")) {
		rc = act(c, server, json_pack("{s:n}", "os-start"), err);
		if (rc == YH_OK)
			rc = look(c, id, &server, err);
		if (rc == YH_OK && server)
			rc = wait_for(c, "ACTIVE", &server, err);
	}
	return rc == YH_OK && server ? yh_os_forget_before(c, server, err) : rc;
}

enum yh_rc yh_os_server_remove(struct yh_cloud *c, const struct yh_cloud_order *o,
			       char ref[YH_CLOUD_REF], struct yh_err *err)
{
	YH_JSON_AUTO server = NULL;
	char path[YH_OS_PATH], id[64];
	enum yh_rc rc = yh_os_find_server(c, o, ref, &server, err);

	if (rc != YH_OK || !server)
		return rc;
	(void)snprintf(id, sizeof id, "%s", id_of(server));
	(void)snprintf(path, sizeof path, "/servers/%s", id);
	rc = yh_os_delete(c, YH_OS_COMPUTE, path, err);
	while (rc == YH_OK && server) {
		rc = look(c, id, &server, err);
		if (rc == YH_OK && server && is(server, "SOFT_DELETED"))
			return YH_OK;
		if (rc == YH_OK && server && !yh_os_pause(c))
			return yh_os_working(c, status_of(server), err);
	}
	return rc;
}
