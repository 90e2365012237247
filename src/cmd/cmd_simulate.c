/* yunheng simulate: a city that never was, lived through in a new store. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "cmd/args.h"
#include "cmd/calendars.h"
#include "cmd/cmd.h"
#include "cmd/world.h"
#include "services/agent/agents.h"
#include "services/agent/meter_sink.h"
#include "services/policy/pack_files.h"
#include "sim/sim.h"

static enum yh_exit run(const struct yh_cmd *self, int argc, char **argv);

const struct yh_cmd yh_cmd_simulate = {
	.name = "simulate",
	.synopsis = "--data DIR [--field-key FILE] [--database URL] [--seed N] [--months M] "
		    "[--small | --projects N] [--demo] [--servers 2]",
	.zh = "在新的数据目录里模拟一座城市，并检查不变量",
	.en = "Live through a simulated city in a new store, checking the invariants",
	.details = "--demo   结束于今天，并写出 DIR/demo-accounts.txt 与 demo-keys.txt / ends "
		   "today, writes accounts\n"
		   "--small  小城市，用于测试 / a small city, for tests\n"
		   "--projects N  更小的城市：N 个项目，两个项目一个单位 / a city of N projects of "
		   "half as many units\n"
		   "--servers 2  两台服务器同时处理同一数据库，须为 PostgreSQL / two that race, on "
		   "PostgreSQL\n",
	.run = run,
};

struct options {
	struct yh_world_config world;
	uint64_t seed;
	int32_t months;
	uint32_t projects; /* 0: as many as the demonstration's city, or the small one, has */
	bool demo, small, rival;
};

/* The demonstration's catalogue and schemes, beside the policy folder. Owned by the folder. */
static enum yh_rc read_texts(struct yh_pack_folder *folder, struct yh_sim_config *cfg,
			     struct yh_err *err)
{
	const struct {
		const char *name, **text;
	} files[] = { { "catalogue.json", &cfg->catalogue },
		      { "scheme-unit.json", &cfg->unit_scheme },
		      { "scheme-provider.json", &cfg->provider_scheme } };
	char dir[4096];
	enum yh_rc rc;

	(void)snprintf(dir, sizeof dir, "%s/../data/demo", yh_policy_dir());
	rc = yh_pack_folder_read(dir, folder, err);
	for (size_t k = 0; rc == YH_OK && k < YH_LEN(files); k++) {
		for (size_t i = 0; i < folder->n; i++)
			if (strcmp(folder->files[i].name, files[k].name) == 0)
				*files[k].text = folder->files[i].text;
		if (!*files[k].text)
			rc = yh_fail_field(err, YH_NOT_FOUND, "folder-unreadable", dir);
	}
	return rc;
}

static enum yh_rc write_file(const char *data, const char *name, const struct yh_buf *text,
			     struct yh_err *err)
{
	YH_CLOSE_AUTO int fd = -1;
	char path[4096];

	(void)snprintf(path, sizeof path, "%s/%s", data, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	return fd < 0 || write(fd, text->data, text->len) != (ssize_t)text->len
		       ? yh_fail_field(err, YH_STORAGE, "file-unwritable", path)
		       : YH_OK;
}

/* The accounts, and the keys of the administrators' second factors. */
static enum yh_rc write_accounts(const char *data, const char *password, const struct yh_buf *keys,
				 struct yh_err *err)
{
	struct yh_buf out;
	enum yh_rc rc;

	yh_buf_init(&out, 16384);
	yh_buf_printf(&out, "# 登录名 角色 单位；密码都是 / the password of all: %s\n", password);
	yh_sim_accounts(&out);
	rc = write_file(data, "demo-keys.txt", keys, err);
	if (rc == YH_OK)
		rc = write_file(data, "demo-accounts.txt", &out, err);
	yh_buf_done(&out);
	return rc;
}

/* A second server over the same store, on the clock of the first. */
static enum yh_rc open_rival(const struct options *o, struct yh_open_world *first,
			     struct yh_open_world *rival, struct yh_sim_config *cfg,
			     struct yh_err *err)
{
	struct yh_world_config again = o->world;
	enum yh_rc rc;

