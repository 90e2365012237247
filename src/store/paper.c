/* Papers: numbered documents that bodies issue. */
#include "store/paper.h"

#include <string.h>

#include "store/columns.h"
#include "store/read.h"

#define SELECT                                                                                     \
	"SELECT a.id, a.no, a.template, a.title_zh, a.title_en, a.heading_zh, a.heading_en,"       \
	" a.body_zh, a.body_en, a.article, a.case_id, a.step, a.issuer, a.recipient,"              \
	" a.recipient_role, a.person, a.issued_at, a.document, a.signature, a.key_id,"             \
	" a.served_at, a.opened_at, a.acknowledged_at, i.name, r.name, c.no, c.title,"             \
	" COALESCE(po.name, ''), COALESCE(pa.name, ''), d.digest, a.revoked_at,"                   \
	" COALESCE(v.no, ''), a.deemed_day, a.deemed_at, a.deemed_after,"                          \
	" COALESCE(d.label, a.label) FROM paper a"                                                 \
	" JOIN org i ON i.id = a.issuer JOIN org r ON r.id = a.recipient"                          \
	" JOIN case_file c ON c.id = a.case_id"                                                    \
	" LEFT JOIN case_file v ON v.id = a.revoking_case"                                         \
	" LEFT JOIN person po ON po.id = a.opened_by"                                              \
	" LEFT JOIN person pa ON pa.id = a.acknowledged_by"                                        \
	" LEFT JOIN document d ON d.id = a.document "

static bool keep_signature(const struct yh_rows *r, struct yh_arena *a, struct yh_paper_row *p)
{
	const void *bytes = yh_col_bytes(r, 18, &p->signature_len);

	if (p->signature_len == 0)
		return true;
	p->signature = yh_arena_memdup(a, bytes, p->signature_len);
	return p->signature != NULL;
}

static bool read_paper(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_paper_row *p = out;
	const char **const texts[] = { &p->no,         &p->template,   &p->title_zh, &p->title_en,
				       &p->heading_zh, &p->heading_en, &p->body_zh,  &p->body_en };
	const char **const names[] = { &p->issuer_name, &p->recipient_name, &p->case_no,
				       &p->case_title,  &p->opened_by,      &p->acknowledged_by };
	bool ok = true;

	*p = (struct yh_paper_row){ .id = yh_col_id(r, 0),
				    .case_id = yh_col_id(r, 10),
				    .issuer = yh_col_id(r, 12),
				    .recipient = yh_col_id(r, 13),
				    .person = yh_col_id(r, 15),
				    .issued_at = yh_col_i64(r, 16),
				    .document = yh_col_id(r, 17),
				    .served_at = yh_col_i64(r, 20),
				    .opened_at = yh_col_i64(r, 21),
				    .acknowledged_at = yh_col_i64(r, 22),
				    .revoked_at = yh_col_i64(r, 30),
				    .deemed_day = yh_col_day(r, 32),
				    .deemed_at = yh_col_i64(r, 33) };
	YH_COL_COPY(r, 9, p->article);
	YH_COL_COPY(r, 11, p->step);
	YH_COL_COPY(r, 14, p->recipient_role);
	YH_COL_COPY(r, 19, p->key_id);
	YH_COL_COPY(r, 34, p->deemed_after);
	YH_COL_COPY(r, 35, p->label);
	YH_COL_FIXED(r, 29, p->digest.b);
	for (int i = 0; ok && i < 8; i++)
		ok = yh_col_keep(r, a, i + 1, texts[i]);
	for (int i = 0; ok && i < 6; i++)
		ok = yh_col_keep(r, a, i + 23, names[i]);
	return ok && yh_col_keep(r, a, 31, &p->revoked_by) && keep_signature(r, a, p);
}

enum yh_rc yh_paper_insert(struct yh_tx *tx, const struct yh_paper_row *p, struct yh_err *err)
{
	return yh_exec(
		tx, err,
		"INSERT INTO paper (id, no, template, title_zh, title_en, heading_zh, heading_en,"
		" body_zh, body_en, article, case_id, step, issuer, recipient, recipient_role,"
		" person, issued_at, key_id, deemed_day, deemed_after, label) VALUES ($1, $2, $3,"
		" $4, $5, $6, $7, $8,"
		" $9, $10, $11, $12, $13, $14, $15, $16, $17, '', $18, $19, $20)",
		YH_ID(&p->id), YH_T(p->no), YH_T(p->template), YH_T(p->title_zh), YH_T(p->title_en),
		YH_T(p->heading_zh), YH_T(p->heading_en), YH_T(p->body_zh), YH_T(p->body_en),
		YH_T(p->article), YH_ID(&p->case_id), YH_T(p->step), YH_ID(&p->issuer),
		YH_ID(&p->recipient), YH_T(p->recipient_role), YH_ID0(&p->person),
		YH_I(p->issued_at), YH_DAY0(p->deemed_day), YH_T(p->deemed_after), YH_T(p->label));
}

enum yh_rc yh_paper_load(struct yh_tx *tx, const struct yh_id *id, struct yh_arena *arena,
			 struct yh_paper_row *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows, SELECT "WHERE a.id = $1", YH_ID(id));

	return rc == YH_OK ? yh_read_one(rows, arena, read_paper, out, "paper-unknown", err) : rc;
}

