/* yunheng audit: verifying the record on the data directory, and taking a checkpoint away. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "cmd/args.h"
#include "cmd/cmd.h"
#include "cmd/remote.h"
#include "cmd/world.h"
#include "services/audit/audit.h"

static enum yh_exit run(const struct yh_cmd *self, int argc, char **argv);

const struct yh_cmd yh_cmd_audit = {
	.name = "audit",
	.synopsis = "verify --data DIR [--field-key FILE] [--database URL] [--checkpoint FILE] | "
		    "checkpoint --data DIR [--field-key FILE] [--database URL] --out FILE | "
		    "rotate --data DIR [--field-key FILE] [--database URL] | list …",
	.zh = "核验审计链，导出签名检查点，或更换平台签名密钥",
	.en = "Verify the audit chain, take a signed checkpoint away, or change the platform's key",
	.details = "verify: 0 intact, 1 broken (the first broken record is named)\n"
		   "rotate: what the former key signed goes on to hold; its public half stays in "
		   "DATA/keys\n",
	.run = run,
};

struct options {
	struct yh_world_config world;
	const char *checkpoint, *out;
};

static enum yh_rc read_anchor(const char *path, struct yh_checkpoint *out, struct yh_err *err)
{
	YH_FCLOSE_AUTO FILE *f = fopen(path, "r");
	char text[8192];
	size_t n;

	if (!f)
		return yh_fail_field(err, YH_NOT_FOUND, "file-unreadable", path);
	n = fread(text, 1, sizeof text, f);
	return yh_checkpoint_parse(text, n, out, err);
}

static enum yh_exit report(const struct yh_audit_report *r)
{
	char id[YH_ID_TEXT];

	if (!r->broken) {
		(void)printf("完好 / intact: %lld 条已封存 sealed, %lld 条待封存 unsealed\n",
			     (long long)r->records, (long long)r->unsealed);
		return YH_EXIT_OK;
	}
	(void)printf("断裂 / broken: 第 %lld 条 record %lld: %s", (long long)r->pos,
		     (long long)r->pos, r->what);
	if (!yh_id_is_zero(&r->event))
		(void)printf(" (%s %s)", r->kind, yh_id_text(&r->event, id));
	(void)printf("；此前 %lld 条完好 / %lld intact before it\n", (long long)r->records,
		     (long long)r->records);
	return YH_EXIT_FAILED;
}

static enum yh_exit verify(struct yh_sealer *s, const struct options *o)
{
	struct yh_checkpoint anchor;
	struct yh_audit_report r;
	struct yh_err err = { 0 };

	if (o->checkpoint && read_anchor(o->checkpoint, &anchor, &err) != YH_OK)
		return yh_cmd_fail(&err);
	if (yh_sealer_verify(s, o->checkpoint ? &anchor : NULL, &r, &err) != YH_OK)
		return yh_cmd_fail(&err);
	return report(&r);
}

static enum yh_exit take_away(struct yh_sealer *s, const struct options *o, yh_time now)
{
	YH_FCLOSE_AUTO FILE *f = NULL;
	struct yh_checkpoint c = { 0 };
	struct yh_err err = { 0 };
	struct yh_buf b;
	enum yh_exit x = YH_EXIT_OK;

	yh_buf_init(&b, 16384);
	if (yh_sealer_step(s, now, &err) != YH_OK || yh_sealer_sign(s, now, &c, &err) != YH_OK ||
	    yh_checkpoint_write(&c, yh_sealer_public(s), &b, &err) != YH_OK) {
		x = yh_cmd_fail(&err);
	} else {
		f = fopen(o->out, "w");
		if (!f || fwrite(b.data, 1, b.len, f) != b.len || fputc('\n', f) == EOF) {
			(void)yh_fail_field(&err, YH_STORAGE, "file-unwritable", o->out);
			x = yh_cmd_fail(&err);
		}
	}
	yh_buf_done(&b);
	return x;
}

static enum yh_exit rotate(struct yh_sealer *s, const struct options *o, yh_time now)
{
	char former[YH_SM3_HEX], next[YH_SM3_HEX];
	struct yh_err err = { 0 };

	yh_sealer_key_id(s, former);
	if (yh_sealer_rotate(s, o->world.data, now, &err) != YH_OK)
		return yh_cmd_fail(&err);
	yh_sealer_key_id(s, next);
	(void)printf("%s -> %s\n", former, next);
	return YH_EXIT_OK;
}

static enum yh_exit local(const char *verb, const struct options *o)
{
	struct yh_open_world w;
	struct yh_sealer *s;
	struct yh_err err = { 0 };
	enum yh_exit x;

	if (yh_world_open(&o->world, &w, &err) != YH_OK)
		return yh_cmd_fail(&err);
	if (yh_sealer_open(w.world.exec, w.world.ids, o->world.data, false, &s, &err) != YH_OK) {
		yh_world_close(&w);
		return yh_cmd_fail(&err);
	}
	x = strcmp(verb, "verify") == 0   ? verify(s, o)
	    : strcmp(verb, "rotate") == 0 ? rotate(s, o, yh_clock_now(w.world.clock))
					  : take_away(s, o, yh_clock_now(w.world.clock));
	yh_sealer_close(s);
	yh_world_close(&w);
	return x;
}

static enum yh_exit run(const struct yh_cmd *self, int argc, char **argv)
{
	struct options o = { 0 };
	const struct yh_opt options[] = { { "data", &o.world.data, NULL },
					  { "field-key", &o.world.field_key, NULL },
					  { "database", &o.world.database, NULL },
					  { "checkpoint", &o.checkpoint, NULL },
					  { "out", &o.out, NULL },
					  { 0 } };
	const char *bad, *verb = argc > 1 ? argv[1] : "";
	int n;

	if (strcmp(verb, "verify") != 0 && strcmp(verb, "checkpoint") != 0 &&
	    strcmp(verb, "rotate") != 0)
		return argc > 1 ? yh_remote_run(argc, argv) : yh_cmd_usage(self, NULL);
	n = yh_args_take(argc, argv, options, &bad);
	if (n != 1)
		return yh_cmd_usage(self, n < 0 ? bad : NULL);
	if (!o.world.data || (strcmp(verb, "checkpoint") == 0 && !o.out))
		return yh_cmd_usage(self, "--data / --out");
	return local(verb, &o);
}
