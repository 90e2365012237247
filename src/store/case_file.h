/* Cases, their steps, pauses, opinions and actors: rows in and out, no rules. */
#ifndef YH_STORE_CASE_FILE_H
#define YH_STORE_CASE_FILE_H

#include "base/digest.h"
#include "db/db.h"

/* Where a case is decided: here; filed here for the city's cloud and still with the district; or at
 * the city, which tells how it stands. */
enum yh_case_abroad { YH_CASE_HERE, YH_CASE_BOUND, YH_CASE_ABROAD };

struct yh_case_row {
	struct yh_id id;
	char no[40];
	char procedure[48];
	struct yh_sm3 pack;
	struct yh_id cloud, unit;      /* the unit that the case is about */
	struct yh_id filer, filer_org; /* a person, in `filer_role` of an organisation */
	char filer_role[32];
	char started_by[48]; /* the trigger; then filer and role are the system's. "" : filed */
	struct yh_id project, provider, about_case; /* zero: none */
	struct yh_id subject; /* what the procedure is about (store/subject.h); zero: none */
	const char *title;
	char state[16];   /* open, abroad, returned, closed, refused, withdrawn */
	const char *form; /* JSON text */
	yh_time filed_at;
	int64_t returned_times;
	bool effected;
	yh_day answer_due; /* while returned */
	yh_time ended_at;  /* 0: running */
	yh_time changed_at;
	int64_t version;
	enum yh_case_abroad abroad;
	char label[32]; /* that somebody gave it; "": nobody did (see cases/mark.h) */
};

struct yh_step_row {
	struct yh_id id, case_id;
	char step[48];
	char kind[12]; /* decide, confirm, fulfil, wait, at_once */
	char role[32];
	struct yh_id org; /* zero for wait and at_once */
	yh_time opened_at;
	char period[16]; /* "" without a clock */
	yh_day start_day;
	yh_day due_day; /* YH_DAY_NONE: no clock, or paused */
	yh_time due_at; /* of a clock in hours; 0: due at the day's end */
	bool provisional, soft;
	char article[16];  /* "" : local policy */
	yh_time closed_at; /* 0: open */
	char outcome[32];
	struct yh_id closed_by;
	const char *reason;
	struct yh_id told; /* of a case abroad: the city's id of it; zero: a step of this server */
};

/* As whom time begins cases, and acts in them; a role that no pack has. */
#define YH_SYSTEM_ROLE "system"

struct yh_pause_row {
	yh_day from_day;
	yh_day to_day;  /* YH_DAY_NONE: still paused */
	char cause[16]; /* returned, confirm */
};

YH_CHECK enum yh_rc yh_case_insert(struct yh_tx *tx, const struct yh_case_row *row,
				   struct yh_err *err);
/* Text is copied into the arena. NOT_FOUND "case-unknown". */
YH_CHECK enum yh_rc yh_case_load(struct yh_tx *tx, const struct yh_id *id, struct yh_arena *arena,
				 struct yh_case_row *out, struct yh_err *err);
YH_CHECK enum yh_rc yh_case_id_by_no(struct yh_tx *tx, const char *no, struct yh_id *out,
				     struct yh_err *err);
/* Writes what may change (state, form, title, counters, provider, due, ended, abroad) and raises
 * version. */
YH_CHECK enum yh_rc yh_case_update(struct yh_tx *tx, struct yh_case_row *row, struct yh_err *err);
/* Writes label alone, and raises version. */
YH_CHECK enum yh_rc yh_case_relabel(struct yh_tx *tx, struct yh_case_row *row, struct yh_err *err);
/* The next running number under `name`, from 1. */
/* The next number behind a cloud's code, as people see them: "YH-2026-HTJ-000012", or without a
 * year (0) "YH-R-000012". */
enum { YH_NUMBER_TEXT = 48 };
YH_CHECK enum yh_rc yh_number_next(struct yh_tx *tx, const char *cloud, int year, const char *code,
				   char out[YH_NUMBER_TEXT], struct yh_err *err);
YH_CHECK enum yh_rc yh_counter_next(struct yh_tx *tx, const char *name, int64_t *out,
				    struct yh_err *err);

YH_CHECK enum yh_rc yh_case_add_resource(struct yh_tx *tx, const struct yh_id *case_id,
					 const struct yh_id *resource, struct yh_err *err);

/* Takes it out again: was it there, and how many are left? */
YH_CHECK enum yh_rc yh_case_drop_resource(struct yh_tx *tx, const struct yh_id *case_id,
					  const struct yh_id *resource, bool *was, int64_t *left,
					  struct yh_err *err);

YH_CHECK enum yh_rc yh_step_insert(struct yh_tx *tx, const struct yh_step_row *row,
				   const struct yh_sm3 *calendar, struct yh_err *err);
/* NOT_FOUND "case-unknown". */
YH_CHECK enum yh_rc yh_step_load(struct yh_tx *tx, const struct yh_id *id, struct yh_arena *arena,
				 struct yh_step_row *out, struct yh_err *err);
/* All steps of a case in the order of their opening, copied into the arena. */
YH_CHECK enum yh_rc yh_step_list(struct yh_tx *tx, const struct yh_id *case_id,
				 struct yh_arena *arena, struct yh_step_row **out, size_t *n,
				 struct yh_err *err);
YH_CHECK enum yh_rc yh_step_close(struct yh_tx *tx, const struct yh_step_row *row,
				  struct yh_err *err);
/* Writes the row's start, due day and whether it is provisional; counts when either of them moved.
 */
YH_CHECK enum yh_rc yh_step_set_due(struct yh_tx *tx, const struct yh_step_row *row,
				    const struct yh_sm3 *calendar, yh_time now, struct yh_err *err);

YH_CHECK enum yh_rc yh_pause_begin(struct yh_tx *tx, const struct yh_id *case_id, yh_time at,
				   const char *cause, struct yh_err *err);
YH_CHECK enum yh_rc yh_pause_end(struct yh_tx *tx, const struct yh_id *case_id, yh_day day,
				 struct yh_err *err);
YH_CHECK enum yh_rc yh_pause_list(struct yh_tx *tx, const struct yh_id *case_id,
				  struct yh_arena *arena, struct yh_pause_row **out, size_t *n,
				  struct yh_err *err);

/* side: "applicant" or "decider". */
YH_CHECK enum yh_rc yh_case_actor_add(struct yh_tx *tx, const struct yh_id *case_id,
				      const struct yh_id *person, const char *side,
				      struct yh_err *err);
YH_CHECK enum yh_rc yh_case_actor_is(struct yh_tx *tx, const struct yh_id *case_id,
				     const struct yh_id *person, const char *side, bool *is,
				     struct yh_err *err);

struct yh_opinion_row {
	struct yh_id id, step_id, person, org;
	char stage[12]; /* handle, review, countersign */
	char outcome[32];
	const char *reason;
	yh_time made_at;
	struct yh_id by; /* its person, or of a program's who answered for it then */
};
YH_CHECK enum yh_rc yh_opinion_insert(struct yh_tx *tx, const struct yh_opinion_row *row,
				      struct yh_err *err);
YH_CHECK enum yh_rc yh_opinion_list(struct yh_tx *tx, const struct yh_id *step_id,
				    struct yh_arena *arena, struct yh_opinion_row **out, size_t *n,
				    struct yh_err *err);

#endif
