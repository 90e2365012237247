/* Looking for what is ours, before anything is made: OpenStack's create calls are not idempotent,
 * and an answer that was lost may have made it. */
#include "clouds/openstack.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { VALUE_MOST = 255 }; /* of metadata, with Nova and Cinder alike */

bool yh_os_is_uuid(const char *text)
{
	size_t n = text ? strlen(text) : 0;

	if (n != 36)
		return false;
	for (size_t i = 0; i < n; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
			return false;
	}
	return true;
}

bool yh_os_is_among(const char *words, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = words; n > 0 && (p = strstr(p, word)); p += n)
		if ((p == words || p[-1] == '|') && (p[n] == 0 || p[n] == '|'))
			return true;
	return false;
}

const char *yh_os_volume_ref(const char *ref)
{
	return ref && strncmp(ref, "volume/", 7) == 0 && yh_os_is_uuid(ref + 7) ? ref + 7 : NULL;
}

const char *yh_os_tag(const struct yh_cloud_order *o, char out[YH_OS_TAG])
{
	char id[YH_ID_TEXT];

	(void)snprintf(out, YH_OS_TAG, "yunheng:%s", yh_id_text(&o->resource, id));
	return out;
}

/* What a metadata value cannot hold (too long, or characters that a three-byte UTF-8 of MySQL
 * refuses with an error of the server's) is left out: none of it is needed to find a machine. */
static void put(json_t *m, const char *key, const char *value)
{
	if (!value || !value[0] || strlen(value) > VALUE_MOST)
		return;
	for (const char *p = value; *p; p++)
		if ((unsigned char)*p >= 0xF0)
			return;
	(void)json_object_set_new(m, key, json_string(value));
}

json_t *yh_os_metadata(const struct yh_cloud_order *o)
{
	char id[YH_ID_TEXT];
	json_t *m = json_object();

	if (!m)
		return NULL;
	put(m, "yunheng_id", yh_id_text(&o->resource, id));
	put(m, "yunheng_resource", o->resource_no);
	put(m, "yunheng_case", o->case_no);
	put(m, "yunheng_unit", o->unit_code);
	put(m, "yunheng_project", o->project_code);
	put(m, "yunheng_system", o->system_code);
	put(m, "yunheng_item", o->item_code);
	put(m, "yunheng_name", o->name);
	return m;
}

bool yh_os_is_ours(const json_t *metadata, const struct yh_cloud_order *o, bool *foreign)
{
	const char *said = yh_json_text(metadata, "yunheng_id");
	char id[YH_ID_TEXT];
	bool ours = said && strcmp(said, yh_id_text(&o->resource, id)) == 0;

	if (foreign)
		*foreign = said && !ours;
	return ours;
}

enum yh_rc yh_os_note_case(struct yh_cloud *c, enum yh_os_service service, const char *collection,
			   const char *id, const struct yh_cloud_order *o, struct yh_err *err)
{
	json_t *m = yh_os_metadata(o);
	char path[YH_OS_PATH];

	/* the one that opened it stays */
	if (m) {
		(void)json_object_del(m, "yunheng_case");
		put(m, "yunheng_last_case", o->case_no);
	}
	(void)snprintf(path, sizeof path, "/%s/%s/metadata", collection, id);
	return yh_os_post(c, service, path, json_pack("{s:o}", "metadata", m), NULL, err);
}

/* "SH-2026-RC-000003 on": the case that stops it, and what it was. */
static const char before_key[] = "yunheng_before";

static enum yh_rc write_before(struct yh_cloud *c, const json_t *server, const char *what,
			       struct yh_err *err)
{
	char path[YH_OS_PATH];

	(void)snprintf(path, sizeof path, "/servers/%.40s/metadata", yh_json_text(server, "id"));
	return yh_os_post(c, YH_OS_COMPUTE, path,
			  json_pack("{s:{s:s}}", "metadata", before_key, what), NULL, err);
}

static const char *before(const json_t *server, const struct yh_cloud_order *o)
{
	const char *said = yh_json_text(json_object_get(server, "metadata"), before_key);
	size_t n = strlen(o->case_no);

	return said && strncmp(said, o->case_no, n) == 0 && said[n] == ' ' ? said + n + 1 : "";
}

enum yh_rc yh_os_note_before(struct yh_cloud *c, const json_t *server, bool runs,
			     const struct yh_cloud_order *o, struct yh_err *err)
{
	char what[VALUE_MOST];

	if (before(server, o)[0])
		return YH_OK;
	(void)snprintf(what, sizeof what, "%.240s %s", o->case_no, runs ? "on" : "off");
	return write_before(c, server, what, err);
}

bool yh_os_ran_before(const json_t *server, const struct yh_cloud_order *o)
{
	return strcmp(before(server, o), "on") == 0;
}

