/* Lists over cases: the inbox, what one may see, what is overdue, the story of a case. */
#ifndef YH_STORE_CASE_QUERY_H
#define YH_STORE_CASE_QUERY_H

#include "store/case_file.h"

/* Who reads: the person's grants of the day are found in SQL. */
struct yh_viewer {
	struct yh_id person;
	yh_day today;
	yh_time now;   /* by which clocks in hours are judged */
	bool any;      /* sees everything */
	bool cloud;    /* sees the clouds it is a body of */
	bool district; /* sees the units of the districts it operates */
	/* Whose cases are found by what they say: "||open|internal|", the labels that the viewer is
	 * cleared for, and "|mlps_retest|", the procedures whose cases have higher ones from the
	 * first. NULL: nobody's. */
	const char *opened, *kept;
};

/* How many rows of their own has a viewer who sees neither clouds nor districts? `count` is the
 * statement that counts them up to $3; YH_MANY where there are more than `most`, and of who sees
 * those. Holds within one snapshot: not in a transaction that writes. */
#define YH_MANY INT64_C(-1)
YH_CHECK enum yh_rc yh_viewer_own(struct yh_tx *tx, const struct yh_viewer *who, const char *count,
				  int64_t most, int64_t *own, struct yh_err *err);

/* One row of a list. Text is copied into the arena. */
struct yh_case_line {
	struct yh_id id;
	struct yh_sm3 pack;
	const char *no, *procedure, *title, *state, *unit_name, *unit_code, *cloud_code;
	yh_time filed_at, changed_at, ended_at;
	int64_t version;
	yh_day supervised;        /* an answer is wanted by then; YH_DAY_NONE: none is */
	char label[32];           /* see struct yh_case_row */
	const char *project_code; /* "": about none, or not asked for */
	/* of the step, where the list is one of steps */
	struct yh_id step_id;
	const char *step, *kind, *role, *org_name, *article;
	yh_time opened_at, closed_at; /* closed_at 0: open */
	yh_day due_day;
	yh_time due_at; /* 0: at its end */
	bool provisional, soft;
	int64_t due_moves;    /* how often the due day moved, */
	yh_time due_moved_at; /* when last; 0: never */
	yh_day due_before;    /* the day told before it moved last; YH_DAY_NONE: none was */
};

struct yh_case_filter {
	const char *state, *procedure;     /* "" : any */
	struct yh_id unit, cloud, project; /* zero: any */
	struct yh_id subject, resource;    /* a record, a resource it is about; zero: any */
	struct yh_id body;                 /* with an open step of this organisation; zero: any */
	bool overdue;                      /* with an open step past its due day */
	yh_time filed_from, filed_to;      /* filed within [from, to); 0: no bound */
	const char *pattern;               /* LIKE of number or title, lower case; NULL, "": any */
	const char *procedures;            /* "|quota|expansion|": one of these; NULL: any */
	/* The order: by filing (the newest first unless `ascending`), by number, or by the open
	 * step that is due first; the last lists only what waits for somebody. */
	enum yh_case_sort { YH_CASES_BY_FILING, YH_CASES_BY_NUMBER, YH_CASES_BY_DUE } sort;
	bool ascending;
	/* Cursor: what stands behind the row with this id (of the case, or of the step with its
	 * yh_inbox_due) or number; zero, "": from the beginning. */
	struct yh_id before;
	yh_time behind_due;
	const char *behind_no;
	uint32_t limit;
};
/* Each with its open step that is due first, if there is one. */
YH_CHECK enum yh_rc yh_case_list(struct yh_tx *tx, const struct yh_viewer *who,
				 const struct yh_case_filter *f, struct yh_arena *arena,
				 struct yh_case_line **out, size_t *n, struct yh_err *err);

/* How many cases of a procedure the viewer sees, and how many of these have not ended. For whoever
 * sees whole clouds or districts the newest `most` of each are counted, for others all. */
struct yh_case_tally {
	const char *procedure; /* in */
	int64_t n, open;
};
YH_CHECK enum yh_rc yh_case_tally(struct yh_tx *tx, const struct yh_viewer *who, uint32_t most,
				  struct yh_case_tally *list, size_t n, struct yh_err *err);

/* The instant by which a line's step is to be done: the end of its day, unless its clock is in
 * hours; without a due day the end of YH_DAY_MAX. */
yh_time yh_inbox_due(const struct yh_case_line *l);

/* Open steps that wait for the person's roles, due first, those without a due day last. The cursor
 * is of the last row. */
struct yh_inbox_cursor {
	yh_time due; /* as yh_inbox_due; INT64_MIN: from the start */
	struct yh_id step;
};
YH_CHECK enum yh_rc yh_inbox(struct yh_tx *tx, const struct yh_viewer *who,
			     const struct yh_inbox_cursor *after, uint32_t limit,
			     struct yh_arena *arena, struct yh_case_line **out, size_t *n,
			     struct yh_err *err);

