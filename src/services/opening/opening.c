/* Opening balances: from a document to what it would enter, and whether it may. */
#include "services/opening/opening.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "services/document/document.h"
#include "services/opening/opening_internal.h"
#include "store/closed_year.h"
#include "store/opening.h"
#include "store/settlement.h"

const struct yh_procedure *yh_opening_procedure(const struct yh_pack *pack,
						const struct yh_word_use **use)
{
	size_t n;
	const struct yh_procedure *p = yh_pack_procedures(pack, &n);

	for (size_t i = 0; i < n; i++)
		for (size_t c = 0; c < p[i].n_checks; c++)
			if (strcmp(p[i].checks[c].word->name, "opening.fits") == 0) {
				*use = &p[i].checks[c];
				return &p[i];
			}
	return NULL;
}

static enum yh_rc check_day(const struct yh_ctx *cx, const struct yh_opening *o, struct yh_err *err)
{
	yh_day today = yh_ctx_today(cx);
	enum yh_rc rc;

	if (o->day <= today && o->day >= today - YH_OPENING_DAYS_BACK)
		return YH_OK;
	rc = yh_fail_field(err, YH_BAD_INPUT, "opening-day", "/form/day");
	yh_err_day(err, "day", o->day);
	yh_err_day(err, "first", today - YH_OPENING_DAYS_BACK);
	yh_err_day(err, "last", today);
	return rc;
}

static enum yh_rc check_known(const struct yh_ctx *cx, const struct yh_opening *o,
			      struct yh_err *err)
{
	struct yh_opening_kept kept;
	bool found;
	enum yh_rc rc = yh_opening_by_digest(cx->tx, &o->digest, &found, &kept, err);

	if (rc != YH_OK || !found)
		return rc;
	rc = yh_fail(err, YH_CONFLICT, "opening-known");
	yh_err_text(err, "no", kept.case_no);
	yh_err_day(err, "day", kept.day);
	return rc;
}

static enum yh_rc check_year(const struct yh_ctx *cx, const struct yh_opening *o,
			     struct yh_err *err)
{
	int64_t year = yh_date_of(o->day).year;
	bool closed;
	enum yh_rc rc = yh_closed_year_is(cx->tx, &o->cloud, year, &closed, err);

	if (rc != YH_OK || !closed)
		return rc;
	rc = yh_fail_field(err, YH_CONFLICT, "year-closed", "/form/day");
	yh_err_int(err, "year", year);
	return rc;
}

/* A month that was reckoned is not given more use behind its back. */
static enum yh_rc check_months(const struct yh_ctx *cx, const struct yh_pack *pack,
			       const struct yh_opening *o, struct yh_err *err)
{
	struct yh_date d = yh_date_of(o->day);
	yh_day today = yh_ctx_today(cx), month = o->day - d.day + 1;
	struct yh_settlement_row row;
	bool found = false;
	enum yh_rc rc = YH_OK;

	while (rc == YH_OK && !found && month <= today) {
		rc = yh_settlement_first_of(cx->tx, &o->cloud, month, &found, &row, err);
		month += yh_days_in_month(d.year, d.month);
		d = yh_date_of(month);
	}
	if (rc != YH_OK || !found)
		return rc;
	rc = yh_refuse(err, "opening-settled", yh_pack_article_about(pack, "settlement"));
	yh_err_text(err, "no", row.no);
	yh_err_day(err, "month", row.month);
	return rc;
}

static enum yh_rc read_file(struct yh_ctx *cx, const struct yh_document_row *document,
			    struct yh_opening *o, struct yh_err *err)
{
	YH_CLOSE_AUTO int fd = -1;
	struct yh_sheets sheets;
	enum yh_rc rc = yh_document_bytes(cx, document, &fd, err);

	if (rc == YH_OK)
		rc = yh_sheets_read(fd, document->kind, cx->arena, &sheets, err);
	return rc == YH_OK ? yh_opening_take(cx, &sheets, o, err) : rc;
}

static enum yh_rc load_rules(struct judging *j, struct yh_err *err)
{
	struct yh_ctx *cx = j->cx;
	enum yh_rc rc = yh_cloud_load(cx->tx, &j->o->cloud, cx->arena, &j->cloud, err);

	if (rc == YH_OK)
		rc = yh_edition_on(cx->tx, &j->o->cloud, j->o->day, cx->arena, &j->edition, err);
	if (rc == YH_OK)
		rc = yh_item_list(cx->tx, &j->edition.id, cx->arena, &j->items, &j->n_items, err);
	else if (rc == YH_NOT_FOUND)
		yh_err_field(err, "/form/day");
	return rc;
}

static int by_place(const void *a, const void *b)
{
	const struct yh_opening_fault *x = a, *y = b;

	if (x->table != y->table)
		return x->table < y->table ? -1 : 1;
	if (x->row != y->row)
		return x->row < y->row ? -1 : 1;
	return x->place == y->place ? 0 : x->place < y->place ? -1 : 1;
}

enum yh_rc yh_opening_read(struct yh_ctx *cx, const struct yh_document_row *document,
			   const struct yh_opening_in *in, struct yh_opening *out,
			   struct yh_err *err)
{
	struct judging *j = YH_NEW(cx->arena, struct judging);
	enum yh_rc rc;

	*out = (struct yh_opening){ .cloud = in->cloud,
				    .day = in->day,
				    .digest = document->digest,
				    .total = { .code = "", .name = "" } };
	if (!j)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	*j = (struct judging){ .cx = cx, .in = in, .o = out };
	rc = check_day(cx, out, err);
	/* before a month is seen as open: reckoning one, and closing a year, hold it as well */
	if (rc == YH_OK && in->hold)
		rc = yh_db_lock(cx->tx, &in->cloud, 1, err);
	if (rc == YH_OK)
		rc = check_known(cx, out, err);
	if (rc == YH_OK)
		rc = check_year(cx, out, err);
	if (rc == YH_OK)
		rc = check_months(cx, in->pack, out, err);
	if (rc == YH_OK)
		rc = load_rules(j, err);
	if (rc == YH_OK)
		rc = read_file(cx, document, out, err);
	if (rc == YH_OK && in->hold)
		rc = yh_opening_hold(j, err);
	if (rc == YH_OK)
		rc = yh_opening_judge(j, err);
	if (out->n_faults)
		qsort(out->faults, out->n_faults, sizeof *out->faults, by_place);
	return rc;
}

enum yh_rc yh_opening_judged(const struct yh_opening *o, struct yh_err *err)
{
	char cell[YH_OPENING_CELL];
	const struct yh_opening_fault *f;
	enum yh_rc rc;

	if (!o->faults_all)
		return YH_OK;
	f = o->n_faults ? &o->faults[0] : NULL;
	rc = yh_refuse(err, "opening-faulty", f ? f->why.article : NULL);
	yh_err_field(err, "/form/document");
	yh_err_int(err, "faults", (int64_t)o->faults_all);
	yh_err_text(err, "cell", f ? yh_opening_cell(f, cell) : "");
	yh_err_text(err, "why", f ? f->why.slug : "memory-short");
	return rc;
}
