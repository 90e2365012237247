/* Notices on their way to persons. */
#include "store/notify.h"

#include <stdio.h>
#include <string.h>

#include "store/read.h"
#include "store/sealed.h"

/* The persons $n hold role $2 in organisation $1 on day $3. */
#define HOLDERS                                                                                    \
	"WITH holder (person) AS (SELECT g.person FROM role_grant g WHERE g.org = $1 AND g.role =" \
	" $2 AND g.ended_at IS NULL AND g.first_day <= $3 AND (g.last_day IS NULL OR g.last_day"   \
	" >= $3) UNION SELECT d.taker FROM delegation d JOIN role_grant g ON g.person = d.giver"   \
	" AND g.role = d.role AND g.org = d.org JOIN person v ON v.id = d.giver WHERE d.org = $1"  \
	" AND d.role = $2 AND d.ended_at IS NULL AND d.first_day <= $3 AND d.last_day >= $3 AND"   \
	" g.ended_at IS NULL AND g.first_day <= $3 AND (g.last_day IS NULL OR g.last_day >= $3)"   \
	" AND v.status = 'active' AND (v.last_day IS NULL OR v.last_day >= $3)) "

/* One server at a time gives notices out, so that the order of their ids is that of a webhook. */
static const struct yh_id fan_lock = { .b = "notify.fan" };

enum { FIELDS_BYTES = 65536, SEALED_TEXT = 1024 };

/* A sealed column into the fixed field it was read into an arena for. */
static enum yh_rc open_field(struct yh_tx *tx, const char *column, const struct yh_id *person,
			     const char *sealed, char *out, size_t size, struct yh_err *err)
{
	struct yh_arena arena;
	const char *clear;
	enum yh_rc rc;

	yh_arena_init(&arena, FIELDS_BYTES);
	rc = yh_unseal_text(tx, column, person, sealed, &arena, &clear, err);
	if (rc == YH_OK)
		(void)snprintf(out, size, "%s", clear);
	yh_arena_done(&arena);
	return rc;
}

static enum yh_rc open_fields(struct yh_tx *tx, struct yh_notify_person *p, const char *mail,
			      const char *pending, const char *code, struct yh_err *err)
{
	enum yh_rc rc = open_field(tx, "notify_person.mail", &p->person, mail, p->mail,
				   sizeof p->mail, err);

	if (rc == YH_OK)
		rc = open_field(tx, "notify_person.pending", &p->person, pending, p->pending,
				sizeof p->pending, err);
	if (rc == YH_OK)
		rc = open_field(tx, "notify_person.code", &p->person, code, p->code, sizeof p->code,
				err);
	return rc;
}

enum yh_rc yh_notify_person_load(struct yh_tx *tx, const struct yh_id *person,
				 struct yh_notify_person *out, struct yh_err *err)
{
	char mail[SEALED_TEXT] = "", pending[SEALED_TEXT] = "", code[SEALED_TEXT] = "";
	struct yh_rows *r;
	enum yh_rc rc = yh_query(tx, err, &r,
				 "SELECT mail, verified_at, pending, code, code_at, code_tries,"
				 " codes, codes_from, lang, digest FROM notify_person WHERE"
				 " person = $1",
				 YH_ID(person));

	*out = (struct yh_notify_person){ .person = *person, .lang = "zh" };
	if (rc != YH_OK)
		return rc;
	if (yh_rows_next(r)) {
		YH_COL_COPY(r, 0, mail);
		out->verified_at = yh_col_i64(r, 1);
		YH_COL_COPY(r, 2, pending);
		YH_COL_COPY(r, 3, code);
		out->code_at = yh_col_i64(r, 4);
		out->code_tries = yh_col_i64(r, 5);
		out->codes = yh_col_i64(r, 6);
		out->codes_from = yh_col_i64(r, 7);
		YH_COL_COPY(r, 8, out->lang);
		out->digest = yh_col_i64(r, 9) != 0;
	}
	rc = yh_rows_end(r, err);
	return rc == YH_OK ? open_fields(tx, out, mail, pending, code, err) : rc;
}

