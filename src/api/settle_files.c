/* Statements and settlements as files: printed, as tables, in FOCUS, and as what proves them. They
 * are written aside of transactions into a file without a name, and leave from there. */
#include <stdio.h>
#include <string.h>

#include "api/api.h"
#include "api/list.h"
#include "api/settle_view.h"
#include "export/bundle.h"
#include "export/focus.h"
#include "export/outfile.h"
#include "export/statement.h"
#include "export/table.h"
#include "services/project/project.h"
#include "services/settle/desk.h"

enum { SEEN_SOME = 200, SEEN_ARENA = 16 * 1024 * 1024 };

struct file_in {
	const char *statement, *settlement, *format;
};

#define AT(field) offsetof(struct file_in, field)
static const struct yh_field statement_path[] = {
	{ "statement", YH_F_CODE, AT(statement), YH_REQUIRED, .max = 64, .about = "number or id" },
	{ 0 },
};
static const struct yh_field document_query[] = {
	{ "format", YH_F_WORD, AT(format), 0, .choices = "pdf|xlsx|csv", .about = "pdf" },
	{ 0 },
};
static const struct yh_field settlement_path[] = {
	{ "settlement", YH_F_CODE, AT(settlement), YH_REQUIRED, .max = 64,
	  .about = "number or id" },
	{ 0 },
};
static const struct yh_field export_query[] = {
	{ "format", YH_F_WORD, AT(format), 0, .choices = "xlsx|csv|focus|bundle",
	  .about = "xlsx; bundle: with what it was reckoned from, digests and signatures" },
	{ 0 },
};

static const char *type_of(const char *format)
{
	static const char *const types[][2] = {
		{ "pdf", "application/pdf" },
		{ "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" },
		{ "csv", "text/csv; charset=utf-8" },
		{ "focus", "text/csv; charset=utf-8" },
		{ "bundle", "application/zip" },
	};

	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		if (strcmp(types[i][0], format) == 0)
			return types[i][1];
	return "application/octet-stream";
}

/* ---- one statement ---- */

struct document {
	const struct file_in *in;
	struct yh_bill bill;
};

static enum yh_rc read_bill(struct yh_req *rq, void *arg, struct yh_err *err)
{
	struct document *d = arg;
	struct yh_statement_line line;
	enum yh_rc rc = yh_ref_statement(rq, d->in->statement, &line, err);

	return rc == YH_OK ? yh_settle_bill(&rq->cx, &line.row.id, &d->bill, err) : rc;
}

static enum yh_rc document(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct document d = { .in = in };
	const char *format = d.in->format ? d.in->format : "pdf";
	FILE *out;
	enum yh_rc rc = yh_req_read(rq, read_bill, &d, err);

	if (rc == YH_OK)
		rc = yh_outfile_open(&out, err);
	if (rc != YH_OK)
		return rc;
	if (strcmp(format, "pdf") == 0)
		rc = yh_statement_pdf(out, &d.bill, rq->messages, err);
	else if (strcmp(format, "xlsx") == 0)
		rc = yh_statement_xlsx(out, &d.bill, rq->messages, err);
	else
		rc = yh_statement_csv(out, &d.bill, rq->messages, err);
	return yh_reply_file(rq, out, rc, type_of(format),
			     yh_arena_printf(rq->cx.arena, "结算单-%s.%s", d.bill.row.no, format),
			     err);
}

/* ---- a settlement ---- */

/* The statements that the viewer sees, by number, a page at a time. */
struct seen {
	struct yh_viewer who;
	struct yh_statement_filter filter;
	struct yh_arena arena;
	struct yh_statement_line *rows;
	size_t n, at;
	char after[sizeof((struct yh_statement_row *)0)->no];
	bool over;
};

struct exporting {
	struct yh_req *rq;
	const struct file_in *in;
	struct yh_settlement_row row;
	struct yh_table *table;
	bool focus;
	struct seen seen;
};

static enum yh_rc read_seen(struct yh_req *rq, void *arg, struct yh_err *err)
{
	struct seen *s = arg;

	yh_arena_done(&s->arena);
	return yh_statement_page(rq->cx.tx, &s->who, &s->filter, &s->arena, &s->rows, &s->n, err);
}

/* Makes rows[at] the next one, or `over` true. */
static enum yh_rc next_seen(struct exporting *x, struct yh_err *err)
{
	struct seen *s = &x->seen;
	enum yh_rc rc = YH_OK;

	if (s->at + 1 < s->n) {
		s->at++;
		return YH_OK;
	}
	if (s->n) {
		memcpy(s->after, s->rows[s->n - 1].row.no, sizeof s->after);
		s->over = s->n < SEEN_SOME;
	}
	s->at = s->n = 0;
	if (!s->over)
		rc = yh_req_read(x->rq, read_seen, s, err);
	s->over = s->n == 0;
	return rc;
}

static enum yh_rc begin_seen(struct exporting *x, struct yh_err *err)
{
	struct seen *s = &x->seen;

	s->who = yh_viewer_of(&x->rq->cx, x->rq->relation);
	s->filter = (struct yh_statement_filter){ .settlement = x->row.id,
						  .month = YH_DAY_NONE,
						  .state = "",
						  .after = s->after,
						  .after_month = x->row.month,
						  .limit = SEEN_SOME };
	yh_arena_init(&s->arena, SEEN_ARENA);
	return next_seen(x, err);
}

static enum yh_rc find(struct yh_req *rq, void *arg, struct yh_err *err)
{
	struct exporting *x = arg;
	struct yh_viewer who = yh_viewer_of(&rq->cx, rq->relation);
	struct yh_id id;
	enum yh_rc rc = yh_subject_by_no(rq->cx.tx, &yh_subject_kinds[YH_SUBJECT_settlement],
					 x->in->settlement, &id, err);

