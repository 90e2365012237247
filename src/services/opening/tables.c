/* The tables of an opening balance, and sorting what a file holds into them. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/num.h"
#include "services/opening/opening_internal.h"

static const struct yh_opening_column units[] = {
	{ "代码", "Code", YH_OK_CODE, true, 63 },
	{ "名称", "Name", YH_OK_LINE, true, 100 },
	{ "所属区", "District", YH_OK_CODE, false, 31 },
	{ "所属领域", "Sector", YH_OK_LINE, false, 20 },
	{ "业务主管部门", "Sponsor", YH_OK_CODE, false, 63 },
	{ "财政预算单位", "In the budget", YH_OK_BOOL, false, 8 },
};
static const struct yh_opening_column projects[] = {
	{ "单位代码", "Unit", YH_OK_CODE, true, 63 },
	{ "项目代码", "Code", YH_OK_OWN, true, 63 },
	{ "项目名称", "Name", YH_OK_LINE, true, 85 },
};
static const struct yh_opening_column systems[] = {
	{ "单位代码", "Unit", YH_OK_CODE, true, 63 },
	{ "项目代码", "Project", YH_OK_OWN, true, 63 },
	{ "系统代码", "Code", YH_OK_CODE, true, 63 },
	{ "系统名称", "Name", YH_OK_LINE, true, 100 },
	{ "等保级别", "MLPS level", YH_OK_INT, true, 2 },
	{ "涉密", "Classified", YH_OK_BOOL, false, 8 },
};
static const struct yh_opening_column quotas[] = {
	{ "单位代码", "Unit", YH_OK_CODE, true, 63 },
	{ "项目代码", "Project", YH_OK_OWN, true, 63 },
	{ "维度", "Dimension", YH_OK_CODE, true, 31 },
	{ "数量", "Quantity", YH_OK_MILLI, true, 32 },
};
static const struct yh_opening_column resources[] = {
	{ "单位代码", "Unit", YH_OK_CODE, true, 63 },
	{ "项目代码", "Project", YH_OK_OWN, true, 63 },
	{ "系统代码", "System", YH_OK_CODE, false, 63 },
	{ "名称", "Name", YH_OK_LINE, false, 100 },
	{ "目录条目", "Item", YH_OK_CODE, true, 63 },
	{ "数量", "Quantity", YH_OK_MILLI, true, 32 },
	{ "资源类别", "Kind", YH_OK_LINE, true, 31 },
	{ "开通日", "Opened", YH_OK_DAY, true, 10 },
	{ "使用末日", "Last day", YH_OK_DAY, false, 10 },
	{ "服务商", "Provider", YH_OK_CODE, false, 63 },
	{ "服务商编号", "Provider's ID", YH_OK_LINE, true, 100 },
};

#define TABLE(id, zh, en, columns)                                                                 \
	{                                                                                          \
		id, zh, en, columns, sizeof(columns) / sizeof((columns)[0])                        \
	}
const struct yh_opening_table yh_opening_tables[YH_OPENING_SHEETS] = {
	TABLE("units", "单位", "Units", units),
	TABLE("projects", "项目", "Projects", projects),
	TABLE("systems", "系统", "Systems", systems),
	TABLE("quotas", "配额", "Quotas", quotas),
	TABLE("resources", "资源", "Resources", resources),
};

struct yh_err *yh_opening_blame(struct yh_ctx *cx, struct yh_opening *o, enum yh_opening_sheet s,
				struct yh_opening_row *row, size_t col)
{
	struct yh_opening_fault *f;

	o->faults_all++;
	if (row)
		row->bad = true;
	if (!o->faults)
		o->faults = YH_NEW_N(cx->arena, struct yh_opening_fault, YH_OPENING_FAULTS);
	if (!o->faults || o->n_faults == YH_OPENING_FAULTS)
		return NULL;
	f = &o->faults[o->n_faults++];
	*f = (struct yh_opening_fault){ .table = s,
					.sheet = o->sheets[s].name,
					.row = row ? row->no : 0,
					.place = SIZE_MAX,
					.head = "" };
	if (col < yh_opening_tables[s].n) {
		f->place = o->sheets[s].at[col];
		f->head = yh_opening_tables[s].columns[col].zh;
	}
	return &f->why;
}

const char *yh_opening_cell(const struct yh_opening_fault *f, char out[YH_OPENING_CELL])
{
	char col[YH_SHEET_COL] = "";

	if (f->place != SIZE_MAX)
		(void)yh_sheet_col(f->place, col);
	if (f->row)
		(void)snprintf(out, YH_OPENING_CELL, "%s!%s%lld", f->sheet, col, (long long)f->row);
	else
		(void)snprintf(out, YH_OPENING_CELL, "%s", f->sheet);
	return out;
}

/* ---- cells by their kinds ---- */

