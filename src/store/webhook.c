/* Webhooks. */
#include "store/webhook.h"

#include <string.h>

#include "store/read.h"
#include "store/sealed.h"

#define COLUMNS                                                                                    \
	"w.id, w.org, w.role, w.cloud, w.label, w.url, w.categories, w.algorithm, w.key_id,"       \
	" w.secret, w.old_secret, w.old_until, w.state, w.next_pos, w.fails, w.failing_since,"     \
	" w.fault, w.next_at, w.created_by, w.created_at, w.changed_at, o.code, o.name,"           \
	" COALESCE(c.code, ''), (SELECT count(*) FROM delivery d WHERE d.webhook = w.id AND"       \
	" d.state = 'waiting' AND d.channel = 'webhook') FROM webhook w JOIN org o ON o.id ="      \
	" w.org LEFT JOIN cloud c ON c.id = w.cloud "
/* Something to send at $2, for a server with key $1 ($3 = 1: that did not fail last time). */
#define DUE                                                                                        \
	"FROM webhook w WHERE w.ended_at IS NULL AND w.key_id = $1 AND (w.lease_until <= $2 OR"    \
	" w.lease_until - " YH_CLAIM_FAR_US " > $2) AND"                                           \
	" ($3 = 0 OR w.fails = 0) AND (EXISTS (SELECT 1 FROM delivery d WHERE d.webhook = w.id"    \
	" AND d.state = 'waiting' AND d.channel = 'webhook' AND d.pos IS NULL) OR (w.state ="      \
	" 'on' AND w.next_at <= $2 AND EXISTS (SELECT 1 FROM delivery d WHERE d.webhook = w.id"    \
	" AND d.state = 'waiting' AND d.channel = 'webhook' AND d.pos > 0))) "

static const struct yh_id claim_lock = { .b = "notify.webhook" };

static bool read_webhook(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_webhook *w = out;

	*w = (struct yh_webhook){
		.id = yh_col_id(r, 0),
		.org = yh_col_id(r, 1),
		.cloud = yh_col_id(r, 3),
		.label = yh_arena_strdup(a, yh_col_text(r, 4)),
		.url = yh_arena_strdup(a, yh_col_text(r, 5)),
		.categories = yh_arena_strdup(a, yh_col_text(r, 6)),
		.old_until = yh_col_i64(r, 11),
		.next_pos = yh_col_i64(r, 13),
		.fails = yh_col_i64(r, 14),
		.failing_since = yh_col_i64(r, 15),
		.next_at = yh_col_i64(r, 17),
		.created_by = yh_col_id(r, 18),
		.created_at = yh_col_i64(r, 19),
		.changed_at = yh_col_i64(r, 20),
		.org_name = yh_arena_strdup(a, yh_col_text(r, 22)),
		.waiting = yh_col_i64(r, 24),
	};
	YH_COL_COPY(r, 2, w->role);
	YH_COL_COPY(r, 7, w->algorithm);
	YH_COL_FIXED(r, 8, w->key_id);
	YH_COL_FIXED(r, 9, w->secret);
	YH_COL_FIXED(r, 10, w->old_secret);
	YH_COL_COPY(r, 12, w->state);
	YH_COL_COPY(r, 16, w->fault);
	YH_COL_COPY(r, 21, w->org_code);
	YH_COL_COPY(r, 23, w->cloud_code);
	return w->label && w->url && w->categories && w->org_name;
}

/* Addresses of chat robots and the like are as good as a password. */
static enum yh_rc open_url(struct yh_tx *tx, struct yh_webhook *w, struct yh_arena *arena,
			   struct yh_err *err)
{
	return yh_unseal_text(tx, "webhook.url", &w->id, w->url, arena, &w->url, err);
}

typedef enum yh_rc (*write_fn)(struct yh_tx *tx, const struct yh_webhook *w, const char *url,
			       struct yh_err *err);

static enum yh_rc write_sealed(struct yh_tx *tx, const struct yh_webhook *w, write_fn write,
			       struct yh_err *err)
{
	struct yh_arena arena;
	const char *url;
	enum yh_rc rc;

	yh_arena_init(&arena, 65536);
	rc = yh_seal_text(tx, "webhook.url", &w->id, w->url, &arena, &url, err);
	if (rc == YH_OK)
		rc = write(tx, w, url, err);
	yh_arena_done(&arena);
	return rc;
}

