/* Records of the pack's registers (law/register.h): contracts, plans, inspections … A record is
 * what the cases say that made it; every change keeps a version. */
#ifndef YH_STORE_LEDGER_H
#define YH_STORE_LEDGER_H

#include "db/db.h"
#include "law/register.h"
#include "store/case_query.h"

struct yh_ledger_row {
	struct yh_id id;
	char no[48];
	char reg[32];   /* the register */
	char state[32]; /* of it */
	bool final;
	const char *title;
	struct yh_id cloud;
	struct yh_id refs[YH_REFS];      /* zero: none */
	struct yh_id filer_org, case_id; /* who entered it, by which case */
	yh_day from, until;              /* YH_DAY_NONE: open */
	const char *content;             /* JSON object: the form */
	const char *figures;             /* JSON object: {"ceiling": "1000000"} */
	const char *lines;               /* JSON object: {"planned": {"vcpu": "100"}} */
	yh_time entered_at, changed_at;
	int64_t version;
};

/* A figure, or a quantity of a dimension. */
struct yh_ledger_value {
	const char *name, *dimension; /* dimension NULL: a figure */
	int64_t milli;
};

/* Enters it with its values and its first version. */
YH_CHECK enum yh_rc yh_ledger_insert(struct yh_tx *tx, const struct yh_ledger_row *row,
				     const struct yh_ledger_value *values, size_t n,
				     struct yh_err *err);
/* Writes title, state, days, content, figures and lines, raises the version and keeps it as `kind`,
 * "amended" or "state", by `case_id`. `values` NULL: those it has stay. CONFLICT "record-changed"
 * when it is no longer at row->version. */
YH_CHECK enum yh_rc yh_ledger_update(struct yh_tx *tx, struct yh_ledger_row *row, const char *kind,
				     const struct yh_id *case_id,
				     const struct yh_ledger_value *values, size_t n,
				     struct yh_err *err);
/* NOT_FOUND "record-unknown"; text copied into the arena. */
YH_CHECK enum yh_rc yh_ledger_load(struct yh_tx *tx, const struct yh_id *id, struct yh_arena *arena,
				   struct yh_ledger_row *out, struct yh_err *err);
YH_CHECK enum yh_rc yh_ledger_by_no(struct yh_tx *tx, const char *no, struct yh_arena *arena,
				    struct yh_ledger_row *out, struct yh_err *err);

/* The first that a case entered; NOT_FOUND "record-unknown". */
YH_CHECK enum yh_rc yh_ledger_first_of(struct yh_tx *tx, const struct yh_id *case_id,
				       struct yh_id *out, struct yh_err *err);

/* A record that holds on a day: in `state`, or with "" in none that is final. `by` YH_REFS: of the
 * cloud alone; otherwise it names `id` so, and is of the cloud unless that is zero. */
struct yh_ledger_asked {
	const char *reg, *state;
	enum yh_ref by;
	struct yh_id id, cloud;
	yh_day day;
};
/* The one that ends last; *found false: none. */
YH_CHECK enum yh_rc yh_ledger_valid(struct yh_tx *tx, const struct yh_ledger_asked *asked,
				    struct yh_arena *arena, bool *found, struct yh_ledger_row *out,
				    struct yh_err *err);
/* The sum of a figure over all that hold. */
YH_CHECK enum yh_rc yh_ledger_sum(struct yh_tx *tx, const struct yh_ledger_asked *asked,
				  const char *figure, int64_t *milli, struct yh_err *err);

/* When records of a register were in force for a provider on a cloud, by their first day. */
struct yh_ledger_term {
	struct yh_id id;
	yh_day from, until; /* YH_DAY_NONE: open; until: at latest the day on which it ended */
	bool final;
	int64_t milli; /* of the figure; 0 when it has none */
};
YH_CHECK enum yh_rc yh_ledger_terms(struct yh_tx *tx, const struct yh_ledger_row *of,
				    const char *figure, struct yh_arena *arena,
				    struct yh_ledger_term **out, size_t *n, struct yh_err *err);

