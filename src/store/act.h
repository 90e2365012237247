/* What administrators do in twos: acts that one person asked for and another answers. */
#ifndef YH_STORE_ACT_H
#define YH_STORE_ACT_H

#include "base/digest.h"
#include "db/db.h"

struct yh_act_row {
	struct yh_id id;
	char kind[12];  /* grant, ungrant, handover, reset, reopen, factor, policy, clearance */
	char state[12]; /* waiting, done, refused, withdrawn, lapsed */
	struct yh_id person, taker, org;
	struct yh_id grant; /* which is to end, or the one that was made */
	char role[32], capacity[12];
	char label[32]; /* of a clearance: the one asked for, "" as the roles have it */
	const char *scope;
	yh_day first_day, last_day; /* YH_DAY_NONE: today, open */
	struct yh_sm3 digest;       /* of a pack */
	const char *reason;
	struct yh_id asked_by;
	yh_time asked_at, until_at;
	struct yh_id ended_by; /* zero: nobody yet, or time */
	yh_time ended_at;
	const char *answer; /* why it was confirmed or refused */
	const char *half;   /* of a password, for who asks or confirms; NULL: none, or read */
	const char *before, *after; /* what was held, or in force */
	/* joined for reading; "" where there is none */
	const char *person_login, *person_name, *taker_login, *org_code, *org_name, *asked_login,
		*ended_login, *pack_name;
};

YH_CHECK enum yh_rc yh_act_insert(struct yh_tx *tx, const struct yh_act_row *row,
				  struct yh_err *err);
/* NOT_FOUND "act-unknown". */
YH_CHECK enum yh_rc yh_act_load(struct yh_tx *tx, const struct yh_id *id, struct yh_arena *arena,
				struct yh_act_row *out, struct yh_err *err);
/* Writes state, grant, ended_by, ended_at, answer, before and after of one that waits; CONFLICT
 * "act-ended" when it does so no more. */
YH_CHECK enum yh_rc yh_act_end(struct yh_tx *tx, const struct yh_act_row *row, struct yh_err *err);
/* The first half of the one-time password that a waiting act will give; "": it gives none. Sealed;
 * gone once the act has ended. */
YH_CHECK enum yh_rc yh_act_half_put(struct yh_tx *tx, const struct yh_id *id, const char *half,
				    struct yh_arena *arena, struct yh_err *err);
YH_CHECK enum yh_rc yh_act_half(struct yh_tx *tx, const struct yh_id *id, struct yh_arena *arena,
				const char **out, struct yh_err *err);
struct yh_act_filter {
	const char *state;   /* "": any */
	const char *kind;    /* "": any */
	struct yh_id person; /* whom it is about; zero: any */
	struct yh_id before; /* cursor; zero: from the newest on */
	uint32_t limit;
};
/* Newest first. */
YH_CHECK enum yh_rc yh_act_list(struct yh_tx *tx, const struct yh_act_filter *f,
				struct yh_arena *arena, struct yh_act_row **out, size_t *n,
				struct yh_err *err);
/* Those that wait and would give the person a role: grants, and handovers to them. */
YH_CHECK enum yh_rc yh_acts_giving(struct yh_tx *tx, const struct yh_id *person,
				   struct yh_arena *arena, struct yh_act_row **out, size_t *n,
				   struct yh_err *err);
/* Does one of the same kind about the same thing wait already? */
YH_CHECK enum yh_rc yh_act_waits(struct yh_tx *tx, const struct yh_act_row *like, bool *any,
				 struct yh_err *err);

/* Does anybody hold the role on a day, or will later? */
YH_CHECK enum yh_rc yh_role_held(struct yh_tx *tx, const char *role, yh_day day, bool *held,
				 struct yh_err *err);
/* The same, of one organisation. */
YH_CHECK enum yh_rc yh_role_held_in(struct yh_tx *tx, const char *role, const struct yh_id *org,
				    yh_day day, bool *held, struct yh_err *err);
/* The organisations in which somebody holds a role on a day. */
YH_CHECK enum yh_rc yh_role_orgs(struct yh_tx *tx, const char *role, yh_day day,
				 struct yh_arena *arena, struct yh_id **out, size_t *n,
				 struct yh_err *err);

#endif
