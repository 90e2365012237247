/* A unit's month. */
#include "services/settle/unit_bill.h"

#include <string.h>

enum { PAGE = 200 };

static enum yh_rc add_page(struct yh_ctx *cx, struct yh_unit_bill *b,
			   const struct yh_statement_line *rows, size_t n, struct yh_err *err)
{
	if (b->n + n > YH_UNIT_BILL_MOST) {
		(void)yh_fail(err, YH_TOO_LARGE, "bill-too-large");
		yh_err_int(err, "max", YH_UNIT_BILL_MOST);
		return YH_TOO_LARGE;
	}
	if (!b->statements)
		b->statements = YH_NEW_N(cx->arena, struct yh_statement_line, YH_UNIT_BILL_MOST);
	if (!b->statements)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (n)
		memcpy(b->statements + b->n, rows, n * sizeof *rows);
	b->n += n;
	return YH_OK;
}

static struct yh_bill_part *part_of(struct yh_bill_part *parts, size_t *n, const char *code,
				    const char *name)
{
	for (size_t i = 0; i < *n; i++)
		if (strcmp(parts[i].code, code) == 0)
			return &parts[i];
	parts[*n] = (struct yh_bill_part){ .code = code, .name = name };
	return &parts[(*n)++];
}

static void add(struct yh_bill_part *p, const struct yh_statement_row *s)
{
	p->statements++;
	p->total_fen += s->total_fen;
	p->paid_fen += s->paid_fen;
}

static enum yh_rc sum(struct yh_ctx *cx, struct yh_unit_bill *b, struct yh_err *err)
{
	b->projects = YH_NEW_N(cx->arena, struct yh_bill_part, b->n + 1);
	b->providers = YH_NEW_N(cx->arena, struct yh_bill_part, b->n + 1);
	if (!b->projects || !b->providers)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (size_t i = 0; i < b->n; i++) {
		const struct yh_statement_line *l = &b->statements[i];

		b->stopped += strcmp(l->row.state, "stopped") == 0;
		b->open += strcmp(l->row.state, "draft") == 0;
		if (strcmp(l->row.state, "closed") != 0)
			continue;
		b->total_fen += l->row.total_fen;
		b->paid_fen += l->row.paid_fen;
		add(part_of(b->projects, &b->n_projects, l->project_code, l->project_name),
		    &l->row);
		add(part_of(b->providers, &b->n_providers, l->provider_code, l->provider_name),
		    &l->row);
	}
	return YH_OK;
}

enum yh_rc yh_unit_bill(struct yh_ctx *cx, const struct yh_viewer *who, const struct yh_id *unit,
			yh_day month, struct yh_unit_bill *out, struct yh_err *err)
{
	struct yh_statement_filter f = { .unit = *unit,
					 .month = month,
					 .state = "",
					 .after = "",
					 .after_month = month,
					 .limit = PAGE };
	size_t n = PAGE;
	enum yh_rc rc = YH_OK;

	*out = (struct yh_unit_bill){ 0 };
	while (rc == YH_OK && n == PAGE) {
		struct yh_statement_line *rows;

		rc = yh_statement_page(cx->tx, who, &f, cx->arena, &rows, &n, err);
		if (rc == YH_OK)
			rc = add_page(cx, out, rows, n, err);
		if (rc == YH_OK && n)
			f.after = out->statements[out->n - 1].row.no;
	}
	return rc == YH_OK ? sum(cx, out, err) : rc;
}
