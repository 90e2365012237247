/* The copies of the store that upgrades left beside it: they say in clear text what is sealed by
 * now, and go when a backup that is whole has been there for so long. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "services/backup/copies.h"
#include "services/identity/record.h"

/* What a snapshot before a migration is called (db/exec.h), or half of one that a kill left. */
static int is_copy(const struct dirent *d)
{
	static const char begins[] = "yunheng.db.before-";
	const char *at = d->d_name;
	size_t digits;

	if (strncmp(at, begins, sizeof begins - 1) != 0)
		return 0;
	at += sizeof begins - 1;
	digits = strspn(at, "0123456789");
	return digits > 0 && (at[digits] == 0 || strcmp(at + digits, ".part") == 0);
}

static bool is_older(int dir, const char *name, yh_time than)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
	       (yh_time)st.st_mtim.tv_sec * YH_US_PER_S < than;
}

struct removing {
	const struct yh_world *world;
	const char *name;
	yh_time now;
	struct yh_arena arena;
};

static enum yh_rc record(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	static const struct yh_actor system = {
		.login = "system", .name = "system", .scopes = "all", .source = "local"
	};
	static const struct yh_id store;
	struct removing *r = arg;
	struct yh_ctx cx = {
		.tx = tx, .world = r->world, .actor = &system, .now = r->now, .arena = &r->arena
	};

	yh_arena_done(&r->arena);
	return yh_identity_record(&cx, "store.copy_removed", "store", &store, r->name, NULL, err);
}

/* On record when it is gone: one that stays would be on record again after each backup. */
static enum yh_rc remove_one(struct removing *r, int dir, struct yh_err *err)
{
	if (unlinkat(dir, r->name, 0) != 0)
		return errno == ENOENT ? YH_OK : yh_set_failed(r->name, err);
	yh_log(YH_INFO, "copy-removed", "%s", r->name);
	return yh_exec_write(r->world->exec, record, r, err);
}

/* Read back whole: what was only written may not have become durable. And digests only say that it
 * is as it was written: a store with a damaged page was copied with it. */
static enum yh_rc verify(const char *path, const atomic_bool *stop, struct yh_err *err)
{
	char store[4096];
	struct yh_set set;
	enum yh_rc rc = yh_set_verify(path, NULL, stop, &set, err);

	if (rc != YH_OK)
		return rc;
	yh_set_done(&set);
	if ((size_t)snprintf(store, sizeof store, "%s/data/yunheng.db", path) >= sizeof store) {
		errno = ENAMETOOLONG;
		return yh_set_failed(path, err);
	}
	return yh_db_check_file(store, stop, err);
}

enum yh_rc yh_copies_remove(const struct yh_world *world, const char *data, const char *set,
			    yh_time older_than, yh_time now, const atomic_bool *stop,
			    struct yh_err *err)
{
	struct removing r = { .world = world, .now = now };
	YH_CLOSE_AUTO int dir = open(data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent **names = NULL;
	int n = dir < 0 ? -1 : scandir(data, &names, is_copy, alphasort);
	bool verified = false;
	enum yh_rc rc = n < 0 ? yh_set_failed(data, err) : YH_OK;

	yh_arena_init(&r.arena, 1 << 20);
	for (int i = 0; i < n; i++) {
		r.name = names[i]->d_name;
		if (rc == YH_OK && is_older(dir, r.name, older_than)) {
			rc = verified ? YH_OK : verify(set, stop, err);
			verified = rc == YH_OK;
			if (verified)
				rc = remove_one(&r, dir, err);
		}
		free(names[i]);
	}
	free(names);
	yh_arena_done(&r.arena);
	return rc;
}
