/* What a scan of use reads from the register, and what is kept of a scan. */
#ifndef YH_STORE_WATCH_H
#define YH_STORE_WATCH_H

#include "base/digest.h"
#include "store/case_query.h"

/* A resource that is open, as a scan looks at it. */
struct yh_subject_row {
	struct yh_id id, unit, project, info_system, cloud, item;
	char no[40], kind[16];
	yh_day lease_last;
	yh_time opened_at, stopped_at; /* 0: never */
	int64_t qty_milli;             /* now */
	bool stopped;                  /* at `at` */
	bool has_agent;                /* one was enrolled at `at` */
};
struct yh_subject_filter {
	struct yh_id cloud, unit; /* zero: any */
	struct yh_id resource;    /* this one and those of its system; zero: any */
	yh_time at;               /* the end of the window */
	const char *after;        /* only numbers behind this one */
	uint32_t limit;
};
/* Running and stopped ones that the viewer sees, by number. */
YH_CHECK enum yh_rc yh_subject_page(struct yh_tx *tx, const struct yh_viewer *who,
				    const struct yh_subject_filter *f, struct yh_arena *arena,
				    struct yh_subject_row **out, size_t *n, struct yh_err *err);

/* What lasted at `at` about the agents of open resources, by number and id. */
struct yh_lasting_row {
	struct yh_id id;
	char no[40], kind[16];
	yh_time from_at;
};
YH_CHECK enum yh_rc yh_lasting_page(struct yh_tx *tx, yh_time at, const char *after_no,
				    const struct yh_id *after_id, uint32_t limit,
				    struct yh_arena *arena, struct yh_lasting_row **out, size_t *n,
				    struct yh_err *err);

/* "civil.MY-001/portal" and its name, in the arena. NOT_FOUND "system-unknown". */
YH_CHECK enum yh_rc yh_system_label(struct yh_tx *tx, const struct yh_id *system,
				    struct yh_arena *arena, const char **label, const char **name,
				    struct yh_err *err);

struct yh_scan_row {
	struct yh_id id, cloud, unit; /* zero: all that was seen */
	char rule[48];                /* "" : every rule */
	yh_day first_day, last_day;
	struct yh_sm3 pack, digest; /* digest: of the results */
	int64_t resources, flagged, fine, unknown, excepted;
	struct yh_id person; /* zero: the system */
	yh_time made_at;
	const char *cloud_code, *unit_code; /* read only; "" : all */
};
YH_CHECK enum yh_rc yh_scan_insert(struct yh_tx *tx, const struct yh_scan_row *row,
				   struct yh_err *err);
/* One of the same window, scope, pack and digest; *found false: none. */
YH_CHECK enum yh_rc yh_scan_same(struct yh_tx *tx, const struct yh_scan_row *like, bool *found,
				 struct yh_id *id, struct yh_err *err);
/* Has the system looked at the whole of a cloud over this window, by this pack? */
YH_CHECK enum yh_rc yh_scan_done(struct yh_tx *tx, const struct yh_id *cloud, yh_day first,
				 yh_day last, bool *done, struct yh_err *err);
struct yh_scan_filter {
	struct yh_id id, before; /* id zero: any; before: only older ones */
	uint32_t limit;
};
/* One's own, and those of whole clouds that one is a body of; newest first. */
YH_CHECK enum yh_rc yh_scan_page(struct yh_tx *tx, const struct yh_viewer *who,
				 const struct yh_scan_filter *f, struct yh_arena *arena,
				 struct yh_scan_row **out, size_t *n, struct yh_err *err);

YH_CHECK enum yh_rc yh_scan_part_insert(struct yh_tx *tx, const struct yh_id *scan, int64_t part,
					const void *body, size_t n, struct yh_err *err);
/* NULL when there is none. */
YH_CHECK enum yh_rc yh_scan_part_load(struct yh_tx *tx, const struct yh_id *scan, int64_t part,
				      struct yh_arena *arena, const void **body, size_t *n,
				      struct yh_err *err);

#endif
