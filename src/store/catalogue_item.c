/* The items of an edition, with their price tiers and dimensions. */
#include <string.h>

#include "store/catalogue.h"
#include "store/read.h"

#define ITEM_COLUMNS                                                                               \
	"i.id, i.edition, i.code, i.class, i.category, i.name, i.content, i.per, i.measure, "      \
	"i.mode, i.free_milli, i.minimum_e6, i.step_milli, i.tags, i.trusted, i.exposed, "         \
	"i.package_milli, i.metric, i.metric_as, i.metric_per"

/* Three texts over the same items in the same order: the items, their tiers, their dimensions. */
struct item_query {
	const char *items, *tiers, *dims;
};
#define ITEM_QUERY(where)                                                                          \
	{                                                                                          \
		"SELECT " ITEM_COLUMNS " FROM item i WHERE " where " ORDER BY i.code",             \
			"SELECT t.item, t.from_milli, t.price_e6 FROM item_tier t JOIN item i ON"  \
			" i.id = t.item WHERE " where " ORDER BY i.code, t.from_milli",            \
			"SELECT d.item, d.dim, d.qty_milli FROM item_dim d JOIN item i ON"         \
			" i.id = d.item WHERE " where " ORDER BY i.code, d.dim"                    \
	}
static const struct item_query OF_EDITION = ITEM_QUERY("i.edition = $1");
static const struct item_query BY_CODE = ITEM_QUERY("i.edition = $1 AND i.code = $2");
static const struct item_query BY_ID = ITEM_QUERY("i.id = $1");

static bool read_item(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_item_row *i = out;

	*i = (struct yh_item_row){
		.id = yh_col_id(r, 0),
		.edition = yh_col_id(r, 1),
		.category = yh_arena_strdup(a, yh_col_text(r, 4)),
		.name = yh_arena_strdup(a, yh_col_text(r, 5)),
		.content = yh_arena_strdup(a, yh_col_text(r, 6)),
		.free_milli = yh_col_i64(r, 10),
		.minimum_e6 = yh_col_i64(r, 11),
		.step_milli = yh_col_i64(r, 12),
		.tags = yh_arena_strdup(a, yh_col_text(r, 13)),
		.trusted = yh_col_i64(r, 14) != 0,
		.exposed = yh_col_i64(r, 15) != 0,
		.package_milli = yh_col_i64(r, 16),
		.metric_per = yh_col_i64(r, 19),
	};
	YH_COL_COPY(r, 2, i->code);
	YH_COL_COPY(r, 3, i->class_);
	YH_COL_COPY(r, 7, i->per);
	YH_COL_COPY(r, 8, i->measure);
	YH_COL_COPY(r, 9, i->mode);
	YH_COL_COPY(r, 17, i->metric);
	YH_COL_COPY(r, 18, i->metric_as);
	return i->category && i->name && i->content && i->tags;
}

struct tier_line {
	struct yh_id item;
	struct yh_tier tier;
};

static bool read_tier(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	(void)a;
	*(struct tier_line *)out = (struct tier_line){
		.item = yh_col_id(r, 0),
		.tier = { yh_col_i64(r, 1), yh_col_i64(r, 2) },
	};
	return true;
}

struct dim_line {
	struct yh_id item;
	struct yh_item_dim dim;
};

static bool read_dim(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct dim_line *d = out;

	(void)a;
	*d = (struct dim_line){ .item = yh_col_id(r, 0) };
	YH_COL_COPY(r, 1, d->dim.dim);
	d->dim.qty_milli = yh_col_i64(r, 2);
	return true;
}

/* Gives each item its slice of the lines, which come in the order of the items. */
static bool share_tiers(struct yh_arena *a, struct yh_item_row *items, size_t n_items,
			const struct tier_line *lines, size_t n)
{
	struct yh_tier *flat = YH_NEW_N(a, struct yh_tier, n + 1);
	size_t at = 0;

	for (size_t i = 0; flat && i < n_items; i++) {
		items[i].tiers = flat + at;
		for (; at < n && yh_id_eq(&lines[at].item, &items[i].id); at++) {
			flat[at] = lines[at].tier;
			items[i].n_tiers++;
		}
	}
	return flat != NULL;
}

static bool share_dims(struct yh_arena *a, struct yh_item_row *items, size_t n_items,
		       const struct dim_line *lines, size_t n)
{
	struct yh_item_dim *flat = YH_NEW_N(a, struct yh_item_dim, n + 1);
	size_t at = 0;

	for (size_t i = 0; flat && i < n_items; i++) {
		items[i].dims = flat + at;
		for (; at < n && yh_id_eq(&lines[at].item, &items[i].id); at++) {
			flat[at] = lines[at].dim;
			items[i].n_dims++;
		}
	}
	return flat != NULL;
}