	again.migrate = false;
	rc = yh_world_open(&again, rival, err);
	if (rc != YH_OK)
		return rc;
	rival->world.clock = &first->clock;
	rival->world.meter = first->world.meter;
	rival->world.sealer = first->world.sealer;
	cfg->rival = &rival->world;
	cfg->rival_book = rival->book;
	return YH_OK;
}

/* A demo ends today, or yesterday until people have done today's work, which takes them from nine
 * to ten. */
static void set_days(const struct options *o, struct yh_sim_config *cfg)
{
	struct yh_clock real;
	yh_time now;
	yh_day today;

	cfg->first = yh_day_from_date((struct yh_date){ 2025, 1, 2 });
	if (o->demo) {
		yh_clock_real(&real);
		now = yh_clock_now(&real);
		today = yh_day_of(now - INT64_C(10 * 3600) * YH_US_PER_S);
		cfg->first = today - o->months * 30;
		cfg->told_until = now;
	}
	cfg->last = cfg->first + o->months * 30;
}

/* Twelve projects of six units in two districts make a small city; fewer make a smaller one. */
static void set_size(const struct options *o, struct yh_sim_config *cfg)
{
	if (!o->small && !o->projects)
		return;
	cfg->projects = o->projects ? o->projects : 12;
	cfg->units = (cfg->projects + 1) / 2;
	cfg->districts = cfg->units < 4 ? 1 : 2;
}

/* Those of the demo city speak as the real ones do. */
static enum yh_rc open_agents(const struct options *o, struct yh_open_world *w, struct yh_err *err)
{
	struct yh_agent_sink sink = yh_agent_meter_sink(w->world.meter);
	char keys[4096];

	if (!o->demo)
		return YH_OK;
	(void)snprintf(keys, sizeof keys, "%s/keys", o->world.data);
	return yh_agents_open(&w->world, keys, &sink, &w->world.agents, err);
}

static enum yh_rc live(const struct options *o, struct yh_open_world *w, struct yh_sealer *sealer,
		       struct yh_sim_report *report, struct yh_err *err)
{
	struct yh_pack_folder folder = { 0 };
	struct yh_sim_config cfg = { .world = &w->world,
				     .book = w->book,
				     .sealer = sealer,
				     .seed = o->seed,
				     .districts = 16,
				     .units = 60,
				     .projects = 200 };
	struct yh_open_world rival;
	char password[YH_TOKEN_TEXT];
	struct yh_buf keys;
	enum yh_rc rc = read_texts(&folder, &cfg, err);

	yh_buf_init(&keys, 4096);
	cfg.demo_keys = &keys;
	set_size(o, &cfg);
	set_days(o, &cfg);
	yh_token_new(password);
	password[0] = 'Y';
	password[1] = '8';
	password[2] = '-';
	password[18] = 0;
	if (o->demo)
		cfg.demo_password = password;
	yh_clock_manual(&w->clock, yh_day_start(cfg.first));
	if (rc == YH_OK)
		rc = yh_world_install(w, "shanghai-2022", NULL, yh_day_start(cfg.first), err);
	if (rc == YH_OK)
		rc = yh_world_make_clock(w, err);
	if (rc == YH_OK)
		rc = yh_world_open_meter(w, o->world.data, NULL, false, err);
	if (rc == YH_OK)
		rc = open_agents(o, w, err);
	if (rc == YH_OK && o->rival)
		rc = open_rival(o, w, &rival, &cfg, err);
	if (rc == YH_OK)
		rc = yh_sim_run(&cfg, report, err);
	/* by itself it does so by the machine's seconds, of which a year has few */
	if (rc == YH_OK)
		rc = yh_meter_settle(w->world.meter, err);
	if (cfg.rival) {
		rival.world.meter = NULL; /* lent */
		yh_world_close(&rival);
	}
	if (rc == YH_OK && o->demo)
		rc = write_accounts(o->world.data, password, &keys, err);
	yh_buf_done(&keys);
	yh_pack_folder_done(&folder);
	return rc;
}

static void say(const struct yh_sim_report *r)
{
	char hex[YH_SM3_HEX];

	(void)printf(
		"%llu 个工作日 working days, %llu 件 cases (办结 closed %llu, 不同意 refused %llu, "
		"撤回 withdrawn %llu), %llu 个环节 steps, 逾期 late %llu, 超额扩容 above 120 %%: "
		"%llu, "
		"审计 records %lld\n",
		(unsigned long long)r->days, (unsigned long long)r->cases,
		(unsigned long long)r->closed, (unsigned long long)r->refused,
		(unsigned long long)r->withdrawn, (unsigned long long)r->steps,
		(unsigned long long)r->late_steps, (unsigned long long)r->expansions_above,
		(long long)r->records);
	(void)printf(
		"限期资源 leases %llu, 延期 extensions %llu, 逾期不予延期 too late %llu, 转正式 "
		"converted %llu; 崩溃 crashes %llu, 停机 outages %llu\n",
		(unsigned long long)r->leases, (unsigned long long)r->extensions,
		(unsigned long long)r->extensions_late, (unsigned long long)r->converted,
		(unsigned long long)r->crashes, (unsigned long long)r->outages);
	(void)printf(
		"发现 findings %llu, 报告 reported %llu, 不予处理 dismissed %llu, 答复 answered "
		"%llu, 逾期未答复 silent %llu, 核实未通过 not verified %llu; 停止供给 cut off "
		"%llu, 期间拒绝 held back %llu, 恢复 supplied again %llu, 销毁 destroyed "
		"%llu; 竞争 races %llu\n",
		(unsigned long long)r->findings, (unsigned long long)r->reported,
		(unsigned long long)r->dismissed, (unsigned long long)r->answered,
		(unsigned long long)r->silent, (unsigned long long)r->unverified,
		(unsigned long long)r->cut_off, (unsigned long long)r->held_back,
		(unsigned long long)r->restored, (unsigned long long)r->reclaimed,
		(unsigned long long)r->races);
	(void)printf("结算 settled months %llu, 分 fen %lld, 已付 paid %lld, 争议 disputed %llu, "
		     "更正行 corrections %llu\n",
		     (unsigned long long)r->settled, (long long)r->settled_fen,
		     (long long)r->paid_fen, (unsigned long long)r->disputed,
		     (unsigned long long)r->corrections);
	(void)printf("评价 evaluations %llu, 异议 objections %llu, 采纳 upheld %llu, 整改要求 "
		     "orders %llu; 系数下调 lowered %llu, 按下调系数结算的行 lines at it %llu, "
		     "由此更正 corrected by it %llu\n%s\n",
		     (unsigned long long)r->evaluated, (unsigned long long)r->objections,
		     (unsigned long long)r->upheld, (unsigned long long)r->orders,
		     (unsigned long long)r->lowered, (unsigned long long)r->at_factor,
		     (unsigned long long)r->by_factor,
		     yh_hex(r->digest.b, sizeof r->digest.b, hex));
}

static enum yh_exit simulate(const struct options *o)
{
	struct yh_sim_report report;
	struct yh_open_world w;
	struct yh_sealer *sealer = NULL;
	struct yh_err err = { 0 };
	enum yh_rc rc = yh_world_open(&o->world, &w, &err);

