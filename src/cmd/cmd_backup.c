/* yunheng backup: making a set offline, verifying one, and the key that opens its keys; the rest is
 * the server's. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "cmd/args.h"
#include "cmd/cmd.h"
#include "cmd/passphrase.h"
#include "cmd/remote.h"
#include "cmd/world.h"
#include "services/audit/audit.h"
#include "services/backup/set.h"

static enum yh_exit run(const struct yh_cmd *self, int argc, char **argv);

const struct yh_cmd yh_cmd_backup = {
	.name = "backup",
	.synopsis =
		"--data DIR [--field-key FILE] --out DIR [--backup-key PUBLIC.pem] | verify SET "
		"[--signer ID] |"
		" keygen --key KEY.pem --out PUBLIC.pem [--passphrase-file FILE] | make | sets |"
		" show …",
	.zh = "备份数据目录，或核验一份备份",
	.en = "Back a data directory up, or verify a backup",
	.details = "--data works while no server runs; a running one is asked: backup make.\n"
		   "Without --backup-key the server's keys are left out of the set.\n"
		   "verify: 0 whole, 1 not (the first file that is not as it was is named)\n",
	.run = run,
};

struct options {
	struct yh_world_config world;
	const char *out, *key, *backup_key, *signer, *passphrase_file;
};

static void say(const char *path, const struct yh_set *s)
{
	char made[YH_TIME_TEXT];

	(void)printf("%s\n制作 / made %s 版本 / version %s 结构 / schema %lld\n", path,
		     yh_time_text(s->made_at, made), s->version, (long long)s->schema);
	(void)printf("文件 / files %zu 字节 / bytes %lld 用量库 / meter %s 密钥 / keys %s\n", s->n,
		     (long long)s->bytes, s->meter ? "有 yes" : "无 no",
		     s->keys ? "有 yes" : "无 no");
	(void)printf("签名者 / signer %s\n", s->signer);
}

static enum yh_exit verify(const char *path, const char *signer)
{
	struct yh_set set;
	struct yh_err err = { 0 };

	if (yh_set_verify(path, signer, NULL, &set, &err) != YH_OK)
		return yh_cmd_fail(&err) == YH_EXIT_OK ? YH_EXIT_OK : YH_EXIT_FAILED;
	say(path, &set);
	(void)printf("完好 / whole\n");
	yh_set_done(&set);
	return YH_EXIT_OK;
}

static enum yh_exit keygen(const struct options *o)
{
	YH_FREE_AUTO char *pem = NULL;
	YH_FREE_AUTO char *public = NULL;
	char passphrase[YH_PASSPHRASE];
	struct yh_err err = { 0 };
	struct yh_sm2 *key = NULL;
	enum yh_rc rc = yh_passphrase_new(o->passphrase_file, passphrase, &err);

	if (rc == YH_OK && (key = yh_sm2_new(&err))) {
		pem = yh_sm2_locked_pem(key, passphrase);
		public = yh_sm2_public_pem(key);
		rc = pem && public ? yh_key_write(o->key, pem, true, &err)
				   : yh_fail(&err, YH_TOO_LARGE, "memory-short");
		if (rc == YH_OK)
			rc = yh_key_write(o->out, public, false, &err);
	}
	explicit_bzero(passphrase, sizeof passphrase);
	yh_sm2_free(key);
	return err.rc == YH_OK ? YH_EXIT_OK : yh_cmd_fail(&err);
}

static enum yh_rc make_set(const struct options *o, struct yh_open_world *w, struct yh_sealer *s,
			   struct yh_err *err)
{
	struct yh_set_source from = { .exec = w->world.exec,
				      .meter = w->world.meter,
				      .sealer = s,
				      .data = o->world.data,
				      .now = yh_clock_now(w->world.clock) };
	char pem[YH_KEY_TEXT], name[YH_SET_NAME], path[4096];
	struct yh_checkpoint c;
	struct yh_set set;
	enum yh_rc rc = yh_sealer_step(s, from.now, err);

	if (rc == YH_OK)
		rc = yh_sealer_sign(s, from.now, &c, err);
	if (rc == YH_OK && o->backup_key) {
		rc = yh_key_read(o->backup_key, pem, sizeof pem, err);
		from.box_key = pem;
	}
	if (rc == YH_OK)
		rc = yh_set_make(&from, o->out, name, &set, err);
	if (rc != YH_OK)
		return rc;
	(void)snprintf(path, sizeof path, "%s/%s", o->out, name);
	say(path, &set);
	yh_set_done(&set);
	return YH_OK;
}

static enum yh_exit offline(const struct options *o)
{
	struct yh_open_world w;
	struct yh_sealer *s = NULL;
	struct yh_err err = { 0 };
	enum yh_rc rc = yh_world_open(&o->world, &w, &err);

	if (rc != YH_OK)
		return yh_cmd_fail(&err);
	rc = yh_world_open_meter(&w, o->world.data, NULL, false, &err);
	if (rc == YH_OK)
		rc = yh_sealer_open(w.world.exec, w.world.ids, o->world.data, true, &s, &err);
	if (rc == YH_OK)
		rc = make_set(o, &w, s, &err);
	yh_sealer_close(s);
	yh_world_close(&w);
	return rc == YH_OK ? YH_EXIT_OK : yh_cmd_fail(&err);
}

static bool is_local(const char *verb)
{
	return strcmp(verb, "verify") == 0 || strcmp(verb, "keygen") == 0 || verb[0] == '-';
}

static enum yh_exit run(const struct yh_cmd *self, int argc, char **argv)
{
	struct options o = { 0 };
	const struct yh_opt options[] = { { "data", &o.world.data, NULL },
					  { "field-key", &o.world.field_key, NULL },
					  { "database", &o.world.database, NULL },
					  { "out", &o.out, NULL },
					  { "key", &o.key, NULL },
					  { "backup-key", &o.backup_key, NULL },
					  { "signer", &o.signer, NULL },
					  { "passphrase-file", &o.passphrase_file, NULL },
					  { 0 } };
	const char *bad = NULL, *verb = argc > 1 ? argv[1] : "";
	struct yh_err err = { 0 };
	int n;

	if (!is_local(verb))
		return argc > 1 ? yh_remote_run(argc, argv) : yh_cmd_usage(self, NULL);
	n = yh_args_take(argc, argv, options, &bad);
	if (n < 0)
		return yh_cmd_usage(self, bad);
	if (strcmp(verb, "verify") == 0)
		return n == 2 ? verify(argv[2], o.signer) : yh_cmd_usage(self, NULL);
	if (strcmp(verb, "keygen") == 0)
		return n == 1 && o.key && o.out ? keygen(&o) : yh_cmd_usage(self, "--key / --out");
	if (n == 0 && o.world.database) {
		(void)yh_fail(&err, YH_CONFLICT, "backup-postgres");
		return yh_cmd_fail(&err);
	}
	return n == 0 && o.world.data && o.out ? offline(&o) : yh_cmd_usage(self, "--data / --out");
}
