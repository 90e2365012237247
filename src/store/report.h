/* Reports of a closed month or year of a cloud: as they were sealed, never changed; and the facts
 * that they are made of. */
#ifndef YH_STORE_REPORT_H
#define YH_STORE_REPORT_H

#include "base/digest.h"
#include "store/case_query.h"

struct yh_report_row {
	struct yh_id id;
	const char *no; /* "YH-2026-10.1" */
	struct yh_id cloud;
	char kind[8]; /* month, year */
	yh_day first, last;
	int64_t edition;      /* 1, 2, … */
	const char *reason;   /* of an edition behind the first, else "" */
	struct yh_sm3 digest; /* of the body */
	const unsigned char *signature;
	size_t signature_len;
	char key_id[YH_SM3_HEX];
	struct yh_id person; /* zero: the system */
	yh_time made_at;
	const char *body;                                  /* canonical JSON; NULL in lists */
	const char *cloud_code, *cloud_name, *person_name; /* read only */
};

/* Is there a report of the period? */
YH_CHECK enum yh_rc yh_report_is(struct yh_tx *tx, const struct yh_id *cloud, const char *kind,
				 yh_day first, bool *is, struct yh_err *err);

YH_CHECK enum yh_rc yh_report_insert(struct yh_tx *tx, const struct yh_report_row *row,
				     struct yh_err *err);
/* NOT_FOUND "report-unknown", also for who does not see its cloud. */
YH_CHECK enum yh_rc yh_report_by_no(struct yh_tx *tx, const struct yh_viewer *who, const char *no,
				    struct yh_arena *arena, struct yh_report_row *out,
				    struct yh_err *err);
/* The last edition of a period; *found false: none. */
YH_CHECK enum yh_rc yh_report_last(struct yh_tx *tx, const struct yh_id *cloud, const char *kind,
				   yh_day first, struct yh_arena *arena, bool *found,
				   struct yh_report_row *out, struct yh_err *err);
struct yh_report_filter {
	struct yh_id cloud;  /* zero: any */
	const char *kind;    /* "": any */
	struct yh_id before; /* only older ones; zero: from the newest */
	uint32_t limit;
};
/* Newest first, of the clouds that the viewer is a body of. */
YH_CHECK enum yh_rc yh_report_list(struct yh_tx *tx, const struct yh_viewer *who,
				   const struct yh_report_filter *f, struct yh_arena *arena,
				   struct yh_report_row **out, size_t *n, struct yh_err *err);

/* ---- facts ---- */

enum yh_rf_kind {
	YH_RF_TEXT,
	YH_RF_PROCEDURE, /* what the pack names, and how it titles it */
	YH_RF_STEP,      /* of the procedure before it */
	YH_RF_REGISTER,
	YH_RF_STATE, /* of the register before it */
	YH_RF_DUTY,
	YH_RF_DIMENSION,
	YH_RF_SUBJECT,
	/* figures */
	YH_RF_INT,
	YH_RF_MILLI,
	YH_RF_FEN,
	YH_RF_SHARE, /* hundredths of a percent; NULL: of nothing */
};
enum { YH_RF_COLUMNS = 10, YH_RF_CELL_MAX = 200, YH_RF_ROWS_MAX = 50000 };

struct yh_rf_section {
	const char *id; /* "steps" */
	const char *sql;
	enum { YH_RFS_DAYS, YH_RFS_TIMES, YH_RFS_END } span;
	struct {
		const char *id;
		enum yh_rf_kind kind;
	} columns[YH_RF_COLUMNS]; /* keys first, then figures; ends with a NULL id */
};
const struct yh_rf_section *yh_rf_sections(size_t *n);

/* Calls `row` for each row of a section, in the order of its keys: texts where the column has text,
 * numbers (null[i]: none) where it has figures. TOO_LARGE "report-too-large" (figure max). */
struct yh_rf_row {
	const char *text[YH_RF_COLUMNS];
	int64_t num[YH_RF_COLUMNS];
	bool null[YH_RF_COLUMNS];
};
typedef enum yh_rc (*yh_rf_fn)(void *arg, const struct yh_rf_section *section,
			       const struct yh_rf_row *row, struct yh_err *err);
YH_CHECK enum yh_rc yh_facts_read(struct yh_tx *tx, const struct yh_rf_section *section,
				  const struct yh_id *cloud, yh_day first, yh_day last,
				  yh_rf_fn row, void *arg, struct yh_err *err);

#endif
