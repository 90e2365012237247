/* Verifying the audit chain: the first broken record is named. */
#include <stdio.h>
#include <string.h>

#include "store/audit_record.h"
#include "store/read.h"

enum { PAGE = 1000 };

struct walk {
	struct yh_tx *tx;
	const struct yh_checkpoint *anchor;
	struct yh_audit_report *out;
	struct yh_sm3 chain; /* expected so far */
	int64_t pos;         /* of the last intact record */
	struct yh_err *err;
};

static void broken(struct walk *w, int64_t pos, const struct yh_rows *r, const char *what)
{
	w->out->broken = true;
	w->out->pos = pos;
	w->out->what = what;
	if (!r)
		return;
	w->out->event = yh_col_id(r, 0);
	(void)snprintf(w->out->kind, sizeof w->out->kind, "%s", yh_col_text(r, 2));
}

/* Columns behind those of the record: payload, record_digest, chain, pos. */
static void check_row(struct walk *w, const struct yh_rows *r)
{
	struct yh_sm3 record = yh_record_digest(r), stored, payload, chain;
	int64_t pos = yh_col_i64(r, 19);
	const char *text;

	if (pos != w->pos + 1) {
		broken(w, w->pos + 1, NULL, "missing");
		return;
	}
	yh_col_sm3(r, 17, &stored);
	if (memcmp(&record, &stored, sizeof record) != 0) {
		broken(w, pos, r, "edited");
		return;
	}
	text = yh_col_text(r, 16);
	yh_col_sm3(r, 15, &payload);
	record = yh_sm3_of(text, strlen(text));
	if (text[0] && memcmp(&record, &payload, sizeof record) != 0) {
		broken(w, pos, r, "payload");
		return;
	}
	yh_col_sm3(r, 18, &chain);
	w->chain = yh_chain_next(&w->chain, pos, &stored);
	if (memcmp(&chain, &w->chain, sizeof chain) != 0) {
		broken(w, pos, r, "chain");
		return;
	}
	if (w->anchor && w->anchor->pos == pos &&
	    memcmp(&w->anchor->chain, &chain, sizeof chain) != 0) {
		broken(w, pos, r, "checkpoint");
		return;
	}
	w->pos = pos;
	w->out->records++;
}

static enum yh_rc walk_page(struct walk *w, size_t *n)
{
	struct yh_rows *rows;
	int64_t from = w->pos;
	enum yh_rc rc = yh_query(w->tx, w->err, &rows,
				 "SELECT " YH_RECORD_COLUMNS ", payload, record_digest, chain, pos"
				 " FROM event WHERE pos > $1 ORDER BY pos LIMIT $2",
				 YH_I(from), YH_I(PAGE));

	*n = 0;
	if (rc != YH_OK)
		return rc;
	while (!w->out->broken && yh_rows_next(rows)) {
		check_row(w, rows);
		++*n;
	}
	return yh_rows_end(rows, w->err);
}

static enum yh_rc count_unsealed(struct walk *w)
{
	struct yh_rows *rows;
	enum yh_rc rc =
		yh_query(w->tx, w->err, &rows, "SELECT count(*) FROM event WHERE pos IS NULL");

	if (rc != YH_OK)
		return rc;
	if (yh_rows_next(rows))
		w->out->unsealed = yh_col_i64(rows, 0);
	return yh_rows_end(rows, w->err);
}

/* Every stored checkpoint stands on a record of the chain and is signed. */
static bool signed_by(const struct yh_checkpoint *c, const struct yh_audit_key *keys, size_t n)
{
	unsigned char bytes[YH_CHECKPOINT_BYTES];

	yh_checkpoint_bytes(c, bytes);
	for (size_t i = 0; i < n; i++)
		if (memcmp(&keys[i].signer, &c->signer, sizeof c->signer) == 0)
			return yh_sm2_verify(keys[i].key, bytes, sizeof bytes, c->signature,
					     c->signature_len);
	return false;
}

static enum yh_rc check_checkpoints(struct walk *w, const struct yh_audit_key *keys, size_t n)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(w->tx, w->err, &rows,
				 "SELECT c.pos, c.chain, c.at, c.signer, c.signature, e.chain FROM"
				 " audit_checkpoint c LEFT JOIN event e ON e.pos = c.pos ORDER BY"
				 " c.pos");

	if (rc != YH_OK)
		return rc;
	while (!w->out->broken && yh_rows_next(rows)) {
		struct yh_checkpoint c;
		struct yh_sm3 chain;

		yh_checkpoint_read(rows, &c);
		yh_col_sm3(rows, 5, &chain);
		if (c.pos > w->pos)
			broken(w, w->pos + 1, NULL, "truncated");
		else if (memcmp(&chain, &c.chain, sizeof chain) != 0 ||
			 (n > 0 && !signed_by(&c, keys, n)))
			broken(w, c.pos, NULL, "checkpoint");
	}
	return yh_rows_end(rows, w->err);
}

static bool read_payload(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	return yh_col_keep(r, a, 0, out);
}

enum yh_rc yh_audit_rollovers(struct yh_tx *tx, struct yh_arena *arena, const char ***out,
			      size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	void *list = NULL;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT payload FROM event WHERE kind = 'key.rotated' ORDER BY id"
				 " DESC");

	*n = 0;
	if (rc == YH_OK)
		rc = yh_read_all(rows, arena, read_payload, sizeof **out, &list, n, err);
	*out = list;
	return rc;
}

enum yh_rc yh_audit_walk(struct yh_tx *tx, const struct yh_checkpoint *anchor,
			 const struct yh_audit_key *keys, size_t n_keys,
			 struct yh_audit_report *out, struct yh_err *err)
{
	struct walk w = { .tx = tx, .anchor = anchor, .out = out, .err = err };
	size_t n = 0;
	enum yh_rc rc;

	*out = (struct yh_audit_report){ .what = "" };
	do
		rc = walk_page(&w, &n);
	while (rc == YH_OK && !out->broken && n == PAGE);
	if (rc == YH_OK && !out->broken && anchor && anchor->pos > w.pos)
		broken(&w, w.pos + 1, NULL, "truncated");
	if (rc == YH_OK && !out->broken)
		rc = check_checkpoints(&w, keys, n_keys);
	return rc == YH_OK ? count_unsealed(&w) : rc;
}
