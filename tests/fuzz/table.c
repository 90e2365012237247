/* Texts of anybody's in what people open: tables as CSV and XLSX, and calendars. What goes out
 * comes in again as it was, no cell of it is a formula, and no text has become a line of its own.
 */
#include <ctype.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "export/ical.h"
#include "export/table.h"
#include "fuzz.h"
#include "services/opening/sheet.h"

enum { COLUMNS = 4, ROWS = 16, ARENA = 64 << 20 };

struct texts {
	char *v[ROWS * COLUMNS];
	size_t n;
};

static enum yh_rc put_rows(void *arg, struct yh_table *t, struct yh_err *err)
{
	const struct texts *x = arg;
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; rc == YH_OK && i < x->n; i += COLUMNS) {
		struct yh_cell row[COLUMNS] = { 0 };

		for (size_t c = 0; c < COLUMNS && i + c < x->n; c++)
			row[c] = YH_CELL_STR(x->v[i + c]);
		rc = yh_table_row(t, row, err);
	}
	return rc;
}

static void no_formula(const char *cell)
{
	must(!strchr("=+-@\t\r", *cell) || !*cell);
}

static void read_back(int fd, const char *kind)
{
	struct yh_sheets s;
	struct yh_arena arena;
	struct yh_err err = { 0 };
	enum yh_rc rc;

	yh_arena_init(&arena, ARENA);
	must(lseek(fd, 0, SEEK_SET) == 0);
	rc = yh_sheets_read(fd, kind, &arena, &s, &err);
	must_say(rc, &err);
	if (rc == YH_OK && kind[0] == 'c')
		for (size_t r = 0; s.n && r < s.v[0].n; r++) {
			must(s.v[0].rows[r].n <= COLUMNS);
			for (size_t c = 0; c < s.v[0].rows[r].n; c++)
				no_formula(s.v[0].rows[r].cells[c]);
		}
	yh_arena_done(&arena);
}

static void write_table(struct texts *x, bool xlsx)
{
	static const struct yh_table_column columns[COLUMNS] = {
		{ "甲", "A", YH_CELL_TEXT, 0 },
		{ "乙", "B", YH_CELL_TEXT, 0 },
		{ "丙", "C", YH_CELL_TEXT, 0 },
		{ "丁", "D", YH_CELL_TEXT, 0 },
	};
	struct yh_table_spec spec = { .name = "t", .columns = columns, .n = COLUMNS, .lang = "zh" };
	int fd = memfd_create("table", MFD_CLOEXEC);
	FILE *out = fdopen(fd, "w+");
	struct yh_err err = { 0 };
	enum yh_rc rc;

	must(out != NULL);
	rc = xlsx ? yh_xlsx_write(out, &spec, put_rows, x, &err)
		  : yh_csv_write(out, &spec, put_rows, x, &err);
	must_say(rc, &err);
	must(fflush(out) == 0);
	if (rc == YH_OK)
		read_back(fd, xlsx ? "xlsx" : "csv");
	(void)fclose(out);
}

static void write_calendar(const struct texts *x)
{
	struct yh_ical_day day = { .uid = "1@y",
				   .day = yh_day_from_date((struct yh_date){ 2026, 11, 26 }),
				   .summary = x->v[0],
				   .description = x->n > 1 ? x->v[1] : "",
				   .category = x->n > 2 ? x->v[2] : "" };
	struct yh_buf out;
	struct yh_err err = { 0 };
	unsigned ends = 0;

	yh_buf_init(&out, 4 << 20);
	must(yh_ical_write(x->n > 3 ? x->v[3] : "n", &day, 1, &out, &err) == YH_OK);
	for (const char *at = yh_buf_text(&out); *at;) {
		const char *end = strstr(at, "\r\n");

		must(end && end - at <= 75 && !memchr(at, '\n', (size_t)(end - at)) &&
		     !memchr(at, '\r', (size_t)(end - at)));
		ends += strncmp(at, "END:VEVENT", 10) == 0;
		at = end + 2;
	}
	must(ends == 1);
	yh_buf_done(&out);
}

void yh_fuzz_table(const unsigned char *data, size_t n)
{
	int what = n ? data[0] % 3 : 0;
	struct texts x = { .n = 0 };

	if (n)
		data++, n--;
	while (n && x.n < ROWS * COLUMNS)
		x.v[x.n++] = fuzz_part(&data, &n, NULL);
	if (x.n && what == 2)
		write_calendar(&x);
	else if (x.n)
		write_table(&x, what == 1);
	while (x.n)
		free(x.v[--x.n]);
}
