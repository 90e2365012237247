/* yunheng rescue: lets a person in again who can be let in by nobody else, at the machine itself.
 */
#include <stdio.h>
#include <string.h>

#include "cmd/args.h"
#include "cmd/cmd.h"
#include "cmd/world.h"
#include "services/identity/closing.h"
#include "services/identity/factor.h"
#include "services/identity/record.h"
#include "services/identity/weight.h"
#include "services/issuer/issuer.h"

static enum yh_exit run_rescue(const struct yh_cmd *self, int argc, char **argv);

const struct yh_cmd yh_cmd_rescue = {
	.name = "rescue",
	.synopsis = "LOGIN --data DIR [--database URL] [--field-key FILE] --reason TEXT",
	.zh = "在服务器本机重置账户的密码与第二因素（留痕）",
	.en = "Reset an account's password and second factor at the machine; it is recorded",
	.details =
		"最后的安全管理员遗失设备与恢复码时使用；服务须先停止\n"
		"for the last security administrator without device and recovery codes; stop the "
		"server first\n",
	.run = run_rescue,
};

struct rescue {
	const char *login, *reason;
	struct yh_password_new made;
};

static enum yh_rc rescue(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	struct rescue *r = arg;
	struct yh_person_row p;
	struct yh_person_row opened;
	bool only = false;
	enum yh_rc rc = yh_person_by_login(cx->tx, r->login, cx->arena, &p, err);

	if (rc == YH_OK)
		rc = yh_issuer_only(cx->tx, &p.id, &only, err);
	if (rc == YH_OK && only)
		rc = yh_issuer_only_way(cx, &p.id, false, err);
	if (rc == YH_OK)
		rc = yh_weight_unbind(cx, &p.id, err);
	if (rc == YH_OK && p.has_factor)
		rc = yh_factor_reset(cx, &p.id, r->reason, err);
	if (rc == YH_OK && strcmp(p.status, "active") != 0)
		rc = yh_account_reopen(cx, &p.id, &r->made, r->reason, &opened, err);
	else if (rc == YH_OK)
		rc = yh_account_reset(cx, &p.id, &r->made, err);
	return rc == YH_OK ? yh_identity_record(cx, "account.rescued", "person", &p.id, NULL,
						r->reason, err)
			   : rc;
}

static enum yh_exit run_rescue(const struct yh_cmd *self, int argc, char **argv)
{
	const char *bad;
	struct yh_world_config cfg = { 0 };
	struct rescue r = { 0 };
	const struct yh_opt options[] = { { "data", &cfg.data, NULL },
					  { "database", &cfg.database, NULL },
					  { "field-key", &cfg.field_key, NULL },
					  { "reason", &r.reason, NULL },
					  { 0 } };
	struct yh_open_world w;
	struct yh_err err = { 0 };
	enum yh_rc rc;
	int n = yh_args_take(argc, argv, options, &bad);

	if (n != 1)
		return yh_cmd_usage(self, n < 0 ? bad : n > 1 ? argv[2] : "LOGIN");
	if (!cfg.data || !r.reason)
		return yh_cmd_usage(self, cfg.data ? "--reason" : "--data");
	r.login = argv[1];
	rc = yh_world_open(&cfg, &w, &err);
	if (rc != YH_OK)
		return yh_cmd_fail(&err);
	rc = yh_password_draw(&r.made, &err);
	if (rc == YH_OK)
		rc = yh_world_do(&w, rescue, &r, &err);
	yh_world_close(&w);
	if (rc != YH_OK)
		return yh_cmd_fail(&err);
	(void)printf("%s %s\n", r.login, r.made.password);
	return YH_EXIT_OK;
}
