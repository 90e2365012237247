/* Under what contracts the simulated city's providers work, and their daily inspections. */
#include <stdio.h>

#include "cases/case.h"
#include "sim/city.h"
#include "sim/words.h"

enum { YEARS = 3, FORGOTTEN = 40 };

struct contracting {
	struct sim *s;
	size_t cloud;
	const char *procedure;
	const json_t *form;
	struct yh_id case_id;
};

static const struct sim_person *provider_of(const struct sim *s, size_t cloud)
{
	return &s->people[cloud && (cloud - 1) % 2 ? SIM_VENDOR_B : SIM_VENDOR_A];
}

static enum yh_rc file(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	struct contracting *n = arg;
	struct yh_file_in in = { .procedure = n->procedure,
				 .cloud = n->s->clouds[n->cloud],
				 .form = n->form };
	struct yh_case c;
	enum yh_rc rc = yh_case_file(cx, &in, &c, err);

	n->case_id = c.row.id;
	return rc;
}

static enum yh_rc approve(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	const struct contracting *n = arg;
	struct yh_decide_in in = { .case_id = n->case_id,
				   .step = SIM_CONTRACT_APPROVE,
				   .outcome = "approve",
				   .reason = "采购程序完备，期限与限额明确",
				   .if_match = -1 };
	struct yh_case c;

	return yh_case_decide(cx, &in, &c, err);
}

enum yh_rc sim_contracts(struct sim *s, struct yh_err *err)
{
	char from[YH_DAY_TEXT], until[YH_DAY_TEXT], ceiling[24], title[96];
	yh_day last;
	enum yh_rc rc = yh_months_on(s->cfg->first, YEARS * 12, &last, err);

	for (size_t i = 0; rc == YH_OK && i < s->n_clouds; i++) {
		struct contracting n = { .s = s, .cloud = i, .procedure = SIM_CONTRACT };
		const struct sim_person *p = provider_of(s, i);
		YH_JSON_AUTO form = NULL;

		(void)snprintf(ceiling, sizeof ceiling, "%u", i ? 20000000u : 300000000u);
		if (i)
			(void)snprintf(title, sizeof title, "%s区政务云服务合同",
				       sim_district((uint32_t)i - 1));
		else
			(void)snprintf(title, sizeof title, "市级政务云服务合同");
		form = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "title", title, "provider",
				 p->org_code, "scope", "计算、存储、网络与安全服务", "from",
				 yh_day_text(s->cfg->first, from), "until",
				 yh_day_text(last - 1, until), "ceiling", ceiling, "procurement",
				 "公开招标");
		n.form = form;
		rc = form ? sim_do(s, sim_operator_of(s, &s->clouds[i]), file, &n, err)
			  : yh_fail(err, YH_TOO_LARGE, "memory-short");
		if (rc == YH_OK)
			rc = sim_do(s, &s->people[SIM_AUTHORITY], approve, &n, err);
	}
	return rc;
}

enum yh_rc sim_inspect(struct sim *s, yh_day day, struct yh_err *err)
{
	YH_JSON_AUTO form = json_pack("{s:s, s:b}", "checked",
				      "机房环境、主机、网络、存储与安全设备", "normal", 1);
	enum yh_rc rc = form ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");

	for (size_t i = 0; rc == YH_OK && i < s->n_clouds; i++) {
		struct contracting n = {
			.s = s, .cloud = i, .procedure = SIM_DAILY_INSPECTION, .form = form
		};

		if (sim_draw(s, "not inspected", (uint64_t)day * SIM_CLOUDS_MAX + i, FORGOTTEN))
			rc = sim_do(s, provider_of(s, i), file, &n, err);
	}
	return rc;
}
