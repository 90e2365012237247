/* Reorganisations: what moves, and who had what before. */
#include "store/move.h"

#include <string.h>

#include "store/mark.h"
#include "store/read.h"

/* ---- plans ---- */

enum yh_rc yh_reorg_insert(struct yh_tx *tx, const struct yh_reorg_row *r, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO reorg (case_id, kind, day, state, ended_at, fault, org) VALUES"
		       " ($1, $2, $3, $4, NULL, '', $5)",
		       YH_ID(&r->case_id), YH_T(r->kind), YH_I(r->day), YH_T(r->state),
		       YH_ID(&r->org));
}

static bool read_reorg(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_reorg_row *g = out;

	*g = (struct yh_reorg_row){ .case_id = yh_col_id(r, 0),
				    .day = yh_col_day(r, 2),
				    .ended_at = yh_col_i64(r, 4),
				    .org = yh_col_id(r, 6) };
	YH_COL_COPY(r, 1, g->kind);
	YH_COL_COPY(r, 3, g->state);
	return yh_col_keep(r, a, 5, &g->fault);
}

enum yh_rc yh_reorg_load(struct yh_tx *tx, const struct yh_id *case_id, struct yh_arena *arena,
			 struct yh_reorg_row *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT case_id, kind, day, state, ended_at, fault, org FROM reorg"
				 " WHERE case_id = $1",
				 YH_ID(case_id));

	return rc == YH_OK ? yh_read_one(rows, arena, read_reorg, out, "reorg-unknown", err) : rc;
}

enum yh_rc yh_reorg_end(struct yh_tx *tx, const struct yh_id *case_id, const char *state,
			yh_time at, const char *fault, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "UPDATE reorg SET state = $1, ended_at = $2, fault = $3 WHERE case_id = $4",
		       YH_T(state), YH_I(at), YH_T(fault), YH_ID(case_id));
}

#define PLANNED                                                                                    \
	"SELECT c.no FROM reorg g JOIN case_file c ON c.id = g.case_id"                            \
	" WHERE g.state = 'planned' AND g.org = $1"
#define FIRST " ORDER BY c.no LIMIT 1"

/* "" where there is none. */
static enum yh_rc read_no(struct yh_rows *rows, char no[40], struct yh_err *err)
{
	no[0] = 0;
	if (yh_rows_next(rows))
		yh_col_copy(rows, 0, no, 40);
	return yh_rows_end(rows, err);
}

enum yh_rc yh_reorg_planned(struct yh_tx *tx, const struct yh_id *case_id, const struct yh_id *org,
			    const char *beside, char no[40], struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc =
		yh_query(tx, err, &rows, PLANNED " AND g.case_id <> $2 AND g.kind <> $3" FIRST,
			 YH_ID(org), YH_ID(case_id), YH_T(beside));

	return rc == YH_OK ? read_no(rows, no, err) : rc;
}

enum yh_rc yh_reorg_leaves(struct yh_tx *tx, const struct yh_id *org, yh_day day, char no[40],
			   struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc =
		yh_query(tx, err, &rows, PLANNED " AND g.kind = 'merge' AND g.day <= $2" FIRST,
			 YH_ID(org), YH_I(day));

	return rc == YH_OK ? read_no(rows, no, err) : rc;
}

enum yh_rc yh_reorg_replaced(struct yh_tx *tx, const struct yh_id *provider,
			     const struct yh_id *cloud, bool *found, struct yh_reorg_at *at,
			     struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT g.case_id, g.day, g.ended_at FROM reorg g JOIN case_file c"
				 " ON c.id = g.case_id WHERE g.kind = 'replace' AND g.state ="
				 " 'done' AND g.org = $1 AND c.cloud = $2 AND (g.day > $3 OR g.day"
				 " = $3 AND (g.ended_at > $4 OR g.ended_at = $4 AND g.case_id >"
				 " $5)) ORDER BY g.day, g.ended_at, g.case_id LIMIT 1",
				 YH_ID(provider), YH_ID(cloud), YH_I(at->day), YH_I(at->at),
				 YH_ID(&at->case_id));

	*found = false;
	if (rc != YH_OK)
		return rc;
	if (yh_rows_next(rows)) {
		*found = true;
		at->case_id = yh_col_id(rows, 0);
		at->day = yh_col_day(rows, 1);
		at->at = yh_col_i64(rows, 2);
	}
	return yh_rows_end(rows, err);
}

