/* Tables out of files: what the formats share, and CSV. */
#include "services/opening/sheet.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "services/opening/sheet_internal.h"

enum {
	FIRST_ROWS = 64,
	DAYS_TO_1970 = 25569, /* a sheet's days begin with 1900 */
	DAYS_TO_1904 = 1462,
	SERIAL_DIGITS = 6
};

enum yh_rc yh_sheet_too_large(const char *what, int64_t max, struct yh_err *err)
{
	enum yh_rc rc = yh_fail(err, YH_TOO_LARGE, "sheet-too-large");

	yh_err_text(err, "what", what);
	yh_err_int(err, "max", max);
	return rc;
}

enum yh_rc yh_sheet_unreadable(const char *part, struct yh_err *err)
{
	enum yh_rc rc = yh_fail(err, YH_BAD_INPUT, "sheet-unreadable");

	yh_err_text(err, "part", part);
	return rc;
}

const char *yh_sheet_col(size_t col, char out[YH_SHEET_COL])
{
	char *at = out;

	if (col >= 26)
		*at++ = (char)('A' + (col / 26 - 1) % 26);
	*at++ = (char)('A' + col % 26);
	*at = 0;
	return out;
}

enum yh_rc yh_sheet_begin(struct sheet_maker *m, const char *name, struct yh_err *err)
{
	struct yh_sheets *s = m->out;

	if (s->n == YH_SHEETS_MAX)
		return yh_sheet_too_large("sheets", YH_SHEETS_MAX, err);
	if (!s->v)
		s->v = YH_NEW_N(m->arena, struct yh_sheet, YH_SHEETS_MAX);
	name = yh_arena_strdup(m->arena, name);
	if (!s->v || !name)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	s->v[s->n++] = (struct yh_sheet){ .name = name };
	m->cap = 0;
	m->n_cells = 0;
	return YH_OK;
}

enum yh_rc yh_sheet_put(struct sheet_maker *m, int64_t row, size_t col, const char *text, size_t n,
			struct yh_err *err)
{
	char *kept, letters[YH_SHEET_COL];

	while (n && isspace((unsigned char)text[n - 1]))
		n--;
	for (; n && isspace((unsigned char)*text); n--)
		text++;
	if (!n)
		return YH_OK;
	if (col >= YH_SHEET_COLS_MAX)
		return yh_sheet_too_large("columns", YH_SHEET_COLS_MAX, err);
	if (n > YH_SHEET_CELL_BYTES) {
		enum yh_rc rc = yh_sheet_too_large("cell", YH_SHEET_CELL_BYTES, err);

		yh_err_field(err, "%s%lld", yh_sheet_col(col, letters), (long long)row);
		return rc;
	}
	kept = yh_arena_strndup(m->arena, text, n);
	if (!kept)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	while (m->n_cells <= col)
		m->cells[m->n_cells++] = "";
	m->cells[col] = kept;
	return YH_OK;
}

static bool more_rows(struct sheet_maker *m, struct yh_sheet *s)
{
	size_t cap = m->cap ? m->cap * 2 : FIRST_ROWS;
	struct yh_sheet_row *rows = YH_NEW_N(m->arena, struct yh_sheet_row, cap);

	if (!rows)
		return false;
	if (s->n)
		memcpy(rows, s->rows, s->n * sizeof *rows);
	s->rows = rows;
	m->cap = cap;
	return true;
}

enum yh_rc yh_sheet_end_row(struct sheet_maker *m, int64_t row, struct yh_err *err)
{
	struct yh_sheet *s = &m->out->v[m->out->n - 1];
	const char **cells;

	if (!m->n_cells)
		return YH_OK;
	if (m->rows == YH_SHEET_ROWS_MAX)
		return yh_sheet_too_large("rows", YH_SHEET_ROWS_MAX, err);
	if (s->n == m->cap && !more_rows(m, s))
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	cells = yh_arena_memdup(m->arena, m->cells, m->n_cells * sizeof *cells);
	if (!cells)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	s->rows[s->n++] = (struct yh_sheet_row){ row, cells, m->n_cells };
	m->rows++;
	m->n_cells = 0;
	return YH_OK;
}

/* ---- CSV, RFC 4180 ---- */

struct csv {
	const char *text, *end;
	char *cell; /* YH_SHEET_CELL_BYTES + 1 */
	size_t n;
	size_t col;
	int64_t line, row; /* of the file; at which the row at hand began */
};

