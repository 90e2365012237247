/* Volumes and snapshots: the disk of a server that boots from one, or a disk that is a resource by
 * itself. */
#include "clouds/openstack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"

static const char *text(const json_t *v, const char *key)
{
	const char *t = yh_json_text(v, key);

	return t ? t : "";
}

/* Looks at one of Cinder's or Glance's: `key` NULL when the answer is the object itself. */
static enum yh_rc look(struct yh_cloud *c, enum yh_os_service service, const char *collection,
		       const char *key, const char *id, json_t **out, struct yh_err *err)
{
	YH_JSON_AUTO reply = NULL;
	enum yh_rc rc = yh_os_get(c, service, &reply, err, "/%s/%s", collection, id);

	yh_json_put(out);
	if (rc == YH_OK && reply) {
		*out = json_incref(key ? json_object_get(reply, key) : reply);
		if (!*out)
			return yh_os_unreachable(c, err, "the answer has no %s", key);
	}
	return rc;
}

/* Waits for one of the statuses; with `going` those that lead there: any other is a refusal. */
static enum yh_rc wait_for(struct yh_cloud *c, enum yh_os_service service, const char *collection,
			   const char *key, const char *done, const char *going, json_t **v,
			   struct yh_err *err)
{
	char id[64];
	enum yh_rc rc = YH_OK;

	(void)snprintf(id, sizeof id, "%s", text(*v, "id"));
	if (!yh_os_is_uuid(id))
		return yh_os_unreachable(c, err, "the answer names nothing");
	while (rc == YH_OK) {
		if (!*v)
			return yh_os_refused(c, err, "%s %s is gone", collection, id);
		if (yh_os_is_among(done, text(*v, "status")))
			return YH_OK;
		if (!yh_os_is_among(going, text(*v, "status")))
			return yh_os_refused(c, err, "%s %s: %s", collection, text(*v, "status"),
					     id);
		if (!yh_os_pause(c))
			return yh_os_working(c, text(*v, "status"), err);
		rc = look(c, service, collection, key, id, v, err);
	}
	return rc;
}

static enum yh_rc gone(struct yh_cloud *c, enum yh_os_service service, const char *collection,
		       const char *key, const char *id, struct yh_err *err)
{
	char path[YH_OS_PATH];
	enum yh_rc rc;

	(void)snprintf(path, sizeof path, "/%s/%s", collection, id);
	rc = yh_os_delete(c, service, path, err);
	while (rc == YH_OK) {
		YH_JSON_AUTO v = NULL;

		rc = look(c, service, collection, key, id, &v, err);
		if (rc != YH_OK || !v)
			return rc;
		if (strncmp(text(v, "status"), "error", 5) == 0)
			return yh_os_refused(c, err, "%s %s: %s", collection, text(v, "status"),
					     id);
		if (!yh_os_pause(c))
			return yh_os_working(c, text(v, "status"), err);
	}
	return rc;
}

static const char volume_done[] = "available|in-use|reserved|attaching|detaching",
		  volume_going[] = "creating|downloading|extending|uploading|backing-up|retyping|"
				   "maintenance|awaiting-transfer|restoring-backup";

static enum yh_rc settled(struct yh_cloud *c, json_t **volume, struct yh_err *err)
{
	return wait_for(c, YH_OS_VOLUME, "volumes", "volume", volume_done, volume_going, volume,
			err);
}

/* Cinder's unit is the GiB: what is asked for fits into what is made. */
static int64_t gib_of(int64_t milli)
{
	return (milli + 999) / 1000;
}

static enum yh_rc create(struct yh_cloud *c, const struct yh_cloud_order *o, json_t **volume,
			 struct yh_err *err)
{
	char choice[YH_OS_CHOICE];
	const char *type = yh_os_for_item(c, o, "volume_type", "volume_types", choice),
		   *zone = yh_cloud_value(c->cfg, "volume_zone");
	int64_t milli = yh_os_dim(o->dims, o->n_dims, "block_gib");
	json_t *v = json_object(), *m = yh_os_metadata(o);
	YH_JSON_AUTO reply = NULL;
	char image[64], exact[YH_SCALED_TEXT];
	enum yh_rc rc = YH_OK;

