/* The backups of a server. */
#include "services/backup/server.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "services/backup/copies.h"

enum {
	SHOWN = 200,
	KEY_MAX = 8192,
	NAME_LENGTH = 23 /* 20261126T203000Z-a1b2c3 */,
	TIME_LENGTH = 16
};

struct yh_backups {
	char *data, *dir, *key; /* key: PEM; NULL: none */
	uint32_t hours, keep, copy_days;
	pthread_mutex_t lock;
	struct yh_backups_status now;
};

/* ---- opening ---- */

static enum yh_rc read_key(const char *file, char **out, struct yh_err *err)
{
	YH_FCLOSE_AUTO FILE *f = fopen(file, "re");
	struct yh_sm2 *key = NULL;
	enum yh_rc rc;

	*out = calloc(1, KEY_MAX);
	if (!*out)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (!f || fread(*out, 1, KEY_MAX - 1, f) == 0)
		return yh_fail_field(err, YH_NOT_FOUND, "file-unreadable", file);
	/* A private key here would lie beside what it opens. */
	rc = strstr(*out, "PRIVATE KEY") ? yh_fail(err, YH_BAD_INPUT, "key-invalid")
					 : yh_sm2_load_pem(*out, &key, err);
	yh_sm2_free(key);
	if (rc != YH_OK)
		yh_err_field(err, "%s", file);
	return rc;
}

static enum yh_rc check_folder(const struct yh_backups_config *cfg, struct yh_err *err)
{
	YH_FREE_AUTO char *dir = realpath(cfg->dir, NULL);
	YH_FREE_AUTO char *data = realpath(cfg->data, NULL);
	size_t n = data ? strlen(data) : 0;

	if (!dir || !data)
		return yh_set_failed(dir ? cfg->data : cfg->dir, err);
	if (strncmp(dir, data, n) == 0 && (dir[n] == '/' || dir[n] == 0))
		return yh_fail_field(err, YH_BAD_INPUT, "backup-dir-inside", cfg->dir);
	return YH_OK;
}

static int is_set(const struct dirent *d)
{
	return yh_set_is_name(d->d_name);
}

static int newest_first(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*b)->d_name, (*a)->d_name);
}

static enum yh_rc load(const struct yh_backups *b, const char *name, struct yh_set *out,
		       struct yh_err *err)
{
	char path[4096];
	YH_CLOSE_AUTO int fd = -1;

	(void)snprintf(path, sizeof path, "%s/%s", b->dir, name);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	return fd < 0 ? yh_set_failed(name, err) : yh_set_load(fd, NULL, out, err);
}

static void free_names(struct dirent **names, int n)
{
	for (int i = 0; i < n; i++)
		free(names[i]);
	if (n >= 0)
		free(names);
}

/* The newest that is whole says when the last was made, also after a new start: by the time that it
 * records, for a name can be given anew, and never one that is still to come, by which a clock that
 * ran ahead would keep it from ever being late. */
static enum yh_rc find_last(struct yh_backups *b, yh_time now, struct yh_err *err)
{
	struct dirent **names = NULL;
	int n = scandir(b->dir, &names, is_set, newest_first);

	if (n < 0)
		return yh_set_failed(b->dir, err);
	for (int i = 0; i < n; i++) {
		struct yh_err why = { 0 };
		struct yh_set set;

		if (load(b, names[i]->d_name, &set, &why) != YH_OK)
			continue;
		if (set.made_at > b->now.last_at && set.made_at <= now) {
			b->now.last_at = set.made_at;
			b->now.last_bytes = set.bytes;
		}
		yh_set_done(&set);
	}
	free_names(names, n);
	return YH_OK;
}

enum yh_rc yh_backups_open(struct yh_exec *exec, const struct yh_backups_config *cfg,
			   struct yh_backups **out, struct yh_err *err)
{
	struct yh_backups *b;
	enum yh_rc rc;

	*out = NULL;
	if (!cfg->dir)
		return YH_OK;
	if (yh_exec_is_postgres(exec))
		return yh_fail_field(err, YH_CONFLICT, "backup-postgres", "backup-dir");
	b = calloc(1, sizeof *b);
	if (!b)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	(void)pthread_mutex_init(&b->lock, NULL);
	b->data = strdup(cfg->data);
	b->dir = strdup(cfg->dir);
	b->hours = cfg->hours ? cfg->hours : YH_BACKUP_HOURS;
	b->keep = cfg->keep ? cfg->keep : YH_BACKUP_KEEP;
	b->copy_days = cfg->copy_days ? cfg->copy_days : YH_COPIES_DAYS;
	rc = b->data && b->dir ? check_folder(cfg, err)
			       : yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (rc == YH_OK && cfg->key_file)
		rc = read_key(cfg->key_file, &b->key, err);
	if (rc == YH_OK)
		rc = find_last(b, cfg->now, err);
	if (rc != YH_OK) {
		yh_backups_close(b);
		return rc;
	}
	*out = b;
	return YH_OK;
}

void yh_backups_close(struct yh_backups *b)
{
	if (!b)
		return;
	(void)pthread_mutex_destroy(&b->lock);
	free(b->data);
	free(b->dir);
	free(b->key);
	free(b);
}

/* ---- making ---- */

/* What is removed loses its name first, so that half a set is never taken for one. */
static void remove_set(int dir, const char *name)
{
	char part[sizeof ".part-" + NAME_LENGTH];

	(void)snprintf(part, sizeof part, ".part-%.*s", NAME_LENGTH, name);
	if (renameat(dir, name, dir, part) == 0)
		yh_set_remove(dir, part);
	else
		yh_log(YH_WARN, "backup-left", "%s: %s", name, strerror(errno));
}

/* The set just made stays, whatever the clock once said: those that a clock which ran ahead named
 * are left until their time has come, and none goes because of them. */
