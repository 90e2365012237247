/* yunheng init and migrate: a new store with its measures and its first three accounts. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "cmd/args.h"
#include "cmd/cmd.h"
#include "cmd/world.h"
#include "services/audit/rights.h"
#include "services/audit/security.h"
#include "services/identity/account.h"
#include "services/identity/org.h"
#include "store/event.h"

/* Takes the options, of which `cfg` is filled, and opens the data directory that they name. */
static enum yh_exit open_named(const struct yh_cmd *self, int argc, char **argv,
			       const struct yh_opt *options, const struct yh_world_config *cfg,
			       struct yh_open_world *w)
{
	struct yh_err err = { 0 };
	const char *bad;
	int n = yh_args_take(argc, argv, options, &bad);

	if (n != 0)
		return yh_cmd_usage(self, n < 0 ? bad : argv[1]);
	if (!cfg->data)
		return yh_cmd_usage(self, "--data");
	return yh_world_open(cfg, w, &err) == YH_OK ? YH_EXIT_OK : yh_cmd_fail(&err);
}

static enum yh_exit run_init(const struct yh_cmd *self, int argc, char **argv);
static enum yh_exit run_migrate(const struct yh_cmd *self, int argc, char **argv);
static enum yh_exit run_install(const struct yh_cmd *self, int argc, char **argv);
static enum yh_exit run_secadmin(const struct yh_cmd *self, int argc, char **argv);

const struct yh_cmd yh_cmd_init = {
	.name = "init",
	.synopsis =
		"--data DIR [--database URL] [--field-key FILE] [--pack NAME|DIR] [--demo-clock]",
	.zh = "建立新的数据目录，打印四位管理员（安全管理员两位）的一次性密码",
	.en = "Make a new store and print the one-time passwords of its administrators, two of "
	      "them for security",
	.details = "--demo-clock  仅供测试和演示：时钟可以向前拨，见 yunheng clock turn\n"
		   "              for tests and demonstrations only: its clock can be turned "
		   "forward\n",
	.run = run_init,
};

const struct yh_cmd yh_cmd_migrate = {
	.name = "migrate",
	.synopsis = "--database URL",
	.zh = "升级外部数据库的结构",
	.en = "Bring an outer database's schema up to date",
	.run = run_migrate,
};

const struct yh_cmd yh_cmd_install = {
	.name = "install",
	.synopsis = "--data DIR [--database URL] [--field-key FILE] [--pack NAME|DIR] [--at-once "
		    "REASON]",
	.zh = "装入新的政策包和工作日历，重算未办结的期限",
	.en = "Bring in a new pack and calendars, and date open steps anew",
	.details = "--at-once REASON  政策包立即生效，不经两人办理；理由记入审计\n"
		   "                  put the pack in force without two persons; the reason is "
		   "recorded\n",
	.run = run_install,
};

const struct yh_cmd yh_cmd_secadmin = {
	.name = "secadmin",
	.synopsis = "--data DIR [--database URL] [--field-key FILE] --login LOGIN --name NAME",
	.zh = "在终端另建一位安全管理员：仅用于在任的已无法两人办理时；记入审计",
	.en = "Make a further security administrator at the terminal, for when two can no longer "
	      "act; on record",
	.run = run_secadmin,
};

/* Two for security: what one of them asks for, the other confirms. */
static const struct admin {
	const char *login, *name, *role;
} admins[] = {
	{ "sysadmin", "系统管理员", "sysadmin" },
	{ "secadmin", "安全管理员", "secadmin" },
	{ "secadmin2", "安全管理员二", "secadmin" },
	{ "auditor", "审计管理员", "auditor" },
};

struct first_accounts {
	char passwords[YH_LEN(admins)][YH_TOKEN_TEXT];
};

static enum yh_rc make_account(struct yh_ctx *cx, const struct admin *a, const struct yh_id *org,
			       char password[YH_TOKEN_TEXT], struct yh_err *err)
{
	struct yh_grant_in g = { .org = *org,
				 .role = a->role,
				 .capacity = "sign",
				 .first_day = YH_DAY_NONE,
				 .last_day = YH_DAY_NONE };
	struct yh_person_row p;
	struct yh_grant_row row;
	enum yh_rc rc = yh_account_create(cx, a->login, a->name, password, &p, err);

	g.person = p.id;
	return rc == YH_OK ? yh_account_grant(cx, &g, &row, err) : rc;
}

static enum yh_rc make_accounts(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	struct first_accounts *f = arg;
	struct yh_org_in platform = { .code = "platform", .name = "云衡平台", .kind = "body" };
	struct yh_org_row org;
	enum yh_rc rc = yh_org_create(cx, &platform, &org, err);

	for (size_t i = 0; rc == YH_OK && i < YH_LEN(admins); i++)
		rc = make_account(cx, &admins[i], &org.id, f->passwords[i], err);
	return rc == YH_OK ? yh_rights_begin(cx, err) : rc;
}