/* ---- how much it is ---- */

static enum yh_rc count_all(struct yh_tx *tx, const char *const *texts, size_t n,
			    const struct yh_id *org, const struct yh_id *of,
			    struct yh_move_sums *out, struct yh_err *err)
{
	int64_t *const into[] = {
		&out->resources, &out->quotas,   &out->reservations, &out->cases,
		&out->steps,     &out->findings, &out->records,      &out->duties
	};
	enum yh_rc rc = YH_OK;

	*out = (struct yh_move_sums){ 0 };
	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		struct yh_rows *rows;

		if (!texts[i])
			continue;
		rc = yh_query(tx, err, &rows, texts[i], YH_ID(org), YH_ID0(of));
		if (rc == YH_OK)
			rc = yh_read_i64(rows, into[i], err);
	}
	return rc;
}

enum yh_rc yh_move_count(struct yh_tx *tx, const struct yh_id *org, const struct yh_id *project,
			 struct yh_move_sums *out, struct yh_err *err)
{
	static const char *const texts[] = {
		"SELECT count(*) FROM resource WHERE unit = $1 AND ($2 IS NULL OR project = $2)"
		" AND state IN ('applied', 'running', 'stopped')",
		"SELECT count(*) FROM quota_line WHERE unit = $1 AND ($2 IS NULL OR project = $2)"
		" AND last_day IS NULL",
		"SELECT count(*) FROM reservation WHERE unit = $1 AND ($2 IS NULL OR project = $2)"
		" AND released_at IS NULL",
		"SELECT count(*) FROM case_file WHERE unit = $1 AND ($2 IS NULL OR project = $2)"
		" AND ended_at IS NULL",
		"SELECT count(*) FROM case_step s JOIN case_file c ON c.id = s.case_id WHERE"
		" s.org = $1 AND ($2 IS NULL OR c.project = $2) AND s.closed_at IS NULL",
		"SELECT count(*) FROM finding WHERE unit = $1 AND ($2 IS NULL OR project = $2)"
		" AND ended_at IS NULL",
		"SELECT count(*) FROM ledger WHERE org = $1 AND ($2 IS NULL OR project = $2)"
		" AND final = 0",
		"SELECT count(*) FROM duty WHERE owner = $1 AND ($2 IS NULL OR project = $2)"
		" AND ended_at IS NULL",
	};
	return count_all(tx, texts, sizeof texts / sizeof texts[0], org, project, out, err);
}

enum yh_rc yh_move_count_provider(struct yh_tx *tx, const struct yh_id *org,
				  const struct yh_id *cloud, struct yh_move_sums *out,
				  struct yh_err *err)
{
	static const char *const texts[] = {
		"SELECT count(*) FROM resource WHERE provider = $1 AND cloud = $2 AND state IN"
		" ('applied', 'running', 'stopped')",
		NULL,
		NULL,
		"SELECT count(*) FROM case_file WHERE provider = $1 AND cloud = $2 AND ended_at IS"
		" NULL",
		"SELECT count(*) FROM case_step s JOIN case_file c ON c.id = s.case_id WHERE"
		" s.org = $1 AND c.cloud = $2 AND s.closed_at IS NULL",
		NULL,
		NULL,
		"SELECT count(*) FROM duty WHERE owner = $1 AND cloud = $2 AND ended_at IS NULL",
	};

	return count_all(tx, texts, sizeof texts / sizeof texts[0], org, cloud, out, err);
}

/* Of supervisions: what was answered still says by whom. */
#define UNANSWERED " WHERE desk = $2 AND kind = 'supervise' AND answered_at IS NULL"

/* Whose the open steps of an organisation were until now; of one that stays with it that is as
 * true.
 */
static enum yh_rc keep_steps(struct yh_tx *tx, const struct yh_move *m, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO case_step_past (step, until_at, org, due_day) SELECT id, $1,"
		       " org, due_day FROM case_step WHERE org = $2 AND closed_at IS NULL ON"
		       " CONFLICT DO NOTHING",
		       YH_I(m->at), YH_ID(&m->from));
}

/* ---- a project ---- */

