/* The audit chain: sealing and checkpoints. */
#include "store/audit.h"

#include <stdlib.h>
#include <string.h>

#include "store/audit_record.h"

enum yh_rc yh_lease_take(struct yh_tx *tx, const char *name, const struct yh_id *holder,
			 yh_time now, yh_time until, bool *held, struct yh_err *err)
{
	/* further ahead than anybody whose clock is about right would have set it */
	yh_time never = until > now ? until + (until - now) : INT64_MAX;
	int64_t changed = 0;
	enum yh_rc rc =
		yh_exec_n(tx, err, &changed,
			  "UPDATE lease_holder SET holder = $1, until_at = $2 WHERE name = $3 AND"
			  " (holder = $1 OR until_at < $4 OR until_at > $5)",
			  YH_ID(holder), YH_I(until), YH_T(name), YH_I(now), YH_I(never));

	if (rc == YH_OK && changed == 0)
		rc = yh_exec_n(tx, err, &changed,
			       "INSERT INTO lease_holder (name, holder, until_at) VALUES ($1, $2,"
			       " $3) ON CONFLICT (name) DO NOTHING",
			       YH_T(name), YH_ID(holder), YH_I(until));
	*held = changed > 0;
	return rc;
}

struct yh_sm3 yh_chain_next(const struct yh_sm3 *former, int64_t pos, const struct yh_sm3 *record)
{
	unsigned char b[2 * YH_SM3_BYTES + 8];

	memcpy(b, former->b, YH_SM3_BYTES);
	for (int i = 0; i < 8; i++)
		b[YH_SM3_BYTES + i] = (unsigned char)((uint64_t)pos >> (56 - 8 * i));
	memcpy(b + YH_SM3_BYTES + 8, record->b, YH_SM3_BYTES);
	return yh_sm3_of(b, sizeof b);
}

static void add_i64(struct yh_piece *p, unsigned char out[8], int64_t v)
{
	for (int i = 0; i < 8; i++)
		out[i] = (unsigned char)((uint64_t)v >> (56 - 8 * i));
	*p = (struct yh_piece){ out, 8 };
}

/* Columns of YH_RECORD_COLUMNS, in that order; all are borrowed until the next row. */
struct yh_sm3 yh_record_digest(const struct yh_rows *r)
{
	struct yh_piece pieces[16];
	unsigned char at[8];

	for (int col = 0; col < 16; col++) {
		if (col == 1)
			add_i64(&pieces[col], at, yh_col_i64(r, col));
		else
			pieces[col].p = yh_col_bytes(r, col, &pieces[col].n);
	}
	return yh_sm3_of_pieces(pieces, 16);
}

enum yh_rc yh_audit_head(struct yh_tx *tx, struct yh_checkpoint *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT pos, chain, at FROM event WHERE pos IS NOT NULL ORDER BY"
				 " pos DESC LIMIT 1");

	*out = (struct yh_checkpoint){ 0 };
	if (rc != YH_OK)
		return rc;
	if (yh_rows_next(rows)) {
		out->pos = yh_col_i64(rows, 0);
		yh_col_sm3(rows, 1, &out->chain);
		out->at = yh_col_i64(rows, 2);
	}
	return yh_rows_end(rows, err);
}

enum yh_rc yh_audit_waits(struct yh_tx *tx, bool *any, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows, "SELECT 1 FROM event WHERE pos IS NULL LIMIT 1");

	if (rc != YH_OK)
		return rc;
	*any = yh_rows_next(rows);
	return yh_rows_end(rows, err);
}

/* One event to be sealed. */
struct waiting {
	struct yh_id id;
	struct yh_sm3 record;
};

static enum yh_rc read_waiting(struct yh_tx *tx, uint32_t limit, struct waiting **list, size_t *n,
			       struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc;

	*n = 0;
	*list = malloc(sizeof **list * (limit ? limit : 1));
	if (!*list)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	rc = yh_query(tx, err, &rows,
		      "SELECT " YH_RECORD_COLUMNS " FROM event WHERE pos IS NULL ORDER BY id LIMIT"
		      " $1",
		      YH_I(limit));
	if (rc != YH_OK)
		return rc;
	while (*n < limit && yh_rows_next(rows)) {
		(*list)[*n].id = yh_col_id(rows, 0);
		(*list)[(*n)++].record = yh_record_digest(rows);
	}
	return yh_rows_end(rows, err);
}

enum yh_rc yh_audit_seal(struct yh_tx *tx, uint32_t limit, uint32_t *sealed, struct yh_err *err)
{
	struct yh_checkpoint head;
	struct waiting *list = NULL;
	size_t n = 0;
	enum yh_rc rc = yh_audit_head(tx, &head, err);

	*sealed = 0;
	if (rc == YH_OK)
		rc = read_waiting(tx, limit, &list, &n, err);
	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		head.pos++;
		head.chain = yh_chain_next(&head.chain, head.pos, &list[i].record);
		rc = yh_exec(tx, err,
			     "UPDATE event SET pos = $1, record_digest = $2, chain = $3 WHERE id ="
			     " $4",
			     YH_I(head.pos), YH_B(list[i].record.b, YH_SM3_BYTES),
			     YH_B(head.chain.b, YH_SM3_BYTES), YH_ID(&list[i].id));
		++*sealed;
	}
	free(list);
	return rc;
}

void yh_checkpoint_bytes(const struct yh_checkpoint *c, unsigned char out[YH_CHECKPOINT_BYTES])
{
	for (int i = 0; i < 8; i++) {
		out[i] = (unsigned char)((uint64_t)c->pos >> (56 - 8 * i));
		out[8 + YH_SM3_BYTES + i] = (unsigned char)((uint64_t)c->at >> (56 - 8 * i));
	}
	memcpy(out + 8, c->chain.b, YH_SM3_BYTES);
}

enum yh_rc yh_checkpoint_insert(struct yh_tx *tx, const struct yh_checkpoint *c, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO audit_checkpoint (pos, chain, at, signer, signature) VALUES"
		       " ($1, $2, $3, $4, $5) ON CONFLICT (pos) DO NOTHING",
		       YH_I(c->pos), YH_B(c->chain.b, YH_SM3_BYTES), YH_I(c->at),
		       YH_B(c->signer.b, YH_SM3_BYTES), YH_B(c->signature, c->signature_len));
}

void yh_checkpoint_read(const struct yh_rows *r, struct yh_checkpoint *c)
{
	const void *sig;
	size_t n;

	*c = (struct yh_checkpoint){ .pos = yh_col_i64(r, 0), .at = yh_col_i64(r, 2) };
	yh_col_sm3(r, 1, &c->chain);
	yh_col_sm3(r, 3, &c->signer);
	sig = yh_col_bytes(r, 4, &n);
	c->signature_len = n <= sizeof c->signature ? n : 0;
	memcpy(c->signature, sig, c->signature_len);
}

enum yh_rc yh_checkpoint_last(struct yh_tx *tx, struct yh_checkpoint *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT pos, chain, at, signer, signature FROM audit_checkpoint"
				 " ORDER BY pos DESC LIMIT 1");

	*out = (struct yh_checkpoint){ 0 };
	if (rc != YH_OK)
		return rc;
	if (yh_rows_next(rows))
		yh_checkpoint_read(rows, out);
	return yh_rows_end(rows, err);
}
