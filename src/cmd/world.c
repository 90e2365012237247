/* Wiring: a store, its law book and messages. */
#include "cmd/world.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "base/ring.h"
#include "clouds/clouds.h"
#include "cmd/calendars.h"
#include "cmd/field_keys.h"
#include "effects/words.h"
#include "services/meter/keys.h"
#include "services/identity/actors.h"
#include "services/policy/pack_files.h"
#include "store/clock.h"
#include "store/party.h"
#include "store/schema.h"

enum { ARENA_BYTES = 256 * 1024 * 1024 /* at most */, CATEGORIES_BYTES = 256 * 1024 };

static enum yh_rc read_messages(struct yh_messages *m, const char *dir, struct yh_err *err)
{
	struct yh_pack_folder folder;
	enum yh_rc rc = yh_pack_folder_read(dir, &folder, err);

	if (rc != YH_OK)
		return rc;
	for (size_t i = 0; rc == YH_OK && i < folder.n; i++) {
		const struct yh_pack_file *f = &folder.files[i];
		const char *lang = strcmp(f->name, "en.yaml") == 0   ? "en"
				   : strcmp(f->name, "zh.yaml") == 0 ? "zh"
								     : NULL;

		if (lang)
			rc = yh_messages_add(m, lang, f->name, f->text, f->n, err);
	}
	yh_pack_folder_done(&folder);
	return rc;
}

static enum yh_rc load_messages(struct yh_open_world *w, struct yh_err *err)
{
	char dir[4096];

	w->messages = yh_messages_new();
	if (!w->messages)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	w->world.messages = w->messages;
	(void)snprintf(dir, sizeof dir, "%s/messages", yh_policy_dir());
	return read_messages(w->messages, dir, err);
}

static enum yh_rc load_categories(struct yh_open_world *w, struct yh_err *err)
{
	YH_FCLOSE_AUTO FILE *f = NULL;
	YH_FREE_AUTO char *text = malloc(CATEGORIES_BYTES);
	char path[4096];
	size_t n;

	(void)snprintf(path, sizeof path, "%s/notices.yaml", yh_policy_dir());
	f = fopen(path, "re");
	if (!text)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (!f)
		return yh_fail_field(err, YH_NOT_FOUND, "folder-unreadable", path);
	n = fread(text, 1, CATEGORIES_BYTES, f);
	return yh_categories_parse("notices.yaml", text, n, &w->categories, err);
}

static enum yh_rc open_store(const struct yh_world_config *cfg, struct yh_ring *ring,
			     struct yh_exec **out, struct yh_err *err)
{
	char url[4096];
	struct yh_exec_config x = { .database = cfg->database,
				    .readers = cfg->readers,
				    .writers = cfg->writers,
				    .unsafe_no_sync = cfg->no_sync,
				    .ring = ring };
	struct stat st;
	enum yh_rc rc;

	if (cfg->data && cfg->create && mkdir(cfg->data, 0700) != 0 && errno != EEXIST) {
		rc = yh_fail_field(err, YH_STORAGE, "data-unusable", cfg->data);
		yh_err_text(err, "detail", strerror(errno));
		return rc;
	}
	if (!cfg->database) {
		(void)snprintf(url, sizeof url, "sqlite:%s/yunheng.db", cfg->data);
		if (!cfg->create && stat(url + strlen("sqlite:"), &st) != 0)
			return yh_fail_field(err, YH_NOT_FOUND, "data-none", cfg->data);
		x.database = url;
	}
	return yh_store_open(&x, cfg->migrate, out, err);
}

static enum yh_rc read_ahead(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct yh_open_world *w = arg;
	yh_time ahead;
	bool turns;
	enum yh_rc rc = yh_clock_load(tx, &turns, &ahead, err);

	if (rc == YH_OK && turns)
		yh_clock_ahead(&w->clock, ahead);
	return rc;
}

enum yh_rc yh_world_open(const struct yh_world_config *cfg, struct yh_open_world *out,
			 struct yh_err *err)
{
	enum yh_rc rc = yh_crypto_selftest(err);
	bool fresh = false, used = false;

	*out = (struct yh_open_world){ 0 };
	yh_clock_real(&out->clock);
	if (rc == YH_OK)
		rc = load_messages(out, err);
	if (rc == YH_OK)
		rc = load_categories(out, err);
	if (rc == YH_OK && !(out->world.ids = yh_idgen_new()))
		rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (rc == YH_OK && !(out->world.actors = yh_actors_new()))
		rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (rc == YH_OK)
		rc = yh_field_keys_open(cfg, &out->ring, &fresh, err);
	if (rc == YH_OK)
		rc = open_store(cfg, out->ring, &out->world.exec, err);
	if (rc == YH_OK)
		rc = yh_exec_read(out->world.exec, read_ahead, out, err);
	if (rc == YH_OK)
		rc = yh_field_keys_check(cfg, out->world.exec, yh_clock_now(&out->clock), &used,
					 err);
	if (rc != YH_OK && fresh && !used)
		yh_field_keys_unmake(cfg);
	if (rc == YH_OK)
		rc = yh_book_open(out->world.exec, yh_effects_vocab(), &out->book, err);
	if (rc != YH_OK) {
		yh_world_close(out);
		return rc;
	}
	out->world.counts = &out->counts;
	out->world.clock = &out->clock;
	out->world.law = yh_book_law(out->book);
	out->world.words = yh_effects_words();
	return YH_OK;
}

