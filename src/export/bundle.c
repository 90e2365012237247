/* A settlement as an auditor takes it away: the archive and its seal. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "export/bundle_internal.h"
#include "export/outfile.h"
#include "services/audit/audit.h"

enum { BATCH_BYTES = 256 * 1024 * 1024, ARENA_BYTES = 256 * 1024 * 1024 };

/* ---- keys ---- */

/* qsort has no place for the size of what it compares. */
static int by_key(const void *a, const void *b, void *size)
{
	return memcmp(a, b, *(const size_t *)size);
}

bool yh_keys_add(struct yh_keys *k, const void *key)
{
	if (k->n == k->cap) {
		size_t cap = k->cap ? k->cap * 2 : 64;
		void *more = reallocarray(k->list, cap, k->size);

		if (!more)
			return false;
		k->list = more;
		k->cap = cap;
	}
	memcpy(k->list + k->n++ * k->size, key, k->size);
	k->sealed = false;
	return true;
}

void yh_keys_seal(struct yh_keys *k)
{
	size_t n = 0;

	if (k->n)
		qsort_r(k->list, k->n, k->size, by_key, &k->size);
	for (size_t i = 0; i < k->n; i++)
		if (n == 0 || memcmp(k->list + (n - 1) * k->size, yh_keys_at(k, i), k->size) != 0)
			memmove(k->list + n++ * k->size, yh_keys_at(k, i), k->size);
	k->n = n;
	k->sealed = true;
}