static bool code_ok(const char *t, bool own)
{
	size_t n = strlen(t);

	if (!isalnum((unsigned char)t[0]) || (own && n < 2))
		return false;
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)t[i];

		if (c >= 0x80 || !(isalnum(c) || strchr(own ? "_-" : "._-", c)))
			return false;
	}
	return true;
}

static size_t chars_of(const char *t)
{
	size_t n = 0;

	for (; *t; t++)
		n += ((unsigned char)*t & 0xC0) != 0x80;
	return n;
}

static bool line_ok(const char *t)
{
	for (; *t; t++)
		if ((unsigned char)*t < 0x20 || *t == 0x7F)
			return false;
	return true;
}

static bool bool_of(const char *t, int64_t *out)
{
	static const char *const words[] = { "否", "是", "no", "yes", "false", "true", "0", "1" };

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		if (strcasecmp(t, words[i]) != 0)
			continue;
		*out = (int64_t)(i % 2);
		return true;
	}
	return false;
}

/* The slug of what is wrong with a text, NULL: nothing. */
static const char *value_of(const struct yh_sheets *sheets, const struct yh_opening_column *c,
			    const char *text, int64_t *num)
{
	yh_day day;

	switch (c->kind) {
	case YH_OK_CODE:
	case YH_OK_OWN:
		return code_ok(text, c->kind == YH_OK_OWN) ? NULL : "opening-code";
	case YH_OK_LINE:
		return line_ok(text) ? NULL : "opening-line";
	case YH_OK_BOOL:
		return bool_of(text, num) ? NULL : "opening-yes-no";
	case YH_OK_INT:
		return yh_scaled_parse(text, 0, num, NULL) == YH_OK && *num >= 0 ? NULL
										 : "opening-number";
	case YH_OK_MILLI:
		return yh_scaled_parse(text, 3, num, NULL) == YH_OK && *num > 0 &&
				       *num <= YH_QTY_MILLI_MAX
			       ? NULL
			       : "opening-number";
	case YH_OK_DAY:
		if (yh_sheet_day(sheets, text, &day, NULL) != YH_OK)
			return "opening-date";
		*num = day;
		return NULL;
	}
	return NULL;
}

static void take_cell(struct yh_ctx *cx, const struct yh_sheets *sheets, struct yh_opening *o,
		      enum yh_opening_sheet s, struct yh_opening_row *row, size_t col)
{
	const struct yh_opening_column *c = &yh_opening_tables[s].columns[col];
	const char *text = row->text[col], *slug = NULL;
	struct yh_err *why;

	row->num[col] = c->kind == YH_OK_DAY ? YH_DAY_NONE : -1;
	if (!text[0] && !c->required)
		return;
	if (!text[0])
		slug = "opening-cell-missing";
	else if (chars_of(text) > c->max)
		slug = "opening-cell-long";
	else
		slug = value_of(sheets, c, text, &row->num[col]);
	if (!slug)
		return;
	why = yh_opening_blame(cx, o, s, row, col);
	(void)yh_fail(why, YH_BAD_INPUT, slug);
	yh_err_text(why, "column", c->zh);
	yh_err_text(why, "value", text);
	yh_err_int(why, "max", c->max);
}

/* ---- tables ---- */

/* Which of the tables a name means; SHEETS: none. */
static enum yh_opening_sheet table_of(const char *name, size_t n)
{
	size_t s = 0;

	while (s < YH_OPENING_SHEETS) {
		const struct yh_opening_table *t = &yh_opening_tables[s];

		if ((strlen(t->zh) == n && strncmp(t->zh, name, n) == 0) ||
		    (strlen(t->en) == n && strncasecmp(t->en, name, n) == 0))
			break;
		s++;
	}
	return (enum yh_opening_sheet)s;
}

static void blame_name(struct yh_ctx *cx, struct yh_opening *o, enum yh_opening_sheet s,
		       const char *slug, const char *what, const char *name)
{
	struct yh_err *why = yh_opening_blame(cx, o, s, NULL, YH_OPENING_COLS);

	(void)yh_fail(why, YH_BAD_INPUT, slug);
	yh_err_text(why, what, name);
}

static void take_head(struct yh_ctx *cx, struct yh_opening *o, enum yh_opening_sheet s,
		      const struct yh_sheet_row *head)
{
	const struct yh_opening_table *t = &yh_opening_tables[s];
	size_t *at = o->sheets[s].at;

	for (size_t c = 0; c < YH_OPENING_COLS; c++)
		at[c] = SIZE_MAX;
	for (size_t i = 0; i < head->n; i++) {
		size_t c = 0;

		if (!head->cells[i][0])
			continue;
		while (c < t->n && strcmp(t->columns[c].zh, head->cells[i]) != 0 &&
		       strcasecmp(t->columns[c].en, head->cells[i]) != 0)
			c++;
		if (c == t->n)
			blame_name(cx, o, s, "opening-column-unknown", "column", head->cells[i]);
		else if (at[c] != SIZE_MAX)
			blame_name(cx, o, s, "opening-column-twice", "column", head->cells[i]);
		else
			at[c] = i;
	}
	for (size_t c = 0; c < t->n; c++)
		if (t->columns[c].required && at[c] == SIZE_MAX)
			blame_name(cx, o, s, "opening-column-missing", "column", t->columns[c].zh);
}

