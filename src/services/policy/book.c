/* The law book: packs and calendar of the store, validated and kept in memory. */
#include "services/policy/book.h"

#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "services/identity/weight.h"
#include "services/policy/pack_files.h"
#include "store/event.h"
#include "store/mark.h"
#include "store/policy.h"
#include "store/suspension.h"

enum { PACKS_MAX = 400, CALENDARS_MAX = 4096, READ_BYTES = 64 * 1024 * 1024 };

struct yh_book {
	struct yh_exec *exec;
	const struct yh_vocab *vocab;
	struct yh_law_book law;
	pthread_rwlock_t lock;
	struct yh_pack *packs[PACKS_MAX]; /* in the order of installation */
	yh_time since[PACKS_MAX];         /* when each was put in force; 0: it waits */
	size_t n_packs;
	struct yh_calendar *calendars[CALENDARS_MAX]; /* the last one is in force */
	size_t n_calendars;
	int64_t mark; /* of the law in the store, as it was when that was read */
	pthread_mutex_t reading;
};

static enum yh_rc pack_on(void *self, yh_day day, const struct yh_pack **out, struct yh_err *err)
{
	struct yh_book *b = self;
	enum yh_rc rc;

	yh_time since = 0;

	*out = NULL;
	(void)pthread_rwlock_rdlock(&b->lock);
	for (size_t i = b->n_packs; i-- > 0;) {
		yh_day to = yh_pack_valid_to(b->packs[i]);

		if (b->since[i] <= since || yh_pack_valid_from(b->packs[i]) > day ||
		    (to != YH_DAY_NONE && day > to))
			continue;
		*out = b->packs[i];
		since = b->since[i];
	}
	(void)pthread_rwlock_unlock(&b->lock);
	if (*out)
		return YH_OK;
	rc = yh_fail(err, YH_NOT_FOUND, "pack-none");
	yh_err_day(err, "day", day);
	return rc;
}

static enum yh_rc pack_by(void *self, const struct yh_sm3 *digest, const struct yh_pack **out,
			  struct yh_err *err)
{
	struct yh_book *b = self;

	*out = NULL;
	(void)pthread_rwlock_rdlock(&b->lock);
	for (size_t i = 0; i < b->n_packs && !*out; i++) {
		struct yh_sm3 d = yh_pack_digest(b->packs[i]);

		if (memcmp(&d, digest, sizeof d) == 0)
			*out = b->packs[i];
	}
	(void)pthread_rwlock_unlock(&b->lock);
	return *out ? YH_OK : yh_fail(err, YH_NOT_FOUND, "pack-none");
}

static const struct yh_calendar *calendar(void *self)
{
	struct yh_book *b = self;
	const struct yh_calendar *cal;

	(void)pthread_rwlock_rdlock(&b->lock);
	cal = b->calendars[b->n_calendars - 1];
	(void)pthread_rwlock_unlock(&b->lock);
	return cal;
}

const struct yh_law_book *yh_book_law(struct yh_book *b)
{
	return &b->law;
}

/* What one read of the store brings, before it is taken over. */
struct reading {
	struct yh_book *book;
	struct yh_arena arena;
	struct yh_marks marks; /* read first: what came later is read again */
	struct yh_pack_row *packs;
	size_t n_packs;
	struct yh_year_row *years;
	size_t n_years;
	struct yh_suspension_row *suspended;
	size_t n_suspended;
};

static enum yh_rc read_store(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct reading *r = arg;
	enum yh_rc rc;

	yh_arena_done(&r->arena);
	rc = yh_marks_read(tx, &r->marks, err);
	if (rc == YH_OK)
		rc = yh_pack_rows(tx, &r->arena, &r->packs, &r->n_packs, err);
	if (rc == YH_OK)
		rc = yh_year_rows(tx, &r->arena, &r->years, &r->n_years, err);
	if (rc == YH_OK)
		rc = yh_suspension_list(tx, &r->arena, &r->suspended, &r->n_suspended, err);
	return rc;
}

/* The place of a pack; n_packs for one that is not there yet. The caller alone adds any. */
static size_t place_of(struct yh_book *b, const struct yh_sm3 *digest)
{
	size_t i;

	for (i = 0; i < b->n_packs; i++) {
		struct yh_sm3 d = yh_pack_digest(b->packs[i]);

		if (memcmp(&d, digest, sizeof d) == 0)
			break;
	}
	return i;
}

