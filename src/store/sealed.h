/* Columns that are kept sealed (base/ring.h) under the executor's ring, and the keys that the store
 * knows.
 *
 * Whoever keeps personal data or a secret in a column seals it here, in its own file of the store,
 * under the column's name "table.column" and the row's key. The column is a text, '' for nothing,
 * and has a line in the table of sealed.c, by which its rows are sealed anew under another key. */
#ifndef YH_STORE_SEALED_H
#define YH_STORE_SEALED_H

#include "base/ring.h"
#include "db/exec.h"

/* *out, in the arena, is what the column gets; "" for no bytes at all (p NULL). Fails as
 * yh_ring_seal. */
YH_CHECK enum yh_rc yh_seal_bytes(struct yh_tx *tx, const char *column, const void *row,
				  size_t row_n, const void *p, size_t n, struct yh_arena *arena,
				  const char **out, struct yh_err *err);
/* The same for a text, of a row with an id; "" stays "". */
YH_CHECK enum yh_rc yh_seal_text(struct yh_tx *tx, const char *column, const struct yh_id *row,
				 const char *text, struct yh_arena *arena, const char **out,
				 struct yh_err *err);

/* What the column holds, in the arena, with a NUL behind its *n bytes (n may be NULL); "" for "".
 * Fails as yh_ring_unseal. */
YH_CHECK enum yh_rc yh_unseal_bytes(struct yh_tx *tx, const char *column, const void *row,
				    size_t row_n, const char *sealed, struct yh_arena *arena,
				    const char **out, size_t *n, struct yh_err *err);
YH_CHECK enum yh_rc yh_unseal_text(struct yh_tx *tx, const char *column, const struct yh_id *row,
				   const char *sealed, struct yh_arena *arena, const char **out,
				   struct yh_err *err);

/* Seals anew what is under another key than the one that writes, and what is clear, at most `most`
 * fields; *done how many, *broken how many could not be opened (they stay). */
YH_CHECK enum yh_rc yh_sealed_anew(struct yh_tx *tx, bool clear_only, size_t most, size_t *done,
				   size_t *broken, struct yh_err *err);

/* A key that fields were sealed under. */
struct yh_field_key {
	char id[YH_RING_ID];
	yh_time made_at, retired_at; /* retired_at: nothing was under it any more; 0: in use */
	int64_t fields;              /* counted when asked for */
};
YH_CHECK enum yh_rc yh_field_keys(struct yh_tx *tx, bool count, struct yh_arena *arena,
				  struct yh_field_key **out, size_t *n, struct yh_err *err);
/* Adds a key, or puts a retired one back in use; *fresh: it was not in use before. */
YH_CHECK enum yh_rc yh_field_key_use(struct yh_tx *tx, const char *id, yh_time at, bool *fresh,
				     struct yh_err *err);
/* Retires every other key, once nothing is sealed under it; *n: how many. */
YH_CHECK enum yh_rc yh_field_keys_retire(struct yh_tx *tx, const char *writer, yh_time at,
					 int64_t *n, struct yh_err *err);

#endif
