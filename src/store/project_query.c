/* Lists over projects and resources. */
#include "store/project_query.h"

#include "store/columns.h"

static bool read_project_line(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	enum { REST = YH_PROJECT_COLUMN_COUNT };
	struct yh_project_line *l = out;

	return yh_read_project(r, a, &l->row) && yh_col_keep(r, a, REST, &l->unit_code) &&
	       yh_col_keep(r, a, REST + 1, &l->unit_name) &&
	       yh_col_keep(r, a, REST + 2, &l->cloud_code);
}

#define PROJECTS                                                                                   \
	YH_SQL_MINE                                                                                \
	"SELECT " YH_PROJECT_COLUMNS ", u.code, u.name, k.code FROM project p JOIN org u ON"       \
	" u.id = p.unit JOIN cloud k ON k.id = p.cloud WHERE ($7 = 1 OR p.id = $8) AND ($9 = 1 OR" \
	" p.unit = $10) AND ($11 = 1 OR p.cloud = $12) AND ($13 = '' OR p.state = $13) AND ($14 =" \
	" '' OR lower(p.code) LIKE $14 ESCAPE '!' OR lower(p.name) LIKE $14 ESCAPE '!')"           \
	" AND " YH_SQL_SEES_PROJECT "AND "

enum yh_rc yh_project_page(struct yh_tx *tx, const struct yh_viewer *who,
			   const struct yh_project_filter *f, struct yh_arena *arena,
			   struct yh_project_line **out, size_t *n, struct yh_err *err)
{
	static const char *const texts[3][2] = {
		YH_SQL_BY_KEY(PROJECTS, "p.code", "$6", "$15"),
		YH_SQL_BY_OTHER(PROJECTS, "project", "p.name", "q.name", "p.code", "q.code", "$6",
				"$15"),
		YH_SQL_BY_OTHER(PROJECTS, "project", "p.created_at", "q.created_at", "p.code",
				"q.code", "$6", "$15"),
	};
	const struct yh_arg args[] = {
		YH_ID(&who->person),
		YH_I(who->today),
		YH_I(who->any),
		YH_I(who->cloud),
		YH_I(who->district),
		YH_T(f->after),
		YH_I(yh_id_is_zero(&f->id)),
		YH_ID(&f->id),
		YH_I(yh_id_is_zero(&f->unit)),
		YH_ID(&f->unit),
		YH_I(yh_id_is_zero(&f->cloud)),
		YH_ID(&f->cloud),
		YH_T(f->state),
		YH_T(f->text ? f->text : ""),
		YH_I(f->limit),
	};
	struct yh_rows *rows;
	enum yh_rc rc = yh_db_query(tx, err, &rows, texts[f->sort][f->descending], args,
				    sizeof args / sizeof args[0]);

	return rc == YH_OK ? yh_read_all(rows, arena, read_project_line, sizeof **out, out, n, err)
			   : rc;
}

static bool read_resource_line(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	enum { REST = YH_RESOURCE_COLUMN_COUNT };
	struct yh_resource_line *l = out;

	l->qty_milli = yh_col_i64(r, REST + 6);
	return yh_read_resource(r, a, &l->row) && yh_col_keep(r, a, REST, &l->project_code) &&
	       yh_col_keep(r, a, REST + 1, &l->unit_name) &&
	       yh_col_keep(r, a, REST + 2, &l->system_code) &&
	       yh_col_keep(r, a, REST + 3, &l->item_code) &&
	       yh_col_keep(r, a, REST + 4, &l->item_name) &&
	       yh_col_keep(r, a, REST + 5, &l->measure) &&
	       yh_col_keep(r, a, REST + 7, &l->unit_code);
}

#define RESOURCES                                                                                  \
	YH_SQL_MINE                                                                                \
	"SELECT " YH_RESOURCE_COLUMNS ", p.code, u.name, s.code, i.code, i.name, i.measure,"       \
	" w.qty_milli, u.code FROM resource r JOIN project p ON p.id = r.project JOIN org u ON"    \
	" u.id = p.unit JOIN item i ON i.id = r.item LEFT JOIN info_system s ON"                   \
	" s.id = r.info_system LEFT JOIN resource_size w ON w.resource = r.id AND"                 \
	" w.to_at IS NULL WHERE "
#define FILTERS                                                                                    \
	" AND ($7 = 1 OR r.id = $8) AND ($9 = 1 OR r.project = $10) AND ($11 = 1 OR r.unit = $12)" \
	" AND ($13 = 1 OR r.cloud = $14) AND ($15 = '' OR r.state = $15) AND ($16 = '' OR r.kind"  \
	" = $16) AND ($17 = '' OR lower(r.name) LIKE $17 ESCAPE '!' OR lower(r.no) LIKE $17"       \
	" ESCAPE '!') AND " YH_SQL_SEES_PROJECT "AND "

/* What narrows most is said without alternatives, so that its index is walked. */
#define BY_OTHER(what, other, other_of)                                                            \
	YH_SQL_BY_OTHER(RESOURCES what FILTERS, "resource", other, other_of, "r.no", "q.no", "$6", \
			"$18")