	(void)json_object_set_new(m, "yunheng_block_gib",
				  json_string(yh_scaled_text(milli, 3, exact)));
	(void)json_object_set_new(v, "size", json_integer(gib_of(milli)));
	(void)json_object_set_new(v, "name", json_string(o->resource_no));
	(void)json_object_set_new(v, "metadata", m);
	if (type)
		(void)json_object_set_new(v, "volume_type", json_string(type));
	if (zone)
		(void)json_object_set_new(v, "availability_zone", json_string(zone));
	if (yh_os_dim(o->dims, o->n_dims, "vcpu") > 0) {
		rc = yh_os_image(c, o, image, err);
		if (rc == YH_OK)
			(void)json_object_set_new(v, "imageRef", json_string(image));
	}
	if (rc != YH_OK) {
		json_decref(v);
		return rc;
	}
	rc = yh_os_post(c, YH_OS_VOLUME, "/volumes", json_pack("{s:o}", "volume", v), &reply, err);
	if (rc == YH_OK)
		*volume = json_incref(json_object_get(reply, "volume"));
	return rc;
}

enum yh_rc yh_os_volume_make(struct yh_cloud *c, const struct yh_cloud_order *o,
			     char ref[YH_CLOUD_REF], struct yh_err *err)
{
	bool alone = yh_os_dim(o->dims, o->n_dims, "vcpu") == 0;
	YH_JSON_AUTO volume = NULL;
	enum yh_rc rc = yh_os_find_volume(c, o, ref, &volume, err);

	if (rc == YH_OK && !volume && alone && ref[0])
		return yh_os_refused(c, err, "volume %s is gone", ref);
	if (rc == YH_OK && !volume)
		rc = create(c, o, &volume, err);
	if (rc == YH_OK && !yh_os_is_uuid(text(volume, "id")))
		return yh_os_unreachable(c, err, "the answer names no volume");
	if (rc == YH_OK && alone)
		(void)snprintf(ref, YH_CLOUD_REF, "volume/%s", text(volume, "id"));
	return rc == YH_OK ? settled(c, &volume, err) : rc;
}

static enum yh_rc note(struct yh_cloud *c, const json_t *volume, const char *key, const char *value,
		       struct yh_err *err)
{
	char path[YH_OS_PATH];

	(void)snprintf(path, sizeof path, "/volumes/%s/metadata", text(volume, "id"));
	return yh_os_post(c, YH_OS_VOLUME, path, json_pack("{s:{s:s}}", "metadata", key, value),
			  NULL, err);
}

/* There is no volume of ours: then the disk must be the flavor's, which was resized before. */
static enum yh_rc no_volume(struct yh_cloud *c, const struct yh_cloud_order *o, const char *ref,
			    struct yh_err *err)
{
	YH_JSON_AUTO server = NULL;
	enum yh_rc rc;

	if (yh_os_volume_ref(ref))
		return yh_os_refused(c, err, "volume %s is gone", ref);
	rc = yh_os_find_server(c, o, ref, &server, err);
	if (rc != YH_OK)
		return rc;
	if (!json_is_object(json_object_get(server, "image")) ||
	    strcmp(text(json_object_get(server, "metadata"), "yunheng_disk"), "system") == 0)
		return yh_os_refused(c, err, "the server has no disk of ours to extend");
	return YH_OK;
}

enum yh_rc yh_os_volume_extend(struct yh_cloud *c, const struct yh_cloud_order *o,
			       char ref[YH_CLOUD_REF], struct yh_err *err)
{
	int64_t milli = yh_os_dim(o->dims, o->n_dims, "block_gib"), want = gib_of(milli), have;
	char path[YH_OS_PATH], exact[YH_SCALED_TEXT];
	YH_JSON_AUTO volume = NULL;
	enum yh_rc rc = YH_OK;

	if (milli == 0)
		return YH_OK;
	if (c->endpoint[YH_OS_VOLUME])
		rc = yh_os_find_volume(c, o, ref, &volume, err);
	if (rc == YH_OK && !volume)
		return no_volume(c, o, ref, err);
	if (rc == YH_OK)
		rc = settled(c, &volume, err);
	if (rc != YH_OK)
		return rc;
	have = json_integer_value(json_object_get(volume, "size"));
	if (have > want)
		return yh_os_refused(c, err, "a volume of %lld GiB cannot shrink to %lld",
				     (long long)have, (long long)want);
	(void)snprintf(path, sizeof path, "/volumes/%s/action", text(volume, "id"));
	if (have < want) {
		rc = yh_os_post(c, YH_OS_VOLUME, path,
				json_pack("{s:{s:I}}", "os-extend", "new_size", (json_int_t)want),
				NULL, err);
		if (rc == YH_OK) {
			(void)snprintf(path, sizeof path, "%s", text(volume, "id"));
			rc = look(c, YH_OS_VOLUME, "volumes", "volume", path, &volume, err);
		}
		if (rc == YH_OK)
			rc = settled(c, &volume, err);
		if (rc == YH_OK && json_integer_value(json_object_get(volume, "size")) < want)
			return yh_os_refused(c, err, "the volume was not extended");
	}
	if (rc == YH_OK)
		rc = note(c, volume, "yunheng_block_gib", yh_scaled_text(milli, 3, exact), err);
	return rc == YH_OK ? yh_os_note_case(c, YH_OS_VOLUME, "volumes", text(volume, "id"), o, err)
			   : rc;
}