/* mail, pending and code, as they are kept. */
struct sealed_fields {
	const char *mail, *pending, *code;
};

static enum yh_rc save(struct yh_tx *tx, const struct yh_notify_person *p,
		       const struct sealed_fields *f, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO notify_person (person, mail, verified_at, pending, code,"
		       " code_at, code_tries, codes, codes_from, lang, digest) VALUES ($1, $2, $3,"
		       " $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (person) DO UPDATE SET"
		       " mail = $2, verified_at = $3, pending = $4, code = $5, code_at = $6,"
		       " code_tries = $7, codes = $8, codes_from = $9, lang = $10, digest = $11",
		       YH_ID(&p->person), YH_T(f->mail),
		       p->verified_at ? YH_I(p->verified_at) : YH_NUL, YH_T(f->pending),
		       YH_T(f->code), p->code_at ? YH_I(p->code_at) : YH_NUL, YH_I(p->code_tries),
		       YH_I(p->codes), YH_I(p->codes_from), YH_T(p->lang), YH_I(p->digest));
}

enum yh_rc yh_notify_person_save(struct yh_tx *tx, const struct yh_notify_person *p,
				 struct yh_err *err)
{
	struct sealed_fields f;
	struct yh_arena arena;
	enum yh_rc rc;

	yh_arena_init(&arena, FIELDS_BYTES);
	rc = yh_seal_text(tx, "notify_person.mail", &p->person, p->mail, &arena, &f.mail, err);
	if (rc == YH_OK)
		rc = yh_seal_text(tx, "notify_person.pending", &p->person, p->pending, &arena,
				  &f.pending, err);
	if (rc == YH_OK)
		rc = yh_seal_text(tx, "notify_person.code", &p->person, p->code, &arena, &f.code,
				  err);
	if (rc == YH_OK)
		rc = save(tx, p, &f, err);
	yh_arena_done(&arena);
	return rc;
}

static bool read_choice(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_notify_choice *c = out;

	(void)a;
	YH_COL_COPY(r, 0, c->category);
	YH_COL_COPY(r, 1, c->channel);
	c->on = yh_col_i64(r, 2) != 0;
	return true;
}

enum yh_rc yh_notify_choices(struct yh_tx *tx, const struct yh_id *person, struct yh_arena *arena,
			     struct yh_notify_choice **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	void *list;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT category, channel, chosen FROM notify_choice WHERE"
				 " person = $1 ORDER BY category, channel",
				 YH_ID(person));

	if (rc == YH_OK)
		rc = yh_read_all(rows, arena, read_choice, sizeof **out, &list, n, err);
	*out = rc == YH_OK ? list : NULL;
	return rc;
}

enum yh_rc yh_notify_choose(struct yh_tx *tx, const struct yh_id *person,
			    const struct yh_notify_choice *c, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO notify_choice (person, category, channel, chosen) VALUES ($1,"
		       " $2, $3, $4) ON CONFLICT (person, category, channel) DO UPDATE SET"
		       " chosen = $4",
		       YH_ID(person), YH_T(c->category), YH_T(c->channel), YH_I(c->on));
}

static bool read_new(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_new_notice *n = out;

	(void)a;
	n->id = yh_col_id(r, 0);
	n->org = yh_col_id(r, 1);
	n->case_id = yh_col_id(r, 2);
	YH_COL_COPY(r, 3, n->role);
	YH_COL_COPY(r, 4, n->slug);
	n->made_at = yh_col_i64(r, 5);
	return true;
}

enum yh_rc yh_notices_new(struct yh_tx *tx, uint32_t limit, struct yh_arena *arena,
			  struct yh_new_notice **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	void *list;
	enum yh_rc rc = yh_db_lock(tx, &fan_lock, 1, err);

	if (rc == YH_OK)
		rc = yh_query(tx, err, &rows,
			      "SELECT id, org, case_id, role, slug, made_at FROM notice WHERE"
			      " fanned_at IS NULL ORDER BY id LIMIT $1",
			      YH_I(limit));
	if (rc == YH_OK)
		rc = yh_read_all(rows, arena, read_new, sizeof **out, &list, n, err);
	*out = rc == YH_OK ? list : NULL;
	return rc;
}

