/* The table that orders are handed over by. */
#include "export/handover.h"

static enum yh_rc put(void *arg, struct yh_table *t, struct yh_err *err)
{
	const struct yh_handover *h = arg;
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; rc == YH_OK && i < h->n; i++) {
		struct yh_cell cells[YH_HO_COLS];

		for (size_t c = 0; c < YH_HO_COLS; c++)
			cells[c] = YH_CELL_STR(h->rows[i][c]);
		rc = yh_table_row(t, cells, err);
	}
	return rc;
}

enum yh_rc yh_handover_write(FILE *out, bool csv, const struct yh_handover *h, struct yh_err *err)
{
	struct yh_table_column columns[YH_HO_COLS];
	const struct yh_table_spec spec = { .name = h->en ? "Orders" : "交付",
					    .columns = columns,
					    .n = YH_HO_COLS,
					    .lang = h->en ? "en" : "zh",
					    .made_at = h->made_at };

	for (size_t c = 0; c < YH_HO_COLS; c++)
		columns[c] = (struct yh_table_column){ .title_zh = yh_handover_columns[c].zh,
						       .title_en = yh_handover_columns[c].en,
						       .kind = YH_CELL_TEXT,
						       .width = c == YH_HO_ORDER ? 38 : 20 };
	return csv ? yh_csv_write(out, &spec, put, (void *)(uintptr_t)h, err)
		   : yh_xlsx_write(out, &spec, put, (void *)(uintptr_t)h, err);
}