enum yh_rc yh_os_forget_before(struct yh_cloud *c, const json_t *server, struct yh_err *err)
{
	return write_before(c, server, "-", err);
}

const char *yh_os_for_item(const struct yh_cloud *c, const struct yh_cloud_order *o,
			   const char *key, const char *by_item, char out[YH_OS_CHOICE])
{
	return yh_cloud_for_item(c->cfg, o->item_code, key, by_item, out);
}

int64_t yh_os_dim(const struct yh_cloud_dim *dims, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(dims[i].name, name) == 0)
			return dims[i].qty_milli;
	return 0;
}

/* Those of a list that say they are the order's; `named` is one that has its name and is not. */
static enum yh_rc pick(struct yh_cloud *c, const struct yh_cloud_order *o, const json_t *all,
		       const char *what, json_t **found, const char **named, struct yh_err *err)
{
	json_t *one;
	size_t i;

	json_array_foreach(all, i, one)
	{
		const char *id = yh_json_text(one, "id"), *have = yh_json_text(*found, "id");

		if (!id || !yh_os_is_uuid(id))
			continue;
		if (!yh_os_is_ours(json_object_get(one, "metadata"), o, NULL)) {
			*named = id;
			continue;
		}
		if (*found && strcmp(id, have) != 0)
			return yh_os_refused(c, err, "two %ss are tagged %s: %s, %s", what,
					     o->resource_no, have, id);
		if (!*found)
			*found = json_incref(one);
	}
	return YH_OK;
}

static enum yh_rc by_ref(struct yh_cloud *c, const struct yh_cloud_order *o,
			 enum yh_os_service service, const char *collection, const char *key,
			 const char *id, json_t **out, struct yh_err *err)
{
	YH_JSON_AUTO reply = NULL;
	enum yh_rc rc = yh_os_get(c, service, &reply, err, "/%s/%s", collection, id);
	bool foreign;

	if (rc != YH_OK || !reply)
		return rc;
	*out = json_incref(json_object_get(reply, key));
	if (!*out)
		return yh_os_unreachable(c, err, "the answer has no %s", key);
	/* one that was there before Yunheng was says nothing: our register knows it */
	(void)yh_os_is_ours(json_object_get(*out, "metadata"), o, &foreign);
	if (foreign) {
		yh_json_put(out);
		return yh_os_foreign(id, err);
	}
	return YH_OK;
}

/* Nova's filter by name is a regular expression. */
static bool name_filter(const char *name, char out[256])
{
	size_t n = 0;

	out[n++] = '^';
	for (; *name && n < 250; name++) {
		if (!isalnum((unsigned char)*name) && (unsigned char)*name < 0x80)
			out[n++] = '\\';
		out[n++] = *name;
	}
	out[n++] = '$';
	out[n] = 0;
	return *name == 0;
}

static enum yh_rc among(struct yh_cloud *c, const struct yh_cloud_order *o, const char *filter,
			const char *value, json_t **found, struct yh_err *err)
{
	YH_FREE_AUTO char *escaped = yh_http_escape(value);
	YH_JSON_AUTO all = NULL;
	char path[YH_OS_PATH];
	const char *named = NULL;
	enum yh_rc rc;

	if (!escaped)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	(void)snprintf(path, sizeof path, "/servers/detail?%s=%s", filter, escaped);
	rc = yh_os_all(c, YH_OS_COMPUTE, path, "servers", &all, err);
	if (rc == YH_OK)
		rc = pick(c, o, all, "server", found, &named, err);
	if (rc == YH_OK && named && !*found)
		return yh_os_foreign(named, err);
	return rc;
}

/* By tag and by name: either may have been changed there, and a server that is just being made is
 * not found by its tag with every release. */
enum yh_rc yh_os_find_server(struct yh_cloud *c, const struct yh_cloud_order *o, const char *ref,
			     json_t **server, struct yh_err *err)
{
	char tag[YH_OS_TAG], name[256];
	enum yh_rc rc;

	*server = NULL;
	if (ref && yh_os_is_uuid(ref))
		return by_ref(c, o, YH_OS_COMPUTE, "servers", "server", ref, server, err);
	rc = among(c, o, "tags", yh_os_tag(o, tag), server, err);
	if (rc == YH_OK && name_filter(o->resource_no, name))
		rc = among(c, o, "name", name, server, err);
	if (rc != YH_OK)
		yh_json_put(server);
	return rc;
}

