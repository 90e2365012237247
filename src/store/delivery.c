/* Deliveries. */
#include "store/delivery.h"

#include <string.h>

#include "store/read.h"
#include "store/sealed.h"

enum { BATCH_MOST = 100 };

#define COLUMNS                                                                                    \
	"d.id, d.channel, d.kind, d.notice, d.person, d.webhook, d.pos, d.target, d.batch,"        \
	" d.state, d.tries, d.next_at, d.made_at, d.done_at, d.code, d.fault, d.detail,"           \
	" COALESCE(p.login, ''), COALESCE(x.slug, ''), COALESCE(c.no, '') FROM delivery d LEFT"    \
	" JOIN person p ON p.id = d.person LEFT JOIN notice x ON x.id = d.notice LEFT JOIN"        \
	" case_file c ON c.id = x.case_id "

static const struct yh_id mail_lock = { .b = "notify.mail" };

static bool read_delivery(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_delivery *d = out;

	*d = (struct yh_delivery){
		.id = yh_col_id(r, 0),
		.notice = yh_col_id(r, 3),
		.person = yh_col_id(r, 4),
		.webhook = yh_col_id(r, 5),
		.pos = yh_col_i64(r, 6),
		.target = yh_arena_strdup(a, yh_col_text(r, 7)),
		.batch = yh_col_id(r, 8),
		.tries = yh_col_i64(r, 10),
		.next_at = yh_col_i64(r, 11),
		.made_at = yh_col_i64(r, 12),
		.done_at = yh_col_i64(r, 13),
		.code = yh_col_i64(r, 14),
		.detail = yh_arena_strdup(a, yh_col_text(r, 16)),
		.login = yh_arena_strdup(a, yh_col_text(r, 17)),
	};
	YH_COL_COPY(r, 1, d->channel);
	YH_COL_COPY(r, 2, d->kind);
	YH_COL_COPY(r, 9, d->state);
	YH_COL_COPY(r, 15, d->fault);
	YH_COL_COPY(r, 18, d->slug);
	YH_COL_COPY(r, 19, d->case_no);
	return d->target && d->detail && d->login;
}

static enum yh_rc open_target(struct yh_tx *tx, struct yh_delivery *d, struct yh_arena *arena,
			      struct yh_err *err)
{
	return yh_unseal_text(tx, "delivery.target", &d->id, d->target, arena, &d->target, err);
}

static enum yh_rc insert(struct yh_tx *tx, const struct yh_delivery *d, const char *target,
			 struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO delivery (id, channel, kind, notice, person, webhook, pos,"
		       " target, state, tries, next_at, lease_until, made_at, code, fault, detail)"
		       " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'waiting', 0, $9, 0, $10, 0, '',"
		       " '')",
		       YH_ID(&d->id), YH_T(d->channel), YH_T(d->kind), YH_ID0(&d->notice),
		       YH_ID0(&d->person), YH_ID0(&d->webhook), d->pos ? YH_I(d->pos) : YH_NUL,
		       YH_T(target), YH_I(d->next_at), YH_I(d->made_at));
}

enum yh_rc yh_delivery_insert(struct yh_tx *tx, const struct yh_delivery *d, struct yh_err *err)
{
	struct yh_arena arena;
	const char *target;
	enum yh_rc rc;

	yh_arena_init(&arena, 65536);
	rc = yh_seal_text(tx, "delivery.target", &d->id, d->target, &arena, &target, err);
	if (rc == YH_OK)
		rc = insert(tx, d, target, err);
	yh_arena_done(&arena);
	return rc;
}

enum yh_rc yh_delivery_load(struct yh_tx *tx, const struct yh_id *id, struct yh_arena *arena,
			    struct yh_delivery *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows, "SELECT " COLUMNS "WHERE d.id = $1", YH_ID(id));

	if (rc == YH_OK)
		rc = yh_read_one(rows, arena, read_delivery, out, "delivery-unknown", err);
	return rc == YH_OK ? open_target(tx, out, arena, err) : rc;
}

static enum yh_rc read_list(struct yh_tx *tx, struct yh_rows *rows, struct yh_arena *arena,
			    struct yh_delivery **out, size_t *n, struct yh_err *err)
{
	void *list;
	enum yh_rc rc = yh_read_all(rows, arena, read_delivery, sizeof **out, &list, n, err);

	*out = rc == YH_OK ? list : NULL;
	for (size_t i = 0; rc == YH_OK && i < *n; i++)
		rc = open_target(tx, &(*out)[i], arena, err);
	return rc;
}