static void retain(const struct yh_backups *b, const char *made)
{
	YH_CLOSE_AUTO int dir = open(b->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent **names = NULL;
	int n = dir < 0 ? -1 : scandir(b->dir, &names, is_set, newest_first);
	uint32_t kept = 1;

	for (int i = 0; i < n; i++) {
		const char *name = names[i]->d_name;

		if (strcmp(name, made) == 0 || strncmp(name, made, TIME_LENGTH) > 0)
			continue;
		if (kept < b->keep)
			kept++;
		else
			remove_set(dir, name);
	}
	free_names(names, n);
}

/* The backup was made whatever becomes of them. */
static void remove_copies(const struct yh_world *world, const char *name, yh_time now,
			  const atomic_bool *stop)
{
	const struct yh_backups *b = world->backups;
	yh_time than = now - (int64_t)b->copy_days * YH_US_PER_DAY;
	struct yh_err why = { 0 };
	char set[4096];

	if ((size_t)snprintf(set, sizeof set, "%s/%s", b->dir, name) < sizeof set &&
	    yh_copies_remove(world, b->data, set, than, now, stop, &why) != YH_OK &&
	    why.rc != YH_BUSY)
		yh_log(YH_WARN, "copies-left", "%s %s", why.slug, why.field);
}

static void note(struct yh_backups *b, yh_time now, const struct yh_set *set,
		 const struct yh_err *why)
{
	(void)pthread_mutex_lock(&b->lock);
	if (set) {
		b->now.last_at = now;
		b->now.last_bytes = set->bytes;
		b->now.failed_at = 0;
		b->now.slug[0] = 0;
	} else if (why->rc != YH_BUSY) {
		b->now.failed_at = now;
		(void)snprintf(b->now.slug, sizeof b->now.slug, "%s", why->slug);
	}
	(void)pthread_mutex_unlock(&b->lock);
}

enum yh_rc yh_backups_make(const struct yh_world *world, yh_time now, const atomic_bool *stop,
			   struct yh_err *err)
{
	struct yh_backups *b = world->backups;
	struct yh_set_source from = { .exec = world->exec,
				      .meter = world->meter,
				      .sealer = world->sealer,
				      .stop = stop,
				      .now = now };
	char name[YH_SET_NAME];
	struct yh_set set;
	enum yh_rc rc;

	if (!b)
		return yh_fail(err, YH_CONFLICT, "backup-none");
	from.data = b->data;
	from.box_key = b->key;
	rc = yh_set_make(&from, b->dir, name, &set, err);
	note(b, now, rc == YH_OK ? &set : NULL, err);
	if (rc != YH_OK)
		return rc;
	yh_log(YH_INFO, "backup-made", "%s: %zu files, %lld bytes", name, set.n,
	       (long long)set.bytes);
	yh_set_done(&set);
	retain(b, name);
	remove_copies(world, name, now, stop);
	return YH_OK;
}

enum yh_rc yh_backups_due(const struct yh_world *world, yh_time now, const atomic_bool *stop,
			  yh_time *again_at, struct yh_err *err)
{
	struct yh_backups_status s;
	yh_time due;

	yh_backups_status(world->backups, &s);
	if (!s.configured)
		return YH_OK;
	due = s.last_at + (int64_t)s.hours * 3600 * YH_US_PER_S;
	if (s.last_at && s.last_at <= now && due > now) {
		*again_at = due < now + YH_BACKUP_LOOK_S * YH_US_PER_S ? due : 0;
		return YH_OK;
	}
	return yh_backups_make(world, now, stop, err);
}

/* ---- telling ---- */

void yh_backups_status(const struct yh_backups *b, struct yh_backups_status *out)
{
	pthread_mutex_t *lock;

	*out = (struct yh_backups_status){ 0 };
	if (!b)
		return;
	lock = (pthread_mutex_t *)(uintptr_t)&b->lock;
	(void)pthread_mutex_lock(lock);
	*out = b->now;
	(void)pthread_mutex_unlock(lock);
	out->configured = true;
	out->boxed = b->key != NULL;
	out->hours = b->hours;
	out->keep = b->keep;
}

yh_time yh_backups_next(const struct yh_backups_status *s, yh_time now)
{
	yh_time next = s->last_at + (int64_t)s->hours * 3600 * YH_US_PER_S;

	if (!s->configured)
		return 0;
	return next > now ? next : now;
}

bool yh_backups_late(const struct yh_backups_status *s, yh_time now)
{
	return s->configured && (!s->last_at || s->failed_at ||
				 now - s->last_at > 2 * (int64_t)s->hours * 3600 * YH_US_PER_S);
}

enum yh_rc yh_backups_list(const struct yh_backups *b, struct yh_arena *arena,
			   struct yh_backups_row **out, size_t *n, struct yh_err *err)
{
	struct dirent **names = NULL;
	int all = b ? scandir(b->dir, &names, is_set, newest_first) : 0;

	*n = 0;
	if (all < 0)
		return yh_set_failed(b->dir, err);
	*out = YH_NEW_N(arena, struct yh_backups_row, (size_t)all + 1);
	for (int i = 0; *out && i < all && i < SHOWN; i++) {
		struct yh_backups_row *r = &(*out)[(*n)++];

		*r = (struct yh_backups_row){ 0 };
		(void)snprintf(r->name, sizeof r->name, "%.*s", NAME_LENGTH, names[i]->d_name);
		if (load(b, r->name, &r->set, &r->fault) != YH_OK)
			continue;
		r->n_files = (int64_t)r->set.n;
		free(r->set.files);
		r->set.files = NULL;
		r->set.n = r->set.cap = 0;
	}
	if (b)
		free_names(names, all);
	return *out ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");
}
