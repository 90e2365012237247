/* Where a document's things stand here. */
#include "link/place.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "store/register.h"

struct yh_id yh_link_id(const struct yh_link_peer *peer, const char *what, const char *key)
{
	const struct yh_piece pieces[] = { { peer->cloud.b, sizeof peer->cloud.b },
					   { what, strlen(what) },
					   { key, strlen(key) } };
	struct yh_sm3 digest = yh_sm3_of_pieces(pieces, sizeof pieces / sizeof pieces[0]);
	struct yh_id id;

	memcpy(id.b, digest.b, sizeof id.b);
	return id;
}

struct yh_mirror_of yh_link_theirs(const struct yh_link_peer *peer)
{
	return (struct yh_mirror_of){ .cloud = peer->cloud, .district = peer->district };
}

struct yh_mirror_of yh_link_ours(const struct yh_link_peer *peer)
{
	return (struct yh_mirror_of){ .cloud = peer->home, .district = peer->district };
}

static enum yh_rc blame(struct yh_err *err, const char *slug, const char *field, const char *what,
			const char *key)
{
	struct yh_err e = { 0 };

	(void)yh_fail(&e, YH_BAD_INPUT, slug);
	yh_err_field(&e, "/%s", field);
	yh_err_text(&e, "what", what);
	yh_err_text(&e, "key", key);
	if (err && err->rc == YH_OK)
		*err = e;
	return YH_BAD_INPUT;
}

enum yh_rc yh_link_missing(struct yh_err *err, const char *field, const char *what, const char *key)
{
	return blame(err, "link-missing", field, what, key);
}

enum yh_rc yh_link_foreign(struct yh_err *err, const char *field, const char *what, const char *key)
{
	return blame(err, "link-foreign", field, what, key);
}

enum yh_rc yh_link_keyed(const char *key, const char *wanted, struct yh_err *err)
{
	enum yh_rc rc;

	if (strcmp(key, wanted) == 0)
		return YH_OK;
	rc = yh_fail(err, YH_BAD_INPUT, "link-key");
	yh_err_text(err, "key", key);
	yh_err_text(err, "wanted", wanted);
	return rc;
}

static enum yh_rc fault(struct yh_err *err, const char *slug, const char *name)
{
	enum yh_rc rc = yh_fail(err, YH_BAD_INPUT, slug);

	yh_err_field(err, "/%s", name);
	return rc;
}

enum yh_rc yh_link_code(const json_t *body, const char *name, char *out, size_t size,
			struct yh_err *err)
{
	const char *text = yh_json_text(body, name);
	size_t n = text ? strlen(text) : 0;
	bool ok = n > 0 && n < size && isalnum((unsigned char)text[0]);

	for (size_t i = 0; ok && i < n; i++) {
		unsigned char c = (unsigned char)text[i];

		ok = c < 0x80 && (isalnum(c) || strchr("._-", c));
	}
	if (!ok)
		return fault(err, "link-code", name);
	memcpy(out, text, n + 1);
	return YH_OK;
}

enum yh_rc yh_link_text(const json_t *body, const char *name, char *out, size_t size,
			struct yh_err *err)
{
	const char *text = yh_json_text(body, name);
	size_t n = text ? strlen(text) : 0;
	enum yh_rc rc;

	if (n >= size) {
		rc = fault(err, "form-length", name);
		yh_err_int(err, "length", (int64_t)n);
		yh_err_int(err, "least", 0);
		yh_err_int(err, "most", (int64_t)size - 1);
		return rc;
	}
	if (n)
		memcpy(out, text, n);
	out[n] = 0;
	return YH_OK;
}

enum yh_rc yh_link_time(const json_t *body, const char *name, yh_time *out, struct yh_err *err)
{
	const char *text = yh_json_text(body, name);

	*out = 0;
	if (text && (yh_time_parse(text, out, NULL) != YH_OK || *out <= 0))
		return fault(err, "time-invalid", name);
	return YH_OK;
}

enum yh_rc yh_link_day(const json_t *body, const char *name, yh_day *out, struct yh_err *err)
{
	const char *text = yh_json_text(body, name);

	*out = YH_DAY_NONE;
	return text ? yh_day_parse(text, out, err) : YH_OK;
}

/* ---- what is named ---- */