/* One text each, so that each list walks its own index. */
enum yh_rc yh_delivery_list(struct yh_tx *tx, const struct yh_delivery_filter *f,
			    struct yh_arena *arena, struct yh_delivery **out, size_t *n,
			    struct yh_err *err)
{
#define PAGE " AND ($1 = 1 OR d.id < $2) AND ($3 = '' OR d.state = $3) ORDER BY d.id DESC LIMIT $4"
	struct yh_arg first = YH_I(yh_id_is_zero(&f->before)), before = YH_ID(&f->before);
	struct yh_arg state = YH_T(f->state ? f->state : ""), limit = YH_I(f->limit);
	struct yh_rows *rows;
	enum yh_rc rc;

	if (f->mail)
		rc = yh_query(tx, err, &rows, "SELECT " COLUMNS "WHERE d.channel = 'mail'" PAGE,
			      first, before, state, limit);
	else if (!yh_id_is_zero(&f->webhook))
		rc = yh_query(tx, err, &rows, "SELECT " COLUMNS "WHERE d.webhook = $5" PAGE, first,
			      before, state, limit, YH_ID(&f->webhook));
	else
		rc = yh_query(tx, err, &rows, "SELECT " COLUMNS "WHERE d.person = $5" PAGE, first,
			      before, state, limit, YH_ID(&f->person));
#undef PAGE
	return rc == YH_OK ? read_list(tx, rows, arena, out, n, err) : rc;
}

struct first_mail {
	struct yh_id id, batch, person;
	bool found, gathers;
};

static enum yh_rc first_mail(struct yh_tx *tx, yh_time now, struct first_mail *f,
			     struct yh_err *err)
{
	struct yh_rows *r;
	enum yh_rc rc = yh_query(
		tx, err, &r,
		"SELECT d.id, d.batch, d.person, CASE WHEN d.kind = 'notice' AND w.digest = 1 THEN"
		" 1 ELSE 0 END FROM delivery d LEFT JOIN notify_person w ON w.person = d.person"
		" WHERE d.state = 'waiting' AND d.channel = 'mail' AND d.next_at <= $1 AND"
		" (d.lease_until <= $1 OR d.lease_until - " YH_CLAIM_FAR_US " > $1) ORDER BY"
		" d.next_at, d.id LIMIT 1",
		YH_I(now));

	*f = (struct first_mail){ 0 };
	if (rc != YH_OK)
		return rc;
	f->found = yh_rows_next(r);
	if (f->found) {
		f->id = yh_col_id(r, 0);
		f->batch = yh_col_id(r, 1);
		f->person = yh_col_id(r, 2);
		f->gathers = yh_col_i64(r, 3) != 0 && yh_id_is_zero(&f->batch);
	}
	return yh_rows_end(r, err);
}

enum yh_rc yh_delivery_mail_due(struct yh_tx *tx, yh_time now, bool *any, struct yh_err *err)
{
	struct first_mail f;
	enum yh_rc rc = first_mail(tx, now, &f, err);

	*any = f.found;
	return rc;
}

enum yh_rc yh_delivery_claim_mail(struct yh_tx *tx, const struct yh_claim *c,
				  struct yh_arena *arena, struct yh_delivery **out, size_t *n,
				  struct yh_err *err)
{
	struct first_mail f;
	struct yh_rows *rows;
	enum yh_rc rc = yh_db_lock(tx, &mail_lock, 1, err);

	*n = 0;
	if (rc == YH_OK)
		rc = first_mail(tx, c->now, &f, err);
	if (rc != YH_OK || !f.found)
		return rc;
	if (f.gathers) {
		rc = yh_exec(tx, err,
			     "UPDATE delivery SET batch = $1 WHERE id IN (SELECT id FROM delivery"
			     " WHERE person = $2 AND channel = 'mail' AND kind = 'notice' AND"
			     " state = 'waiting' AND batch IS NULL AND next_at <= $3 AND"
			     " (lease_until <= $3 OR lease_until - " YH_CLAIM_FAR_US " > $3)"
			     " ORDER BY id LIMIT $4)",
			     YH_ID(&f.id), YH_ID(&f.person), YH_I(c->now), YH_I(BATCH_MOST));
		f.batch = f.id;
	}
	if (rc == YH_OK)
		rc = yh_exec(tx, err,
			     "UPDATE delivery SET lease_by = $1, lease_until = $2 WHERE state ="
			     " 'waiting' AND (id = $3 OR batch = $4)",
			     YH_ID(&c->holder), YH_I(c->until), YH_ID(&f.id), YH_ID0(&f.batch));
	if (rc == YH_OK)
		rc = yh_query(tx, err, &rows,
			      "SELECT " COLUMNS "WHERE d.state = 'waiting' AND (d.id = $1 OR"
			      " d.batch = $2) ORDER BY d.id",
			      YH_ID(&f.id), YH_ID0(&f.batch));
	return rc == YH_OK ? read_list(tx, rows, arena, out, n, err) : rc;
}