static enum yh_rc insert(struct yh_tx *tx, const struct yh_webhook *w, const char *url,
			 struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO webhook (id, org, role, cloud, label, url, categories,"
		       " algorithm, key_id, secret, state, next_pos, fails, fault, next_at,"
		       " lease_until, created_by, created_at, changed_at) VALUES ($1, $2, $3, $4,"
		       " $5, $6, $7, $8, $9, $10, $11, 1, 0, '', $13, 0, $12, $13, $13)",
		       YH_ID(&w->id), YH_ID(&w->org), YH_T(w->role), YH_ID0(&w->cloud),
		       YH_T(w->label), YH_T(url), YH_T(w->categories), YH_T(w->algorithm),
		       YH_B(w->key_id, sizeof w->key_id), YH_B(w->secret, sizeof w->secret),
		       YH_T(w->state), YH_ID(&w->created_by), YH_I(w->created_at));
}

enum yh_rc yh_webhook_insert(struct yh_tx *tx, const struct yh_webhook *w, struct yh_err *err)
{
	return write_sealed(tx, w, insert, err);
}

enum yh_rc yh_webhook_load(struct yh_tx *tx, const struct yh_id *id, struct yh_arena *arena,
			   struct yh_webhook *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc =
		yh_query(tx, err, &rows, "SELECT " COLUMNS "WHERE w.id = $1 AND w.ended_at IS NULL",
			 YH_ID(id));

	if (rc == YH_OK)
		rc = yh_read_one(rows, arena, read_webhook, out, "webhook-unknown", err);
	return rc == YH_OK ? open_url(tx, out, arena, err) : rc;
}

enum yh_rc yh_webhook_list(struct yh_tx *tx, const struct yh_id *org, const char *role,
			   const struct yh_id *after, uint32_t limit, struct yh_arena *arena,
			   struct yh_webhook **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	void *list;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		"SELECT " COLUMNS "WHERE w.ended_at IS NULL AND ($1 = 1 OR (w.org ="
		" $2 AND w.role = $3)) AND w.id > $4 ORDER BY w.id LIMIT $5",
		YH_I(yh_id_is_zero(org)), YH_ID(org), YH_T(role), YH_ID(after), YH_I(limit));

	if (rc == YH_OK)
		rc = yh_read_all(rows, arena, read_webhook, sizeof **out, &list, n, err);
	*out = rc == YH_OK ? list : NULL;
	for (size_t i = 0; rc == YH_OK && i < *n; i++)
		rc = open_url(tx, &(*out)[i], arena, err);
	return rc;
}

enum yh_rc yh_webhook_count(struct yh_tx *tx, const struct yh_id *org, int64_t *n,
			    struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT count(*) FROM webhook WHERE org = $1 AND ended_at IS NULL",
				 YH_ID(org));

	return rc == YH_OK ? yh_read_i64(rows, n, err) : rc;
}

static enum yh_rc update(struct yh_tx *tx, const struct yh_webhook *w, const char *url,
			 struct yh_err *err)
{
	return yh_exec(tx, err,
		       "UPDATE webhook SET label = $1, url = $2, categories = $3, key_id = $4,"
		       " secret = $5, old_secret = $6, old_until = $7, state = $8, fails = 0,"
		       " failing_since = NULL, fault = '', next_at = $9, changed_at = $9 WHERE"
		       " id = $10",
		       YH_T(w->label), YH_T(url), YH_T(w->categories),
		       YH_B(w->key_id, sizeof w->key_id), YH_B(w->secret, sizeof w->secret),
		       w->old_until ? YH_B(w->old_secret, sizeof w->old_secret) : YH_NUL,
		       w->old_until ? YH_I(w->old_until) : YH_NUL, YH_T(w->state),
		       YH_I(w->changed_at), YH_ID(&w->id));
}

enum yh_rc yh_webhook_update(struct yh_tx *tx, const struct yh_webhook *w, struct yh_err *err)
{
	return write_sealed(tx, w, update, err);
}

enum yh_rc yh_webhook_end(struct yh_tx *tx, const struct yh_id *id, yh_time at, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "UPDATE webhook SET ended_at = $1, old_secret = NULL, state = 'off' WHERE"
		       " id = $2",
		       YH_I(at), YH_ID(id));
}