#define ORDERS(what)                                                                               \
	{                                                                                          \
		YH_SQL_BY_KEY(RESOURCES what FILTERS, "r.no", "$6", "$18"),                        \
			BY_OTHER(what, "r.name", "q.name"),                                        \
			BY_OTHER(what, "COALESCE(r.lease_last, 84005)",                            \
				 "COALESCE(q.lease_last, 84005)"),                                 \
			BY_OTHER(what, "COALESCE(r.opened_at, 0)", "COALESCE(q.opened_at, 0)")     \
	}

enum drive { BY_NOTHING, BY_ID, BY_PROJECT, BY_UNIT, BY_OWN, BY_OWN_PROJECT, DRIVE_COUNT };

/* Of whom so few resources, or else projects, are theirs these are walked; else one comes by enough
 * in any order. */
enum { FEW_RESOURCES = 5000, FEW_PROJECTS = 100 };
#define COUNT(few) YH_SQL_MINE "SELECT COUNT(*) FROM (" few ") l"

static enum yh_rc drive_of(struct yh_tx *tx, const struct yh_viewer *who,
			   const struct yh_resource_filter *f, enum drive *drive, int64_t *own,
			   struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	*own = YH_MANY;
	*drive = !yh_id_is_zero(&f->id) ? BY_ID : BY_PROJECT;
	if (*drive == BY_ID || !yh_id_is_zero(&f->project))
		return YH_OK;
	*drive = BY_OWN;
	rc = yh_viewer_own(tx, who, COUNT(YH_SQL_FEW_RESOURCES("$3")), FEW_RESOURCES, own, err);
	if (rc != YH_OK || *own != YH_MANY)
		return rc;
	*drive = BY_OWN_PROJECT;
	rc = yh_viewer_own(tx, who, COUNT(YH_SQL_FEW_PROJECTS("$3")), FEW_PROJECTS, own, err);
	if (*own == YH_MANY)
		*drive = !yh_id_is_zero(&f->unit) ? BY_UNIT : BY_NOTHING;
	return rc;
}

enum yh_rc yh_resource_page(struct yh_tx *tx, const struct yh_viewer *who,
			    const struct yh_resource_filter *f, struct yh_arena *arena,
			    struct yh_resource_line **out, size_t *n, struct yh_err *err)
{
	static const char *const texts[DRIVE_COUNT][4][2] = {
		ORDERS("1 = 1"),
		ORDERS("r.id = $8"),
		ORDERS("r.project = $10"),
		ORDERS("r.unit = $12"),
		ORDERS("r.id IN (" YH_SQL_FEW_RESOURCES("$19") ")"),
		ORDERS("r.project IN (" YH_SQL_FEW_PROJECTS("$19") ")"),
	};
	struct yh_rows *rows;
	enum drive drive;
	int64_t own;
	enum yh_rc rc = drive_of(tx, who, f, &drive, &own, err);
	const struct yh_arg args[] = {
		YH_ID(&who->person),
		YH_I(who->today),
		YH_I(who->any),
		YH_I(who->cloud),
		YH_I(who->district),
		YH_T(f->after),
		YH_I(yh_id_is_zero(&f->id)),
		YH_ID(&f->id),
		YH_I(yh_id_is_zero(&f->project)),
		YH_ID(&f->project),
		YH_I(yh_id_is_zero(&f->unit)),
		YH_ID(&f->unit),
		YH_I(yh_id_is_zero(&f->cloud)),
		YH_ID(&f->cloud),
		YH_T(f->state),
		YH_T(f->kind),
		YH_T(f->text ? f->text : ""),
		YH_I(f->limit),
		YH_I(own),
	};

	if (rc == YH_OK)
		rc = yh_db_query(tx, err, &rows, texts[drive][f->sort][f->descending], args,
				 sizeof args / sizeof args[0] - (own == YH_MANY));

	return rc == YH_OK ? yh_read_all(rows, arena, read_resource_line, sizeof **out, out, n, err)
			   : rc;
}

static bool read_no(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	return yh_col_keep(r, a, 0, out);
}

enum yh_rc yh_resource_numbers(struct yh_tx *tx, const struct yh_viewer *who,
			       const struct yh_id *unit, const struct yh_id *cloud, uint32_t limit,
			       struct yh_arena *arena, const char ***out, size_t *n,
			       struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		YH_SQL_MINE
		"SELECT r.no FROM resource r WHERE r.project IN (SELECT p.id FROM project p JOIN"
		" org u ON u.id = p.unit WHERE ($8 = 1 OR p.unit = $9) AND " YH_SQL_SEES_PROJECT
		") AND ($6 = 1 OR r.cloud = $7) AND ($8 = 1 OR r.unit = $9) LIMIT $10",
		YH_ID(&who->person), YH_I(who->today), YH_I(who->any), YH_I(who->cloud),
		YH_I(who->district), YH_I(yh_id_is_zero(cloud)), YH_ID(cloud),
		YH_I(yh_id_is_zero(unit)), YH_ID(unit), YH_I(limit));

	return rc == YH_OK ? yh_read_all(rows, arena, read_no, sizeof **out, out, n, err) : rc;
}

enum yh_rc yh_resource_id_by_no(struct yh_tx *tx, const char *no, struct yh_id *out,
				struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows, "SELECT id FROM resource WHERE no = $1", YH_T(no));

	return rc == YH_OK ? yh_read_id(rows, out, "resource-unknown", err) : rc;
}
