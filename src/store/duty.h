/* Duties: what somebody owes by a day (law/register.h says of which kinds).
 *
 * open -> reported -> done, open -> waived, open -> missed. A case about it that ends without
 * having fulfilled it gives it back: reported -> open. Being overdue is no state. */
#ifndef YH_STORE_DUTY_H
#define YH_STORE_DUTY_H

#include "store/case_query.h"

struct yh_duty_row {
	struct yh_id id;
	char no[48];
	char kind[32], article[16];
	const char *what;
	char state[12];
	char owner_role[32];
	struct yh_id owner;
	struct yh_id cloud, org, project, info_system, record; /* zero: of none */
	struct yh_id subject; /* what it is about, whatever that is */
	struct yh_id laid_by; /* a case; zero: time laid it */
	struct yh_id done_by; /* a case, also while it is reported; zero: none */
	yh_day from_day, due_day;
	yh_day remind_day; /* the next day on which its owner is reminded; YH_DAY_NONE: never */
	bool told_overdue;
	const char *reason; /* why it was waived */
	yh_time laid_at, ended_at, changed_at;
	int64_t version;
};

YH_CHECK enum yh_rc yh_duty_insert(struct yh_tx *tx, const struct yh_duty_row *row,
				   struct yh_err *err);
/* NOT_FOUND "duty-unknown"; text copied into the arena. */
YH_CHECK enum yh_rc yh_duty_load(struct yh_tx *tx, const struct yh_id *id, struct yh_arena *arena,
				 struct yh_duty_row *out, struct yh_err *err);
/* Writes state, done_by, remind_day, told_overdue, reason and ended_at, changed `now`, and raises
 * the version. CONFLICT "duty-changed" when it is no longer at row->version. */
YH_CHECK enum yh_rc yh_duty_update(struct yh_tx *tx, struct yh_duty_row *row, yh_time now,
				   struct yh_err *err);

/* Of a kind and open, that `owner` owes on a cloud; the first due first: what is reported is with
 * the case that reported it. `subject` zero: about whatever; `due` YH_DAY_NONE: due whenever. */
YH_CHECK enum yh_rc yh_duty_owed(struct yh_tx *tx, const char *kind, const struct yh_id *owner,
				 const struct yh_id *cloud, const struct yh_id *subject, yh_day due,
				 struct yh_arena *arena, struct yh_duty_row **out, size_t *n,
				 struct yh_err *err);
/* What time laid about records that have ended since, and is open: its report came to nothing. */
YH_CHECK enum yh_rc yh_duty_of_ended(struct yh_tx *tx, uint32_t limit, struct yh_arena *arena,
				     struct yh_duty_row **out, size_t *n, struct yh_err *err);
/* What time laid about a record and is open. */
YH_CHECK enum yh_rc yh_duty_of_record(struct yh_tx *tx, const struct yh_id *record,
				      struct yh_arena *arena, struct yh_duty_row **out, size_t *n,
				      struct yh_err *err);
/* Of a kind, about something: how many are not ended, how many of these are overdue on `day`, how
 * many were done. `by`: "org", "cloud", "project", "system", "record" or "owner". */
struct yh_duty_counts {
	int64_t open, overdue, done, missed;
};
YH_CHECK enum yh_rc yh_duty_count(struct yh_tx *tx, const char *kind, const char *by,
				  const struct yh_id *id, yh_day day, struct yh_duty_counts *out,
				  struct yh_err *err);

/* How many days in a row, up to that of `d`, were missed of what it is about. */
YH_CHECK enum yh_rc yh_duty_missed_row(struct yh_tx *tx, const struct yh_duty_row *d, int64_t *n,
				       struct yh_err *err);
/* What is open and was due before `day`, of which nobody has been told; and what is to be reminded
 * of by then. At most `most`. */
YH_CHECK enum yh_rc yh_duty_passed(struct yh_tx *tx, yh_day day, uint32_t most,
				   struct yh_arena *arena, struct yh_duty_row **out, size_t *n,
				   struct yh_err *err);
YH_CHECK enum yh_rc yh_duty_to_remind(struct yh_tx *tx, yh_day day, uint32_t most,
				      struct yh_arena *arena, struct yh_duty_row **out, size_t *n,
				      struct yh_err *err);

/* What a kind of duties arises for and has none of it open (or, with `once`, never had one). */
struct yh_duty_want {
	struct yh_id subject, cloud, org, provider, project, info_system, record, body;
	yh_day from, until; /* of the record; YH_DAY_NONE: open */
	yh_day last_due;    /* of the last one; YH_DAY_NONE: there was none */
	yh_time last_ended; /* when it ended */
};
struct yh_duty_wanted {
	const char *kind;
	bool once;
	bool until;              /* records that end, and none due on that day was waived */
	const char *reg, *state; /* records of this register, in a state or ("") in none final */
	const char *role;        /* or the bodies of clouds in this role */
	int64_t mlps;            /* or systems of initiated projects, of this level at least */
	yh_day day;
	struct yh_id after, after_cloud; /* cursor: subject and cloud of the last one */
	uint32_t most;
};
/* By subject and cloud. */
YH_CHECK enum yh_rc yh_duty_wants(struct yh_tx *tx, const struct yh_duty_wanted *w,
				  struct yh_arena *arena, struct yh_duty_want **out, size_t *n,
				  struct yh_err *err);

struct yh_duty_filter {
	struct yh_id id, cloud, org, record, info_system, laid_by, project; /* org: owner, or
									       about it */
	const char *kind, *state;                                           /* "": any */
	bool mine;                   /* owed by an organisation the viewer acts for in that role */
	bool open;                   /* not ended */
	yh_day overdue;              /* open and due before this day; YH_DAY_NONE: all */
	yh_day due_from, due_before; /* YH_DAY_NONE: whenever */
	yh_day after_due;            /* cursor: with after */
	struct yh_id after;
	uint32_t limit;
};
struct yh_duty_line {
	struct yh_duty_row row;
	const char *owner_code, *owner_name, *cloud_code, *org_code, *org_name, *project_code,
		*project_name, *system_code, *system_name, *record_no, *record_title, *laid_no,
		*done_no; /* "": none */
};
/* By due day. */
YH_CHECK enum yh_rc yh_duty_page(struct yh_tx *tx, const struct yh_viewer *who,
				 const struct yh_duty_filter *f, struct yh_arena *arena,
				 struct yh_duty_line **out, size_t *n, struct yh_err *err);

#endif
