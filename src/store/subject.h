/* What a case may be about besides units, projects, resources and other cases: one record of one of
 * these kinds. The word stands in a procedure's `about:`, names the field of the API in which such
 * a record is referred to, and the filter of lists of cases.
 *
 * X(kind, resources, about, by_id, by_no)
 *   resources  does a case about it take over resources, with their lease?
 *   about      one English phrase for the API's description
 *   by_id      id, unit, cloud, project, provider and number of the record with id $1: what is NULL
 *              is not told by it (the unit is then the filer's organisation, a provider any)
 *   by_no      id of the record with number $1, or NULL: it has none */
#ifndef YH_STORE_SUBJECT_H
#define YH_STORE_SUBJECT_H

#include "db/db.h"

#define YH_SUBJECTS(X)                                                                             \
	X(edition, false, "catalogue edition, by id",                                              \
	  "SELECT id, NULL, cloud, NULL, NULL, '' FROM edition WHERE id = $1", NULL)               \
	X(finding, true, "what the watch found, by number or id",                                  \
	  "SELECT id, unit, cloud, project, NULL, no FROM finding WHERE id = $1",                  \
	  "SELECT id FROM finding WHERE no = $1")                                                  \
	X(settlement, false, "settlement of a month, by number or id",                             \
	  "SELECT id, NULL, cloud, NULL, NULL, no FROM settlement WHERE id = $1",                  \
	  "SELECT id FROM settlement WHERE no = $1")                                               \
	X(evaluation, false, "evaluation of a period, by number or id",                            \
	  "SELECT id, NULL, cloud, NULL, NULL, no FROM evaluation WHERE id = $1",                  \
	  "SELECT id FROM evaluation WHERE no = $1")                                               \
	X(result, false, "what an evaluation says of a unit or provider, by number or id",         \
	  "SELECT r.id, CASE WHEN e.subject = 'unit' THEN r.org END, e.cloud, NULL, CASE WHEN"     \
	  " e.subject = 'provider' THEN r.org END, r.no FROM eval_result r JOIN evaluation e ON"   \
	  " e.id = r.evaluation WHERE r.id = $1 AND e.state IN ('announced', 'published')",        \
	  "SELECT id FROM eval_result WHERE no = $1")                                              \
	X(scheme, false, "scheme of evaluation, by number or id",                                  \
	  "SELECT id, NULL, cloud, NULL, NULL, no FROM scheme WHERE id = $1",                      \
	  "SELECT id FROM scheme WHERE no = $1")                                                   \
	X(statement, false, "statement of account, by number or id",                               \
	  "SELECT id, unit, cloud, project, provider, no FROM statement WHERE id = $1",            \
	  "SELECT id FROM statement WHERE no = $1")

#define YH_SUBJECT_NAME(kind, resources, about, by_id, by_no) YH_SUBJECT_##kind,
enum yh_subject_of { YH_SUBJECTS(YH_SUBJECT_NAME) YH_SUBJECT_KINDS };
#undef YH_SUBJECT_NAME

struct yh_subject_kind {
	const char *name;
	bool resources;
	const char *by_id, *by_no;
};
extern const struct yh_subject_kind yh_subject_kinds[YH_SUBJECT_KINDS];
/* NULL for an unknown name. */
const struct yh_subject_kind *yh_subject_kind(const char *name);

struct yh_subject_facts {
	struct yh_id id, unit, cloud, project, provider; /* zero: not told */
	char no[48];                                     /* "" : it has none */
};
/* NOT_FOUND "<kind>-unknown". */
YH_CHECK enum yh_rc yh_subject_load(struct yh_tx *tx, const struct yh_subject_kind *kind,
				    const struct yh_id *id, struct yh_subject_facts *out,
				    struct yh_err *err);
/* By its number or, written out, its id (which may be nobody's). NOT_FOUND "<kind>-unknown";
 * BAD_INPUT "id-invalid" for a kind without numbers. */
YH_CHECK enum yh_rc yh_subject_by_no(struct yh_tx *tx, const struct yh_subject_kind *kind,
				     const char *no, struct yh_id *out, struct yh_err *err);

#endif