enum yh_rc yh_notices_wait(struct yh_tx *tx, bool *any, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc =
		yh_query(tx, err, &rows, "SELECT 1 FROM notice WHERE fanned_at IS NULL LIMIT 1");

	*any = false;
	return rc == YH_OK ? yh_read_any(rows, any, err) : rc;
}

enum yh_rc yh_notice_fanned(struct yh_tx *tx, const struct yh_id *id, yh_time at,
			    struct yh_err *err)
{
	return yh_exec(tx, err, "UPDATE notice SET fanned_at = $1 WHERE id = $2", YH_I(at),
		       YH_ID(id));
}

static bool read_holder(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_notify_holder *h = out;

	h->person = yh_col_id(r, 0);
	h->login = yh_arena_strdup(a, yh_col_text(r, 1));
	h->digest = yh_col_i64(r, 2) != 0;
	return h->login != NULL;
}

enum yh_rc yh_notify_holders(struct yh_tx *tx, const struct yh_id *org, const char *role,
			     yh_day day, const char *category, const char *channel,
			     struct yh_arena *arena, struct yh_notify_holder **out, size_t *n,
			     struct yh_err *err)
{
	struct yh_rows *rows;
	void *list;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		HOLDERS "SELECT p.id, p.login, COALESCE(w.digest, 0) FROM holder h JOIN person p"
			" ON p.id = h.person LEFT JOIN notify_person w ON w.person = p.id LEFT JOIN"
			" notify_choice c ON c.person = p.id AND c.category = $4 AND c.channel ="
			" $5 WHERE p.status = 'active' AND COALESCE(c.chosen, 1) = 1 AND ($5 <>"
			" 'mail' OR w.verified_at IS NOT NULL) ORDER BY p.login",
		YH_ID(org), YH_T(role), YH_I(day), YH_T(category), YH_T(channel));

	if (rc == YH_OK)
		rc = yh_read_all(rows, arena, read_holder, sizeof **out, &list, n, err);
	*out = rc == YH_OK ? list : NULL;
	return rc;
}

enum yh_rc yh_notify_holds(struct yh_tx *tx, const struct yh_id *person, const struct yh_id *org,
			   const char *role, yh_day day, bool *holds, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 HOLDERS "SELECT 1 FROM holder h JOIN person p ON p.id = h.person"
					 " WHERE h.person = $4 AND p.status = 'active'",
				 YH_ID(org), YH_T(role), YH_I(day), YH_ID(person));

	*holds = false;
	return rc == YH_OK ? yh_read_any(rows, holds, err) : rc;
}

static bool read_told(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_told_notice *n = out;

	*n = (struct yh_told_notice){
		.id = yh_col_id(r, 0),
		.org = yh_col_id(r, 1),
		.case_id = yh_col_id(r, 2),
		.org_name = yh_arena_strdup(a, yh_col_text(r, 5)),
		.figures = yh_arena_strdup(a, yh_col_text(r, 8)),
		.made_at = yh_col_i64(r, 9),
	};
	YH_COL_COPY(r, 3, n->role);
	YH_COL_COPY(r, 4, n->slug);
	YH_COL_COPY(r, 6, n->org_code);
	YH_COL_COPY(r, 7, n->case_no);
	YH_COL_COPY(r, 10, n->procedure);
	YH_COL_COPY(r, 11, n->label);
	return n->org_name && n->figures;
}

enum yh_rc yh_notice_told(struct yh_tx *tx, const struct yh_id *id, struct yh_arena *arena,
			  struct yh_told_notice *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT x.id, x.org, x.case_id, x.role, x.slug, o.name, o.code,"
				 " c.no, x.figures, x.made_at, c.procedure_name, c.label FROM "
				 "notice x JOIN org o ON o.id ="
				 " x.org LEFT JOIN case_file c ON c.id = x.case_id WHERE x.id = $1",
				 YH_ID(id));

	return rc == YH_OK ? yh_read_one(rows, arena, read_told, out, "notice-unknown", err) : rc;
}