static enum yh_exit run_init(const struct yh_cmd *self, int argc, char **argv)
{
	const char *pack = NULL;
	bool clock = false;
	struct yh_world_config cfg = { .create = true, .migrate = true };
	const struct yh_opt options[] = {
		{ "data", &cfg.data, NULL },         { "field-key", &cfg.field_key, NULL },
		{ "database", &cfg.database, NULL }, { "pack", &pack, NULL },
		{ "demo-clock", NULL, &clock },      { 0 }
	};
	struct first_accounts f;
	struct yh_open_world w;
	struct yh_err err = { 0 };
	enum yh_rc rc;
	enum yh_exit x = open_named(self, argc, argv, options, &cfg, &w);

	if (x != YH_EXIT_OK)
		return x;
	rc = yh_world_install(&w, pack ? pack : "shanghai-2022", NULL, yh_clock_now(&w.clock),
			      &err);
	if (rc == YH_OK && clock)
		rc = yh_world_make_clock(&w, &err);
	if (rc == YH_OK)
		rc = yh_world_do(&w, make_accounts, &f, &err);
	yh_world_close(&w);
	if (rc != YH_OK)
		return yh_cmd_fail(&err);
	for (size_t i = 0; i < YH_LEN(admins); i++)
		(void)printf("%s %s\n", admins[i].login, f.passwords[i]);
	return YH_EXIT_OK;
}

static enum yh_exit run_migrate(const struct yh_cmd *self, int argc, char **argv)
{
	const char *bad;
	struct yh_world_config cfg = { .migrate = true };
	const struct yh_opt options[] = { { "database", &cfg.database, NULL }, { 0 } };
	struct yh_open_world w;
	struct yh_err err = { 0 };
	int n = yh_args_take(argc, argv, options, &bad);

	if (n != 0)
		return yh_cmd_usage(self, n < 0 ? bad : argv[1]);
	if (!cfg.database)
		return yh_cmd_usage(self, "--database");
	if (yh_world_open(&cfg, &w, &err) != YH_OK)
		return yh_cmd_fail(&err);
	yh_world_close(&w);
	return YH_EXIT_OK;
}

/* The server that runs the job reads the calendar again and dates every open step (T4). */
static enum yh_rc ask_redate(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	struct yh_id id = yh_ctx_new_id(cx);

	(void)arg;
	return yh_job_insert(cx->tx, &id, "calendar.reload", NULL, cx->now, err);
}

static enum yh_exit run_install(const struct yh_cmd *self, int argc, char **argv)
{
	const char *pack = NULL, *at_once = NULL;
	struct yh_world_config cfg = { 0 };
	const struct yh_opt options[] = {
		{ "data", &cfg.data, NULL },         { "field-key", &cfg.field_key, NULL },
		{ "database", &cfg.database, NULL }, { "pack", &pack, NULL },
		{ "at-once", &at_once, NULL },       { 0 }
	};
	struct yh_open_world w;
	struct yh_err err = { 0 };
	enum yh_rc rc;
	enum yh_exit x = open_named(self, argc, argv, options, &cfg, &w);

	if (x != YH_EXIT_OK)
		return x;
	rc = yh_world_install(&w, pack ? pack : "shanghai-2022", at_once, yh_clock_now(&w.clock),
			      &err);
	if (rc == YH_OK)
		rc = yh_world_do(&w, ask_redate, NULL, &err);
	yh_world_close(&w);
	return rc == YH_OK ? YH_EXIT_OK : yh_cmd_fail(&err);
}

struct further {
	struct admin admin;
	char password[YH_TOKEN_TEXT];
};

static enum yh_rc make_further(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	struct further *f = arg;
	const struct yh_security_row made = { .kind = "admin-granted",
					      .subject = f->admin.login,
					      .source = "local",
					      .detail = f->admin.role };
	struct yh_org_row org;
	enum yh_rc rc = yh_org_by_code(cx->tx, "platform", cx->arena, &org, err);

	if (rc == YH_OK)
		rc = make_account(cx, &f->admin, &org.id, f->password, err);
	return rc == YH_OK ? yh_security_raise(cx, &made, err) : rc;
}

static enum yh_exit run_secadmin(const struct yh_cmd *self, int argc, char **argv)
{
	struct further f = { .admin = { .role = "secadmin" } };
	struct yh_world_config cfg = { 0 };
	const struct yh_opt options[] = {
		{ "data", &cfg.data, NULL },           { "database", &cfg.database, NULL },
		{ "field-key", &cfg.field_key, NULL }, { "login", &f.admin.login, NULL },
		{ "name", &f.admin.name, NULL },       { 0 }
	};
	struct yh_open_world w;
	struct yh_err err = { 0 };
	const char *bad;
	enum yh_rc rc;
	int n = yh_args_take(argc, argv, options, &bad);

	if (n != 0)
		return yh_cmd_usage(self, n < 0 ? bad : argv[1]);
	if (!cfg.data || !f.admin.login || !f.admin.name)
		return yh_cmd_usage(self, !cfg.data        ? "--data"
					  : !f.admin.login ? "--login"
							   : "--name");
	rc = yh_world_open(&cfg, &w, &err);
	if (rc != YH_OK)
		return yh_cmd_fail(&err);
	rc = yh_world_do(&w, make_further, &f, &err);
	yh_world_close(&w);
	if (rc != YH_OK)
		return yh_cmd_fail(&err);
	(void)printf("%s %s\n", f.admin.login, f.password);
	return YH_EXIT_OK;
}
