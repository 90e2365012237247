/* What the watch found (Art. 25), with its evidence, and what became of it.
 *
 * open -> in_case -> closed, or open -> dismissed. A case that ends without an outcome for the
 * finding gives it back: in_case -> open. */
#ifndef YH_STORE_FINDING_H
#define YH_STORE_FINDING_H

#include "base/digest.h"
#include "store/case_query.h"

struct yh_finding_row {
	struct yh_id id;
	char no[48];                /* "YH-F-000123" */
	char rule[48], article[16]; /* of the pack; article: the rule's */
	bool minor;                 /* listed behind all others; written only */
	struct yh_id resource;      /* zero: about the whole of info_system */
	struct yh_id info_system;   /* zero: the resource is of none */
	struct yh_id project, unit, cloud;
	yh_day first_day, last_day; /* the window it was found in */
	char state[12];             /* open, in_case, closed, dismissed */
	struct yh_id case_id;       /* zero: none yet */
	struct yh_sm3 pack;
	const char *evidence; /* JSON */
	struct yh_sm3 evidence_digest;
	const char *advice; /* JSON; "" : none */
	yh_time found_at, ended_at;
	struct yh_id ended_by; /* who dismissed it */
	const char *reason;
	int64_t version;
};

/* Enters it as open, about `resources`. *inserted false: one of this rule about this subject over
 * this window is there already, and nothing was written. */
YH_CHECK enum yh_rc yh_finding_insert(struct yh_tx *tx, const struct yh_finding_row *row,
				      const struct yh_id *resources, size_t n, bool *inserted,
				      struct yh_err *err);
/* Is there one of this rule about this subject (a resource, or a system) over this window? */
YH_CHECK enum yh_rc yh_finding_known(struct yh_tx *tx, const char *rule,
				     const struct yh_id *subject, yh_day first, yh_day last,
				     bool *known, struct yh_err *err);
/* NOT_FOUND "finding-unknown". Text is copied into the arena. */
YH_CHECK enum yh_rc yh_finding_load(struct yh_tx *tx, const struct yh_id *id,
				    struct yh_arena *arena, struct yh_finding_row *out,
				    struct yh_err *err);
/* Every resource it is about, by id. */
YH_CHECK enum yh_rc yh_finding_resources(struct yh_tx *tx, const struct yh_id *id,
					 struct yh_arena *arena, struct yh_id **out, size_t *n,
					 struct yh_err *err);

/* An open finding goes into a case. CONFLICT "finding-not-open" (figure state). */
YH_CHECK enum yh_rc yh_finding_set_case(struct yh_tx *tx, const struct yh_id *id,
					const struct yh_id *case_id, struct yh_err *err);
/* The case is over without an outcome for it (withdrawn, refused): it is open again. CONFLICT
 * "finding-not-in-case" (figure state). */
YH_CHECK enum yh_rc yh_finding_release(struct yh_tx *tx, const struct yh_id *id,
				       struct yh_err *err);
/* The case settled it. CONFLICT "finding-not-in-case". */
YH_CHECK enum yh_rc yh_finding_close(struct yh_tx *tx, const struct yh_id *id, yh_time at,
				     struct yh_err *err);
/* It needs nothing done, for a reason. CONFLICT "finding-not-open". */
YH_CHECK enum yh_rc yh_finding_dismiss(struct yh_tx *tx, const struct yh_id *id,
				       const struct yh_id *person, const char *reason, yh_time at,
				       struct yh_err *err);

struct yh_finding_line {
	struct yh_finding_row row; /* evidence and advice NULL in lists */
	const char *resource_no, *resource_name, *system_code, *system_name, *project_code,
		*project_name, *unit_code, *unit_name, *cloud_code, *case_no; /* "" : none */
	bool minor;
};
struct yh_finding_filter {
	struct yh_id id, unit, cloud, resource; /* zero: any; resource: among those it is about */
	const char *state, *rule;               /* "" : any */
	const char *pattern; /* LIKE of number, project or unit, lower case; NULL, "": any */
	/* the cursor: only those behind this one; zero: from the start */
	struct yh_id before;
	bool before_minor;
	uint32_t limit;
};
/* Minor ones last, otherwise newest first, about projects the viewer sees. `evidence`: with
 * evidence and advice. */
YH_CHECK enum yh_rc yh_finding_page(struct yh_tx *tx, const struct yh_viewer *who,
				    const struct yh_finding_filter *f, bool evidence,
				    struct yh_arena *arena, struct yh_finding_line **out, size_t *n,
				    struct yh_err *err);

/* How many there are by rule of those that yh_finding_page would list without its cursor and limit,
 * minor ones last, otherwise the most first. */
struct yh_finding_tally {
	char rule[48];
	int64_t n;
};
YH_CHECK enum yh_rc yh_finding_tally(struct yh_tx *tx, const struct yh_viewer *who,
				     const struct yh_finding_filter *f, struct yh_arena *arena,
				     struct yh_finding_tally **out, size_t *n, struct yh_err *err);

#endif