static enum yh_rc lines_of(struct yh_tx *tx, const char *sql, const struct yh_arg *args,
			   size_t n_args, struct yh_arena *arena, yh_read_fn read, size_t size,
			   void **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_db_query(tx, err, &rows, sql, args, n_args);

	return rc == YH_OK ? yh_read_all(rows, arena, read, size, out, n, err) : rc;
}

static enum yh_rc load_items(struct yh_tx *tx, const struct item_query *q,
			     const struct yh_arg *args, size_t n_args, struct yh_arena *arena,
			     struct yh_item_row **out, size_t *n, struct yh_err *err)
{
	void *items, *tiers, *dims;
	size_t n_tiers, n_dims;
	enum yh_rc rc;

	rc = lines_of(tx, q->items, args, n_args, arena, read_item, sizeof **out, &items, n, err);
	if (rc == YH_OK)
		rc = lines_of(tx, q->tiers, args, n_args, arena, read_tier,
			      sizeof(struct tier_line), &tiers, &n_tiers, err);
	if (rc == YH_OK)
		rc = lines_of(tx, q->dims, args, n_args, arena, read_dim, sizeof(struct dim_line),
			      &dims, &n_dims, err);
	if (rc != YH_OK)
		return rc;
	*out = items;
	if (!share_tiers(arena, *out, *n, tiers, n_tiers) ||
	    !share_dims(arena, *out, *n, dims, n_dims))
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	return YH_OK;
}

enum yh_rc yh_item_list(struct yh_tx *tx, const struct yh_id *edition, struct yh_arena *arena,
			struct yh_item_row **out, size_t *n, struct yh_err *err)
{
	return load_items(tx, &OF_EDITION, YH_ARGV(YH_ID(edition)), arena, out, n, err);
}

static enum yh_rc one_item(struct yh_tx *tx, const struct item_query *q, const struct yh_arg *args,
			   size_t n_args, struct yh_arena *arena, struct yh_item_row *out,
			   struct yh_err *err)
{
	struct yh_item_row *items;
	size_t n;
	enum yh_rc rc = load_items(tx, q, args, n_args, arena, &items, &n, err);

	if (rc != YH_OK)
		return rc;
	if (n == 0)
		return yh_fail(err, YH_NOT_FOUND, "item-unknown");
	*out = items[0];
	return YH_OK;
}

enum yh_rc yh_item_by_code(struct yh_tx *tx, const struct yh_id *edition, const char *code,
			   struct yh_arena *arena, struct yh_item_row *out, struct yh_err *err)
{
	enum yh_rc rc =
		one_item(tx, &BY_CODE, YH_ARGV(YH_ID(edition), YH_T(code)), arena, out, err);

	if (rc == YH_NOT_FOUND)
		yh_err_text(err, "item", code);
	return rc;
}

enum yh_rc yh_item_load(struct yh_tx *tx, const struct yh_id *id, struct yh_arena *arena,
			struct yh_item_row *out, struct yh_err *err)
{
	return one_item(tx, &BY_ID, YH_ARGV(YH_ID(id)), arena, out, err);
}

enum yh_rc yh_item_insert(struct yh_tx *tx, const struct yh_item_row *i, struct yh_err *err)
{
	enum yh_rc rc = yh_exec(
		tx, err,
		"INSERT INTO item (id, edition, code, class, category, name,"
		" content, per, measure, mode, free_milli, minimum_e6, step_milli,"
		" tags, trusted, exposed, package_milli, metric, metric_as, metric_per)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15,"
		" $16, $17, $18, $19, $20)",
		YH_ID(&i->id), YH_ID(&i->edition), YH_T(i->code), YH_T(i->class_),
		YH_T(i->category), YH_T(i->name), YH_T(i->content), YH_T(i->per), YH_T(i->measure),
		YH_T(i->mode), YH_I(i->free_milli), YH_I(i->minimum_e6), YH_I(i->step_milli),
		YH_T(i->tags), YH_I(i->trusted), YH_I(i->exposed), YH_I(i->package_milli),
		YH_T(i->metric), YH_T(i->metric_as), YH_I(i->metric_per));