enum yh_rc yh_link_unit(struct yh_ctx *cx, const struct yh_link_peer *peer, const json_t *body,
			const char *name, struct yh_id *out, struct yh_err *err)
{
	struct yh_err none = { 0 };
	struct yh_org_row org;
	char code[sizeof org.code];
	enum yh_rc rc = yh_link_code(body, name, code, sizeof code, err);

	if (rc != YH_OK)
		return rc;
	rc = yh_org_by_code(cx->tx, code, cx->arena, &org, &none);
	if (rc == YH_NOT_FOUND)
		return yh_link_missing(err, name, "org", code);
	if (rc != YH_OK) {
		*err = none;
		return rc;
	}
	if (strcmp(org.kind, "unit") != 0 || strcmp(org.district, peer->district) != 0)
		return yh_link_foreign(err, name, "org", code);
	*out = org.id;
	return YH_OK;
}

/* One that arrived stands under its derived id, whatever its code became; one that both sides knew
 * before under its code. */
enum yh_rc yh_link_find_project(struct yh_ctx *cx, const struct yh_link_peer *peer,
				const char *code, struct yh_id *out, struct yh_err *err)
{
	const struct yh_mirror_of theirs = yh_link_theirs(peer);
	struct yh_id id = yh_link_id(peer, "project", code);
	const char *key;
	enum yh_rc rc =
		yh_mirror_key_of(cx->tx, YH_MIRROR_PROJECTS, &theirs, &id, cx->arena, &key, err);

	if (rc == YH_OK && key[0]) {
		*out = id;
		return YH_OK;
	}
	return rc == YH_OK ? yh_mirror_id_of(cx->tx, YH_MIRROR_PROJECTS, &theirs, code, out, err)
			   : rc;
}

enum yh_rc yh_link_project(struct yh_ctx *cx, const struct yh_link_peer *peer, const json_t *body,
			   const char *name, struct yh_id *out, struct yh_err *err)
{
	char code[128];
	enum yh_rc rc = yh_link_code(body, name, code, sizeof code, err);

	if (rc == YH_OK)
		rc = yh_link_find_project(cx, peer, code, out, err);
	if (rc == YH_OK && yh_id_is_zero(out))
		rc = yh_link_missing(err, name, "project", code);
	return rc;
}

enum yh_rc yh_link_item(struct yh_ctx *cx, const struct yh_link_peer *peer, const json_t *body,
			struct yh_id *out, struct yh_err *err)
{
	const struct yh_mirror_of theirs = yh_link_theirs(peer);
	char code[64], key[YH_LINK_KEY_MAX];
	enum yh_rc rc = yh_link_code(body, "item", code, sizeof code, err);

	if (rc != YH_OK)
		return rc;
	(void)snprintf(key, sizeof key, "%06lld/%s",
		       (long long)json_integer_value(json_object_get(body, "edition")), code);
	rc = yh_mirror_id_of(cx->tx, YH_MIRROR_ITEMS, &theirs, key, out, err);
	if (rc == YH_OK && yh_id_is_zero(out))
		rc = yh_link_missing(err, "item", "item", key);
	return rc;
}

enum yh_rc yh_link_resource(struct yh_ctx *cx, const struct yh_link_peer *peer, const char *no,
			    struct yh_id *out, struct yh_id *cloud, struct yh_err *err)
{
	struct yh_resource_owner_row row;
	struct yh_err none = { 0 };
	enum yh_rc rc = yh_resource_owner(cx->tx, no, &row, &none);

	*out = yh_link_id(peer, "resource", no);
	*cloud = (struct yh_id){ { 0 } };
	if (rc == YH_OK) {
		*out = row.id;
		*cloud = row.cloud;
	}
	if (rc == YH_OK || rc == YH_NOT_FOUND)
		return YH_OK;
	*err = none;
	return rc;
}

enum yh_rc yh_link_numbered(struct yh_ctx *cx, const struct yh_link_peer *peer, const char *field,
			    const char *what, const char *no, struct yh_err *err)
{
	struct yh_cloud_row cloud;
	enum yh_rc rc = yh_cloud_load(cx->tx, &peer->cloud, cx->arena, &cloud, err);
	size_t n = rc == YH_OK ? strlen(cloud.code) : 0;

	if (rc == YH_OK && (strncmp(no, cloud.code, n) != 0 || no[n] != '-'))
		rc = yh_link_foreign(err, field, what, no);
	return rc;
}

