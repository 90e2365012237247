/* Which rows go over a link, by the keys under which they go. */
#include "store/mirror.h"

#include <string.h>

#include "store/read.h"

/* One list: what follows FROM, the key, and which rows. $1 cloud, $2 district, $3 register; $4 and
 * $5 what narrows it; $6 how many. */
struct list {
	const char *pages, *by_id, *by_key;
};
#define LIST(id, key, from)                                                                        \
	{                                                                                          \
		"SELECT " id ", " key " FROM " from " AND $3 = $3 AND " key                        \
		" > $4 AND $5 = $5 ORDER BY " key " LIMIT $6",                                     \
			"SELECT " id ", " key " FROM " from " AND $3 = $3 AND " id                 \
			" = $5 AND $4 = $4 LIMIT $6",                                              \
			"SELECT " id ", " key " FROM " from " AND $3 = $3 AND " key                \
			" = $4 AND $5 = $5 LIMIT $6",                                              \
	}
#define NUMBER "substr('000000' || CAST(e.number AS text), length(CAST(e.number AS text)) + 1)"
static const struct list lists[YH_MIRROR_LISTS] = {
	[YH_MIRROR_ORGS] =
		LIST("o.id", "o.code",
		     "org o WHERE ((o.kind = 'unit' AND o.district = $2) OR (o.kind = 'provider'"
		     " AND (o.id IN (SELECT b.org FROM cloud_body b WHERE b.cloud = $1 AND b.role"
		     " = 'provider') OR o.id IN (SELECT r.provider FROM resource r WHERE r.cloud ="
		     " $1))))"),
	[YH_MIRROR_PROJECTS] = LIST("p.id", "p.code",
				    "project p JOIN org u ON u.id = p.unit WHERE p.cloud = $1 AND"
				    " u.district = $2"),
	[YH_MIRROR_SYSTEMS] =
		LIST("s.id", "(p.code || '/' || s.code)",
		     "info_system s JOIN project p ON p.id = s.project JOIN org u ON u.id = p.unit"
		     " WHERE p.cloud = $1 AND u.district = $2"),
	[YH_MIRROR_RESOURCES] = LIST("r.id", "r.no",
				     "resource r JOIN org u ON u.id = r.unit WHERE r.cloud = $1 AND"
				     " u.district = $2 AND r.opened_at IS NOT NULL"),
	[YH_MIRROR_EDITIONS] = LIST("e.id", NUMBER,
				    "edition e WHERE e.cloud = $1 AND $2 = $2 AND e.state IN"
				    " ('published', 'withdrawn')"),
	[YH_MIRROR_ITEMS] = LIST("i.id", "(" NUMBER " || '/' || i.code)",
				 "item i JOIN edition e ON e.id = i.edition WHERE e.cloud = $1 AND"
				 " $2 = $2 AND e.state IN ('published', 'withdrawn')"),
	[YH_MIRROR_STATEMENTS] = LIST("t.id", "t.no",
				      "statement t JOIN org u ON u.id = t.unit WHERE t.cloud = $1"
				      " AND u.district = $2 AND t.state = 'closed'"),
	[YH_MIRROR_RECORDS] = { "SELECT l.id, l.no FROM ledger l LEFT JOIN org u ON u.id = l.org "
				"WHERE l.cloud ="
				" $1 AND (l.org IS NULL OR u.district = $2) AND l.register = $3 "
				"AND l.no > $4 AND"
				" $5 = $5 ORDER BY l.no LIMIT $6",
				"SELECT l.id, l.no FROM ledger l LEFT JOIN org u ON u.id = l.org "
				"WHERE l.cloud ="
				" $1 AND (l.org IS NULL OR u.district = $2) AND l.register = $3 "
				"AND $4 = $4 AND"
				" l.id = $5 LIMIT $6",
				"SELECT l.id, l.no FROM ledger l LEFT JOIN org u ON u.id = l.org "
				"WHERE l.cloud ="
				" $1 AND (l.org IS NULL OR u.district = $2) AND l.register = $3 "
				"AND l.no = $4 AND"
				" $5 = $5 LIMIT $6" },
};

