/* The operations of the API, one table a file. */
#ifndef YH_API_API_H
#define YH_API_API_H

#include "http/op.h"
#include "http/server.h"
#include "store/subject.h"

/* One a line, in the order in which help lists them. */
#define YH_API_TABLES(X)                                                                           \
	X(session)                                                                                 \
	X(factor)                                                                                  \
	X(token)                                                                                   \
	X(account)                                                                                 \
	X(issuer)                                                                                  \
	X(people)                                                                                  \
	X(act)                                                                                     \
	X(label)                                                                                   \
	X(org)                                                                                     \
	X(project)                                                                                 \
	X(resource)                                                                                \
	X(catalogue)                                                                               \
	X(estimate)                                                                                \
	X(case)                                                                                    \
	X(case_step)                                                                               \
	X(document)                                                                                \
	X(opening)                                                                                 \
	X(cloud_check)                                                                             \
	X(order)                                                                                   \
	X(order_table)                                                                             \
	X(move)                                                                                    \
	X(paper)                                                                                   \
	X(urging)                                                                                  \
	X(pledge)                                                                                  \
	X(desk)                                                                                    \
	X(search)                                                                                  \
	X(policy)                                                                                  \
	X(article)                                                                                 \
	X(audit)                                                                                   \
	X(security)                                                                                \
	X(allocation)                                                                              \
	X(capacity)                                                                                \
	X(agent)                                                                                   \
	X(meter)                                                                                   \
	X(meter_write)                                                                             \
	X(meter_token)                                                                             \
	X(meter_stream)                                                                            \
	X(clock)                                                                                   \
	X(lease)                                                                                   \
	X(notify)                                                                                  \
	X(watch)                                                                                   \
	X(record)                                                                                  \
	X(backup)                                                                                  \
	X(duty)                                                                                    \
	X(webhook)                                                                                 \
	X(store_backup)                                                                            \
	X(field_key)                                                                               \
	X(job)                                                                                     \
	X(calendar)                                                                                \
	X(scheme)                                                                                  \
	X(evaluation)                                                                              \
	X(experience)                                                                              \
	X(evaluation_board)                                                                        \
	X(settle)                                                                                  \
	X(settle_proof)                                                                            \
	X(statement)                                                                               \
	X(settle_files)                                                                            \
	X(statistics)                                                                              \
	X(report)                                                                                  \
	X(archive)                                                                                 \
	X(year)                                                                                    \
	X(view)                                                                                    \
	X(account_stream)                                                                          \
	X(city)                                                                                    \
	X(district)                                                                                \
	X(link)                                                                                    \
	X(link_statement)                                                                          \
	X(shapes)

#define YH_API_TABLE(name) extern const struct yh_op_table yh_ops_##name;
YH_API_TABLES(YH_API_TABLE)
#undef YH_API_TABLE

/* All of them, for the server and for the command line's help. */
const struct yh_op_table *const *yh_api_tables(size_t *n);

/* What is known of the whole city for a moment (api/city.h): for struct yh_world. */
struct yh_city_board *yh_city_board_new(void); /* NULL without memory */
void yh_city_board_free(struct yh_city_board *b);

/* What the server tells of the agents and of its backups on /metrics. */
size_t yh_api_figures(const struct yh_world *world, struct yh_figure out[YH_FIGURES_MOST]);

/* A reference as people write it: an id, or the number or code that is printed on the thing.
 * NOT_FOUND as the store says. */
YH_CHECK enum yh_rc yh_ref_case(struct yh_ctx *cx, const char *text, struct yh_id *out,
				struct yh_err *err);
/* The record that a case is about, out of one text for each kind (store/subject.h), NULL where
 * absent: zero when none is given, NOT_FOUND "<kind>-unknown"; BAD_INPUT "subject-several". */
YH_CHECK enum yh_rc yh_ref_subject(struct yh_ctx *cx, const char *const subjects[YH_SUBJECT_KINDS],
				   struct yh_id *out, struct yh_err *err);
/* The field of a kind, for an input struct with such an array `subjects`. */
#define YH_SUBJECT_FIELD(input, kind, what)                                                        \
	{ #kind, YH_F_CODE, offsetof(struct input, subjects) + YH_SUBJECT_##kind * sizeof(char *), \
	  0,     .max = 64, .about = what },
/* A project of an organisation one acts for by its own code, any other by its whole one. */
YH_CHECK enum yh_rc yh_ref_project(struct yh_ctx *cx, const char *text, struct yh_id *out,
				   struct yh_err *err);
/* For lists: an unknown project filters everything out, as another unit's does. */
YH_CHECK enum yh_rc yh_ref_project_filter(struct yh_ctx *cx, const char *text, struct yh_id *out,
					  struct yh_err *err);
YH_CHECK enum yh_rc yh_ref_org(struct yh_ctx *cx, const char *text, struct yh_id *out,
			       struct yh_err *err);
YH_CHECK enum yh_rc yh_ref_cloud(struct yh_ctx *cx, const char *text, struct yh_id *out,
				 struct yh_err *err);
/* A cloud that the actor is a body of, its providers included; else as one that is not there. */
YH_CHECK enum yh_rc yh_ref_own_cloud(struct yh_req *rq, const char *text, struct yh_id *out,
				     struct yh_err *err);
YH_CHECK enum yh_rc yh_ref_resource(struct yh_ctx *cx, const char *text, struct yh_id *out,
				    struct yh_err *err);
/* A form in which resources are named by number as well as by id, all by id: the same object when
 * nothing had to be looked up. Numbers that nobody has stay as they are. */
YH_CHECK enum yh_rc yh_ref_form(struct yh_ctx *cx, const json_t *form, const json_t **out,
				struct yh_err *err);
YH_CHECK enum yh_rc yh_ref_person(struct yh_ctx *cx, const char *text, struct yh_id *out,
				  struct yh_err *err);

/* A kind of resources of today's pack, or NULL: BAD_INPUT "kind-unknown", for a name that no kind
 * has would find nothing, and say nothing. */
YH_CHECK enum yh_rc yh_ref_kind(struct yh_ctx *cx, const char *kind, const char *field,
				struct yh_err *err);

typedef enum yh_rc (*yh_ref_fn)(struct yh_ctx *cx, const char *text, struct yh_id *out,
				struct yh_err *err);
/* One that may be absent (NULL): *out is zero then. A failure names the field. */
YH_CHECK enum yh_rc yh_ref_opt(struct yh_ctx *cx, yh_ref_fn by, const char *text, const char *field,
			       struct yh_id *out, struct yh_err *err);

/* What several lists are narrowed by, as people write it; NULL where absent, which gives a zero id.
 * A failure names "?unit" and so on. `project` may be NULL: nobody asks for one. */
struct yh_scope {
	const char *unit, *cloud, *project;
};
YH_CHECK enum yh_rc yh_ref_scope(struct yh_ctx *cx, const struct yh_scope *asked,
				 struct yh_id *unit, struct yh_id *cloud, struct yh_id *project,
				 struct yh_err *err);

/* Does a list read in a relation show everything? Otherwise what it is limited to. */
bool yh_relation_any(const struct yh_req *rq);
/* Does the actor see everything, or may one of their roles do this as a body of the cloud? */
YH_CHECK enum yh_rc yh_relation_body(const struct yh_req *rq, struct yh_tx *tx,
				     const struct yh_id *cloud, bool *has, struct yh_err *err);

#endif
