/* Pieces of SQL that several files of this room read by; nobody else includes this. */
#ifndef YH_STORE_COLUMNS_H
#define YH_STORE_COLUMNS_H

#include "store/read.h"

/* The roles of person $1 on day $2, held or lent; also in what was taken over by an organisation
 * that they act in: nothing is left there but to be read. */
#define YH_SQL_MINE                                                                                \
	"WITH mine (role, org) AS (SELECT g.role, g.org FROM role_grant g WHERE g.person = $1"     \
	" AND g.ended_at IS NULL AND g.first_day <= $2 AND (g.last_day IS NULL OR"                 \
	" g.last_day >= $2) UNION SELECT d.role, d.org FROM delegation d WHERE d.taker = $1 AND"   \
	" d.ended_at IS NULL AND d.first_day <= $2 AND d.last_day >= $2 UNION SELECT g.role,"      \
	" o.id FROM role_grant g JOIN org o ON o.successor = g.org WHERE g.person = $1 AND"        \
	" g.ended_at IS NULL AND g.first_day <= $2 AND (g.last_day IS NULL OR g.last_day >= $2)) "

/* Is an open step late on the day `today` at the instant `now`? A clock in hours is judged by the
 * instant, every other by its day; that of no clock never is. `s` ends in its dot, or is "". */
#define YH_SQL_LATE(s, today, now)                                                                 \
	"(" s "due_day <= " today " AND (" s "due_day < " today " OR (" s                          \
	"due_at IS NOT NULL AND " s "due_at < " now ")))"
/* And was it, when it was closed? */
#define YH_SQL_CLOSED_LATE(s)                                                                      \
	"(" s "closed_at > " s "due_at OR (" s "due_at IS NULL AND (" s "closed_at + 28800000000)" \
	" / 86400000000 > " s "due_day))"

/* Does unit `u` belong to a district that the person works for, as its operator or as the officer
 * who reviews its units' applications? */
#define YH_SQL_OF_DISTRICT                                                                         \
	"u.district <> '' AND u.district IN (SELECT o.district FROM org o JOIN mine m ON m.org ="  \
	" o.id WHERE m.role IN ('operator', 'district_operator'))"

/* Whether the viewer sees duty `d` about organisation `u`: $3 any, $4 cloud, $5 district. */
#define YH_SQL_SEES_DUTY                                                                           \
	"($3 = 1 OR d.owner IN (SELECT org FROM mine) OR d.org IN (SELECT org FROM mine) OR ($4 "  \
	"= 1 AND d.cloud IN (SELECT b.cloud FROM cloud_body b JOIN mine m ON m.org = b.org AND "   \
	"m.role = b.role)) OR ($5 = 1 AND " YH_SQL_OF_DISTRICT ")) "

/* Whose projects are, and who looks after them: $3 any, $4 cloud, $5 district; over `project p` and
 * its unit `u`. */
#define YH_SQL_HAS_PROJECT                                                                         \
	"($3 = 1 OR p.unit IN (SELECT org FROM mine) OR u.sponsor IN (SELECT org FROM mine WHERE"  \
	" role = 'sponsor') OR ($4 = 1 AND p.cloud IN (SELECT b.cloud FROM cloud_body b JOIN mine" \
	" m ON m.org = b.org AND m.role = b.role)) OR ($5 = 1 AND " YH_SQL_OF_DISTRICT ")) "

/* What a viewer sees of projects: also those that one had a step in. */
#define YH_SQL_SEES_PROJECT                                                                        \
	"(" YH_SQL_HAS_PROJECT                                                                     \
	"OR EXISTS (SELECT 1 FROM project_desk y JOIN mine m ON m.org = y.org AND m.role = y.role" \
	" WHERE y.project = p.id)) "

/* The projects that somebody sees who sees neither clouds nor districts, found by indexes; the same
 * as YH_SQL_SEES_PROJECT says of one. */
#define YH_SQL_OWN_PROJECTS                                                                        \
	"SELECT v.id FROM project v WHERE v.unit IN (SELECT org FROM mine UNION SELECT w.id FROM"  \
	" org w WHERE w.sponsor IN (SELECT org FROM mine WHERE role = 'sponsor')) UNION SELECT"    \
	" y.project FROM mine m CROSS JOIN project_desk y WHERE y.org = m.org AND y.role = m.role"
/* The same, or the resources in them, of whom there are so few of: at most `n`, which must be no
 * less than there are. That bound is all that PostgreSQL knows of how many it will find. */
#define YH_SQL_FEW_PROJECTS(n) "SELECT id FROM (" YH_SQL_OWN_PROJECTS ") t LIMIT " n
#define YH_SQL_FEW_RESOURCES(n)                                                                    \
	"SELECT x.id FROM resource x WHERE x.project IN (" YH_SQL_OWN_PROJECTS ") LIMIT " n

/* A list in the order of a unique key, or of another column and that key: { rising, falling }.
 * `head` is the statement up to its last AND, `after` binds the key of the last row that was read
 * ("": from the beginning), `other_of` is the column of a row `q`. */
#define YH_SQL_BY_KEY(head, key, after, limit)                                                     \
	{                                                                                          \
		head key " > " after " ORDER BY " key " LIMIT " limit,                             \
			head "(" after " = '' OR " key " < " after ") ORDER BY " key               \
			     " DESC LIMIT " limit,                                                 \
	}
#define YH_SQL_BEHIND(table, other, other_of, key, key_of, after, cmp)                             \
	"(" after " = '' OR (" other ", " key ") " cmp " ((SELECT " other_of " FROM " table        \
	" q WHERE " key_of " = " after "), " after "))"
#define YH_SQL_BY_OTHER(head, table, other, other_of, key, key_of, after, limit)                   \
	{                                                                                          \
		head YH_SQL_BEHIND(table, other, other_of, key, key_of, after,                     \
				   ">") " ORDER BY " other ", " key " LIMIT " limit,               \
			head YH_SQL_BEHIND(table, other, other_of, key, key_of, after,             \
					   "<") " ORDER BY " other " DESC, " key                   \
						" DESC LIMIT " limit,                              \
	}

/* Of `project p`; as many columns as the name says. */
#define YH_PROJECT_COLUMNS "p.id, p.code, p.unit, p.cloud, p.name, p.state, p.created_at, p.version"
enum { YH_PROJECT_COLUMN_COUNT = 8 };
bool yh_read_project(const struct yh_rows *r, struct yh_arena *a, void *out);

/* Of `resource r`. */
#define YH_RESOURCE_COLUMNS                                                                        \
	"r.id, r.no, r.unit, r.project, r.info_system, r.cloud, r.kind, r.state, r.name, r.item, " \
	"r.provider, r.provider_ref, r.case_id, r.lease_last, r.created_at, r.opened_at, "         \
	"r.formal_at, r.stopped_at, r.destroyed_at, r.version, r.former_kind"
enum { YH_RESOURCE_COLUMN_COUNT = 21 };
bool yh_read_resource(const struct yh_rows *r, struct yh_arena *a, void *out);

#endif
