/* See naming.h. */
#include "store/naming.h"

#include <string.h>

#include "store/read.h"

/* YH_NAMING_CODES of them */
#define CODES                                                                                      \
	"($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,"   \
	" $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30)"

static const char *const texts[YH_NAMING_KINDS] = {
	[YH_NAMING_ORG] = "SELECT code, name FROM org WHERE code IN " CODES,
	[YH_NAMING_ITEM] = "SELECT code, name FROM item WHERE code IN " CODES " AND edition = $31",
	[YH_NAMING_SYSTEM] =
		"SELECT code, name FROM info_system WHERE code IN " CODES " AND project = $31",
	[YH_NAMING_RESOURCE] = "SELECT id, no FROM resource WHERE id IN " CODES,
};

static bool read_coded(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_name_row *row = out;

	YH_COL_COPY(r, 0, row->code);
	return yh_col_keep(r, a, 1, &row->name);
}

static bool read_by_id(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_name_row *row = out;
	const struct yh_id id = yh_col_id(r, 0);

	(void)yh_id_text(&id, row->code);
	return yh_col_keep(r, a, 1, &row->name);
}

/* At most YH_NAMING_CODES, and at least one; what room is left repeats the first. */
static enum yh_rc load_some(struct yh_tx *tx, enum yh_naming kind, const struct yh_id *within,
			    const char *const *codes, size_t n_codes, struct yh_arena *arena,
			    struct yh_name_row **out, size_t *n, struct yh_err *err)
{
	struct yh_arg args[YH_NAMING_CODES + 1];
	struct yh_id ids[YH_NAMING_CODES];
	struct yh_rows *rows;
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; rc == YH_OK && i < YH_NAMING_CODES; i++) {
		const char *code = codes[i < n_codes ? i : 0];

		if (kind == YH_NAMING_RESOURCE)
			rc = yh_id_parse(code, &ids[i], err);
		args[i] = kind == YH_NAMING_RESOURCE ? YH_ID(&ids[i]) : YH_T(code);
	}
	if (within)
		args[YH_NAMING_CODES] = YH_ID(within);
	if (rc == YH_OK)
		rc = yh_db_query(tx, err, &rows, texts[kind], args, YH_NAMING_CODES + !!within);
	return rc == YH_OK ? yh_read_all(rows, arena,
					 kind == YH_NAMING_RESOURCE ? read_by_id : read_coded,
					 sizeof **out, out, n, err)
			   : rc;
}

enum yh_rc yh_naming_load(struct yh_tx *tx, enum yh_naming kind, const struct yh_id *within,
			  const char *const *codes, size_t n_codes, struct yh_arena *arena,
			  struct yh_name_row **out, size_t *n, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	*n = 0;
	*out = YH_NEW_N(arena, struct yh_name_row, n_codes + 1);
	if (!*out)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (size_t at = 0; rc == YH_OK && at < n_codes; at += YH_NAMING_CODES) {
		size_t left = n_codes - at, k = 0;
		struct yh_name_row *some;

		rc = load_some(tx, kind, within, codes + at,
			       left < YH_NAMING_CODES ? left : YH_NAMING_CODES, arena, &some, &k,
			       err);
		if (rc == YH_OK && k)
			memcpy(*out + *n, some, k * sizeof *some);
		*n += k;
	}
	return rc;
}