enum yh_rc yh_paper_of_case(struct yh_tx *tx, const struct yh_id *case_id, struct yh_arena *arena,
			    struct yh_paper_row **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc =
		yh_query(tx, err, &rows, SELECT "WHERE a.case_id = $1 ORDER BY a.id LIMIT 200",
			 YH_ID(case_id));

	return rc == YH_OK
		       ? yh_read_all(rows, arena, read_paper, sizeof **out, (void **)out, n, err)
		       : rc;
}

enum yh_rc yh_paper_list(struct yh_tx *tx, const struct yh_id *person, yh_day day, const char *box,
			 const struct yh_id *after, uint32_t limit, struct yh_arena *arena,
			 struct yh_paper_row **out, size_t *n, struct yh_err *err)
{
	bool received = strcmp(box, "issued") != 0, issued = strcmp(box, "received") != 0;
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 YH_SQL_MINE SELECT
				 "WHERE (($3 = 1 AND a.recipient IN (SELECT org FROM mine))"
				 " OR ($4 = 1 AND a.issuer IN (SELECT org FROM mine)))"
				 " AND ($5 = 1 OR a.id < $6) ORDER BY a.id DESC LIMIT $7",
				 YH_ID(person), YH_I(day), YH_I(received), YH_I(issued),
				 YH_I(yh_id_is_zero(after)), YH_ID(after), YH_I(limit));

	return rc == YH_OK
		       ? yh_read_all(rows, arena, read_paper, sizeof **out, (void **)out, n, err)
		       : rc;
}

enum yh_rc yh_paper_unserved(struct yh_tx *tx, uint32_t limit, struct yh_arena *arena,
			     struct yh_paper_row **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 SELECT "WHERE a.served_at IS NULL AND a.revoked_at IS NULL"
					" ORDER BY a.id LIMIT $1",
				 YH_I(limit));

	return rc == YH_OK
		       ? yh_read_all(rows, arena, read_paper, sizeof **out, (void **)out, n, err)
		       : rc;
}

static enum yh_rc changed(enum yh_rc rc, int64_t n, bool *fresh)
{
	*fresh = rc == YH_OK && n > 0;
	return rc;
}

enum yh_rc yh_paper_serve(struct yh_tx *tx, const struct yh_paper_row *row, bool *fresh,
			  struct yh_err *err)
{
	int64_t n = 0;
	enum yh_rc rc = yh_exec_n(tx, err, &n,
				  "UPDATE paper SET document = $2, signature = $3, key_id = $4,"
				  " served_at = $5 WHERE id = $1 AND served_at IS NULL",
				  YH_ID(&row->id), YH_ID(&row->document),
				  YH_B(row->signature, row->signature_len), YH_T(row->key_id),
				  YH_I(row->served_at));

	return changed(rc, n, fresh);
}

enum yh_rc yh_paper_open(struct yh_tx *tx, const struct yh_id *id, const struct yh_id *person,
			 yh_time at, bool *fresh, struct yh_err *err)
{
	int64_t n = 0;
	enum yh_rc rc = yh_exec_n(tx, err, &n,
				  "UPDATE paper SET opened_at = $3, opened_by = $2 WHERE id = $1"
				  " AND opened_at IS NULL AND served_at IS NOT NULL",
				  YH_ID(id), YH_ID(person), YH_I(at));

	return changed(rc, n, fresh);
}

enum yh_rc yh_paper_acknowledge(struct yh_tx *tx, const struct yh_id *id,
				const struct yh_id *person, yh_time at, bool *fresh,
				struct yh_err *err)
{
	int64_t n = 0;
	enum yh_rc rc = yh_exec_n(tx, err, &n,
				  "UPDATE paper SET acknowledged_at = $3, acknowledged_by = $2"
				  " WHERE id = $1 AND acknowledged_at IS NULL AND served_at IS NOT"
				  " NULL",
				  YH_ID(id), YH_ID(person), YH_I(at));

	return changed(rc, n, fresh);
}

enum yh_rc yh_paper_deem(struct yh_tx *tx, const struct yh_id *id, yh_time at, bool *fresh,
			 struct yh_err *err)
{
	int64_t n = 0;
	enum yh_rc rc = yh_exec_n(tx, err, &n,
				  "UPDATE paper SET deemed_at = $2 WHERE id = $1 AND deemed_at IS"
				  " NULL AND opened_at IS NULL",
				  YH_ID(id), YH_I(at));

	return changed(rc, n, fresh);
}

enum yh_rc yh_paper_set_deemed(struct yh_tx *tx, const struct yh_id *id, yh_day day,
			       struct yh_err *err)
{
	return yh_exec(tx, err, "UPDATE paper SET deemed_day = $2 WHERE id = $1", YH_ID(id),
		       YH_I(day));
}

yh_day yh_paper_service_day(const struct yh_paper_row *row)
{
	yh_day opened = row->opened_at ? yh_day_of(row->opened_at) : YH_DAY_NONE;

	if (opened == YH_DAY_NONE)
		return row->deemed_day;
	return row->deemed_day != YH_DAY_NONE && row->deemed_day < opened ? row->deemed_day
									  : opened;
}

bool yh_paper_is_served(const struct yh_paper_row *row)
{
	return row->opened_at != 0 || row->deemed_at != 0;
}

enum yh_rc yh_paper_revoke(struct yh_tx *tx, const struct yh_id *id, const struct yh_id *by_case,
			   yh_time at, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "UPDATE paper SET revoked_at = $3, revoking_case = $2 WHERE id = $1"
		       " AND revoked_at IS NULL",
		       YH_ID(id), YH_ID(by_case), YH_I(at));
}
