/* yunheng restore: a data directory out of a backup, whole or not at all. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "base/ring.h"
#include "cmd/args.h"
#include "cmd/cmd.h"
#include "cmd/field_keys.h"
#include "cmd/passphrase.h"
#include "cmd/world.h"
#include "link/enrol.h"
#include "services/audit/audit.h"
#include "services/backup/set.h"
#include "services/identity/record.h"
#include "store/audit.h"

enum { PATH = 4096 };

static enum yh_exit run(const struct yh_cmd *self, int argc, char **argv);

const struct yh_cmd yh_cmd_restore = {
	.name = "restore",
	.synopsis = "SET --data DIR (--key KEY.pem [--passphrase-file FILE] | --keys DIR)"
		    " [--field-key FILE] [--signer ID]",
	.zh = "把一份备份恢复为新的数据目录",
	.en = "Make a new data directory out of a backup",
	.details = "DIR is not there yet, or empty. It is there when every digest holds and the "
		   "audit\nchain is intact, and not before. --signer: the server's key as it is "
		   "known from elsewhere.\n",
	.run = run,
};

struct options {
	struct yh_set_restore from;
	const char *data, *key, *passphrase_file, *field_key;
	char part[PATH];
	struct yh_set set;
	int64_t peers;
};

/* ---- what comes after the files ---- */

static enum yh_rc read_anchor(const struct options *o, struct yh_checkpoint *out, bool *found,
			      struct yh_err *err)
{
	char path[PATH], text[8192];
	YH_FCLOSE_AUTO FILE *f = NULL;
	size_t n;

	(void)snprintf(path, sizeof path, "%s/checkpoint.json", o->from.set);
	f = fopen(path, "re");
	*found = f != NULL;
	if (!f)
		return YH_OK;
	n = fread(text, 1, sizeof text, f);
	return yh_checkpoint_parse(text, n, out, err);
}

static enum yh_rc verify(const struct options *o, struct yh_sealer *s, struct yh_err *err)
{
	struct yh_checkpoint anchor;
	struct yh_audit_report r;
	bool found;
	enum yh_rc rc = read_anchor(o, &anchor, &found, err);

	if (rc == YH_OK)
		rc = yh_sealer_verify(s, found ? &anchor : NULL, &r, err);
	if (rc != YH_OK || !r.broken)
		return rc;
	rc = yh_fail(err, YH_CONFLICT, "backup-record-broken");
	yh_err_int(err, "record", r.pos);
	yh_err_text(err, "what", r.what);
	return rc;
}

/* The districts' link goes on in a new epoch: the other side has seen what this store forgot. */
static enum yh_rc begin_anew(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	const struct yh_id store = { { 0 } };
	struct options *o = arg;
	char made[YH_TIME_TEXT];
	bool held;
	enum yh_rc rc;

	(void)yh_time_text(o->set.made_at, made);
	/* whoever sealed when the backup was made does not seal here: nobody need wait for it */
	rc = yh_lease_take(cx->tx, "sealer", &store, cx->now + YH_US_PER_DAY, 0, &held, err);
	if (rc == YH_OK)
		rc = yh_link_begin_anew(cx, "restore", &o->peers, err);
	return rc == YH_OK
		       ? yh_identity_record(cx, "store.restored", "store", &store, made, NULL, err)
		       : rc;
}

static enum yh_rc settle(struct options *o, struct yh_err *err)
{
	char key[PATH];
	const struct yh_world_config of_data = { .data = o->data, .field_key = o->field_key },
				     cfg = { .data = o->part, .field_key = key };
	struct yh_open_world w;
	struct yh_sealer *s = NULL;
	enum yh_rc rc;

	yh_field_keys_path(&of_data, key);
	rc = yh_world_open(&cfg, &w, err);
	if (rc != YH_OK)
		return rc;
	rc = yh_sealer_open(w.world.exec, w.world.ids, o->part, false, &s, err);
	if (rc == YH_OK)
		rc = verify(o, s, err);
	if (rc == YH_OK)
		rc = yh_world_do(&w, begin_anew, o, err);
	yh_sealer_close(s);
	yh_world_close(&w);
	return rc;
}