static enum yh_rc take_rows(struct yh_ctx *cx, const struct yh_sheets *sheets, struct yh_opening *o,
			    enum yh_opening_sheet s, const struct yh_sheet_row *rows, size_t n,
			    struct yh_err *err)
{
	size_t faults = o->faults_all;
	struct yh_opening_row *out = YH_NEW_N(cx->arena, struct yh_opening_row, n + 1);

	if (!out)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	o->sheets[s].rows = out;
	if (n)
		take_head(cx, o, s, rows);
	if (o->faults_all != faults)
		return YH_OK; /* by which column would a cell be judged? */
	for (size_t i = 1; i < n; i++) {
		struct yh_opening_row *row = out + o->sheets[s].n;

		if (rows[i].cells[0][0] == '#')
			continue;
		row->no = rows[i].no;
		for (size_t c = 0; c < YH_OPENING_COLS; c++) {
			size_t at = o->sheets[s].at[c];

			row->text[c] = at < rows[i].n ? rows[i].cells[at] : "";
		}
		for (size_t c = 0; c < yh_opening_tables[s].n; c++)
			take_cell(cx, sheets, o, s, row, c);
		o->sheets[s].n++;
	}
	return YH_OK;
}

static enum yh_rc take_table(struct yh_ctx *cx, const struct yh_sheets *sheets,
			     struct yh_opening *o, const char *name, size_t name_n,
			     const struct yh_sheet_row *rows, size_t n, struct yh_err *err)
{
	enum yh_opening_sheet s = table_of(name, name_n);
	const char *kept = yh_arena_strndup(cx->arena, name, name_n);

	if (!kept)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	while (n && rows->cells[0][0] == '#') {
		rows++;
		n--;
	}
	if (s == YH_OPENING_SHEETS || o->sheets[s].rows) {
		if (n)
			blame_name(cx, o, YH_OPENING_UNITS,
				   s == YH_OPENING_SHEETS ? "opening-sheet-unknown"
							  : "opening-sheet-twice",
				   "sheet", kept);
		return YH_OK;
	}
	o->sheets[s].name = kept;
	return take_rows(cx, sheets, o, s, rows, n, err);
}

/* A CSV has its tables one below the other, each under a row such as [单位]. */
static enum yh_rc take_csv(struct yh_ctx *cx, const struct yh_sheets *sheets, struct yh_opening *o,
			   const struct yh_sheet *sheet, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;
	size_t i = 0;

	while (rc == YH_OK && i < sheet->n) {
		const char *first = sheet->rows[i].cells[0];
		size_t len = strlen(first), from = ++i;

		if (first[0] == '#')
			continue;
		if (len < 3 || first[0] != '[' || first[len - 1] != ']') {
			blame_name(cx, o, YH_OPENING_UNITS, "opening-sheet-unknown", "sheet",
				   first);
			return YH_OK;
		}
		while (i < sheet->n && sheet->rows[i].cells[0][0] != '[')
			i++;
		rc = take_table(cx, sheets, o, first + 1, len - 2, sheet->rows + from, i - from,
				err);
	}
	return rc;
}

enum yh_rc yh_opening_take(struct yh_ctx *cx, const struct yh_sheets *sheets, struct yh_opening *o,
			   struct yh_err *err)
{
	static const char *const notes[] = { "说明", "代码", "Notes", "Codes" };
	enum yh_rc rc = YH_OK;

	for (size_t s = 0; s < YH_OPENING_SHEETS; s++)
		o->sheets[s].name = "";
	for (size_t i = 0; rc == YH_OK && i < sheets->n; i++) {
		const struct yh_sheet *sheet = &sheets->v[i];
		bool note = false;

		for (size_t w = 0; w < sizeof notes / sizeof notes[0]; w++)
			note = note || strcasecmp(sheet->name, notes[w]) == 0;
		if (!sheet->name[0])
			rc = take_csv(cx, sheets, o, sheet, err);
		else if (!note)
			rc = take_table(cx, sheets, o, sheet->name, strlen(sheet->name),
					sheet->rows, sheet->n, err);
	}
	for (size_t s = 0; s < YH_OPENING_SHEETS; s++)
		if (!o->sheets[s].name[0])
			o->sheets[s].name = yh_opening_tables[s].zh;
	return rc;
}
