/* yunheng fsck: figures that are kept, against what they come from. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "cmd/args.h"
#include "cmd/cmd.h"
#include "db/exec.h"
#include "meter/check.h"
#include "services/document/files.h"
#include "store/fsck.h"
#include "store/schema.h"

static enum yh_exit run(const struct yh_cmd *self, int argc, char **argv);

const struct yh_cmd yh_cmd_fsck = {
	.name = "fsck",
	.synopsis = "--data DIR [--database URL] | --database URL",
	.zh = "由原始记录重算派生的数字，逐一比对（停服，只读）",
	.en = "Reckon derived figures anew and compare them; reads only, no server running",
	.details = "A line a difference: CHECK ID NUMBER ABOUT kept=N found=M, or CHECK FILE WHAT "
		   "of a file in"
		   " DIR. 0: none, 1: some\n",
	.run = run,
};

struct looking {
	const struct yh_fsck_check *check;
	int64_t n;
};

static void say(void *arg, const struct yh_fsck_check *check, const struct yh_fsck_difference *d)
{
	char id[YH_ID_TEXT];

	(void)arg;
	(void)printf("%s %s %s %s kept=%" PRId64 " found=%" PRId64 "\n", check->name,
		     yh_id_text(&d->id, id), d->no, d->about[0] ? d->about : "-", d->kept,
		     d->found);
}

static enum yh_rc look(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct looking *l = arg;

	return yh_fsck_run(tx, l->check, say, NULL, &l->n, err);
}

/* Another schema is not looked at: it keeps its figures elsewhere. */
static enum yh_rc need_schema(struct yh_exec *x, struct yh_err *err)
{
	int have;
	size_t want;
	enum yh_rc rc = yh_db_schema(x, &have, err);

	(void)yh_schema(&want);
	if (rc != YH_OK || have == (int)want)
		return rc;
	rc = yh_fail(err, YH_CONFLICT, have < (int)want ? "schema-older" : "schema-newer");
	yh_err_int(err, "store", have);
	yh_err_int(err, "program", (int64_t)want);
	return rc;
}

/* ---- files ---- */

static void say_file(const char *check, const char *file, const char *what)
{
	(void)printf("%s %s %s\n", check, file, what);
}

struct paging {
	struct yh_id after;
	struct yh_fsck_document list[256];
	size_t n;
};

static enum yh_rc next_documents(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct paging *p = arg;

	return yh_fsck_documents(tx, &p->after, p->list, YH_LEN(p->list), &p->n, err);
}

static bool is_as_told(const struct yh_files *files, const struct yh_fsck_document *d, char hex[],
		       struct yh_err *err)
{
	YH_CLOSE_AUTO int fd = -1;
	struct yh_sm3 found;

	(void)yh_hex(d->digest.b, sizeof d->digest.b, hex);
	if (yh_files_get(files, &d->digest, d->size_bytes, &fd, err) != YH_OK)
		return false;
	if (yh_files_digest(fd, &found, err) != YH_OK)
		return false;
	if (memcmp(found.b, d->digest.b, sizeof found.b) == 0)
		return true;
	(void)yh_fail(err, YH_STORAGE, "document-changed");
	return false;
}

static void sum_up(const char *zh, const char *en, int64_t n)
{
	(void)printf("%s %s / %s: %" PRId64 "\n", n ? "✗" : "✓", zh, en, n);
}

static enum yh_rc look_at_documents(struct yh_exec *x, const char *data, int64_t *all,
				    struct yh_err *err)
{
	struct paging p = { 0 };
	struct yh_files files = { 0 };
	char hex[YH_SM3_HEX];
	int64_t n = 0;
	enum yh_rc rc = YH_OK;

	(void)snprintf(files.dir, sizeof files.dir, "%s/documents", data);
	do {
		rc = yh_exec_read(x, next_documents, &p, err);
		for (size_t i = 0; rc == YH_OK && i < p.n; i++) {
			struct yh_err why = { 0 };

			p.after = p.list[i].id;
			if (is_as_told(&files, &p.list[i], hex, &why))
				continue;
			say_file("document-file", hex, why.slug);
			n++;
		}
	} while (rc == YH_OK && p.n == YH_LEN(p.list));
	if (rc == YH_OK)
		sum_up("文件：内容与登记的摘要", "Documents: their bytes, and the digests noted",
		       n);
	*all += n;
	return rc;
}

static void say_segment(void *arg, const char *file, const char *what)
{
	(void)arg;
	say_file("meter-file", file, what);
}

/* The folder's files; the store may be elsewhere. */
static enum yh_rc look_at_files(struct yh_exec *x, const char *data, int64_t *all,
				struct yh_err *err)
{
	char meter[4096];
	int64_t n;
	enum yh_rc rc = look_at_documents(x, data, all, err);

	(void)snprintf(meter, sizeof meter, "%s/meter", data);
	if (rc == YH_OK)
		rc = yh_meter_check(meter, say_segment, NULL, &n, err);
	if (rc == YH_OK) {
		sum_up("监测：数据文件的校验和", "The meter: checksums of its files", n);
		*all += n;
	}
	return rc;
}

static enum yh_rc look_at_all(struct yh_exec *x, int64_t *all, struct yh_err *err)
{
	size_t n;
	const struct yh_fsck_check *checks = yh_fsck_checks(&n);
	enum yh_rc rc = need_schema(x, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		struct looking l = { &checks[i], 0 };

		rc = yh_exec_read(x, look, &l, err);
		if (rc == YH_OK)
			(void)printf("%s %s / %s: %" PRId64 "%s\n", l.n ? "✗" : "✓", checks[i].zh,
				     checks[i].en, l.n, l.n == YH_FSCK_MOST ? "+" : "");
		*all += l.n;
	}
	return rc;
}

static enum yh_exit run(const struct yh_cmd *self, int argc, char **argv)
{
	const char *data = NULL, *database = NULL, *bad = NULL;
	const struct yh_opt options[] = { { "data", &data, NULL },
					  { "database", &database, NULL },
					  { 0 } };
	struct yh_exec_config cfg = { .readers = 1, .writers = 1 };
	struct yh_exec *x = NULL;
	struct yh_err err = { 0 };
	struct stat st;
	char url[4096];
	int64_t all = 0;
	enum yh_rc rc = YH_OK;
	int n = yh_args_take(argc, argv, options, &bad);

	if (n != 0 || (!data && !database))
		return yh_cmd_usage(self, n < 0 ? bad : "--data / --database");
	(void)snprintf(url, sizeof url, "sqlite:%s/yunheng.db", data ? data : "");
	cfg.database = database ? database : url;
	if (!database && stat(url + strlen("sqlite:"), &st) != 0)
		rc = yh_fail_field(&err, YH_NOT_FOUND, "data-none", data);
	if (rc == YH_OK)
		rc = yh_exec_open(&cfg, &x, &err);
	if (rc == YH_OK)
		rc = look_at_all(x, &all, &err);
	if (rc == YH_OK && data)
		rc = look_at_files(x, data, &all, &err);
	yh_exec_close(x);
	if (rc != YH_OK)
		return yh_cmd_fail(&err);
	return all ? YH_EXIT_FAILED : YH_EXIT_OK;
}