/* ---- the folder ---- */

static enum yh_rc file_failed(const char *path, struct yh_err *err)
{
	int why = errno;
	bool there = why == ENOTEMPTY || why == EEXIST || why == ENOTDIR;

	(void)yh_fail_field(err, there ? YH_CONFLICT : YH_STORAGE,
			    there ? "restore-not-empty" : "data-unusable", path);
	yh_err_text(err, "detail", strerror(why));
	return err->rc;
}

/* Asked before all the work, and again by the renaming. */
static enum yh_rc need_room(const char *data, struct yh_err *err)
{
	if (rmdir(data) == 0 || errno == ENOENT)
		return YH_OK;
	return file_failed(data, err);
}

static enum yh_rc put_name(const struct options *o, struct yh_err *err)
{
	char parent[PATH];
	char *slash;
	YH_CLOSE_AUTO int fd = -1;

	(void)snprintf(parent, sizeof parent, "%s", o->data);
	slash = strrchr(parent, '/');
	if (slash)
		slash[slash == parent] = 0;
	fd = open(slash ? parent : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || syncfs(fd) != 0 || rename(o->part, o->data) != 0 || fsync(fd) != 0)
		return file_failed(o->data, err);
	return YH_OK;
}

static enum yh_rc restore(struct options *o, struct yh_err *err)
{
	YH_CLOSE_AUTO int to = -1;
	const struct yh_world_config of_data = { .data = o->data, .field_key = o->field_key };
	size_t n = strlen(o->data);
	bool fresh;
	enum yh_rc rc;

	while (n > 1 && o->data[n - 1] == '/')
		n--;
	(void)snprintf(o->part, sizeof o->part, "%.*s.restoring-%d", (int)n, o->data,
		       (int)getpid());
	rc = need_room(o->data, err);
	if (rc == YH_OK)
		rc = yh_field_keys_open(&of_data, &o->from.ring, &fresh, err);
	if (rc == YH_OK && mkdir(o->part, 0700) != 0)
		return file_failed(o->part, err);
	if (rc != YH_OK)
		return rc;
	to = open(o->part, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	rc = to < 0 ? file_failed(o->part, err) : yh_set_restore(&o->from, to, &o->set, err);
	yh_field_keys_where(&of_data, err);
	if (rc == YH_OK)
		rc = settle(o, err);
	if (rc == YH_OK)
		rc = put_name(o, err);
	if (rc != YH_OK)
		yh_set_remove(AT_FDCWD, o->part);
	return rc;
}

static enum yh_exit run(const struct yh_cmd *self, int argc, char **argv)
{
	struct options o = { 0 };
	const struct yh_opt options[] = { { "data", &o.data, NULL },
					  { "field-key", &o.field_key, NULL },
					  { "key", &o.key, NULL },
					  { "keys", &o.from.keys, NULL },
					  { "signer", &o.from.signer, NULL },
					  { "passphrase-file", &o.passphrase_file, NULL },
					  { 0 } };
	const char *bad = NULL;
	char made[YH_TIME_TEXT];
	struct yh_sm2 *key = NULL;
	struct yh_err err = { 0 };
	int n = yh_args_take(argc, argv, options, &bad);
	enum yh_rc rc = YH_OK;

	if (n != 1 || !o.data || !*o.data || strlen(o.data) > PATH - 40)
		return yh_cmd_usage(self, n < 0 ? bad : "SET --data");
	o.from.set = argv[1];
	if (o.key)
		rc = yh_key_open(o.key, o.passphrase_file, &key, &err);
	o.from.key = key;
	if (rc == YH_OK)
		rc = restore(&o, &err);
	yh_ring_free(o.from.ring);
	yh_sm2_free(key);
	if (rc != YH_OK)
		return yh_cmd_fail(&err);
	(void)yh_time_text(o.set.made_at, made);
	(void)printf("已恢复 / restored %s：%s 的备份 / the backup of %s；%zu 个文件 / "
		     "files；审计链完好 / "
		     "audit chain intact；对接 / pairings %lld\n",
		     o.data, made, made, o.set.n, (long long)o.peers);
	yh_set_done(&o.set);
	return YH_EXIT_OK;
}