static enum yh_rc load_pack(struct yh_book *b, const struct yh_pack_row *row, struct yh_pack **out,
			    struct yh_err *err)
{
	YH_JSON_AUTO files = NULL;
	struct yh_pack_file list[YH_PACK_FILES_MAX];
	const char *name;
	json_t *text;
	size_t n = 0;
	enum yh_rc rc = yh_json_parse(row->files, strlen(row->files), &files, err);

	if (rc != YH_OK)
		return rc;
	json_object_foreach(files, name, text)
	{
		if (n == YH_LEN(list))
			return yh_fail(err, YH_TOO_LARGE, "pack-too-large");
		list[n++] = (struct yh_pack_file){ .name = name,
						   .text = json_string_value(text),
						   .n = json_string_length(text) };
	}
	return yh_pack_load(list, n, b->vocab, out, NULL, NULL, err);
}

static enum yh_rc take_packs(struct reading *r, struct yh_err *err)
{
	struct yh_book *b = r->book;

	for (size_t i = 0; i < r->n_packs; i++) {
		size_t at = place_of(b, &r->packs[i].digest);
		struct yh_pack *p = NULL;
		enum yh_rc rc = YH_OK;

		if (at == PACKS_MAX)
			return yh_fail(err, YH_TOO_LARGE, "pack-too-many");
		if (at == b->n_packs)
			rc = load_pack(b, &r->packs[i], &p, err);
		if (rc != YH_OK)
			return rc;
		(void)pthread_rwlock_wrlock(&b->lock);
		if (p)
			b->packs[b->n_packs++] = p;
		b->since[at] = r->packs[i].enacted_at;
		(void)pthread_rwlock_unlock(&b->lock);
	}
	return YH_OK;
}

static bool is_in_force(const struct yh_book *b, const struct yh_calendar *cal)
{
	struct yh_sm3 now = yh_calendar_version(b->calendars[b->n_calendars - 1]);
	struct yh_sm3 other = yh_calendar_version(cal);

	return memcmp(&now, &other, sizeof now) == 0;
}

static enum yh_rc take_calendar(struct reading *r, struct yh_err *err)
{
	struct yh_book *b = r->book;
	struct yh_calendar *cal = yh_calendar_new();
	bool same;
	enum yh_rc rc = cal ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");

	for (size_t i = 0; rc == YH_OK && i < r->n_years; i++)
		rc = yh_calendar_add_year(cal, r->years[i].source, r->years[i].body,
					  strlen(r->years[i].body), err);
	for (size_t i = 0; rc == YH_OK && i < r->n_suspended; i++)
		rc = yh_calendar_suspend(cal, r->suspended[i].first_day, r->suspended[i].last_day,
					 err);
	same = rc == YH_OK && b->n_calendars > 0 && is_in_force(b, cal);
	if (rc == YH_OK && !same && b->n_calendars == CALENDARS_MAX)
		rc = yh_fail(err, YH_TOO_LARGE, "calendar-too-many");
	if (rc != YH_OK || same) {
		yh_calendar_free(cal);
		return rc;
	}
	(void)pthread_rwlock_wrlock(&b->lock);
	b->calendars[b->n_calendars++] = cal;
	(void)pthread_rwlock_unlock(&b->lock);
	return YH_OK;
}

static enum yh_rc take_over(struct reading *r, struct yh_err *err)
{
	struct yh_book *b = r->book;
	enum yh_rc rc = take_packs(r, err);

	if (rc == YH_OK)
		rc = take_calendar(r, err);
	if (rc == YH_OK) {
		(void)pthread_rwlock_wrlock(&b->lock);
		b->mark = r->marks.law;
		(void)pthread_rwlock_unlock(&b->lock);
	}
	return rc;
}

enum yh_rc yh_book_reload(struct yh_book *b, struct yh_err *err)
{
	struct reading r = { .book = b };
	enum yh_rc rc;

	yh_arena_init(&r.arena, READ_BYTES);
	(void)pthread_mutex_lock(&b->reading);
	rc = yh_exec_read(b->exec, read_store, &r, err);
	if (rc == YH_OK)
		rc = take_over(&r, err);
	(void)pthread_mutex_unlock(&b->reading);
	yh_arena_done(&r.arena);
	return rc;
}

static int64_t mark_of(struct yh_book *b)
{
	int64_t mark;

	(void)pthread_rwlock_rdlock(&b->lock);
	mark = b->mark;
	(void)pthread_rwlock_unlock(&b->lock);
	return mark;
}