/* A disk by itself does not run: that it is stopped is noted on it. */
static enum yh_rc set_state(struct yh_cloud *c, const struct yh_cloud_order *o, const char *ref,
			    const char *state, bool needed, struct yh_err *err)
{
	YH_JSON_AUTO volume = NULL;
	enum yh_rc rc = yh_os_find_volume(c, o, ref, &volume, err);

	if (rc != YH_OK || !volume)
		return rc == YH_OK && needed ? yh_os_refused(c, err, "volume %s is gone", ref) : rc;
	rc = note(c, volume, "yunheng_state", state, err);
	return rc == YH_OK ? yh_os_note_case(c, YH_OS_VOLUME, "volumes", text(volume, "id"), o, err)
			   : rc;
}

enum yh_rc yh_os_volume_stop(struct yh_cloud *c, const struct yh_cloud_order *o,
			     char ref[YH_CLOUD_REF], struct yh_err *err)
{
	return set_state(c, o, ref, "stopped", true, err);
}

enum yh_rc yh_os_volume_start(struct yh_cloud *c, const struct yh_cloud_order *o,
			      char ref[YH_CLOUD_REF], struct yh_err *err)
{
	return set_state(c, o, ref, "running", false, err);
}

enum yh_rc yh_os_volume_remove(struct yh_cloud *c, const struct yh_cloud_order *o,
			       char ref[YH_CLOUD_REF], struct yh_err *err)
{
	YH_JSON_AUTO volume = NULL;
	char id[64];
	enum yh_rc rc;

	if (!c->endpoint[YH_OS_VOLUME])
		return YH_OK;
	rc = yh_os_find_volume(c, o, ref, &volume, err);
	if (rc != YH_OK || !volume)
		return rc;
	(void)snprintf(id, sizeof id, "%s", text(volume, "id"));
	return gone(c, YH_OS_VOLUME, "volumes", "volume", id, err);
}

/* A snapshot is called after the resource and the case that allowed it. */
static void snapshot_name(const struct yh_cloud_order *o, char out[256])
{
	(void)snprintf(out, 256, "%.120s@%.120s", o->resource_no, o->case_no);
}

/* Both kinds: of volumes with Cinder, of servers that boot from an image with Glance. */
struct kind {
	enum yh_os_service service;
	const char *list, *collection, *key, *plural, *done, *going;
};
static const struct kind of_volume = { YH_OS_VOLUME, "/snapshots/detail", "snapshots", "snapshot",
				       "snapshots",  "available",         "creating" };
static const struct kind of_server = {
	YH_OS_IMAGE, "/v2/images", "v2/images", NULL, "images", "active", "queued|saving|importing"
};

static bool belongs(const json_t *one, const struct yh_cloud_order *o)
{
	/* Glance keeps properties beside its own members */
	return yh_os_is_ours(json_object_get(one, "metadata"), o, NULL) ||
	       yh_os_is_ours(one, o, NULL);
}

/* Those of the order's resource; with `name` only of that name. */
static enum yh_rc snapshots(struct yh_cloud *c, const struct kind *k,
			    const struct yh_cloud_order *o, const char *name, json_t **found,
			    struct yh_err *err)
{
	YH_FREE_AUTO char *escaped = name ? yh_http_escape(name) : NULL;
	YH_JSON_AUTO all = NULL;
	char path[YH_OS_PATH * 2];
	json_t *one;
	enum yh_rc rc;
	size_t i;

	*found = json_array();
	if (!*found || (name && !escaped))
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	(void)snprintf(path, sizeof path, "%s%s%s", k->list, name ? "?name=" : "",
		       name ? escaped : "");
	rc = yh_os_all(c, k->service, path, k->plural, &all, err);
	json_array_foreach(all, i, one) if (belongs(one, o) && yh_os_is_uuid(text(one, "id")))(void)
		json_array_append(*found, one);
	return rc;
}

