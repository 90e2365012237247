/* Reorganisations (X9): what moves from one organisation to another on a day, and who had what
 * before. The rows here are moved set by set, in the transaction of the day; nothing that has ended
 * is touched. */
#ifndef YH_STORE_MOVE_H
#define YH_STORE_MOVE_H

#include "db/db.h"

struct yh_reorg_row {
	struct yh_id case_id, org; /* from which it moves */
	char kind[12];             /* merge, split, rename, replace */
	yh_day day;
	char state[12]; /* planned, done, failed */
	yh_time ended_at;
	const char *fault; /* slug of what stood in its way; "" */
};
YH_CHECK enum yh_rc yh_reorg_insert(struct yh_tx *tx, const struct yh_reorg_row *row,
				    struct yh_err *err);
/* NOT_FOUND "reorg-unknown". */
YH_CHECK enum yh_rc yh_reorg_load(struct yh_tx *tx, const struct yh_id *case_id,
				  struct yh_arena *arena, struct yh_reorg_row *out,
				  struct yh_err *err);
YH_CHECK enum yh_rc yh_reorg_end(struct yh_tx *tx, const struct yh_id *case_id, const char *state,
				 yh_time at, const char *fault, struct yh_err *err);
/* When one was carried out: of its day, in the order in which it was done. */
struct yh_reorg_at {
	yh_day day;
	yh_time at;
	struct yh_id case_id;
};
/* The first case, if any, in which a provider was replaced on a cloud behind `at`, which it
 * becomes. */
YH_CHECK enum yh_rc yh_reorg_replaced(struct yh_tx *tx, const struct yh_id *provider,
				      const struct yh_id *cloud, bool *found,
				      struct yh_reorg_at *at, struct yh_err *err);
/* The number of the case of another planned one from this organisation, of another kind than
 * `beside` ("": of whatever kind); "" : none. */
YH_CHECK enum yh_rc yh_reorg_planned(struct yh_tx *tx, const struct yh_id *case_id,
				     const struct yh_id *org, const char *beside, char no[40],
				     struct yh_err *err);
/* The number of the case by which this organisation is planned to be merged into another one on
 * `day` or before it; "": none. */
YH_CHECK enum yh_rc yh_reorg_leaves(struct yh_tx *tx, const struct yh_id *org, yh_day day,
				    char no[40], struct yh_err *err);
/* The cases by which a unit is planned to be merged or split on `day` or behind it, by their days;
 * into which is in their forms. */
YH_CHECK enum yh_rc yh_reorg_to_come(struct yh_tx *tx, yh_day day, struct yh_arena *arena,
				     struct yh_id **out, size_t *n, struct yh_err *err);

/* One move: from, to, at which instant, by which case. */
struct yh_move {
	struct yh_id from, to, case_id;
	yh_time at;
};
/* What stands with an organisation and would move, by numbers; of one project, or (zero) all. */
struct yh_move_sums {
	int64_t resources, quotas, reservations, cases, steps, findings, records, duties;
};
YH_CHECK enum yh_rc yh_move_count(struct yh_tx *tx, const struct yh_id *org,
				  const struct yh_id *project, struct yh_move_sums *out,
				  struct yh_err *err);
/* The same of what a provider has on a cloud. */
YH_CHECK enum yh_rc yh_move_count_provider(struct yh_tx *tx, const struct yh_id *org,
					   const struct yh_id *cloud, struct yh_move_sums *out,
					   struct yh_err *err);
/* A project with all that hangs on it, under a new code. NOT_FOUND "project-unknown": it is not
 * `from`'s any more. */
YH_CHECK enum yh_rc yh_move_project(struct yh_tx *tx, const struct yh_move *m,
				    const struct yh_id *project, const char *code,
				    struct yh_err *err);
/* What an organisation has beside its projects: open cases and steps, duties, records, who answers
 * for or countersigns by it; it is closed then, and succeeded. */
YH_CHECK enum yh_rc yh_move_rest(struct yh_tx *tx, const struct yh_move *m, struct yh_err *err);
YH_CHECK enum yh_rc yh_move_name(struct yh_tx *tx, const struct yh_move *m, const char *name,
				 struct yh_err *err);
/* The provider of a cloud: its resources there, its desk, its place among the cloud's bodies. */
YH_CHECK enum yh_rc yh_move_provider(struct yh_tx *tx, const struct yh_move *m,
				     const struct yh_id *cloud, struct yh_err *err);

/* A person's role in an organisation that is held on a day or will be. */
struct yh_move_grant {
	struct yh_id id, person;
	char role[32], capacity[12];
	yh_day first_day, last_day; /* last: YH_DAY_NONE: no end */
	const char *scope;          /* of a role that only reads */
	const char *login;
	bool there; /* holds the same in the other one already, on all of its days from then on */
};
YH_CHECK enum yh_rc yh_move_grants(struct yh_tx *tx, const struct yh_id *from,
				   const struct yh_id *to, yh_day day, struct yh_arena *arena,
				   struct yh_move_grant **out, size_t *n, struct yh_err *err);
/* Ids of its open cases, of a project or of none (zero: all). */
YH_CHECK enum yh_rc yh_move_cases(struct yh_tx *tx, const struct yh_id *org, struct yh_arena *arena,
				  struct yh_id **out, size_t *n, struct yh_err *err);
/* The cloud and role in which an organisation is a body; "" : in none. */
YH_CHECK enum yh_rc yh_move_body_of(struct yh_tx *tx, const struct yh_id *org, char cloud[32],
				    char role[32], struct yh_err *err);

/* The name that an organisation had at an instant; NULL: the one it has. */
YH_CHECK enum yh_rc yh_org_name_at(struct yh_tx *tx, const struct yh_id *org, yh_time at,
				   struct yh_arena *arena, const char **out, struct yh_err *err);

#endif