static bool read_row(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_mirror_row *w = out;

	w->id = yh_col_id(r, 0);
	return yh_col_keep(r, a, 1, &w->key);
}

static enum yh_rc ask(struct yh_tx *tx, const char *sql, const struct yh_mirror_of *of,
		      const char *key, const struct yh_id *id, size_t limit, struct yh_rows **rows,
		      struct yh_err *err)
{
	return yh_query(tx, err, rows, sql, YH_ID(&of->cloud), YH_T(of->district),
			YH_T(of->reg ? of->reg : ""), YH_T(key), YH_ID(id), YH_I(limit));
}

static const struct yh_id nobody;

enum yh_rc yh_mirror_keys(struct yh_tx *tx, enum yh_mirror_list list, const struct yh_mirror_of *of,
			  const char *after, size_t limit, struct yh_arena *arena,
			  struct yh_mirror_row **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = ask(tx, lists[list].pages, of, after, &nobody, limit, &rows, err);

	return rc == YH_OK ? yh_read_all(rows, arena, read_row, sizeof **out, out, n, err) : rc;
}

enum yh_rc yh_mirror_key_of(struct yh_tx *tx, enum yh_mirror_list list,
			    const struct yh_mirror_of *of, const struct yh_id *id,
			    struct yh_arena *arena, const char **key, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = ask(tx, lists[list].by_id, of, "", id, 1, &rows, err);

	*key = "";
	if (rc != YH_OK)
		return rc;
	if (yh_rows_next(rows) && !yh_col_keep(rows, arena, 1, key))
		rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (rc == YH_OK)
		return yh_rows_end(rows, err);
	yh_rows_drop(&rows);
	return rc;
}

/* The six digits that a key of the catalogue begins with; -1: it does not. */
static int64_t number_of(const char *key)
{
	int64_t n = 0;

	for (int i = 0; i < 6; i++) {
		if (key[i] < '0' || key[i] > '9')
			return -1;
		n = n * 10 + (key[i] - '0');
	}
	return key[6] && key[6] != '/' ? -1 : n;
}

/* Of keys that are made of several columns, by the columns, which have indexes. */
static enum yh_rc ask_parts(struct yh_tx *tx, enum yh_mirror_list list,
			    const struct yh_mirror_of *of, const char *key, struct yh_rows **rows,
			    struct yh_err *err)
{
	const char *slash = strrchr(key, '/');
	char lead[160];
	size_t n = slash ? (size_t)(slash - key) : 0;

	if (list == YH_MIRROR_EDITIONS)
		return yh_query(tx, err, rows,
				"SELECT e.id FROM edition e WHERE e.cloud = $1 AND e.number = $2"
				" AND e.state IN ('published', 'withdrawn')",
				YH_ID(&of->cloud), YH_I(slash ? -1 : number_of(key)));
	if (list == YH_MIRROR_ITEMS)
		return yh_query(tx, err, rows,
				"SELECT i.id FROM edition e JOIN item i ON i.edition = e.id WHERE"
				" e.cloud = $1 AND e.number = $2 AND i.code = $3 AND e.state IN"
				" ('published', 'withdrawn')",
				YH_ID(&of->cloud), YH_I(number_of(key)),
				YH_T(slash ? slash + 1 : ""));
	if (n >= sizeof lead)
		n = 0;
	memcpy(lead, key, n);
	lead[n] = 0;
	return yh_query(tx, err, rows,
			"SELECT s.id FROM project p JOIN info_system s ON s.project = p.id JOIN"
			" org u ON u.id = p.unit WHERE p.code = $1 AND s.code = $2 AND p.cloud ="
			" $3 AND u.district = $4",
			YH_T(lead), YH_T(slash ? slash + 1 : ""), YH_ID(&of->cloud),
			YH_T(of->district));
}

