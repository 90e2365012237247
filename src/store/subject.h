/* What a case may be about besides units, projects, resources and other cases: one record of one of
 * these kinds. The word stands in a procedure's `about:`, names the field of the API in which such
 * a record is referred to, and the filter of lists of cases. How each is found stands in subject.c.
 *
 * X(kind, resources, about)
 *   resources  does a case about it take over resources, with their lease?
 *   about      one English phrase for the API's description */
#ifndef YH_STORE_SUBJECT_H
#define YH_STORE_SUBJECT_H

#include "db/db.h"

#define YH_SUBJECTS(X)                                                                             \
	X(edition, false, "catalogue edition, by id")                                              \
	X(finding, true, "what the watch found, by number or id")                                  \
	X(settlement, false, "settlement of a month, by number or id")                             \
	X(evaluation, false, "evaluation of a period, by number or id")                            \
	X(result, false, "what an evaluation says of a unit or provider, by number or id")         \
	X(scheme, false, "scheme of evaluation, by number or id")                                  \
	X(statement, false, "statement of account, by number or id")                               \
	X(record, false, "record of a register, by number or id")                                  \
	X(duty, false, "duty, by number or id")

#define YH_SUBJECT_NAME(kind, resources, about) YH_SUBJECT_##kind,
enum yh_subject_of { YH_SUBJECTS(YH_SUBJECT_NAME) YH_SUBJECT_KINDS };
#undef YH_SUBJECT_NAME

struct yh_subject_kind {
	const char *name;
	bool resources;
};
extern const struct yh_subject_kind yh_subject_kinds[YH_SUBJECT_KINDS];
/* NULL for an unknown name. */
const struct yh_subject_kind *yh_subject_kind(const char *name);

struct yh_subject_facts {
	struct yh_id id, unit, cloud, project, provider; /* zero: not told */
	struct yh_id filer; /* the organisation that entered it; zero: not told */
	char no[48];        /* "" : it has none */
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