/* An embedded store has one server, whose own job reloads after the commit: a transaction there may
 * see what its batch has yet to make durable. Elsewhere it sees, as it begins, only what is
 * committed, and an old snapshot has a lower mark than the book. */
static enum yh_rc refresh(void *self, struct yh_tx *tx, int64_t mark, struct yh_err *err)
{
	struct yh_book *b = self;
	struct reading r = { .book = b };
	struct yh_err why = { 0 };
	enum yh_rc rc = YH_OK;

	if (!yh_exec_is_postgres(b->exec) || mark <= mark_of(b))
		return YH_OK;
	yh_arena_init(&r.arena, READ_BYTES);
	(void)pthread_mutex_lock(&b->reading);
	if (mark > mark_of(b)) {
		rc = read_store(tx, &r, &why);
		if (rc == YH_OK)
			rc = take_over(&r, &why);
	}
	(void)pthread_mutex_unlock(&b->reading);
	yh_arena_done(&r.arena);
	if (rc == YH_OK || rc == YH_BUSY || rc == YH_STORAGE) {
		if (rc != YH_OK)
			*err = why;
		return rc;
	}
	rc = yh_fail(err, YH_INTERNAL, "law-not-understood");
	yh_err_text(err, "detail", why.slug);
	return rc;
}

enum yh_rc yh_book_open(struct yh_exec *exec, const struct yh_vocab *vocab, struct yh_book **out,
			struct yh_err *err)
{
	struct yh_book *b = calloc(1, sizeof *b);
	enum yh_rc rc;

	*out = NULL;
	if (!b)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	b->exec = exec;
	b->vocab = vocab;
	b->law = (struct yh_law_book){ .self = b,
				       .refresh = refresh,
				       .pack_on = pack_on,
				       .pack_by = pack_by,
				       .calendar = calendar };
	(void)pthread_rwlock_init(&b->lock, NULL);
	(void)pthread_mutex_init(&b->reading, NULL);
	rc = yh_book_reload(b, err);
	if (rc != YH_OK) {
		yh_book_close(b);
		return rc;
	}
	*out = b;
	return YH_OK;
}

void yh_book_close(struct yh_book *b)
{
	if (!b)
		return;
	for (size_t i = 0; i < b->n_packs; i++)
		yh_pack_free(b->packs[i]);
	for (size_t i = 0; i < b->n_calendars; i++)
		yh_calendar_free(b->calendars[i]);
	(void)pthread_rwlock_destroy(&b->lock);
	(void)pthread_mutex_destroy(&b->reading);
	free(b);
}

/* Everything that is to be installed, read and validated before the store is touched. */
struct installing {
	struct yh_book *book;
	const struct yh_pack *read;
	struct yh_pack_row pack;
	struct yh_pack_folder *years;
	const struct yh_install *how;
	yh_time now;
};

/* Whoever sits at the terminal is nobody here, and is on record all the same. */
static enum yh_rc note(struct yh_tx *tx, const struct installing *in, const char *kind,
		       struct yh_err *err)
{
	char hex[YH_SM3_HEX];
	struct yh_event e = { .id = yh_id_new(in->how->ids, in->now),
			      .at = in->now,
			      .kind = kind,
			      .object_kind = "pack",
			      .after = yh_hex(in->pack.digest.b, sizeof in->pack.digest.b, hex),
			      .reason = in->how->reason,
			      .source = "local" };

	memcpy(e.object_id.b, in->pack.digest.b, sizeof e.object_id.b);
	return yh_event_insert(tx, &e, err);
}

/* A person at the terminal knows no passwords, but others may know one of an account that would
 * begin to weigh. Not asked where no grant could be ended first. */
static enum yh_rc check_weights(struct yh_tx *tx, const struct installing *in, struct yh_err *err)
{
	const yh_day today = yh_day_of(in->now);
	const struct yh_pack *now;
	struct yh_err none = { 0 };

	if (pack_on(in->book, today, &now, &none) != YH_OK || !yh_weight_governs(now))
		return YH_OK;
	return yh_weight_of_pack(tx, now, in->read, today, err);
}

/* The first of a store is in force at once; another waits for two persons, or says why not. */
static enum yh_rc put_pack(struct yh_tx *tx, struct installing *in, struct yh_err *err)
{
	struct yh_arena arena;
	struct yh_pack_row *heads;
	bool there = false;
	yh_time latest = 0, since = 0;
	size_t n = 0;
	enum yh_rc rc;