static enum yh_rc keep_past(struct yh_tx *tx, const struct yh_move *m, const struct yh_id *project,
			    struct yh_err *err)
{
	/* moved twice at one instant: who had it before keeps it until then */
	enum yh_rc rc = yh_exec(
		tx, err,
		"INSERT INTO tenure (resource, until_at, unit, provider, case_id) SELECT id, $1,"
		" unit, provider, $2 FROM resource WHERE project = $3 AND state IN ('applied',"
		" 'running', 'stopped') ON CONFLICT DO NOTHING",
		YH_I(m->at), YH_ID(&m->case_id), YH_ID(project));

	if (rc == YH_OK)
		rc = yh_exec(tx, err,
			     "INSERT INTO project_past (project, until_at, unit, code, case_id)"
			     " SELECT id, $1, unit, code, $2 FROM project WHERE id = $3"
			     " ON CONFLICT DO NOTHING",
			     YH_I(m->at), YH_ID(&m->case_id), YH_ID(project));
	return rc == YH_OK ? keep_steps(tx, m, err) : rc;
}

#define NO_STEP_LEFT                                                                               \
	" AND NOT EXISTS (SELECT 1 FROM case_file c JOIN case_step s ON s.case_id = c.id WHERE"    \
	" c.project = project_desk.project AND s.org = project_desk.org AND s.role ="              \
	" project_desk.role)"

static enum yh_rc move_cases(struct yh_tx *tx, const struct yh_move *m, const struct yh_id *project,
			     struct yh_err *err)
{
	/* who takes a step over sees its project from then on; who closed one goes on to */
	enum yh_rc rc = yh_exec(tx, err,
				"INSERT INTO project_desk (project, org, role) SELECT project, $1,"
				" role FROM project_desk WHERE org = $2 AND project = $3 ON"
				" CONFLICT DO NOTHING",
				YH_ID(&m->to), YH_ID(&m->from), YH_ID(project));

	if (rc == YH_OK)
		rc = yh_exec(tx, err,
			     "UPDATE case_step SET org = $1 WHERE org = $2 AND closed_at IS NULL"
			     " AND case_id IN (SELECT id FROM case_file WHERE project = $3 AND"
			     " ended_at IS NULL)",
			     YH_ID(&m->to), YH_ID(&m->from), YH_ID(project));
	if (rc == YH_OK)
		rc = yh_exec(
			tx, err,
			"DELETE FROM project_desk WHERE org = $1 AND project = $2" NO_STEP_LEFT,
			YH_ID(&m->from), YH_ID(project));
	if (rc == YH_OK)
		rc = yh_exec(tx, err,
			     "UPDATE case_file SET filer_org = $1 WHERE filer_org = $2 AND project"
			     " = $3 AND ended_at IS NULL",
			     YH_ID(&m->to), YH_ID(&m->from), YH_ID(project));
	if (rc == YH_OK)
		rc = yh_exec(tx, err,
			     "UPDATE case_file SET unit = $1, changed_at = $2, version = version +"
			     " 1 WHERE unit = $3 AND project = $4 AND ended_at IS NULL",
			     YH_ID(&m->to), YH_I(m->at), YH_ID(&m->from), YH_ID(project));
	return rc;
}

/* What it owes: of a project, on a cloud, or (both zero) at all. */
static enum yh_rc move_duties(struct yh_tx *tx, const struct yh_move *m,
			      const struct yh_id *project, const struct yh_id *cloud,
			      struct yh_err *err)
{
	return yh_exec(tx, err,
		       "UPDATE duty SET owner = $1, changed_at = $2, version = version + 1 WHERE"
		       " owner = $3 AND ended_at IS NULL AND ($4 = 1 OR project = $5) AND ($6 = 1"
		       " OR cloud = $7)",
		       YH_ID(&m->to), YH_I(m->at), YH_ID(&m->from), YH_I(yh_id_is_zero(project)),
		       YH_ID(project), YH_I(yh_id_is_zero(cloud)), YH_ID(cloud));
}