	return rc == YH_OK ? yh_settlement_see(&rq->cx, &who, &id, &x->row, err) : rc;
}

static enum yh_rc put_bill(void *arg, const struct yh_bill *bill, struct yh_err *err)
{
	struct exporting *x = arg;
	struct seen *s = &x->seen;
	enum yh_rc rc = YH_OK;

	while (rc == YH_OK && !s->over && strcmp(s->rows[s->at].row.no, bill->row.no) < 0)
		rc = next_seen(x, err);
	if (rc != YH_OK || s->over || strcmp(s->rows[s->at].row.no, bill->row.no) != 0)
		return rc; /* it is not for them */
	return x->focus ? yh_focus_rows(bill, x->rq->messages, x->table, err)
			: yh_settlement_rows(bill, x->rq->messages, x->table, err);
}

static enum yh_rc put_rows(void *arg, struct yh_table *t, struct yh_err *err)
{
	struct exporting *x = arg;

	x->table = t;
	return yh_settle_bills(x->rq->cx.world, &x->row.id, put_bill, x, err);
}

static enum yh_rc load_again(struct yh_req *rq, void *arg, struct yh_err *err)
{
	struct exporting *x = arg;
	struct yh_settlement_row now;
	enum yh_rc rc = yh_settlement_load(rq->cx.tx, &x->row.id, &now, err);

	/* a draft that was reckoned anew meanwhile is half of one and half of the other */
	if (rc == YH_OK && memcmp(&now.digest, &x->row.digest, sizeof now.digest) != 0)
		rc = yh_fail(err, YH_STALE, "settlement-changed");
	return rc;
}

static enum yh_rc write_table(struct exporting *x, FILE *out, const char *format,
			      struct yh_err *err)
{
	struct yh_table_spec spec;
	enum yh_rc rc;

	x->focus = strcmp(format, "focus") == 0;
	spec = x->focus ? yh_focus_table : yh_settlement_table;
	spec.made_at = x->row.closed_at ? x->row.closed_at : x->row.as_of;
	if (!x->focus)
		spec.lang = x->rq->lang;
	rc = strcmp(format, "xlsx") == 0 ? yh_xlsx_write(out, &spec, put_rows, x, err)
					 : yh_csv_write(out, &spec, put_rows, x, err);
	return rc == YH_OK ? yh_req_read(x->rq, load_again, x, err) : rc;
}

/* The evidence is everybody's: only who sees every statement takes it away. */
static enum yh_rc check_whole(struct exporting *x, struct yh_err *err)
{
	int64_t n = 0;
	enum yh_rc rc = YH_OK;

	for (; rc == YH_OK && !x->seen.over; n++)
		rc = next_seen(x, err);
	if (rc == YH_OK && n < x->row.statements)
		rc = yh_fail(err, YH_FORBIDDEN, "settlement-not-permitted");
	return rc;
}

static enum yh_rc write_bundle(struct exporting *x, FILE *out, struct yh_err *err)
{
	enum yh_rc rc = check_whole(x, err);

	return rc == YH_OK ? yh_bundle_write(out, x->rq->cx.world, &x->row.id, err) : rc;
}

static const char *name_of(const struct exporting *x, const char *format)
{
	struct yh_arena *arena = x->rq->cx.arena;

	if (strcmp(format, "bundle") == 0)
		return yh_arena_printf(arena, "结算核验包-%s.zip", x->row.no);
	if (x->focus)
		return yh_arena_printf(arena, "结算-%s-FOCUS.csv", x->row.no);
	return yh_arena_printf(arena, "结算-%s.%s", x->row.no, format);
}

static enum yh_rc export(struct yh_req *rq, const void *in, struct yh_err *err) {
	struct exporting x = { .rq = rq, .in = in };
	const char *format = x.in->format ? x.in->format : "xlsx";
	FILE * out;
	enum yh_rc rc = yh_req_read(rq, find, &x, err);

	if (rc == YH_OK) rc = yh_outfile_open(&out, err);
	if (rc != YH_OK) return rc;
	rc = begin_seen(&x, err);
	if (rc == YH_OK) rc = strcmp(format, "bundle") == 0 ? write_bundle(&x, out, err)
							    : write_table(&x, out, format, err);
	yh_arena_done(&x.seen.arena);
	return yh_reply_file(rq, out, rc, type_of(format), name_of(&x, format), err);
}

static const struct yh_op ops[] = {
	{ "settle.document", YH_GET, "/api/v1/statements/{statement}/document", "settlement.read",
	  YH_OP_RAW | YH_OP_ASIDE, statement_path, document_query, NULL, sizeof(struct file_in),
	  document, NULL, "导出一份结算单（PDF、Excel 或 CSV）",
	  "A statement as a document: PDF, workbook or CSV",
	  .reply = "application/pdf|application/"
		   "vnd.openxmlformats-officedocument.spreadsheetml.sheet|text/csv" },
	{ "settle.export", YH_GET, "/api/v1/settlements/{settlement}/export", "settlement.read",
	  YH_OP_RAW | YH_OP_ASIDE, settlement_path, export_query, NULL, sizeof(struct file_in),
	  export, NULL, "导出一次结算（Excel、CSV、FOCUS 1.2 或离线核验包）",
	  "A settlement as a file: workbook, CSV, FOCUS 1.2, or the bundle that proves it",
	  .reply = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet|text/"
		   "csv|application/zip" },
};

const struct yh_op_table yh_ops_settle_files = { ops, sizeof ops / sizeof ops[0] };
