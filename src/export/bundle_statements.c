/* The statements of a settlement, and those that stand beside them because they are corrected. */
#include <stdlib.h>
#include <string.h>

#include "export/bundle_internal.h"
#include "export/outfile.h"

enum { ONE_ARENA = 64 * 1024 * 1024 };

static enum yh_rc short_of_memory(bool ok, struct yh_err *err)
{
	return ok ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");
}

static bool name_parties(struct yh_bundle *b, const struct yh_statement_row *s)
{
	return yh_keys_add(&b->parties, &s->unit) && yh_keys_add(&b->parties, &s->payer) &&
	       yh_keys_add(&b->parties, &s->provider) && yh_keys_add(&b->providers, &s->provider) &&
	       yh_keys_add(&b->projects, &s->project);
}

static struct yh_owner owner_of(const struct yh_statement_row *s)
{
	return (struct yh_owner){ s->unit, s->project, s->provider };
}

/* ---- what there is ---- */

static enum yh_rc note_stopped(struct yh_bundle *b, const struct yh_bill *bill, struct yh_err *err)
{
	struct yh_jw *w = yh_record_begin(b);

	yh_jw_str(w, "statement", bill->row.no);
	yh_jw_id(w, "unit", &bill->row.unit);
	yh_jw_id(w, "project", &bill->row.project);
	yh_jw_id(w, "provider", &bill->row.provider);
	yh_jw_raw(w, "fault", bill->row.fault ? bill->row.fault : "{}");
	return yh_record_end(b, b->stopped, err);
}

static enum yh_rc gather(void *arg, const struct yh_bill *bill, struct yh_err *err)
{
	struct yh_bundle *b = arg;
	struct yh_owner owner = owner_of(&bill->row);
	bool ok;

	if (strcmp(bill->row.state, "stopped") == 0)
		return note_stopped(b, bill, err);
	ok = yh_keys_add(&b->own, &owner) && name_parties(b, &bill->row);
	for (size_t i = 0; ok && i < bill->n; i++)
		if (!yh_id_is_zero(&bill->lines[i].row.corrects))
			ok = yh_keys_add(&b->corrected, &bill->lines[i].row.corrects);
	return short_of_memory(ok, err);
}

/* One statement that stands beside, within a transaction. */
struct looking {
	struct yh_bundle *b;
	const struct yh_id *id;
	struct yh_arena arena;
	struct yh_statement_row row;
	struct yh_line_row *corrections;
	size_t n;
};

static enum yh_rc look(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct looking *l = arg;
	enum yh_rc rc;

	yh_arena_done(&l->arena);
	rc = yh_statement_load(tx, l->id, &l->arena, &l->row, err);
	return rc == YH_OK ? yh_line_corrections(tx, l->id, &l->arena, &l->corrections, &l->n, err)
			   : rc;
}

static bool note_beside(struct yh_bundle *b, const struct yh_statement_row *s)
{
	struct yh_beside beside = { .id = s->id };

	if (yh_id_eq(&s->settlement, &b->row.id))
		return true;
	memcpy(beside.no, s->no, strlen(s->no) + 1);
	return yh_keys_add(&b->beside, &beside) && yh_keys_add(&b->settlements, &s->settlement) &&
	       name_parties(b, s);
}

static enum yh_rc gather_earlier(struct yh_bundle *b, struct looking *l, struct yh_err *err)
{
	struct yh_id seen = { 0 };
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; rc == YH_OK && i < l->n; i++) {
		struct looking of = { .b = b, .id = &l->corrections[i].statement };

		if (yh_id_eq(of.id, &seen))
			continue;
		seen = *of.id;
		yh_arena_init(&of.arena, ONE_ARENA);
		rc = yh_exec_read(b->world->exec, look, &of, err);
		if (rc == YH_OK)
			rc = short_of_memory(note_beside(b, &of.row), err);
		yh_arena_done(&of.arena);
	}
	return rc;
}

static enum yh_rc gather_corrected(struct yh_bundle *b, const struct yh_id *id, struct yh_err *err)
{
	struct looking l = { .b = b, .id = id };
	struct yh_owner owner;
	enum yh_rc rc;

	yh_arena_init(&l.arena, ONE_ARENA);
	rc = yh_exec_read(b->world->exec, look, &l, err);
	owner = owner_of(&l.row);
	if (rc == YH_OK)
		rc = short_of_memory(note_beside(b, &l.row) && yh_keys_add(&b->mended, &owner) &&
					     yh_keys_add(&b->reckoned, &l.row.settlement) &&
					     yh_keys_add(&b->months, &l.row.month),
				     err);
	if (rc == YH_OK)
		rc = gather_earlier(b, &l, err);
	yh_arena_done(&l.arena);
	return rc;
}

enum yh_rc yh_bundle_gather(struct yh_bundle *b, struct yh_err *err)
{
	enum yh_rc rc = yh_settle_bills(b->world, &b->row.id, gather, b, err);

