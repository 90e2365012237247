/* The file of keys that fields are sealed under. */
#include "cmd/field_keys.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "store/sealed.h"

enum { ARENA_BYTES = 1 << 20, MOST = 500 };

void yh_field_keys_path(const struct yh_world_config *cfg, char out[4096])
{
	size_t n = cfg->data ? strlen(cfg->data) : 0;

	while (n > 1 && cfg->data[n - 1] == '/')
		n--;
	if (cfg->field_key)
		(void)snprintf(out, 4096, "%s", cfg->field_key);
	else
		(void)snprintf(out, 4096, n ? "%.*s.key" : "%.*s", (int)n, n ? cfg->data : "");
}

enum yh_rc yh_field_keys_open(const struct yh_world_config *cfg, struct yh_ring **out, bool *fresh,
			      struct yh_err *err)
{
	char path[4096], id[YH_RING_ID];
	struct yh_err none = { 0 };
	enum yh_rc rc;

	*out = NULL;
	*fresh = false;
	yh_field_keys_path(cfg, path);
	if (!path[0])
		return YH_OK;
	rc = yh_ring_load(path, out, &none);
	if (rc == YH_NOT_FOUND && !(cfg->seals || cfg->create))
		return YH_OK;
	if (rc == YH_NOT_FOUND) {
		yh_err_clear(&none);
		rc = yh_ring_add(path, id, &none);
		*fresh = rc == YH_OK;
		if (rc == YH_OK)
			rc = yh_ring_load(path, out, &none);
	}
	if (rc == YH_OK && cfg->data)
		rc = yh_ring_outside(path, cfg->data, &none);
	if (rc != YH_OK) {
		yh_ring_free(*out);
		*out = NULL;
		if (*fresh)
			yh_field_keys_unmake(cfg);
		*fresh = false;
		if (err && err->rc == YH_OK)
			*err = none;
	}
	return rc;
}

void yh_field_keys_where(const struct yh_world_config *cfg, struct yh_err *err)
{
	char path[4096];

	yh_field_keys_path(cfg, path);
	if (err && strcmp(err->slug, "field-key-lost") == 0 && !err->field[0])
		yh_err_field(err, "%s", path);
}

void yh_field_keys_unmake(const struct yh_world_config *cfg)
{
	char path[4096];

	yh_field_keys_path(cfg, path);
	(void)unlink(path);
}

struct checking {
	yh_time now;
	struct yh_arena arena;
	bool needs; /* a file was named */
	bool first; /* no key was known before */
	bool known; /* the one that writes is */
	size_t done, broken;
};

static enum yh_rc look(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	const struct yh_ring *ring = yh_tx_ring(tx);
	struct checking *c = arg;
	struct yh_field_key *keys;
	char writer[YH_RING_ID] = "";
	size_t n;
	enum yh_rc rc;

	yh_arena_done(&c->arena);
	rc = yh_field_keys(tx, false, &c->arena, &keys, &n, err);
	c->first = n == 0;
	if (ring)
		yh_ring_writer(ring, writer);
	for (size_t i = 0; rc == YH_OK && i < n; i++)
		c->known = c->known || (!keys[i].retired_at && strcmp(keys[i].id, writer) == 0);
	for (size_t i = 0; rc == YH_OK && (ring || c->needs) && i < n; i++) {
		if (keys[i].retired_at || (ring && yh_ring_has(ring, keys[i].id)))
			continue;
		rc = yh_fail(err, YH_NOT_FOUND, "field-key-lost");
		yh_err_text(err, "key", keys[i].id);
	}
	return rc;
}

static enum yh_rc enter(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct checking *c = arg;
	char id[YH_RING_ID];
	bool fresh;

	yh_ring_writer(yh_tx_ring(tx), id);
	return yh_field_key_use(tx, id, c->now, &fresh, err);
}

static enum yh_rc seal_clear(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct checking *c = arg;

	return yh_sealed_anew(tx, true, MOST, &c->done, &c->broken, err);
}

/* The key is entered before anything is under it. What is clear may be left of a start that failed
 * half way; a key that is new to the store is first put on record, by field.reseal. */
static enum yh_rc take_up(struct yh_exec *exec, struct checking *c, struct yh_err *err)
{
	enum yh_rc rc = c->first ? yh_exec_write(exec, enter, c, err) : YH_OK;

	do
		rc = rc == YH_OK ? yh_exec_write(exec, seal_clear, c, err) : rc;
	while (rc == YH_OK && c->done >= MOST);
	return rc;
}

enum yh_rc yh_field_keys_check(const struct yh_world_config *cfg, struct yh_exec *exec, yh_time now,
			       bool *used, struct yh_err *err)
{
	struct checking c = { .now = now, .needs = cfg->field_key != NULL };
	enum yh_rc rc;

	*used = false;
	yh_arena_init(&c.arena, ARENA_BYTES);
	rc = yh_exec_read(exec, look, &c, err);
	if (rc == YH_OK && (cfg->seals || cfg->create) && yh_exec_ring(exec) &&
	    (c.first || c.known)) {
		*used = true;
		rc = take_up(exec, &c, err);
	}
	yh_arena_done(&c.arena);
	yh_field_keys_where(cfg, err);
	return rc;
}