/* A case that is here may be named by those whose it is: it is about their cloud, or about a unit
 * of the district. */
static enum yh_rc need_theirs(struct yh_ctx *cx, const struct yh_link_peer *peer, const char *name,
			      const struct yh_id *id, struct yh_err *err)
{
	struct yh_case_row c;
	struct yh_org_row unit;
	enum yh_rc rc = yh_case_load(cx->tx, id, cx->arena, &c, err);

	if (rc != YH_OK || yh_id_eq(&c.cloud, &peer->cloud))
		return rc;
	rc = yh_org_load(cx->tx, &c.unit, cx->arena, &unit, err);
	return rc == YH_OK && strcmp(unit.district, peer->district) != 0
		       ? yh_link_foreign(err, name, "case", c.no)
		       : rc;
}

enum yh_rc yh_link_case(struct yh_ctx *cx, const struct yh_link_peer *peer, const json_t *body,
			const char *name, struct yh_id *out, struct yh_err *err)
{
	struct yh_err none = { 0 };
	char no[40];
	enum yh_rc rc;

	*out = yh_link_id(peer, "case", "");
	if (!yh_json_text(body, name))
		return YH_OK;
	rc = yh_link_code(body, name, no, sizeof no, err);
	if (rc != YH_OK)
		return rc;
	rc = yh_case_id_by_no(cx->tx, no, out, &none);
	if (rc == YH_OK)
		return need_theirs(cx, peer, name, out, err);
	if (rc != YH_NOT_FOUND) {
		*err = none;
		return rc;
	}
	*out = yh_link_id(peer, "case", no);
	return yh_link_numbered(cx, peer, name, "case", no, err);
}

/* ---- for who builds ---- */

enum yh_rc yh_link_packed(json_t *v, json_t **out, struct yh_err *err)
{
	*out = v;
	return v ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");
}

enum yh_rc yh_link_say(json_t *body, const char *name, const char *text, struct yh_err *err)
{
	if (!text || !text[0])
		return YH_OK;
	return json_object_set_new(body, name, json_string(text)) == 0
		       ? YH_OK
		       : yh_fail(err, YH_TOO_LARGE, "memory-short");
}

enum yh_rc yh_link_say_time(json_t *body, const char *name, yh_time t, struct yh_err *err)
{
	char text[YH_TIME_TEXT];

	return t ? yh_link_say(body, name, yh_time_text(t, text), err) : YH_OK;
}

enum yh_rc yh_link_say_day(json_t *body, const char *name, yh_day day, struct yh_err *err)
{
	char text[YH_DAY_TEXT];

	return day == YH_DAY_NONE ? YH_OK : yh_link_say(body, name, yh_day_text(day, text), err);
}

/* A key that is too long is nobody's: its row does not go over the link. */
static enum yh_rc page(struct yh_ctx *cx, const struct yh_mirror_of *of,
		       const struct yh_link_list *l, const char *after, size_t *left,
		       yh_link_key_fn emit, void *arg, struct yh_err *err)
{
	struct yh_mirror_row *rows;
	size_t asked = 0, n = 0;
	enum yh_rc rc;

	do {
		asked = *left;
		rc = yh_mirror_keys(cx->tx, l->list, of, after, asked, cx->arena, &rows, &n, err);
		for (size_t i = 0; rc == YH_OK && i < n; i++) {
			char key[YH_LINK_KEY_MAX + 1];
			int len = snprintf(key, sizeof key, "%s%s", l->lead, rows[i].key);

			after = rows[i].key;
			if (len <= 0 || len > YH_LINK_KEY_MAX)
				continue;
			rc = emit(arg, key, err);
			--*left;
		}
	} while (rc == YH_OK && n == asked && *left > 0);
	return rc;
}

enum yh_rc yh_link_list_keys(struct yh_ctx *cx, const struct yh_mirror_of *of,
			     const struct yh_link_list *lists, size_t n_lists, const char *after,
			     size_t n, yh_link_key_fn emit, void *arg, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; rc == YH_OK && i < n_lists && n > 0; i++) {
		size_t lead = strlen(lists[i].lead);
		int order = strncmp(after, lists[i].lead, lead);

		if (order > 0)
			continue;
		rc = page(cx, of, &lists[i], order == 0 ? after + lead : "", &n, emit, arg, err);
	}
	return rc;
}
