/* The stream `case`, split by who does what. Documents are in docs/link.zh-CN.md. */
#ifndef YH_LINK_CASE_INTERNAL_H
#define YH_LINK_CASE_INTERNAL_H

#include "cases/abroad.h"
#include "link/stream.h"

/* The schema of what an outcome of a step comes with; NULL: of none. */
const json_t *yh_case_form_of(const struct yh_procedure *p, const char *step, const char *outcome);
/* Rewrites what a form refers to, by its schema (NULL: as it is): out of a server, resources,
 * projects and cases by number or code, documents by the id that they have where they come from;
 * into one, back to ids where they are known here, else as they came. Texts, "" for none; in the
 * arena. */
YH_CHECK enum yh_rc yh_case_text_out(struct yh_ctx *cx, const struct yh_link_peer *peer,
				     const json_t *schema, const char *text, const char **out,
				     struct yh_err *err);
YH_CHECK enum yh_rc yh_case_text_in(struct yh_ctx *cx, const struct yh_link_peer *peer,
				    const json_t *schema, const char *text, const char **out,
				    struct yh_err *err);

/* A text member, or "" when it may be absent; BAD_INPUT "link-field" with the pointer when it is
 * missing, no text, or longer than `size` - 1 bytes. */
YH_CHECK enum yh_rc yh_case_field(const json_t *body, const char *name, bool needed, char *out,
				  size_t size, struct yh_err *err);
#define YH_CASE_FIELD(body, name, needed, out, err)                                                \
	yh_case_field((body), (name), (needed), (out), sizeof(out), (err))
/* A label, of the shape that names in packs have; "": none. What is asked of labels takes them into
 * patterns. */
YH_CHECK enum yh_rc yh_case_label_told(const json_t *body, char *out, size_t size,
				       struct yh_err *err);
/* The same, of any length up to 64 KiB; in the arena. */
YH_CHECK enum yh_rc yh_case_long(struct yh_ctx *cx, const json_t *body, const char *name,
				 const char **out, struct yh_err *err);
/* An instant; 0 for "". The second: no later than now. */
YH_CHECK enum yh_rc yh_case_time(const json_t *body, const char *name, yh_time *out,
				 struct yh_err *err);
YH_CHECK enum yh_rc yh_case_instant(struct yh_ctx *cx, const json_t *body, const char *name,
				    yh_time *out, struct yh_err *err);
YH_CHECK enum yh_rc yh_case_date(const json_t *body, const char *name, yh_day *out,
				 struct yh_err *err);
/* Into a new object; memory that is short shows when it is packed. */
void yh_case_say(json_t *body, const char *name, const char *text);
/* Its label goes along, where it has more than the lowest. */
YH_CHECK enum yh_rc yh_case_say_label(struct yh_ctx *cx, json_t *body,
				      const struct yh_case_row *row, struct yh_err *err);
void yh_case_say_time(json_t *body, const char *name, yh_time t);
void yh_case_say_day(json_t *body, const char *name, yh_day day);

/* At the district: what goes up. *body NULL: nothing of that key. */
YH_CHECK enum yh_rc yh_case_up_build(struct yh_ctx *cx, const struct yh_link_peer *peer,
				     const char *key, json_t **body, struct yh_err *err);
/* At the city: what comes up. */
YH_CHECK enum yh_rc yh_case_up_apply(struct yh_ctx *cx, const struct yh_link_peer *peer,
				     const char *key, const json_t *body, struct yh_err *err);
/* At the city: what came up was passed over by an operator; its people hear so. */
YH_CHECK enum yh_rc yh_case_up_skipped(struct yh_ctx *cx, const struct yh_link_peer *peer,
				       const char *key, const char *reason, struct yh_err *err);
/* At the city: how a case stands. */
YH_CHECK enum yh_rc yh_case_down_build(struct yh_ctx *cx, const struct yh_link_peer *peer,
				       const char *no, json_t **body, struct yh_err *err);
/* At the district: how a case stands at the city. */
YH_CHECK enum yh_rc yh_case_down_apply(struct yh_ctx *cx, const struct yh_link_peer *peer,
				       const char *no, const json_t *body, struct yh_err *err);

/* ---- what cases and acts that come up share ---- */

/* Who did it at the district, as one who acts here. */
struct yh_case_far {
	struct yh_ctx cx;
	struct yh_actor actor;
	struct yh_grant grant;
	char name[128], role[32];
};
/* From "by", "role" and the organisation that `org_field` names: one of the peer's district. */
YH_CHECK enum yh_rc yh_case_as_far(struct yh_ctx *cx, const struct yh_link_peer *peer,
				   const json_t *body, const char *org_field, struct yh_case_far *f,
				   struct yh_err *err);
/* The text member, parsed, with ids of here; NULL: "". */
YH_CHECK enum yh_rc yh_case_parse_form(struct yh_ctx *cx, const struct yh_link_peer *peer,
				       const json_t *schema, const json_t *body, const char *field,
				       const json_t **out, struct yh_err *err);
/* Is it an answer to who sent it, or a failure of ours? */
bool yh_case_is_answer(const struct yh_err *why);
/* As JSON, in the arena. */
YH_CHECK enum yh_rc yh_case_keep_problem(struct yh_ctx *cx, const struct yh_err *why,
					 const char **out, struct yh_err *err);
YH_CHECK enum yh_rc yh_case_take_act(struct yh_ctx *cx, const struct yh_link_peer *peer,
				     const char *no, const json_t *body, struct yh_err *err);
/* Dealt with, and not done; body NULL: it is not known. BAD_INPUT "case-unknown". */
YH_CHECK enum yh_rc yh_case_refuse_act(struct yh_ctx *cx, const struct yh_link_peer *peer,
				       const char *no, int64_t seq, const json_t *body,
				       const struct yh_err *why, struct yh_err *err);

#endif