static bool read_fit(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_webhook_fit *f = out;

	f->id = yh_col_id(r, 0);
	f->categories = yh_arena_strdup(a, yh_col_text(r, 1));
	return f->categories != NULL;
}

enum yh_rc yh_webhook_fits(struct yh_tx *tx, const struct yh_new_notice *n, struct yh_arena *arena,
			   struct yh_webhook_fit **out, size_t *count, struct yh_err *err)
{
	struct yh_rows *rows;
	void *list;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		"SELECT w.id, w.categories FROM webhook w WHERE w.ended_at IS NULL AND w.cloud IS"
		" NULL AND w.org = $1 AND w.role = $2 UNION SELECT w.id, w.categories FROM"
		" case_file c JOIN webhook w ON w.cloud = c.cloud JOIN cloud_body b ON b.cloud ="
		" w.cloud AND b.org = w.org AND b.role = w.role WHERE c.id = $3 AND w.ended_at IS"
		" NULL ORDER BY 1",
		YH_ID(&n->org), YH_T(n->role), YH_ID0(&n->case_id));

	if (rc == YH_OK)
		rc = yh_read_all(rows, arena, read_fit, sizeof **out, &list, count, err);
	*out = rc == YH_OK ? list : NULL;
	return rc;
}

enum yh_rc yh_webhook_pos(struct yh_tx *tx, const struct yh_id *id, int64_t *pos,
			  struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "UPDATE webhook SET next_pos = next_pos + 1 WHERE id = $1"
				 " RETURNING next_pos - 1",
				 YH_ID(id));

	return rc == YH_OK ? yh_read_i64(rows, pos, err) : rc;
}

static enum yh_rc due(struct yh_tx *tx, yh_time now, const unsigned char key_id[YH_WEBHOOK_KEY],
		      bool sound, bool *found, struct yh_id *id, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc =
		yh_query(tx, err, &rows, "SELECT w.id " DUE "ORDER BY w.next_at, w.id LIMIT 1",
			 YH_B(key_id, YH_WEBHOOK_KEY), YH_I(now), YH_I(sound));

	*found = false;
	if (rc != YH_OK)
		return rc;
	*found = yh_rows_next(rows);
	if (*found)
		*id = yh_col_id(rows, 0);
	return yh_rows_end(rows, err);
}

enum yh_rc yh_webhook_due(struct yh_tx *tx, yh_time now, const unsigned char key_id[YH_WEBHOOK_KEY],
			  bool sound, bool *any, struct yh_err *err)
{
	struct yh_id id;

	return due(tx, now, key_id, sound, any, &id, err);
}

enum yh_rc yh_webhook_claim(struct yh_tx *tx, const struct yh_claim *c,
			    const unsigned char key_id[YH_WEBHOOK_KEY], bool sound,
			    struct yh_arena *arena, bool *found, struct yh_webhook *out,
			    struct yh_err *err)
{
	struct yh_id id;
	enum yh_rc rc = yh_db_lock(tx, &claim_lock, 1, err);

	if (rc == YH_OK)
		rc = due(tx, c->now, key_id, sound, found, &id, err);
	if (rc != YH_OK || !*found)
		return rc;
	rc = yh_exec(tx, err, "UPDATE webhook SET lease_by = $1, lease_until = $2 WHERE id = $3",
		     YH_ID(&c->holder), YH_I(c->until), YH_ID(&id));
	return rc == YH_OK ? yh_webhook_load(tx, &id, arena, out, err) : rc;
}

enum yh_rc yh_webhook_fared(struct yh_tx *tx, const struct yh_webhook *w,
			    const struct yh_id *holder, yh_time until, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "UPDATE webhook SET fails = $1, failing_since = $2, fault = $3, next_at ="
		       " $4, lease_until = $5, state = CASE WHEN $6 = 'stopped' AND state = 'on'"
		       " THEN 'stopped' ELSE state END WHERE id = $7 AND lease_by = $8",
		       YH_I(w->fails), w->failing_since ? YH_I(w->failing_since) : YH_NUL,
		       YH_T(w->fault), YH_I(w->next_at), YH_I(until), YH_T(w->state), YH_ID(&w->id),
		       YH_ID(holder));
}

enum yh_rc yh_webhook_release(struct yh_tx *tx, struct yh_err *err)
{
	return yh_exec(tx, err, "UPDATE webhook SET lease_until = 0 WHERE lease_until > 0");
}