enum yh_rc yh_mirror_id_of(struct yh_tx *tx, enum yh_mirror_list list,
			   const struct yh_mirror_of *of, const char *key, struct yh_id *id,
			   struct yh_err *err)
{
	bool parts =
		list == YH_MIRROR_EDITIONS || list == YH_MIRROR_ITEMS || list == YH_MIRROR_SYSTEMS;
	struct yh_rows *rows;
	enum yh_rc rc = parts ? ask_parts(tx, list, of, key, &rows, err)
			      : ask(tx, lists[list].by_key, of, key, &nobody, 1, &rows, err);

	*id = nobody;
	if (rc != YH_OK)
		return rc;
	if (yh_rows_next(rows))
		*id = yh_col_id(rows, 0);
	return yh_rows_end(rows, err);
}

static bool read_no(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	return yh_col_keep(r, a, 0, out);
}

enum yh_rc yh_mirror_of_project(struct yh_tx *tx, const struct yh_id *project,
				struct yh_arena *arena, const char ***out, size_t *n,
				struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT no FROM resource WHERE project = $1 AND opened_at IS NOT"
				 " NULL ORDER BY no",
				 YH_ID(project));

	return rc == YH_OK ? yh_read_all(rows, arena, read_no, sizeof **out, out, n, err) : rc;
}

enum yh_rc yh_mirror_past_codes(struct yh_tx *tx, const struct yh_id *project,
				struct yh_arena *arena, const char ***out, size_t *n,
				struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT DISTINCT code FROM project_past WHERE project = $1",
				 YH_ID(project));

	return rc == YH_OK ? yh_read_all(rows, arena, read_no, sizeof **out, out, n, err) : rc;
}

enum yh_rc yh_mirror_case_no(struct yh_tx *tx, const struct yh_id *id, char out[40],
			     struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc =
		yh_query(tx, err, &rows, "SELECT no FROM case_file WHERE id = $1", YH_ID(id));

	out[0] = 0;
	if (rc != YH_OK)
		return rc;
	if (yh_rows_next(rows))
		yh_col_copy(rows, 0, out, 40);
	return yh_rows_end(rows, err);
}

static bool read_item(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_mirror_item *i = out;

	(void)a;
	i->id = yh_col_id(r, 0);
	i->edition = yh_col_i64(r, 1);
	YH_COL_COPY(r, 2, i->code);
	return true;
}

enum yh_rc yh_mirror_item_named(struct yh_tx *tx, const struct yh_id *id,
				struct yh_mirror_item *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT i.id, e.number, i.code FROM item i JOIN edition e ON e.id"
				 " = i.edition WHERE i.id = $1",
				 YH_ID(id));

	return rc == YH_OK ? yh_read_one(rows, NULL, read_item, out, "item-unknown", err) : rc;
}

enum yh_rc yh_mirror_metrics(struct yh_tx *tx, const struct yh_id *cloud, struct yh_arena *arena,
			     const char ***out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT DISTINCT i.metric FROM item i JOIN edition e ON e.id ="
				 " i.edition WHERE e.cloud = $1 AND i.metric <> ''",
				 YH_ID(cloud));

	return rc == YH_OK ? yh_read_all(rows, arena, read_no, sizeof **out, out, n, err) : rc;
}

enum yh_rc yh_mirror_metered(struct yh_tx *tx, const struct yh_mirror_of *of, yh_time since,
			     const char *after, size_t limit, struct yh_arena *arena,
			     const char ***out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT r.no FROM resource r JOIN org u ON u.id = r.unit WHERE"
				 " r.cloud = $1 AND u.district = $2 AND r.opened_at IS NOT NULL AND"
				 " (r.destroyed_at IS NULL OR r.destroyed_at > $3) AND r.no > $4"
				 " ORDER BY r.no LIMIT $5",
				 YH_ID(&of->cloud), YH_T(of->district), YH_I(since), YH_T(after),
				 YH_I(limit));

	return rc == YH_OK ? yh_read_all(rows, arena, read_no, sizeof **out, out, n, err) : rc;
}