enum yh_rc yh_delivery_next(struct yh_tx *tx, const struct yh_id *webhook, struct yh_arena *arena,
			    bool *found, struct yh_delivery *out, struct yh_err *err)
{
	static const char *const sql[] = {
		"SELECT " COLUMNS "WHERE d.webhook = $1 AND d.state = 'waiting' AND d.channel ="
		" 'webhook' AND d.pos IS NULL ORDER BY d.id LIMIT 1",
		"SELECT " COLUMNS "WHERE d.webhook = $1 AND d.state = 'waiting' AND d.channel ="
		" 'webhook' AND d.pos > 0 ORDER BY d.pos LIMIT 1",
	};
	struct yh_delivery *list;
	struct yh_rows *rows;
	size_t n = 0;
	enum yh_rc rc = YH_OK;

	for (int i = 0; rc == YH_OK && n == 0 && i < 2; i++) {
		rc = yh_query(tx, err, &rows, sql[i], YH_ID(webhook));
		if (rc == YH_OK)
			rc = read_list(tx, rows, arena, &list, &n, err);
	}
	*found = rc == YH_OK && n > 0;
	if (*found)
		*out = list[0];
	return rc;
}

enum yh_rc yh_delivery_note(struct yh_tx *tx, const struct yh_id *id, const struct yh_id *holder,
			    const struct yh_tried *o, struct yh_err *err)
{
	bool done = strcmp(o->state, "waiting") != 0;

	return yh_exec(tx, err,
		       "UPDATE delivery SET state = $1, done_at = $2, next_at = $3, code = $4,"
		       " fault = $5, detail = $6, tries = tries + $7, lease_until = 0 WHERE id ="
		       " $8 AND state = 'waiting' AND (lease_by IS NULL OR lease_by = $9)",
		       YH_T(o->state), done ? YH_I(o->at) : YH_NUL, YH_I(done ? o->at : o->next_at),
		       YH_I(o->code), YH_T(o->fault), YH_T(o->detail), YH_I(o->tried), YH_ID(id),
		       YH_ID(holder));
}

enum yh_rc yh_delivery_again(struct yh_tx *tx, const struct yh_id *id, yh_time now,
			     struct yh_err *err)
{
	return yh_exec(tx, err,
		       "UPDATE delivery SET state = 'waiting', done_at = NULL, next_at = $1,"
		       " tries = 0, batch = NULL, lease_until = 0, lease_by = NULL WHERE id = $2",
		       YH_I(now), YH_ID(id));
}

enum yh_rc yh_delivery_replay(struct yh_tx *tx, const struct yh_id *webhook, int64_t from,
			      yh_time now, int64_t *n, struct yh_err *err)
{
	return yh_exec_n(tx, err, n,
			 "UPDATE delivery SET state = 'waiting', done_at = NULL, next_at = $1,"
			 " tries = 0, lease_until = 0, lease_by = NULL WHERE webhook = $2 AND"
			 " pos >= $3",
			 YH_I(now), YH_ID(webhook), YH_I(from));
}

enum yh_rc yh_delivery_give_up(struct yh_tx *tx, const struct yh_id *webhook, yh_time now,
			       const char *fault, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "UPDATE delivery SET state = 'given_up', done_at = $1, fault = $2 WHERE"
		       " webhook = $3 AND state = 'waiting' AND channel = 'webhook'",
		       YH_I(now), YH_T(fault), YH_ID(webhook));
}

enum yh_rc yh_delivery_prune(struct yh_tx *tx, yh_time before, uint32_t limit, int64_t *n,
			     struct yh_err *err)
{
	return yh_exec_n(tx, err, n,
			 "DELETE FROM delivery WHERE id IN (SELECT id FROM delivery WHERE made_at <"
			 " $1 ORDER BY made_at LIMIT $2)",
			 YH_I(before), YH_I(limit));
}

enum yh_rc yh_delivery_release(struct yh_tx *tx, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "UPDATE delivery SET lease_until = 0 WHERE state = 'waiting' AND channel ="
		       " 'mail' AND lease_until > 0");
}

enum yh_rc yh_delivery_waiting(struct yh_tx *tx, bool mail, int64_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 mail ? "SELECT count(*) FROM delivery WHERE state = 'waiting' AND"
					" channel = 'mail'"
				      : "SELECT count(*) FROM delivery WHERE state = 'waiting' AND"
					" channel = 'webhook'");

	return rc == YH_OK ? yh_read_i64(rows, n, err) : rc;
}