enum yh_rc yh_move_project(struct yh_tx *tx, const struct yh_move *m, const struct yh_id *project,
			   const char *code, struct yh_err *err)
{
	static const char *const texts[] = {
		"UPDATE resource SET unit = $1, version = version + 1 WHERE unit = $2 AND project ="
		" $3 AND state IN ('applied', 'running', 'stopped')",
		"UPDATE quota_line SET unit = $1 WHERE unit = $2 AND project = $3",
		"UPDATE reservation SET unit = $1 WHERE unit = $2 AND project = $3 AND released_at"
		" IS NULL",
		"UPDATE finding SET unit = $1, version = version + 1 WHERE unit = $2 AND project ="
		" $3 AND ended_at IS NULL",
		"UPDATE ledger SET org = $1 WHERE org = $2 AND project = $3 AND final = 0",
		"UPDATE duty SET org = $1 WHERE org = $2 AND project = $3 AND ended_at IS NULL",
		"UPDATE urging SET desk = $1" UNANSWERED " AND case_id IN (SELECT id FROM case_file"
		" WHERE project = $3 AND ended_at IS NULL)",
	};
	static const struct yh_id none = { { 0 } };
	int64_t n = 0;
	enum yh_rc rc = keep_past(tx, m, project, err);

	for (size_t i = 0; rc == YH_OK && i < sizeof texts / sizeof texts[0]; i++)
		rc = yh_exec(tx, err, texts[i], YH_ID(&m->to), YH_ID(&m->from), YH_ID(project));
	if (rc == YH_OK)
		rc = move_duties(tx, m, project, &none, err);
	if (rc == YH_OK)
		rc = move_cases(tx, m, project, err);
	if (rc == YH_OK)
		rc = yh_exec_n(tx, err, &n,
			       "UPDATE project SET unit = $1, code = $2, version = version + 1"
			       " WHERE id = $3 AND unit = $4",
			       YH_ID(&m->to), YH_T(code), YH_ID(project), YH_ID(&m->from));
	return rc == YH_OK && n != 1 ? yh_fail(err, YH_NOT_FOUND, "project-unknown") : rc;
}

/* ---- what is left ---- */

enum yh_rc yh_move_rest(struct yh_tx *tx, const struct yh_move *m, struct yh_err *err)
{
	static const char *const texts[] = {
		"INSERT INTO project_desk (project, org, role) SELECT DISTINCT c.project, $1,"
		" s.role FROM case_step s JOIN case_file c ON c.id = s.case_id WHERE s.org = $2 AND"
		" s.closed_at IS NULL AND c.project IS NOT NULL ON CONFLICT DO NOTHING",
		"UPDATE case_step SET org = $1 WHERE org = $2 AND closed_at IS NULL",
		"UPDATE case_file SET filer_org = $1 WHERE filer_org = $2 AND ended_at IS NULL",
		"UPDATE case_file SET unit = $1, version = version + 1 WHERE unit = $2 AND ended_at"
		" IS NULL",
		"UPDATE ledger SET org = $1 WHERE org = $2 AND final = 0",
		"UPDATE duty SET org = $1 WHERE org = $2 AND ended_at IS NULL",
		"UPDATE webhook SET org = $1 WHERE org = $2 AND ended_at IS NULL",
		"UPDATE urging SET desk = $1" UNANSWERED,
		"UPDATE org SET countersign = $1, version = version + 1 WHERE countersign = $2",
		"UPDATE org SET sponsor = $1, version = version + 1 WHERE sponsor = $2",
		/* whoever reads what it left, reads what it had taken over as well */
		"UPDATE org SET successor = $1 WHERE successor = $2",
		"UPDATE org SET successor = $1, status = 'closed', version = version + 1 WHERE id ="
		" $2",
	};
	static const struct yh_id none = { { 0 } };
	enum yh_rc rc = keep_steps(tx, m, err);

	if (rc == YH_OK)
		rc = move_duties(tx, m, &none, &none, err);
	for (size_t i = 0; rc == YH_OK && i < sizeof texts / sizeof texts[0]; i++)
		rc = yh_exec(tx, err, texts[i], YH_ID(&m->to), YH_ID(&m->from));
	if (rc == YH_OK)
		rc = yh_exec(tx, err, "DELETE FROM project_desk WHERE org = $1" NO_STEP_LEFT,
			     YH_ID(&m->from));
	if (rc == YH_OK)
		rc = yh_exec(tx, err,
			     "UPDATE delegation SET ended_at = $1 WHERE org = $2 AND ended_at IS"
			     " NULL",
			     YH_I(m->at), YH_ID(&m->from));
	return rc == YH_OK ? yh_mark_identity(tx, err) : rc;
}

enum yh_rc yh_move_name(struct yh_tx *tx, const struct yh_move *m, const char *name,
			struct yh_err *err)
{
	enum yh_rc rc = yh_exec(tx, err,
				"INSERT INTO org_past (org, until_at, name, case_id) SELECT id, $1,"
				" name, $2 FROM org WHERE id = $3 ON CONFLICT DO NOTHING",
				YH_I(m->at), YH_ID(&m->case_id), YH_ID(&m->from));