/* Steps that waited for the person's roles and were closed at `since` or later, the last first. */
YH_CHECK enum yh_rc yh_inbox_closed(struct yh_tx *tx, const struct yh_viewer *who, yh_time since,
				    uint32_t limit, struct yh_arena *arena,
				    struct yh_case_line **out, size_t *n, struct yh_err *err);

/* Open steps past their due day or hour among the cases the viewer sees, the longest overdue first.
 */
YH_CHECK enum yh_rc yh_overdue(struct yh_tx *tx, const struct yh_viewer *who,
			       const struct yh_inbox_cursor *after, uint32_t limit,
			       struct yh_arena *arena, struct yh_case_line **out, size_t *n,
			       struct yh_err *err);

/* Ids of every case that has not ended. */
YH_CHECK enum yh_rc yh_case_open_ids(struct yh_tx *tx, struct yh_arena *arena, struct yh_id **out,
				     size_t *n, struct yh_err *err);

/* Ids of those about a resource that have not ended. */
YH_CHECK enum yh_rc yh_case_open_of_resource(struct yh_tx *tx, const struct yh_id *resource,
					     struct yh_arena *arena, struct yh_id **out, size_t *n,
					     struct yh_err *err);

/* How many cases about a unit have not ended. */
YH_CHECK enum yh_rc yh_case_open_of_unit(struct yh_tx *tx, const struct yh_id *unit, int64_t *n,
					 struct yh_err *err);

/* Cases about a case (X8), in the order of their filing, at most 100. */
struct yh_later_case {
	char no[40], procedure[48], state[16];
};
YH_CHECK enum yh_rc yh_case_later(struct yh_tx *tx, const struct yh_id *case_id,
				  struct yh_arena *arena, struct yh_later_case **out, size_t *n,
				  struct yh_err *err);

/* Another open case of the same procedure and filing organisation about the same record. */
YH_CHECK enum yh_rc yh_case_same_open(struct yh_tx *tx, const struct yh_case_row *c, bool *found,
				      struct yh_later_case *out, struct yh_err *err);

/* Other open cases of the same procedure on the same cloud, the oldest YH_CASE_OPEN_MOST of them.
 */
enum { YH_CASE_OPEN_MOST = 1000 };
struct yh_open_case {
	char no[40];
	const char *form; /* JSON text */
};
YH_CHECK enum yh_rc yh_case_open_beside(struct yh_tx *tx, const struct yh_case_row *c,
					struct yh_arena *arena, struct yh_open_case **out,
					size_t *n, struct yh_err *err);

/* One event of a case's story. */
struct yh_story_line {
	struct yh_id id;
	int64_t pos; /* 0: not sealed yet */
	yh_time at;
	const char *kind, *object_kind, *person_name, *role, *org_name, *article, *outcome, *reason,
		*before, *after, *payload, *source;
	struct yh_id object_id;
	const char *procedure, *label; /* of its case, in yh_event_page; "": of none */
};
/* In the order of time, at most 2,000. */
YH_CHECK enum yh_rc yh_case_story(struct yh_tx *tx, const struct yh_id *case_id,
				  struct yh_arena *arena, struct yh_story_line **out, size_t *n,
				  struct yh_err *err);

/* Those in which a step was answered with a form, which is the payload; in the order of time. */
YH_CHECK enum yh_rc yh_case_answers(struct yh_tx *tx, const struct yh_id *case_id,
				    struct yh_arena *arena, struct yh_story_line **out, size_t *n,
				    struct yh_err *err);

struct yh_event_filter {
	struct yh_id person;  /* who did it; zero: anybody */
	struct yh_id subject; /* the object, or the case, that it is about; zero: any */
	const char *kind;     /* "case.filed"; "": any */
	yh_time from, to;     /* within [from, to) */
	/* Cursor: what is older than the row with this time and position; 0, 0: from the newest. */
	yh_time before_at;
	int64_t before_pos;
	uint32_t limit;
};
/* Sealed events of the whole record, newest first. */
YH_CHECK enum yh_rc yh_event_page(struct yh_tx *tx, const struct yh_event_filter *f,
				  struct yh_arena *arena, struct yh_story_line **out, size_t *n,
				  struct yh_err *err);
/* The kinds of events that the sealed record has, in order. */
YH_CHECK enum yh_rc yh_event_kinds(struct yh_tx *tx, struct yh_arena *arena, const char ***out,
				   size_t *n, struct yh_err *err);

struct yh_notice_line {
	struct yh_id id;
	const char *role, *org_name, *case_no, *slug, *figures;
	const char *procedure, *label; /* of its case; "": of none */
	yh_time made_at, read_at;
};
/* Notices for the person's roles, newest first, below the cursor `before` (zero: all). */
YH_CHECK enum yh_rc yh_notice_list(struct yh_tx *tx, const struct yh_viewer *who,
				   const struct yh_id *before, uint32_t limit,
				   struct yh_arena *arena, struct yh_notice_line **out, size_t *n,
				   struct yh_err *err);

#endif