	yh_keys_seal(&b->corrected);
	if (rc == YH_OK)
		rc = short_of_memory(yh_keys_add(&b->months, &b->row.month), err);
	for (size_t i = 0; rc == YH_OK && i < b->corrected.n; i++)
		rc = gather_corrected(b, yh_keys_at(&b->corrected, i), err);
	yh_keys_seal(&b->own);
	yh_keys_seal(&b->mended);
	yh_keys_seal(&b->beside);
	yh_keys_seal(&b->settlements);
	yh_keys_seal(&b->reckoned);
	yh_keys_seal(&b->months);
	yh_keys_seal(&b->parties);
	yh_keys_seal(&b->projects);
	yh_keys_seal(&b->providers);
	return rc;
}

/* ---- as records ---- */

struct writing {
	struct yh_bundle *b;
	size_t next; /* of those beside */
};

static enum yh_rc write_signature(struct yh_bundle *b, const struct yh_statement_row *s,
				  struct yh_err *err)
{
	char digest[YH_SM3_HEX], sig[2 * YH_SIG_MAX + 1];
	struct yh_jw *w = yh_record_begin(b);

	yh_jw_str(w, "statement", s->no);
	yh_jw_str(w, "digest", yh_hex(s->digest.b, sizeof s->digest.b, digest));
	yh_jw_str(w, "signature",
		  s->signature && s->signature_len <= YH_SIG_MAX
			  ? yh_hex(s->signature, s->signature_len, sig)
			  : "");
	yh_jw_str(w, "key_id", s->key_id ? s->key_id : "");
	return yh_record_end(b, b->signatures, err);
}

static enum yh_rc write_statement(struct yh_bundle *b, const struct yh_bill *bill,
				  struct yh_err *err)
{
	b->record.len = 0;
	yh_settle_canonical(&b->record, bill);
	yh_buf_str(&b->record, "\n");
	if (!yh_buf_ok(&b->record)) {
		(void)yh_fail(err, YH_TOO_LARGE, "export-too-large");
		yh_err_int(err, "max", YH_RECORD_BYTES);
		return YH_TOO_LARGE;
	}
	yh_zip_write(b->zip, yh_buf_text(&b->record), b->record.len);
	return write_signature(b, &bill->row, err);
}

struct loading {
	const struct yh_world *world;
	const struct yh_id *id;
	struct yh_arena arena;
	struct yh_bill bill;
};

static enum yh_rc load_bill(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct loading *l = arg;
	struct yh_ctx cx = { .tx = tx,
			     .world = l->world,
			     .now = yh_clock_now(l->world->clock),
			     .arena = &l->arena };

	yh_arena_done(&l->arena);
	return yh_settle_bill(&cx, l->id, &l->bill, err);
}

static enum yh_rc write_beside(struct yh_bundle *b, const struct yh_id *id, struct yh_err *err)
{
	struct loading l = { .world = b->world, .id = id };
	enum yh_rc rc;

	yh_arena_init(&l.arena, ONE_ARENA);
	rc = yh_exec_read(b->world->exec, load_bill, &l, err);
	if (rc == YH_OK)
		rc = write_statement(b, &l.bill, err);
	yh_arena_done(&l.arena);
	return rc;
}

/* Those beside with a number before `no`; NULL: all that are left. */
static enum yh_rc write_up_to(struct writing *s, const char *no, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	while (rc == YH_OK && s->next < s->b->beside.n) {
		const struct yh_beside *beside = yh_keys_at(&s->b->beside, s->next);

		if (no && strcmp(beside->no, no) > 0)
			break;
		s->next++;
		rc = write_beside(s->b, &beside->id, err);
	}
	return rc;
}

static enum yh_rc write_own(void *arg, const struct yh_bill *bill, struct yh_err *err)
{
	struct writing *s = arg;
	enum yh_rc rc;

	if (strcmp(bill->row.state, "stopped") == 0)
		return YH_OK;
	rc = write_up_to(s, bill->row.no, err);
	return rc == YH_OK ? write_statement(s->b, bill, err) : rc;
}

enum yh_rc yh_bundle_statements(struct yh_bundle *b, struct yh_err *err)
{
	struct writing s = { .b = b };
	enum yh_rc rc;

	yh_member_begin(b, "statements.jsonl");
	rc = yh_settle_bills(b->world, &b->row.id, write_own, &s, err);
	if (rc == YH_OK)
		rc = write_up_to(&s, NULL, err);
	if (rc == YH_OK)
		rc = yh_member_end(b, err);
	if (rc == YH_OK)
		rc = yh_member_copy(b, "signatures.jsonl", b->signatures, err);
	return rc == YH_OK ? yh_member_copy(b, "stopped.jsonl", b->stopped, err) : rc;
}