bool yh_keys_has(const struct yh_keys *k, const void *key)
{
	size_t low = 0, high = k->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int c = memcmp(key, yh_keys_at(k, mid), k->size);

		if (c == 0)
			return true;
		if (c < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return false;
}

void yh_keys_done(struct yh_keys *k)
{
	free(k->list);
	k->list = NULL;
	k->n = k->cap = 0;
}

/* ---- records and members ---- */

struct yh_jw *yh_record_begin(struct yh_bundle *b)
{
	b->record.len = 0;
	yh_jw_init(&b->w, &b->record);
	yh_jw_obj(&b->w, NULL);
	return &b->w;
}

enum yh_rc yh_record_end(struct yh_bundle *b, FILE *spool, struct yh_err *err)
{
	yh_jw_end_obj(&b->w);
	yh_buf_str(&b->record, "\n");
	if (!yh_buf_ok(&b->record)) {
		(void)yh_fail(err, YH_TOO_LARGE, "export-too-large");
		yh_err_int(err, "max", YH_RECORD_BYTES);
		return YH_TOO_LARGE;
	}
	if (!spool)
		yh_zip_write(b->zip, yh_buf_text(&b->record), b->record.len);
	else if (fwrite(yh_buf_text(&b->record), 1, b->record.len, spool) != b->record.len)
		return yh_outfile_check(spool, err);
	return YH_OK;
}

enum yh_rc yh_record_keep(struct yh_bundle *b, int side, struct yh_err *err)
{
	struct yh_buf *to = &b->batch[side];

	yh_jw_end_obj(&b->w);
	yh_buf_str(&b->record, "\n");
	if (yh_buf_ok(&b->record))
		yh_buf_add(to, yh_buf_text(&b->record), b->record.len);
	if (yh_buf_ok(&b->record) && yh_buf_ok(to))
		return YH_OK;
	(void)yh_fail(err, YH_TOO_LARGE, "export-too-large");
	yh_err_int(err, "max", BATCH_BYTES);
	return YH_TOO_LARGE;
}

struct reading {
	struct yh_bundle *b;
	yh_reading_fn fn;
	void *arg;
	struct yh_arena arena;
};

static enum yh_rc read_once(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct reading *r = arg;

	yh_arena_done(&r->arena);
	r->b->batch[0].len = r->b->batch[1].len = 0;
	return r->fn(r->b, tx, &r->arena, r->arg, err);
}

enum yh_rc yh_bundle_read(struct yh_bundle *b, yh_reading_fn fn, void *arg, FILE *spool,
			  struct yh_err *err)
{
	struct reading r = { .b = b, .fn = fn, .arg = arg };
	enum yh_rc rc;

	yh_arena_init(&r.arena, ARENA_BYTES);
	rc = yh_exec_read(b->world->exec, read_once, &r, err);
	yh_arena_done(&r.arena);
	if (rc != YH_OK)
		return rc;
	if (b->batch[0].len)
		yh_zip_write(b->zip, b->batch[0].data, b->batch[0].len);
	if (b->batch[1].len && spool &&
	    fwrite(b->batch[1].data, 1, b->batch[1].len, spool) != b->batch[1].len)
		return yh_outfile_check(spool, err);
	b->batch[0].len = b->batch[1].len = 0;
	return YH_OK;
}

const char *yh_fixed_text(int64_t v, unsigned scale, char out[YH_FIXED_TEXT])
{
	uint64_t size = v < 0 ? 0 - (uint64_t)v : (uint64_t)v, unit = 1;

	for (unsigned i = 0; i < scale; i++)
		unit *= 10;
	(void)snprintf(out, YH_FIXED_TEXT, "%s%llu.%0*llu", v < 0 ? "-" : "",
		       (unsigned long long)(size / unit), (int)scale,
		       (unsigned long long)(size % unit));
	return out;
}

void yh_member_begin(struct yh_bundle *b, const char *name)
{
	b->members[b->n_members].name = name;
	yh_zip_begin(b->zip, name);
}

enum yh_rc yh_member_end(struct yh_bundle *b, struct yh_err *err)
{
	struct yh_member *m = &b->members[b->n_members++];

	return yh_zip_end(b->zip, &m->digest, &m->lines, err);
}

enum yh_rc yh_member_copy(struct yh_bundle *b, const char *name, FILE *spool, struct yh_err *err)
{
	char block[16384];
	size_t n;
	enum yh_rc rc = yh_outfile_check(spool, err);

	yh_member_begin(b, name);
	rewind(spool);
	while (rc == YH_OK && (n = fread(block, 1, sizeof block, spool)) > 0)
		yh_zip_write(b->zip, block, n);
	if (rc == YH_OK && ferror(spool))
		rc = yh_fail(err, YH_STORAGE, "export-unwritable");
	return rc == YH_OK ? yh_member_end(b, err) : rc;
}

/* ---- the seal ---- */

static void write_manifest(struct yh_bundle *b, struct yh_buf *out)
{
	char hex[YH_SM3_HEX];
	struct yh_jw w;

	yh_jw_init(&w, out);
	yh_jw_obj(&w, NULL);
	yh_jw_str(&w, "format", "yunheng-settlement-bundle-1");
	yh_jw_id(&w, "settlement", &b->row.id);
	yh_jw_time(&w, "made", yh_clock_now(b->world->clock));
	yh_sealer_key_id(b->world->sealer, hex);
	yh_jw_str(&w, "key_id", hex);
	yh_jw_arr(&w, "files");
	for (size_t i = 0; i < b->n_members; i++) {
		const struct yh_member *m = &b->members[i];

		yh_jw_obj(&w, NULL);
		yh_jw_str(&w, "name", m->name);
		yh_jw_str(&w, "sm3", yh_hex(m->digest.b, sizeof m->digest.b, hex));
		yh_jw_int(&w, "records", m->lines);
		yh_jw_end_obj(&w);
	}
	yh_jw_end_arr(&w);
	yh_jw_end_obj(&w);
}

static enum yh_rc add_text(struct yh_bundle *b, const char *name, const char *text, size_t n,
			   struct yh_err *err)
{
	struct yh_sm3 digest;
	int64_t lines;

	yh_zip_begin(b->zip, name);
	yh_zip_write(b->zip, text, n);
	return yh_zip_end(b->zip, &digest, &lines, err);
}

static enum yh_rc seal(struct yh_bundle *b, struct yh_err *err)
{
	const char *public_pem = yh_sealer_public(b->world->sealer);
	unsigned char sig[YH_SIG_MAX];
	char hex[2 * YH_SIG_MAX + 2];
	struct yh_buf manifest;
	size_t len = 0;
	enum yh_rc rc;

	yh_buf_init(&manifest, YH_RECORD_BYTES);
	write_manifest(b, &manifest);
	if (yh_buf_ok(&manifest))
		rc = yh_sealer_sign_bytes(b->world->sealer, yh_buf_text(&manifest), manifest.len,
					  sig, &len, err);
	else
		rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (rc == YH_OK)
		rc = add_text(b, "manifest.json", yh_buf_text(&manifest), manifest.len, err);
	if (rc == YH_OK) {
		(void)yh_hex(sig, len, hex);
		memcpy(hex + 2 * len, "\n", 2);
		rc = add_text(b, "manifest.sig", hex, 2 * len + 1, err);
	}
	if (rc == YH_OK)
		rc = add_text(b, "public-key.pem", public_pem, strlen(public_pem), err);
	yh_buf_done(&manifest);
	return rc;
}

/* ---- all of it ---- */

struct checking {
	struct yh_bundle *b;
	const struct yh_id *settlement;
	struct yh_settlement_row row;
	size_t n_unsigned; /* 0 or 1 */
	struct yh_arena arena;
};

static enum yh_rc check(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct checking *c = arg;
	struct yh_id *ids;
	enum yh_rc rc = yh_settlement_load(tx, c->settlement, &c->row, err);

	return rc == YH_OK ? yh_statement_to_sign(tx, c->settlement, 1, &c->arena, &ids,
						  &c->n_unsigned, err)
			   : rc;
}

static enum yh_rc check_exportable(struct yh_bundle *b, const struct yh_id *settlement,
				   struct yh_err *err)
{
	struct checking c = { .b = b, .settlement = settlement };
	enum yh_rc rc;

	if (!b->world->sealer)
		return yh_fail(err, YH_CONFLICT, "settlement-signer-none");
	yh_arena_init(&c.arena, ARENA_BYTES);
	rc = yh_exec_read(b->world->exec, check, &c, err);
	yh_arena_done(&c.arena);
	if (rc != YH_OK)
		return rc;
	b->row = c.row;
	if (strcmp(c.row.state, "closed") != 0) {
		(void)yh_fail(err, YH_CONFLICT, "settlement-state");
		yh_err_text(err, "state", c.row.state);
		yh_err_text(err, "needed", "closed");
		return YH_CONFLICT;
	}
	if (c.n_unsigned)
		return yh_fail(err, YH_CONFLICT, "settlement-unsigned");
	return YH_OK;
}

static enum yh_rc write_all(struct yh_bundle *b, struct yh_err *err)
{
	enum yh_rc (*const parts[])(struct yh_bundle *, struct yh_err *) = {
		yh_bundle_gather, yh_bundle_settlements, yh_bundle_statements, yh_bundle_names,
		yh_bundle_prices, yh_bundle_evidence,    yh_bundle_factors,    seal,
	};
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; rc == YH_OK && i < YH_LEN(parts); i++)
		rc = parts[i](b, err);
	return rc;
}