/* One byte more than fits: putting it says that it is too long. */
static void add_byte(struct csv *c, char b)
{
	if (c->n <= YH_SHEET_CELL_BYTES)
		c->cell[c->n++] = b;
}

/* The quoted part of a cell, behind its first quote. */
static enum yh_rc quoted(struct csv *c, struct yh_err *err)
{
	for (; c->text < c->end; c->text++) {
		if (*c->text == '"' && (++c->text == c->end || *c->text != '"'))
			return YH_OK;
		c->line += *c->text == '\n';
		add_byte(c, *c->text);
	}
	{
		enum yh_rc rc = yh_sheet_unreadable("\"", err);

		yh_err_field(err, "A%lld", (long long)c->row);
		return rc;
	}
}

static enum yh_rc end_cell(struct csv *c, struct sheet_maker *m, struct yh_err *err)
{
	enum yh_rc rc = yh_sheet_put(m, c->row, c->col++, c->cell, c->n, err);

	c->n = 0;
	return rc;
}

static enum yh_rc end_line(struct csv *c, struct sheet_maker *m, struct yh_err *err)
{
	enum yh_rc rc = end_cell(c, m, err);

	if (rc == YH_OK)
		rc = yh_sheet_end_row(m, c->row, err);
	c->col = 0;
	c->row = ++c->line;
	return rc;
}

static enum yh_rc read_csv(struct csv *c, struct sheet_maker *m, struct yh_err *err)
{
	enum yh_rc rc = yh_sheet_begin(m, "", err);

	if (c->end - c->text >= 3 && memcmp(c->text, "\xef\xbb\xbf", 3) == 0)
		c->text += 3;
	while (rc == YH_OK && c->text < c->end) {
		char b = *c->text++;

		if (b == '"' && c->n == 0)
			rc = quoted(c, err);
		else if (b == ',')
			rc = end_cell(c, m, err);
		else if (b == '\n')
			rc = end_line(c, m, err);
		else
			add_byte(c, b);
	}
	return rc == YH_OK ? end_line(c, m, err) : rc;
}

static enum yh_rc of_csv(int fd, struct sheet_maker *m, struct yh_err *err)
{
	YH_FREE_AUTO char *text = NULL;
	char cell[YH_SHEET_CELL_BYTES + 1];
	struct stat st;
	size_t n = 0;
	ssize_t got;

	if (fstat(fd, &st) != 0)
		return yh_sheet_unreadable("csv", err);
	if (st.st_size > YH_SHEET_CSV_BYTES)
		return yh_sheet_too_large("bytes", YH_SHEET_CSV_BYTES, err);
	text = malloc((size_t)st.st_size + 1);
	if (!text)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	while (n < (size_t)st.st_size &&
	       (got = pread(fd, text + n, (size_t)st.st_size - n, (off_t)n)) > 0)
		n += (size_t)got;
	if (n < (size_t)st.st_size)
		return yh_sheet_unreadable("csv", err);
	return read_csv(
		&(struct csv){ .text = text, .end = text + n, .cell = cell, .line = 1, .row = 1 },
		m, err);
}

enum yh_rc yh_sheets_read(int fd, const char *kind, struct yh_arena *arena, struct yh_sheets *out,
			  struct yh_err *err)
{
	struct sheet_maker m = { .arena = arena, .out = out };
	enum yh_rc rc;

	*out = (struct yh_sheets){ 0 };
	if (strcmp(kind, "csv") == 0)
		return of_csv(fd, &m, err);
	if (strcmp(kind, "xlsx") == 0)
		return yh_sheets_of_xlsx(fd, &m, err);
	rc = yh_fail(err, YH_BAD_INPUT, "sheet-kind");
	yh_err_text(err, "kind", kind);
	return rc;
}

enum yh_rc yh_sheet_day(const struct yh_sheets *s, const char *text, yh_day *out,
			struct yh_err *err)
{
	size_t n = strlen(text);
	long serial;

	if (!s->serial || !n || n > SERIAL_DIGITS || strspn(text, "0123456789") != n)
		return yh_day_parse(text, out, err);
	serial = strtol(text, NULL, 10) - DAYS_TO_1970 + (s->since_1904 ? DAYS_TO_1904 : 0);
	if (serial < YH_DAY_MIN || serial > YH_DAY_MAX)
		return yh_day_parse(text, out, err);
	*out = (yh_day)serial;
	return YH_OK;
}