	if (rc == YH_OK)
		rc = yh_exec(tx, err,
			     "UPDATE org SET name = $1, version = version + 1 WHERE id = $2",
			     YH_T(name), YH_ID(&m->from));
	return rc == YH_OK ? yh_mark_identity(tx, err) : rc;
}

enum yh_rc yh_move_provider(struct yh_tx *tx, const struct yh_move *m, const struct yh_id *cloud,
			    struct yh_err *err)
{
	static const char *const texts[] = {
		"UPDATE resource SET provider = $1, version = version + 1 WHERE provider = $2 AND"
		" cloud = $3 AND state IN ('applied', 'running', 'stopped')",
		"INSERT INTO project_desk (project, org, role) SELECT DISTINCT c.project, $1,"
		" s.role FROM case_step s JOIN case_file c ON c.id = s.case_id WHERE s.org = $2 AND"
		" s.closed_at IS NULL AND c.cloud = $3 AND c.project IS NOT NULL ON CONFLICT DO"
		" NOTHING",
		"UPDATE case_step SET org = $1 WHERE org = $2 AND closed_at IS NULL AND case_id IN"
		" (SELECT id FROM case_file WHERE cloud = $3 AND ended_at IS NULL)",
		"UPDATE case_file SET provider = $1, version = version + 1 WHERE provider = $2 AND"
		" cloud = $3 AND ended_at IS NULL",
		/* what is to be done and is part of no step */
		"UPDATE cloud_order SET org = $1 WHERE org = $2 AND cloud = $3 AND booked IS NULL",
		/* its contracts, and what was settled under them */
		"UPDATE ledger SET provider = $1, version = version + 1 WHERE provider = $2 AND"
		" cloud = $3 AND final = 0",
		"UPDATE settled SET provider = $1 WHERE provider = $2 AND cloud = $3",
		"UPDATE urging SET desk = $1" UNANSWERED " AND case_id IN (SELECT id FROM case_file"
		" WHERE cloud = $3 AND ended_at IS NULL)",
		"INSERT INTO cloud_body (cloud, role, org) SELECT b.cloud, b.role, $1 FROM"
		" cloud_body b WHERE b.org = $2 AND b.cloud = $3 AND b.role = 'provider'"
		" ON CONFLICT DO NOTHING",
	};
	static const struct yh_id none = { { 0 } };
	enum yh_rc rc = yh_exec(
		tx, err,
		"INSERT INTO tenure (resource, until_at, unit, provider, case_id) SELECT id, $1,"
		" unit, provider, $2 FROM resource WHERE cloud = $3 AND provider = $4 AND state IN"
		" ('applied', 'running', 'stopped') ON CONFLICT DO NOTHING",
		YH_I(m->at), YH_ID(&m->case_id), YH_ID(cloud), YH_ID(&m->from));

	if (rc == YH_OK)
		rc = keep_steps(tx, m, err);
	if (rc == YH_OK)
		rc = move_duties(tx, m, &none, cloud, err);
	for (size_t i = 0; rc == YH_OK && i < sizeof texts / sizeof texts[0]; i++)
		rc = yh_exec(tx, err, texts[i], YH_ID(&m->to), YH_ID(&m->from), YH_ID(cloud));
	if (rc == YH_OK)
		rc = yh_exec(tx, err,
			     "DELETE FROM project_desk WHERE org = $1 AND project IN (SELECT id"
			     " FROM project WHERE cloud = $2)" NO_STEP_LEFT,
			     YH_ID(&m->from), YH_ID(cloud));
	if (rc == YH_OK)
		rc = yh_exec(tx, err,
			     "DELETE FROM cloud_body WHERE org = $1 AND cloud = $2 AND role ="
			     " 'provider'",
			     YH_ID(&m->from), YH_ID(cloud));
	/* where it has no cloud left, its hooks are the next one's: their addresses are not, so
	 * that nothing is sent there until somebody says so */
	if (rc == YH_OK)
		rc = yh_exec(
			tx, err,
			"UPDATE webhook SET org = $1, state = 'off' WHERE org = $2 AND role ="
			" 'provider' AND ended_at IS NULL AND (cloud = $3 OR (cloud IS NULL AND"
			" NOT EXISTS (SELECT 1 FROM cloud_body b WHERE b.org = $2 AND b.role ="
			" 'provider')))",
			YH_ID(&m->to), YH_ID(&m->from), YH_ID(cloud));
	return rc == YH_OK ? yh_mark_identity(tx, err) : rc;
}