/* A figure of one record; 0 when it has none. */
YH_CHECK enum yh_rc yh_ledger_figure(struct yh_tx *tx, const struct yh_id *id, const char *figure,
				     int64_t *milli, struct yh_err *err);

/* Who reads: registers by the relation in which one may, each "|contract|plan|". What is one's own
 * one sees of all four. */
struct yh_ledger_viewer {
	struct yh_id person;
	yh_day today;
	const char *any, *cloud, *district, *own;
	struct yh_viewer cleared, lowest; /* opened and kept alone: of the viewer, and of nobody */
};
struct yh_ledger_filter {
	struct yh_id id, cloud, org, project, info_system, parent; /* zero: any; org: or provider */
	const char *reg, *state;                                   /* "": any */
	bool holding;                                              /* in no final state */
	yh_day in_force;     /* holds on this day; YH_DAY_NONE: whenever */
	const char *pattern; /* of number or title, for LIKE … ESCAPE '!'; NULL: any */
	struct yh_id before; /* cursor */
	uint32_t limit;
};
struct yh_ledger_line {
	struct yh_ledger_row row;
	const char *cloud_code, *org_code, *org_name, *provider_code, *provider_name, *project_code,
		*project_name, *system_code, *system_name, *resource_no, *parent_no, *about_no,
		*case_no; /* "" : none */
	bool has_used;    /* filled in by yh_ledger_use */
	int64_t used_milli;
	bool labelled; /* some of its cases has more than the lowest label */
	const char
		*label; /* the highest of theirs, and whether the viewer is not cleared for it: */
	bool withheld;  /* likewise */
};
/* Newest first. */
YH_CHECK enum yh_rc yh_ledger_page(struct yh_tx *tx, const struct yh_ledger_viewer *who,
				   const struct yh_ledger_filter *f, struct yh_arena *arena,
				   struct yh_ledger_line **out, size_t *n, struct yh_err *err);

/* The records that a case made or changed. */
YH_CHECK enum yh_rc yh_ledger_of_case(struct yh_tx *tx, const struct yh_id *case_id,
				      struct yh_arena *arena, struct yh_id **out, size_t *n,
				      struct yh_err *err);
/* The procedures and labels of the cases that made a record what it is, each once. */
struct yh_ledger_label {
	const char *procedure, *label;
};
YH_CHECK enum yh_rc yh_ledger_labels(struct yh_tx *tx, const struct yh_id *id,
				     struct yh_arena *arena, struct yh_ledger_label **out,
				     size_t *n, struct yh_err *err);

/* How many records of each register the viewer sees. */
struct yh_ledger_tally {
	char reg[32];
	int64_t n, holding;
};
YH_CHECK enum yh_rc yh_ledger_tally(struct yh_tx *tx, const struct yh_ledger_viewer *who,
				    struct yh_arena *arena, struct yh_ledger_tally **out, size_t *n,
				    struct yh_err *err);

struct yh_ledger_change {
	int64_t version;
	char kind[16], state[32];
	const char *case_no, *case_title, *procedure, *label, *content;
	yh_day from, until;
	yh_time made_at;
	struct yh_id case_id;
};
/* By version: the newest YH_LEDGER_HISTORY, for a procedure may amend any number of times. */
enum { YH_LEDGER_HISTORY = 200 };
YH_CHECK enum yh_rc yh_ledger_history(struct yh_tx *tx, const struct yh_id *id,
				      struct yh_arena *arena, struct yh_ledger_change **out,
				      size_t *n, struct yh_err *err);

/* What a register's records say of quantities, by cloud, line and dimension: of those that reach a
 * day, in whatever state they ended when `ended`, else of those in states that are not final. */
struct yh_ledger_quantity {
	struct yh_id cloud;
	char line[32], dimension[32];
	int64_t qty_milli;
};
YH_CHECK enum yh_rc yh_ledger_quantities(struct yh_tx *tx, const char *reg, yh_day day, bool ended,
					 struct yh_arena *arena, struct yh_ledger_quantity **out,
					 size_t *n, struct yh_err *err);

#endif