static enum yh_rc snapshot(struct yh_cloud *c, const struct yh_cloud_order *o, const struct kind *k,
			   const json_t *of, struct yh_err *err)
{
	YH_JSON_AUTO found = NULL;
	YH_JSON_AUTO one = NULL;
	YH_JSON_AUTO reply = NULL;
	char name[256], path[YH_OS_PATH];
	const char *id = text(of, "id");
	enum yh_rc rc;

	snapshot_name(o, name);
	rc = snapshots(c, k, o, name, &found, err);
	if (rc != YH_OK)
		return rc;
	if (json_array_size(found) > 1)
		return yh_os_refused(c, err, "two snapshots are called %s", name);
	if (json_array_size(found) == 1) {
		one = json_incref(json_array_get(found, 0));
		return wait_for(c, k->service, k->collection, k->key, k->done, k->going, &one, err);
	}
	if (k == &of_volume) {
		rc = yh_os_post(c, YH_OS_VOLUME, "/snapshots",
				json_pack("{s:{s:s,s:s,s:b,s:o}}", "snapshot", "volume_id", id,
					  "name", name, "force", 1, "metadata", yh_os_metadata(o)),
				&reply, err);
		one = json_incref(json_object_get(reply, "snapshot"));
	} else {
		(void)snprintf(path, sizeof path, "/servers/%s/action", id);
		rc = yh_os_post(c, YH_OS_COMPUTE, path,
				json_pack("{s:{s:s,s:o}}", "createImage", "name", name, "metadata",
					  yh_os_metadata(o)),
				&reply, err);
		if (rc == YH_OK && yh_os_is_uuid(text(reply, "image_id")))
			rc = look(c, YH_OS_IMAGE, k->collection, NULL, text(reply, "image_id"),
				  &one, err);
	}
	return rc == YH_OK ? wait_for(c, k->service, k->collection, k->key, k->done, k->going, &one,
				      err)
			   : rc;
}

enum yh_rc yh_os_snapshot_make(struct yh_cloud *c, const struct yh_cloud_order *o,
			       char ref[YH_CLOUD_REF], struct yh_err *err)
{
	YH_JSON_AUTO server = NULL;
	YH_JSON_AUTO volume = NULL;
	enum yh_rc rc = YH_OK;

	if (!yh_os_volume_ref(ref)) {
		rc = yh_os_find_server(c, o, ref, &server, err);
		if (rc == YH_OK && !server)
			return yh_os_refused(c, err, "server %s is gone", ref);
		if (rc == YH_OK && json_is_object(json_object_get(server, "image")))
			return snapshot(c, o, &of_server, server, err);
	}
	if (rc == YH_OK)
		rc = yh_os_find_volume(c, o, ref, &volume, err);
	if (rc == YH_OK && !volume)
		return yh_os_refused(c, err, "its volume is gone");
	return rc == YH_OK ? snapshot(c, o, &of_volume, volume, err) : rc;
}

static enum yh_rc remove_them(struct yh_cloud *c, const struct yh_cloud_order *o, const char *name,
			      struct yh_err *err)
{
	const struct kind *const kinds[] = { &of_volume, &of_server };
	enum yh_rc rc = YH_OK;

	for (size_t k = 0; rc == YH_OK && k < YH_LEN(kinds); k++) {
		YH_JSON_AUTO found = NULL;
		json_t *one;
		size_t i;

		if (!c->endpoint[kinds[k]->service])
			continue;
		rc = snapshots(c, kinds[k], o, name, &found, err);
		json_array_foreach(found, i, one) if (rc == YH_OK) rc =
			gone(c, kinds[k]->service, kinds[k]->collection, kinds[k]->key,
			     text(one, "id"), err);
	}
	return rc;
}

enum yh_rc yh_os_snapshot_remove(struct yh_cloud *c, const struct yh_cloud_order *o,
				 char ref[YH_CLOUD_REF], struct yh_err *err)
{
	char name[256];

	(void)ref;
	snapshot_name(o, name);
	return remove_them(c, o, name, err);
}

enum yh_rc yh_os_snapshot_remove_all(struct yh_cloud *c, const struct yh_cloud_order *o,
				     char ref[YH_CLOUD_REF], struct yh_err *err)
{
	(void)ref;
	return remove_them(c, o, NULL, err);
}
