/* Opening balances (X10): what a city already has on a cloud when the platform takes over enters
 * out of one file: units, projects, systems, quotas and running resources. Reading and judging
 * writes nothing and finds every fault there is, each with its cell; entering is all or nothing,
 * once for a file, by a case that says who asked for it and who agreed. */
#ifndef YH_SERVICES_OPENING_OPENING_H
#define YH_SERVICES_OPENING_OPENING_H

#include "base/digest.h"
#include "cases/words.h"
#include "services/opening/sheet.h"
#include "store/catalogue.h"
#include "store/document.h"
#include "store/party.h"

enum yh_opening_sheet {
	YH_OPENING_UNITS,
	YH_OPENING_PROJECTS,
	YH_OPENING_SYSTEMS,
	YH_OPENING_QUOTAS,
	YH_OPENING_RESOURCES,
	YH_OPENING_SHEETS
};
/* The columns of each, in the order of templates; a file may have them in another. */
enum { YH_OU_CODE, YH_OU_NAME, YH_OU_DISTRICT, YH_OU_SECTOR, YH_OU_SPONSOR, YH_OU_IN_BUDGET };
enum { YH_OP_UNIT, YH_OP_CODE, YH_OP_NAME };
enum { YH_OS_UNIT, YH_OS_PROJECT, YH_OS_CODE, YH_OS_NAME, YH_OS_LEVEL, YH_OS_CLASSIFIED };
enum { YH_OQ_UNIT, YH_OQ_PROJECT, YH_OQ_DIM, YH_OQ_QTY };
enum {
	YH_OR_UNIT,
	YH_OR_PROJECT,
	YH_OR_SYSTEM,
	YH_OR_NAME,
	YH_OR_ITEM,
	YH_OR_QTY,
	YH_OR_KIND,
	YH_OR_OPENED,
	YH_OR_LAST,
	YH_OR_PROVIDER,
	YH_OR_REF
};
enum { YH_OPENING_COLS = 11, YH_OPENING_FAULTS = 200, YH_OPENING_DAYS_BACK = 366 };

enum yh_opening_kind {
	YH_OK_CODE, /* [A-Za-z0-9][A-Za-z0-9._-]* */
	YH_OK_OWN,  /* the same without dots, two characters at least */
	YH_OK_LINE,
	YH_OK_BOOL, /* 是|否|yes|no; num -1 where empty */
	YH_OK_INT,
	YH_OK_MILLI,
	YH_OK_DAY
};
struct yh_opening_column {
	const char *zh, *en;
	enum yh_opening_kind kind;
	bool required;
	unsigned max; /* characters */
};
struct yh_opening_table {
	const char *id, *zh, *en;
	const struct yh_opening_column *columns;
	size_t n;
};
extern const struct yh_opening_table yh_opening_tables[YH_OPENING_SHEETS];

struct yh_opening_row {
	int64_t no;                        /* in its sheet */
	const char *text[YH_OPENING_COLS]; /* "" where empty */
	int64_t num[YH_OPENING_COLS];
	bool bad; /* has a fault: what hangs on it is not judged */
	struct yh_id id, unit, project, system, provider;
	const struct yh_item_row *item;
	const struct yh_kind *kind;
};

/* One fault, at its cell; `col` YH_OPENING_COLS: of the row, row 0: of the sheet or the file. */
struct yh_opening_fault {
	enum yh_opening_sheet table;
	const char *sheet; /* as the file calls it */
	int64_t row;
	size_t place; /* the column in the file, from 0; SIZE_MAX: none */
	const char *head;
	struct yh_err why;
};

/* What a unit would get of a dimension. */
struct yh_opening_dim {
	const char *dim;
	int64_t quota_milli, taken_milli;
};
struct yh_opening_unit {
	const char *code, *name;
	bool fresh; /* enters with the file */
	int64_t projects, systems, resources;
	struct yh_opening_dim *dims; /* at most as many as the edition has */
	size_t n_dims;
};

struct yh_opening {
	struct yh_id cloud;
	yh_day day;
	struct yh_sm3 digest;
	struct {
		const char *name;
		size_t at[YH_OPENING_COLS]; /* where a column stands in the file; SIZE_MAX: not */
		struct yh_opening_row *rows;
		size_t n;
	} sheets[YH_OPENING_SHEETS];
	struct yh_opening_fault *faults; /* by table, row and column */
	size_t n_faults, faults_all;     /* kept, found */
	struct yh_opening_unit *units;
	size_t n_units;
	struct yh_opening_unit total; /* its dims are of all units */
};

/* By what it is judged: the pack and its use of the word (params level, level_article, article). */
struct yh_opening_in {
	const struct yh_pack *pack;
	const struct yh_word_use *use;
	struct yh_id cloud;
	yh_day day; /* the balance is of its beginning */
	bool hold;  /* it is about to enter: nobody else changes the cloud or the units meanwhile */
};
/* Units there are that one balance may name, where it enters: each is held until it has. */
enum { YH_OPENING_HELD = 2000 };

/* The first procedure of a pack that enters opening balances, with its use of the check; NULL: it
 * has none. */
const struct yh_procedure *yh_opening_procedure(const struct yh_pack *pack,
						const struct yh_word_use **use);

/* Reads and judges a document. Faults of cells are in *out and no failure; BAD_INPUT and TOO_LARGE
 * as yh_sheets_read; BAD_INPUT "opening-day" (figures day, first, last) for a day that has not
 * begun or lies too far back; CONFLICT "opening-known" (figures no, day) when the same bytes
 * entered already; CONFLICT "year-closed" (year); REFUSED "opening-settled" (figure no) when a
 * month that it would reach into has been settled; with `hold`, TOO_LARGE "opening-units-many"
 * (most). */
YH_CHECK enum yh_rc yh_opening_read(struct yh_ctx *cx, const struct yh_document_row *document,
				    const struct yh_opening_in *in, struct yh_opening *out,
				    struct yh_err *err);
/* The first fault as a failure: "opening-faulty" (figures faults, sheet, cell, why, field the
 * cell); YH_OK when there is none. */
YH_CHECK enum yh_rc yh_opening_judged(const struct yh_opening *o, struct yh_err *err);

/* Writes all of it, by the case at hand. The balance must have no fault. */
YH_CHECK enum yh_rc yh_opening_enter(struct yh_case_cx *k, struct yh_opening *o,
				     struct yh_err *err);

/* "资源!G12", "资源", or "" */
enum { YH_OPENING_CELL = 160 };
const char *yh_opening_cell(const struct yh_opening_fault *f, char out[YH_OPENING_CELL]);

#endif