enum yh_rc yh_world_open_meter(struct yh_open_world *w, const char *data, const char *url,
			       bool no_sync, struct yh_err *err)
{
	char dir[4096];
	struct yh_meter_config cfg = { .dir = dir,
				       .outer = url,
				       .clock = &w->clock,
				       .owner = yh_meter_owner_of,
				       .owner_arg = &w->world,
				       .unsafe_no_sync = no_sync };

	(void)snprintf(dir, sizeof dir, "%s/meter", data);
	w->world.meter_keys = yh_meter_keys_new();
	if (!w->world.meter_keys)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	w->follower.world = &w->world;
	return yh_meter_open(&cfg, &w->world.meter, err);
}

struct knowing {
	const struct yh_clouds *clouds;
	const char *file;
	struct yh_arena arena;
};

static enum yh_rc know_clouds(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct knowing *k = arg;
	enum yh_rc rc = YH_OK;

	yh_arena_done(&k->arena);
	for (size_t i = 0; rc == YH_OK && i < yh_clouds_n(k->clouds); i++) {
		struct yh_cloud_row row;
		int line;
		const char *code = yh_clouds_at(k->clouds, i, &line)->code;

		rc = yh_cloud_by_code(tx, code, &k->arena, &row, err);
		if (rc == YH_NOT_FOUND) {
			yh_err_field(err, "%.100s:%d", k->file, line);
			yh_err_text(err, "cloud", code);
		}
	}
	return rc;
}

enum yh_rc yh_world_open_clouds(struct yh_open_world *w, const char *file, struct yh_err *err)
{
	struct knowing k = { .file = file };
	enum yh_rc rc = file ? yh_clouds_load(file, NULL, 0, &w->clouds, err) : YH_OK;

	if (rc != YH_OK || !file)
		return rc;
	k.clouds = w->world.clouds = w->clouds;
	yh_arena_init(&k.arena, ARENA_BYTES);
	rc = yh_exec_read(w->world.exec, know_clouds, &k, err);
	yh_arena_done(&k.arena);
	return rc;
}

void yh_world_close(struct yh_open_world *w)
{
	yh_meter_close(w->world.meter);
	yh_meter_keys_free(w->world.meter_keys);
	yh_book_close(w->book);
	yh_exec_close(w->world.exec);
	yh_clouds_free(w->clouds);
	yh_actors_free(w->world.actors);
	yh_idgen_free(w->world.ids);
	yh_categories_free(w->categories);
	yh_messages_free(w->messages);
	yh_ring_free(w->ring);
	*w = (struct yh_open_world){ 0 };
}

enum yh_rc yh_world_install(struct yh_open_world *w, const char *pack, const char *at_once,
			    yh_time now, struct yh_err *err)
{
	const struct yh_install how = { .ids = w->world.ids,
					.at_once = at_once != NULL,
					.reason = at_once };
	char dir[4096], calendars[4096];

	if (strchr(pack, '/'))
		(void)snprintf(dir, sizeof dir, "%s", pack);
	else
		(void)snprintf(dir, sizeof dir, "%s/%s", yh_policy_dir(), pack);
	(void)snprintf(calendars, sizeof calendars, "%s/calendars", yh_policy_dir());
	return yh_book_install(w->book, dir, calendars, &how, now, err);
}

static enum yh_rc make_clock(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	(void)arg;
	return yh_clock_make(cx->tx, err);
}

enum yh_rc yh_world_make_clock(struct yh_open_world *w, struct yh_err *err)
{
	return yh_world_do(w, make_clock, NULL, err);
}

struct doing {
	struct yh_open_world *w;
	yh_system_fn fn;
	void *arg;
	struct yh_arena arena;
};

static enum yh_rc run(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	static const struct yh_actor system = {
		.login = "system", .name = "system", .scopes = "all", .source = "local"
	};
	struct doing *d = arg;
	struct yh_ctx cx = { .tx = tx,
			     .world = &d->w->world,
			     .actor = &system,
			     .now = yh_clock_now(d->w->world.clock),
			     .arena = &d->arena };

	yh_arena_done(&d->arena);
	return d->fn(&cx, d->arg, err);
}

enum yh_rc yh_world_do(struct yh_open_world *w, yh_system_fn fn, void *arg, struct yh_err *err)
{
	struct doing d = { .w = w, .fn = fn, .arg = arg };
	enum yh_rc rc;

	yh_arena_init(&d.arena, ARENA_BYTES);
	rc = yh_exec_write(w->world.exec, run, &d, err);
	yh_arena_done(&d.arena);
	return rc;
}
