/* Fuzz target: tables that people hand in, CSV and XLSX. What is read keeps its bounds. */
#include <assert.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "services/opening/sheet.h"

enum { ARENA = 64 << 20 };

static void look(const struct yh_sheets *s)
{
	size_t rows = 0;
	yh_day day;

	assert(s->n <= YH_SHEETS_MAX);
	for (size_t i = 0; i < s->n; i++)
		for (size_t r = 0; r < s->v[i].n; r++, rows++) {
			const struct yh_sheet_row *row = &s->v[i].rows[r];

			assert(row->n > 0 && row->n <= YH_SHEET_COLS_MAX);
			for (size_t c = 0; c < row->n; c++) {
				assert(strlen(row->cells[c]) <= YH_SHEET_CELL_BYTES);
				(void)!yh_sheet_day(s, row->cells[c], &day, NULL);
			}
		}
	assert(rows <= YH_SHEET_ROWS_MAX);
}

void yh_fuzz_sheet(const unsigned char *data, size_t n)
{
	bool zip = n > 1 && data[0] == 'P' && data[1] == 'K';
	int fd = memfd_create("sheet", 0);
	struct yh_sheets s;
	struct yh_arena arena;
	struct yh_err err = { 0 };

	if (fd < 0)
		return;
	yh_arena_init(&arena, ARENA);
	if (write(fd, data, n) == (ssize_t)n) {
		if (yh_sheets_read(fd, zip ? "xlsx" : "csv", &arena, &s, &err) == YH_OK)
			look(&s);
		else
			assert(err.slug[0]);
	}
	yh_arena_done(&arena);
	(void)close(fd);
}
