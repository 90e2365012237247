/* Changing the platform's key. */
#include "services/audit/rollover.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/keyfile.h"
#include "base/mem.h"
#include "store/event.h"
#include "store/settlement.h"

enum { TEXT_BYTES = 16384 };

static const char line[] = "yunheng key\n";

static enum yh_rc write_public(const char *path, const char *text, struct yh_err *err)
{
	YH_CLOSE_AUTO int fd = -1;
	size_t n = strlen(text);

	(void)unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, text, n) != (ssize_t)n || fsync(fd) != 0)
		return yh_fail_field(err, YH_STORAGE, "key-unwritable", path);
	return YH_OK;
}

static void name_of(const char *pem, char out[YH_SM3_HEX])
{
	struct yh_sm3 d = yh_sm3_of(pem, strlen(pem));

	(void)yh_hex(d.b, sizeof d.b, out);
}

enum yh_rc yh_rollover_lay(const char *data, struct yh_rollover *r, struct yh_ring *ring,
			   const char *private_pem, struct yh_err *err)
{
	char dir[4096], path[4200], name[YH_SM3_HEX];
	enum yh_rc rc;

	r->next_pem = yh_sm2_public_pem(r->next);
	if (!r->next_pem)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	name_of(r->old_pem, name);
	(void)snprintf(dir, sizeof dir, "%s/keys", data);
	(void)snprintf(path, sizeof path, "%s/audit-%.16s.pub", dir, name);
	rc = write_public(path, r->old_pem, err);
	return rc == YH_OK
		       ? yh_keyfile_lay(dir, "audit.pem", "audit.pem.next", ring, private_pem, err)
		       : rc;
}

enum yh_rc yh_rollover_take(const char *data, struct yh_err *err)
{
	char from[4200], to[4200];
	YH_CLOSE_AUTO int dir = -1;

	(void)snprintf(from, sizeof from, "%s/keys", data);
	dir = open(from, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	(void)snprintf(from, sizeof from, "%s/keys/audit.pem.next", data);
	(void)snprintf(to, sizeof to, "%s/keys/audit.pem", data);
	if (dir < 0 || rename(from, to) != 0 || fsync(dir) != 0)
		return yh_fail_field(err, YH_STORAGE, "key-unwritable", to);
	return YH_OK;
}

void yh_rollover_done(struct yh_rollover *r)
{
	free(r->next_pem);
	r->next_pem = NULL;
}

static bool sign_for(struct yh_sm2 *by, const char *pem, char hex[2 * YH_SIG_MAX + 1])
{
	unsigned char sig[YH_SIG_MAX];
	struct yh_buf b;
	size_t n = 0;
	bool ok;

	yh_buf_init(&b, TEXT_BYTES);
	yh_buf_str(&b, line);
	yh_buf_str(&b, pem);
	ok = yh_buf_ok(&b) && yh_sm2_sign(by, b.data, b.len, sig, &n, NULL) == YH_OK;
	yh_buf_done(&b);
	(void)yh_hex(sig, ok ? n : 0, hex);
	return ok;
}

static bool signed_for(struct yh_sm2 *by, const char *pem, const char *hex)
{
	unsigned char sig[YH_SIG_MAX];
	size_t n = strlen(hex) / 2;
	struct yh_buf b;
	bool ok;

	yh_buf_init(&b, TEXT_BYTES);
	yh_buf_str(&b, line);
	yh_buf_str(&b, pem);
	ok = yh_buf_ok(&b) && n <= sizeof sig && yh_unhex(hex, sig, n) &&
	     yh_sm2_verify(by, b.data, b.len, sig, n);
	yh_buf_done(&b);
	return ok;
}

enum yh_rc yh_rollover_record(struct yh_tx *tx, const struct yh_rollover *r, struct yh_idgen *ids,
			      yh_time now, struct yh_err *err)
{
	char by_old[2 * YH_SIG_MAX + 1], by_next[2 * YH_SIG_MAX + 1];
	char old[YH_SM3_HEX], next[YH_SM3_HEX];
	struct yh_event e = { .id = yh_id_new(ids, now),
			      .at = now,
			      .kind = "key.rotated",
			      .object_kind = "key",
			      .before = old,
			      .after = next,
			      .source = "local" };
	YH_JSON_AUTO v = NULL;
	char *payload;
	enum yh_rc rc;

	if (!sign_for(r->old, r->next_pem, by_old) || !sign_for(r->next, r->old_pem, by_next))
		return yh_fail(err, YH_INTERNAL, "key-invalid");
	name_of(r->old_pem, old);
	name_of(r->next_pem, next);
	v = json_pack("{s:s, s:s, s:s, s:s}", "old", r->old_pem, "next", r->next_pem, "by_old",
		      by_old, "by_next", by_next);
	payload = yh_json_canonical(v);
	e.payload = payload;
	rc = payload ? yh_signing_key_keep(tx, old, r->old_pem, now, err)
		     : yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (rc == YH_OK)
		rc = yh_signing_key_keep(tx, next, r->next_pem, now, err);
	if (rc == YH_OK)
		rc = yh_event_insert(tx, &e, err);
	free(payload);
	return rc;
}

/* Adds the key that the newest of `keys` followed, if that one vouches for it. */
static bool add(const char *payload, char newest[YH_SM3_HEX],
		struct yh_audit_key keys[YH_ROLLOVERS_MOST + 1], size_t *n)
{
	YH_JSON_AUTO v = NULL;
	const char *old, *next, *by_next;
	char name[YH_SM3_HEX];
	struct yh_sm2 *key;

	if (yh_json_parse(payload, strlen(payload), &v, NULL) != YH_OK)
		return false;
	old = yh_json_text(v, "old");
	next = yh_json_text(v, "next");
	by_next = yh_json_text(v, "by_next");
	if (!old || !next || !by_next)
		return false;
	name_of(next, name);
	if (strcmp(name, newest) != 0 || !signed_for(keys[*n - 1].key, old, by_next) ||
	    yh_sm2_load_pem(old, &key, NULL) != YH_OK)
		return false;
	name_of(old, newest);
	keys[*n] = (struct yh_audit_key){ yh_sm3_of(old, strlen(old)), key };
	++*n;
	return true;
}

enum yh_rc yh_rollovers_load(struct yh_tx *tx, const char *pem,
			     struct yh_audit_key keys[YH_ROLLOVERS_MOST + 1], size_t *n,
			     struct yh_err *err)
{
	struct yh_arena arena;
	const char **list;
	char newest[YH_SM3_HEX];
	size_t n_list = 0;
	enum yh_rc rc;

	yh_arena_init(&arena, 4 * 1024 * 1024);
	rc = yh_audit_rollovers(tx, &arena, &list, &n_list, err);
	name_of(pem, newest);
	for (size_t i = 0; rc == YH_OK && i < n_list && *n <= YH_ROLLOVERS_MOST; i++)
		(void)add(list[i], newest, keys, n);
	yh_arena_done(&arena);
	return rc;
}