static void done(struct yh_bundle *b)
{
	struct yh_keys *keys[] = { &b->own,         &b->corrected, &b->mended, &b->beside,
				   &b->settlements, &b->reckoned,  &b->months, &b->parties,
				   &b->projects,    &b->providers };
	FILE *spools[] = { b->stopped, b->signatures, b->intervals };

	for (size_t i = 0; i < YH_LEN(keys); i++)
		yh_keys_done(keys[i]);
	for (size_t i = 0; i < YH_LEN(spools); i++)
		if (spools[i])
			(void)fclose(spools[i]);
	yh_buf_done(&b->record);
	yh_buf_done(&b->batch[0]);
	yh_buf_done(&b->batch[1]);
}

enum yh_rc yh_bundle_write(FILE *out, const struct yh_world *world, const struct yh_id *settlement,
			   struct yh_err *err)
{
	struct yh_bundle b = {
		.world = world,
		.own.size = sizeof(struct yh_owner),
		.mended.size = sizeof(struct yh_owner),
		.corrected.size = sizeof(struct yh_id),
		.beside.size = sizeof(struct yh_beside),
		.settlements.size = sizeof(struct yh_id),
		.reckoned.size = sizeof(struct yh_id),
		.months.size = sizeof(yh_day),
		.parties.size = sizeof(struct yh_id),
		.projects.size = sizeof(struct yh_id),
		.providers.size = sizeof(struct yh_id),
	};
	enum yh_rc rc = check_exportable(&b, settlement, err);

	yh_buf_init(&b.record, YH_RECORD_BYTES);
	yh_buf_init(&b.batch[0], BATCH_BYTES);
	yh_buf_init(&b.batch[1], BATCH_BYTES);
	if (rc == YH_OK)
		rc = yh_outfile_open(&b.stopped, err);
	if (rc == YH_OK)
		rc = yh_outfile_open(&b.signatures, err);
	if (rc == YH_OK)
		rc = yh_outfile_open(&b.intervals, err);
	if (rc == YH_OK)
		rc = yh_zip_open(out, &b.zip, err);
	if (rc == YH_OK)
		rc = write_all(&b, err);
	if (rc == YH_OK) {
		struct yh_zip *zip = b.zip;

		b.zip = NULL;
		rc = yh_zip_close(zip, err);
	}
	yh_zip_drop(b.zip);
	done(&b);
	return rc;
}
