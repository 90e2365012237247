/* Reorganisations (X9): units merged, split or renamed, and providers replaced, on one day. A case
 * plans it; a job carries it out at the beginning of its day, in one transaction. Projects move
 * whole: what hangs on them goes along, what has ended stays with who had it, and `tenure` keeps
 * whose each resource was until then, by which bills are split at that day. */
#ifndef YH_SERVICES_MOVE_MOVE_H
#define YH_SERVICES_MOVE_MOVE_H

#include "cases/words.h"
#include "store/move.h"
#include "store/party.h"
#include "store/project.h"

#define YH_MOVE_JOB "org.move"
enum { YH_MOVE_PROJECTS = 1000, YH_MOVE_PEOPLE = 1000 };

struct yh_move_in {
	const char *kind;       /* merge, split, rename, replace */
	const char *from, *to;  /* codes; `to` NULL for rename */
	const char *name;       /* the new one, for rename */
	const json_t *projects; /* codes that move, for split */
	const json_t *people;   /* logins that move, for split */
	yh_day day;
	struct yh_id cloud;
	const char *article; /* of refusals */
	bool due;            /* its day has come: it may have passed while nobody was there */
};
/* As a case's form says it. BAD_INPUT for a day that is none. */
YH_CHECK enum yh_rc yh_move_in_of(const json_t *form, struct yh_move_in *out, struct yh_err *err);

struct yh_move_item {
	struct yh_project_row row;
	const char *code; /* that it will have */
	struct yh_move_sums sums;
};
struct yh_move_plan {
	struct yh_move_in in;
	struct yh_org_row from, to;
	struct yh_move_item *projects;
	size_t n_projects;
	struct yh_move_grant *people;
	size_t n_people;
	struct yh_move_sums sums; /* of all that moves */
};

/* What would move, if it may. REFUSED with figures: "reorg-day" (day, today), "reorg-same",
 * "reorg-kind" (org, kind), "reorg-elsewhere" (org, district), "reorg-body" (org, cloud, role),
 * "reorg-planned" (org, no), "reorg-project-twice" (project), "reorg-project-other" (project, org),
 * "reorg-nothing", "reorg-leans" (org, on), "reorg-leaves" and "reorg-awaited" (org, no, day),
 * "reorg-code-taken" (code), "reorg-many" (most), "reorg-not-provider" (org, cloud),
 * "reorg-person-other" (person, org); CONFLICT "unit-closed"; NOT_FOUND "org-unknown". Writes
 * nothing. `case_id` is the case at hand, zero: none. */
YH_CHECK enum yh_rc yh_move_plan(struct yh_ctx *cx, const struct yh_move_in *in,
				 const struct yh_id *case_id, struct yh_move_plan *out,
				 struct yh_err *err);

/* Holds the organisations (and the cloud, of which a provider changes), so that what is planned
 * after it is still so when it is carried out in the same transaction. */
YH_CHECK enum yh_rc yh_move_lock(struct yh_ctx *cx, const struct yh_move_in *in,
				 struct yh_err *err);

/* Plans what the case says for its day; carries it out at once when that has begun. */
YH_CHECK enum yh_rc yh_move_put(struct yh_case_cx *k, const char *kind, struct yh_err *err);
/* Who has the contracts now under which `provider` worked on a cloud on a day: whoever took its
 * place afterwards, and whoever theirs; itself, if nobody did. */
YH_CHECK enum yh_rc yh_move_heir(struct yh_ctx *cx, const struct yh_id *cloud, yh_day day,
				 const struct yh_id *provider, struct yh_id *out,
				 struct yh_err *err);
/* By the scheduler: the day of a planned one has come. What stands in its way by then is kept with
 * it, told to who filed and decided it, and nothing moves. */
YH_CHECK enum yh_rc yh_move_due(struct yh_ctx *cx, const struct yh_id *case_id, yh_time *again_at,
				struct yh_err *err);

#endif