	yh_arena_init(&arena, READ_BYTES);
	rc = yh_pack_heads(tx, &arena, &heads, &n, err);
	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		latest = heads[i].enacted_at > latest ? heads[i].enacted_at : latest;
		if (memcmp(&heads[i].digest, &in->pack.digest, sizeof in->pack.digest) != 0)
			continue;
		there = true;
		since = heads[i].enacted_at;
	}
	yh_arena_done(&arena);
	if (rc == YH_OK && !there)
		rc = yh_pack_put(tx, &in->pack, err);
	if (rc == YH_OK && !there)
		rc = note(tx, in, "policy.brought", err);
	if (rc != YH_OK || (latest && since == latest) || !(n == 0 || in->how->at_once))
		return rc;
	if (n > 0)
		rc = check_weights(tx, in, err);
	if (rc == YH_OK)
		rc = yh_pack_enact(tx, &in->pack.digest, in->now, err);
	return rc == YH_OK ? note(tx, in, "policy.enacted", err) : rc;
}

static enum yh_rc install(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct installing *in = arg;
	int64_t before, after;
	yh_time newest;
	enum yh_rc rc = put_pack(tx, in, err);

	if (rc == YH_OK)
		rc = yh_year_count(tx, &before, &newest, err);
	for (size_t i = 0; rc == YH_OK && i < in->years->n; i++) {
		const struct yh_pack_file *f = &in->years->files[i];
		struct yh_year_row y = { .year = strtol(f->name, NULL, 10),
					 .source = f->name,
					 .body = f->text,
					 .installed_at = in->now };

		rc = yh_year_put(tx, &y, err);
	}
	if (rc == YH_OK)
		rc = yh_year_count(tx, &after, &newest, err);
	return rc == YH_OK && after > before ? note(tx, in, "calendar.brought", err) : rc;
}

static char *files_json(const struct yh_pack_folder *folder)
{
	YH_JSON_AUTO obj = json_object();

	for (size_t i = 0; i < folder->n; i++)
		if (json_object_set_new(obj, folder->files[i].name,
					json_stringn(folder->files[i].text, folder->files[i].n)) !=
		    0)
			return NULL;
	return yh_json_canonical(obj);
}

static enum yh_rc check_years(const struct yh_pack_folder *years, struct yh_err *err)
{
	struct yh_calendar *cal = yh_calendar_new();
	enum yh_rc rc = cal ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");

	for (size_t i = 0; rc == YH_OK && i < years->n; i++)
		rc = yh_calendar_add_year(cal, years->files[i].name, years->files[i].text,
					  years->files[i].n, err);
	yh_calendar_free(cal);
	return rc;
}

enum yh_rc yh_book_install(struct yh_book *b, const char *pack_dir, const char *calendar_dir,
			   const struct yh_install *how, yh_time now, struct yh_err *err)
{
	struct yh_pack_folder pack_files = { 0 }, years = { 0 };
	struct installing in = { .book = b, .years = &years, .how = how, .now = now };
	struct yh_pack *pack = NULL;
	YH_FREE_AUTO char *json = NULL;
	enum yh_rc rc = yh_pack_folder_read(pack_dir, &pack_files, err);

	if (rc == YH_OK)
		rc = yh_pack_folder_read(calendar_dir, &years, err);
	if (rc == YH_OK)
		rc = yh_pack_load(pack_files.files, pack_files.n, b->vocab, &pack, NULL, NULL, err);
	if (rc == YH_OK)
		rc = yh_pack_whole(pack, err);
	if (rc == YH_OK)
		rc = check_years(&years, err);
	if (rc == YH_OK && !(json = files_json(&pack_files)))
		rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (rc == YH_OK) {
		in.read = pack;
		in.pack = (struct yh_pack_row){ .digest = yh_pack_digest(pack),
						.name = yh_pack_name(pack),
						.valid_from = yh_pack_valid_from(pack),
						.valid_to = yh_pack_valid_to(pack),
						.files = json,
						.installed_at = now };
		rc = yh_exec_write(b->exec, install, &in, err);
	}
	if (rc == YH_OK)
		rc = yh_book_reload(b, err);
	yh_pack_free(pack);
	yh_pack_folder_done(&pack_files);
	yh_pack_folder_done(&years);
	return rc;
}
