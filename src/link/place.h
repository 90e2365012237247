/* Where a document's things stand here. The receiver derives every id; organisations, projects and
 * items are named by code, and what is not the other side's is refused. */
#ifndef YH_LINK_PLACE_H
#define YH_LINK_PLACE_H

#include "link/stream.h"
#include "store/mirror.h"

/* The id of what the other side calls `key`: of the cloud that is its, so that it stays when the
 * two are paired anew. `what` is project, resource, item … */
struct yh_id yh_link_id(const struct yh_link_peer *peer, const char *what, const char *key);

/* Which rows here are theirs, and which ours go to them. */
struct yh_mirror_of yh_link_theirs(const struct yh_link_peer *peer);
struct yh_mirror_of yh_link_ours(const struct yh_link_peer *peer);

/* BAD_INPUT "link-missing", "link-foreign" (figures what, key), "link-key" (figures key, wanted).
 */
enum yh_rc yh_link_missing(struct yh_err *err, const char *field, const char *what,
			   const char *key);
enum yh_rc yh_link_foreign(struct yh_err *err, const char *field, const char *what,
			   const char *key);
YH_CHECK enum yh_rc yh_link_keyed(const char *key, const char *wanted, struct yh_err *err);

/* A text of letters, digits and . _ - that begins with a letter or digit, in `size` bytes with its
 * end; "/" where `paths`. The member is there. BAD_INPUT "form-code". */
YH_CHECK enum yh_rc yh_link_code(const json_t *body, const char *name, char *out, size_t size,
				 struct yh_err *err);
/* A text of the document, in `size` bytes with its end; "" where it is absent. BAD_INPUT
 * "form-length". */
YH_CHECK enum yh_rc yh_link_text(const json_t *body, const char *name, char *out, size_t size,
				 struct yh_err *err);
/* An instant or a day of the document; absent: 0, YH_DAY_NONE. BAD_INPUT "time-invalid". */
YH_CHECK enum yh_rc yh_link_time(const json_t *body, const char *name, yh_time *out,
				 struct yh_err *err);
YH_CHECK enum yh_rc yh_link_day(const json_t *body, const char *name, yh_day *out,
				struct yh_err *err);

/* The unit of the district that `name` gives the code of. */
YH_CHECK enum yh_rc yh_link_unit(struct yh_ctx *cx, const struct yh_link_peer *peer,
				 const json_t *body, const char *name, struct yh_id *out,
				 struct yh_err *err);
/* A project on their cloud, of a unit of the district; the second leaves *out zero when there is
 * none. */
YH_CHECK enum yh_rc yh_link_project(struct yh_ctx *cx, const struct yh_link_peer *peer,
				    const json_t *body, const char *name, struct yh_id *out,
				    struct yh_err *err);
YH_CHECK enum yh_rc yh_link_find_project(struct yh_ctx *cx, const struct yh_link_peer *peer,
					 const char *code, struct yh_id *out, struct yh_err *err);
/* The item that "edition" and "item" name, of their cloud's catalogue. */
YH_CHECK enum yh_rc yh_link_item(struct yh_ctx *cx, const struct yh_link_peer *peer,
				 const json_t *body, struct yh_id *out, struct yh_err *err);
/* The resource of this number and its cloud; where none is, the id it would have, and zero. */
YH_CHECK enum yh_rc yh_link_resource(struct yh_ctx *cx, const struct yh_link_peer *peer,
				     const char *no, struct yh_id *out, struct yh_id *cloud,
				     struct yh_err *err);
/* The case of this number here, which is about their cloud or the district's units; else where it
 * would stand, when it begins with their cloud's code; absent: where none does. BAD_INPUT
 * "link-foreign". */
YH_CHECK enum yh_rc yh_link_case(struct yh_ctx *cx, const struct yh_link_peer *peer,
				 const json_t *body, const char *name, struct yh_id *out,
				 struct yh_err *err);
/* Does a number begin with the code of their cloud and a dash? */
YH_CHECK enum yh_rc yh_link_numbered(struct yh_ctx *cx, const struct yh_link_peer *peer,
				     const char *field, const char *what, const char *no,
				     struct yh_err *err);

/* ---- for who builds ---- */

/* Adds a member that says an instant, a day or a text; nothing for 0, YH_DAY_NONE and "" or NULL.
 * INTERNAL "memory-short". */
YH_CHECK enum yh_rc yh_link_say(json_t *body, const char *name, const char *text,
				struct yh_err *err);
YH_CHECK enum yh_rc yh_link_say_time(json_t *body, const char *name, yh_time t, struct yh_err *err);
YH_CHECK enum yh_rc yh_link_say_day(json_t *body, const char *name, yh_day day, struct yh_err *err);
/* Says what was packed, or that memory is short. */
YH_CHECK enum yh_rc yh_link_packed(json_t *v, json_t **out, struct yh_err *err);

/* Emits a page of keys of several lists, each with what stands before its keys, in order. */
struct yh_link_list {
	const char *lead; /* "org/" */
	enum yh_mirror_list list;
};
YH_CHECK enum yh_rc yh_link_list_keys(struct yh_ctx *cx, const struct yh_mirror_of *of,
				      const struct yh_link_list *lists, size_t n_lists,
				      const char *after, size_t n, yh_link_key_fn emit, void *arg,
				      struct yh_err *err);

#endif
