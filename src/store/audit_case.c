/* The part of the audit chain that tells of one case, so that it can be verified elsewhere. */
#include "store/audit_case.h"

#include <string.h>

#include "store/audit_record.h"
#include "store/read.h"

static bool read_link(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_chain_link *l = out;

	*l = (struct yh_chain_link){ .pos = yh_col_i64(r, 16), .id = yh_col_id(r, 0) };
	yh_col_sm3(r, 17, &l->record);
	yh_col_sm3(r, 18, &l->chain);
	yh_col_sm3(r, 19, &l->former);
	for (int i = 0; i < YH_LINK_FIELDS; i++) {
		const void *p;
		size_t n = 8;
		unsigned char at[8];
		uint64_t v = (uint64_t)yh_col_i64(r, 1);

		if (i == 1) {
			for (int k = 0; k < 8; k++)
				at[k] = (unsigned char)(v >> (56 - 8 * k));
			p = at;
		} else {
			p = yh_col_bytes(r, i, &n);
		}
		l->fields[i] = (struct yh_piece){ yh_arena_memdup(a, n ? p : "", n ? n : 1), n };
		if (!l->fields[i].p)
			return false;
	}
	return true;
}

enum yh_rc yh_audit_of_case(struct yh_tx *tx, const struct yh_id *case_id, struct yh_arena *arena,
			    struct yh_chain_link **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		"SELECT e.id, e.at, e.kind, e.case_id, e.object_kind, e.object_id, e.person,"
		" e.role, e.org, e.article, e.outcome, e.reason, e.before_state, e.after_state,"
		" e.source, e.payload_digest, e.pos, e.record_digest, e.chain, f.chain FROM event e"
		" LEFT JOIN event f ON f.pos = e.pos - 1 WHERE e.case_id = $1 ORDER BY e.id",
		YH_ID(case_id));

	return rc == YH_OK ? yh_read_all(rows, arena, read_link, sizeof **out, out, n, err) : rc;
}

struct yh_sm3 yh_chain_of(const struct yh_sm3 *former, int64_t pos, const struct yh_sm3 *record)
{
	return yh_chain_next(former, pos, record);
}