	if (rc != YH_OK)
		return yh_cmd_fail(&err);
	yh_log_level(YH_ERROR); /* the crashes it makes fail jobs, and each would warn */
	yh_idgen_free(w.world.ids);
	w.world.ids = yh_idgen_new_seeded(o->seed);
	rc = w.world.ids
		     ? yh_sealer_open(w.world.exec, w.world.ids, o->world.data, true, &sealer, &err)
		     : yh_fail(&err, YH_TOO_LARGE, "memory-short");
	w.world.sealer = sealer;
	if (rc == YH_OK)
		rc = live(o, &w, sealer, &report, &err);
	yh_agents_close(w.world.agents);
	yh_sealer_close(sealer);
	yh_world_close(&w);
	if (rc != YH_OK)
		return yh_cmd_fail(&err);
	say(&report);
	return YH_EXIT_OK;
}

static enum yh_exit run(const struct yh_cmd *self, int argc, char **argv)
{
	struct options o = { .world = { .create = true, .migrate = true } };
	const char *bad, *seed = NULL, *months = NULL, *projects = NULL, *servers = "1";
	const struct yh_opt options[] = { { "data", &o.world.data, NULL },
					  { "field-key", &o.world.field_key, NULL },
					  { "database", &o.world.database, NULL },
					  { "seed", &seed, NULL },
					  { "months", &months, NULL },
					  { "servers", &servers, NULL },
					  { "projects", &projects, NULL },
					  { "demo", NULL, &o.demo },
					  { "small", NULL, &o.small },
					  { 0 } };
	int n = yh_args_take(argc, argv, options, &bad);
	long m, p;

	if (n != 0)
		return yh_cmd_usage(self, n < 0 ? bad : argv[1]);
	m = strtol(months ? months : "12", NULL, 10);
	o.seed = strtoull(seed ? seed : "1", NULL, 10);
	if (!o.world.data || m < 1 || m > 120)
		return yh_cmd_usage(self, o.world.data ? months : "--data");
	o.rival = strcmp(servers, "2") == 0 && o.world.database;
	if (!o.rival && strcmp(servers, "1") != 0)
		return yh_cmd_usage(self, "--servers");
	p = strtol(projects ? projects : "0", NULL, 10);
	if (p < 0 || p > 200 || (projects && p == 0))
		return yh_cmd_usage(self, "--projects");
	o.months = (int32_t)m;
	o.projects = (uint32_t)p;
	return simulate(&o);
}