	for (size_t t = 0; rc == YH_OK && t < i->n_tiers; t++)
		rc = yh_exec(tx, err,
			     "INSERT INTO item_tier (item, from_milli, price_e6) VALUES ($1, $2,"
			     " $3)",
			     YH_ID(&i->id), YH_I(i->tiers[t].from_milli),
			     YH_I(i->tiers[t].price_e6));
	for (size_t d = 0; rc == YH_OK && d < i->n_dims; d++)
		rc = yh_exec(tx, err,
			     "INSERT INTO item_dim (item, dim, qty_milli) VALUES ($1, $2, $3)",
			     YH_ID(&i->id), YH_T(i->dims[d].dim), YH_I(i->dims[d].qty_milli));
	return rc;
}

enum yh_rc yh_items_delete(struct yh_tx *tx, const struct yh_id *edition, struct yh_err *err)
{
	enum yh_rc rc = yh_exec(tx, err,
				"DELETE FROM item_tier WHERE item IN (SELECT id FROM item WHERE"
				" edition = $1)",
				YH_ID(edition));

	if (rc == YH_OK)
		rc = yh_exec(tx, err,
			     "DELETE FROM item_dim WHERE item IN (SELECT id FROM item WHERE"
			     " edition = $1)",
			     YH_ID(edition));
	return rc == YH_OK ? yh_exec(tx, err, "DELETE FROM item WHERE edition = $1", YH_ID(edition))
			   : rc;
}

/* ---- codes that an edition lacks ---- */

#define LACKS(item)                                                                                \
	"NOT EXISTS (SELECT 1 FROM item k WHERE k.edition = $2 AND k.code = " item ".code)"

static bool read_use(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_code_use *u = out;

	(void)a;
	*u = (struct yh_code_use){ .resources = yh_col_i64(r, 1) };
	YH_COL_COPY(r, 0, u->code);
	return true;
}

/* Every resource is looked at for it: only once an edition does lack something. */
static enum yh_rc lacking_in_use(struct yh_tx *tx, const struct yh_edition_row *e,
				 struct yh_arena *arena, struct yh_code_use **out, size_t *n,
				 struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		"SELECT u.code, COUNT(*) FROM (SELECT i.code AS code FROM resource_size z JOIN"
		" resource r ON r.id = z.resource JOIN item i ON i.id = z.item WHERE z.to_at IS "
		"NULL"
		" AND r.cloud = $1 AND " LACKS(
			"i") " UNION ALL SELECT i.code AS code FROM resource"
			     " r JOIN item i ON i.id = r.item WHERE r.cloud = $1 AND r.state = "
			     "'applied' AND"
			     " " LACKS("i") ") u GROUP BY u.code ORDER BY u.code",
		YH_ID(&e->cloud), YH_ID(&e->id));

	return rc == YH_OK ? yh_read_all(rows, arena, read_use, sizeof **out, out, n, err) : rc;
}

enum yh_rc yh_edition_lacking(struct yh_tx *tx, const struct yh_edition_row *e,
			      struct yh_arena *arena, struct yh_code_use **out, size_t *n,
			      struct yh_err *err)
{
	struct yh_rows *rows;
	bool any = false;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT 1 FROM item i JOIN edition e ON e.id = i.edition WHERE"
				 " e.cloud = $1 AND " LACKS("i") " LIMIT 1",
				 YH_ID(&e->cloud), YH_ID(&e->id));

	*out = NULL;
	*n = 0;
	if (rc == YH_OK)
		rc = yh_read_any(rows, &any, err);
	return rc == YH_OK && any ? lacking_in_use(tx, e, arena, out, n, err) : rc;
}

enum yh_rc yh_item_reused(struct yh_tx *tx, const struct yh_id *edition, char code[YH_ITEM_CODE],
			  int64_t *number, struct yh_err *err)
{
	YH_ROWS_AUTO rows = NULL;
	enum yh_rc rc =
		yh_query(tx, err, &rows,
			 "SELECT n.code, was.number FROM item n JOIN edition mine ON mine.id"
			 " = n.edition JOIN edition was ON was.cloud = mine.cloud AND"
			 " was.state = 'published' JOIN item i ON i.edition = was.id AND"
			 " i.code = n.code WHERE n.edition = $1 AND (i.class <> n.class OR"
			 " i.measure <> n.measure) ORDER BY n.code, was.number LIMIT 1",
			 YH_ID(edition));

	*number = 0;
	if (rc != YH_OK || !yh_rows_next(rows))
		return rc;
	yh_col_copy(rows, 0, code, YH_ITEM_CODE);
	*number = yh_col_i64(rows, 1);
	return YH_OK;
}