/* ---- people, cases, bodies ---- */

static bool read_grant(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_move_grant *g = out;

	*g = (struct yh_move_grant){ .id = yh_col_id(r, 0),
				     .person = yh_col_id(r, 1),
				     .there = yh_col_i64(r, 5) != 0,
				     .first_day = yh_col_day(r, 6),
				     .last_day = yh_col_day(r, 7) };
	YH_COL_COPY(r, 2, g->role);
	YH_COL_COPY(r, 3, g->capacity);
	return yh_col_keep(r, a, 4, &g->login) && yh_col_keep(r, a, 8, &g->scope);
}

enum yh_rc yh_move_grants(struct yh_tx *tx, const struct yh_id *from, const struct yh_id *to,
			  yh_day day, struct yh_arena *arena, struct yh_move_grant **out, size_t *n,
			  struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		"SELECT g.id, g.person, g.role, g.capacity, p.login, (SELECT count(*) FROM"
		" role_grant h WHERE h.person = g.person AND h.role = g.role AND h.capacity ="
		" g.capacity AND h.scope = g.scope AND h.org = $2 AND h.ended_at IS NULL AND"
		" (h.first_day <= $3 OR h.first_day <= g.first_day) AND (h.last_day IS NULL OR"
		" h.last_day >= g.last_day)), g.first_day, g.last_day, g.scope FROM role_grant g "
		"JOIN person p ON p.id = g.person WHERE g.org"
		" = $1 AND g.ended_at IS NULL AND (g.last_day IS NULL OR g.last_day >= $3) ORDER BY"
		" p.login, g.id",
		YH_ID(from), YH_ID(to), YH_I(day));

	return rc == YH_OK ? yh_read_all(rows, arena, read_grant, sizeof **out, out, n, err) : rc;
}

static bool read_one_id(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	(void)a;
	*(struct yh_id *)out = yh_col_id(r, 0);
	return true;
}

enum yh_rc yh_move_cases(struct yh_tx *tx, const struct yh_id *org, struct yh_arena *arena,
			 struct yh_id **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT id FROM case_file WHERE unit = $1 AND ended_at IS NULL"
				 " ORDER BY id",
				 YH_ID(org));

	return rc == YH_OK ? yh_read_all(rows, arena, read_one_id, sizeof **out, out, n, err) : rc;
}

enum yh_rc yh_reorg_to_come(struct yh_tx *tx, yh_day day, struct yh_arena *arena,
			    struct yh_id **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT case_id FROM reorg WHERE state = 'planned' AND kind IN"
				 " ('merge', 'split') AND day >= $1 ORDER BY day, case_id",
				 YH_I(day));

	return rc == YH_OK ? yh_read_all(rows, arena, read_one_id, sizeof **out, out, n, err) : rc;
}

enum yh_rc yh_move_body_of(struct yh_tx *tx, const struct yh_id *org, char cloud[32], char role[32],
			   struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT c.code, b.role FROM cloud_body b JOIN cloud c ON c.id ="
				 " b.cloud WHERE b.org = $1 ORDER BY c.code, b.role LIMIT 1",
				 YH_ID(org));

	cloud[0] = role[0] = 0;
	if (rc != YH_OK)
		return rc;
	if (yh_rows_next(rows)) {
		yh_col_copy(rows, 0, cloud, 32);
		yh_col_copy(rows, 1, role, 32);
	}
	return yh_rows_end(rows, err);
}

enum yh_rc yh_org_name_at(struct yh_tx *tx, const struct yh_id *org, yh_time at,
			  struct yh_arena *arena, const char **out, struct yh_err *err)
{
	struct yh_rows *rows;
	bool ok = true;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT name FROM org_past WHERE org = $1 AND until_at > $2 ORDER"
				 " BY until_at LIMIT 1",
				 YH_ID(org), YH_I(at));

	*out = NULL;
	if (rc != YH_OK)
		return rc;
	if (yh_rows_next(rows))
		ok = yh_col_keep(rows, arena, 0, out);
	rc = yh_rows_end(rows, err);
	return rc == YH_OK && !ok ? yh_fail(err, YH_TOO_LARGE, "memory-short") : rc;
}