enum yh_rc yh_os_find_volume(struct yh_cloud *c, const struct yh_cloud_order *o, const char *ref,
			     json_t **volume, struct yh_err *err)
{
	const char *id = yh_os_volume_ref(ref), *named = NULL;
	YH_FREE_AUTO char *escaped = NULL;
	YH_JSON_AUTO all = NULL;
	char filter[128], text[YH_ID_TEXT], path[YH_OS_PATH];
	enum yh_rc rc;

	*volume = NULL;
	if (id)
		return by_ref(c, o, YH_OS_VOLUME, "volumes", "volume", id, volume, err);
	(void)snprintf(filter, sizeof filter, "{\"yunheng_id\": \"%s\"}",
		       yh_id_text(&o->resource, text));
	escaped = yh_http_escape(filter);
	if (!escaped)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	(void)snprintf(path, sizeof path, "/volumes/detail?metadata=%s", escaped);
	rc = yh_os_all(c, YH_OS_VOLUME, path, "volumes", &all, err);
	if (rc == YH_OK)
		rc = pick(c, o, all, "volume", volume, &named, err);
	if (rc != YH_OK)
		yh_json_put(volume);
	return rc;
}

enum yh_rc yh_os_find_port(struct yh_cloud *c, const struct yh_cloud_order *o, json_t **port,
			   struct yh_err *err)
{
	char tag[YH_OS_TAG], path[YH_OS_PATH];
	YH_FREE_AUTO char *escaped = yh_http_escape(yh_os_tag(o, tag));
	YH_JSON_AUTO all = NULL;
	json_t *one;
	enum yh_rc rc;
	size_t i;

	*port = NULL;
	if (!escaped)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	(void)snprintf(path, sizeof path, "/v2.0/ports?description=%s", escaped);
	rc = yh_os_all(c, YH_OS_NETWORK, path, "ports", &all, err);
	json_array_foreach(all, i, one)
	{
		const char *said = yh_json_text(one, "description"), *id = yh_json_text(one, "id");

		if (!said || strcmp(said, tag) != 0 || !id || !yh_os_is_uuid(id))
			continue;
		if (*port) {
			yh_json_put(port);
			return yh_os_refused(c, err, "two ports are marked %s", tag);
		}
		*port = json_incref(one);
	}
	return rc;
}

/* What is left of one whose destruction was begun, and refused, counts, too. */
enum yh_rc yh_os_find_any(struct yh_cloud *c, const struct yh_cloud_order *o,
			  char ref[YH_CLOUD_REF], struct yh_err *err)
{
	YH_JSON_AUTO server = NULL;
	YH_JSON_AUTO volume = NULL;
	YH_JSON_AUTO port = NULL;
	enum yh_rc rc = YH_OK;

	if (!yh_os_volume_ref(ref))
		rc = yh_os_find_server(c, o, ref, &server, err);
	if (rc == YH_OK && !server && c->endpoint[YH_OS_VOLUME])
		rc = yh_os_find_volume(c, o, ref, &volume, err);
	if (rc == YH_OK && !server && !volume && c->endpoint[YH_OS_NETWORK])
		rc = yh_os_find_port(c, o, &port, err);
	if (rc == YH_OK && !server && !volume && !port)
		return yh_os_refused(c, err, "there is no machine or volume %s",
				     ref[0] ? ref : o->resource_no);
	return rc;
}

/* One that the configuration names: by its identifier, or by a name that only one has. */
static enum yh_rc named(struct yh_cloud *c, enum yh_os_service service, const char *path,
			const char *key, const char *name, char id[64], struct yh_err *err)
{
	YH_FREE_AUTO char *escaped = yh_http_escape(name);
	YH_JSON_AUTO all = NULL;
	char full[YH_OS_PATH];
	const char *found;
	enum yh_rc rc;

	if (yh_os_is_uuid(name)) {
		(void)snprintf(id, 64, "%s", name);
		return YH_OK;
	}
	if (!escaped)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	if ((size_t)snprintf(full, sizeof full, "%s%s", path, escaped) >= sizeof full)
		return yh_os_refused(c, err, "a name is too long to be asked for");
	rc = yh_os_all(c, service, full, key, &all, err);
	if (rc != YH_OK)
		return rc;
	found = yh_json_text(json_array_get(all, 0), "id");
	if (json_array_size(all) != 1 || !found || !yh_os_is_uuid(found))
		return yh_os_refused(c, err, "%zu %s are called %s", json_array_size(all), key,
				     name);
	(void)snprintf(id, 64, "%s", found);
	return YH_OK;
}

enum yh_rc yh_os_image(struct yh_cloud *c, const struct yh_cloud_order *o, char id[64],
		       struct yh_err *err)
{
	char choice[YH_OS_CHOICE];

	return named(c, YH_OS_IMAGE, "/v2/images?status=active&name=", "images",
		     yh_os_for_item(c, o, "image", "images", choice), id, err);
}

enum yh_rc yh_os_network(struct yh_cloud *c, char id[64], struct yh_err *err)
{
	return named(c, YH_OS_NETWORK, "/v2.0/networks?name=", "networks",
		     yh_cloud_value(c->cfg, "network"), id, err);
}
