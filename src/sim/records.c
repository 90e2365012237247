/* What the bodies of the simulated city plan, resolve and report besides the cases of resources:
 * plans, a consultation with its resolutions, a drill, an incident. */
#include <stdlib.h>
#include <string.h>

#include "cases/case.h"
#include "sim/city.h"
#include "sim/words.h"
#include "store/duty.h"
#include "store/ledger.h"

/* One act. In texts "@-45" is the day so many before the last one that is lived through. What is
 * about an earlier act is about the record that it entered, or what its filer owes because of it.
 */
struct act {
	int before; /* on the first working day from so many days before the last one on */
	const char *who, *procedure;
	const char *form;
	int of;           /* an earlier act, as an index; -1: about nothing */
	const char *duty; /* of this kind, instead of the record */
	struct answer {
		const char *who, *step, *outcome, *form;
	} answers[3];
};

/* clang-format off */
static const struct act acts[SIM_RECORDS] = {
	{ 80, "operator", SIM_CAPACITY_PLAN,
	  "{'title':'市级政务云年度容量规划','from':'@-80','until':'@+285','lines':["
	  "{'dimension':'vcpu','planned':'24000','built':'16800'},"
	  "{'dimension':'memory_gib','planned':'48000','built':'31200'},"
	  "{'dimension':'block_gib','planned':'400000','built':'260000'}],"
	  "'basis':'按近两年各部门新增需求和总体设计测算'}", -1, NULL,
	  {{ "authority", SIM_CAPACITY_PLAN_DECIDE, "approve", NULL }} },
	{ 60, "unit01", SIM_INFRASTRUCTURE,
	  "{'title':'民生事务局自建机房','place':'云海市和平路18号','built':'2016年',"
	  "'lines':[{'dimension':'vcpu','held':'320'},{'dimension':'memory_gib','held':'1280'},"
	  "{'dimension':'block_gib','held':'24000'}],'note':'承载婚姻登记和救助管理等系统'}", -1, NULL,
	  {{ "operator", SIM_INFRASTRUCTURE_ACCEPT, "approve", NULL }} },
	{ 48, "authority", SIM_CONSULTATION,
	  "{'title':'第三季度资源统筹联合会商','from':'@-48','agenda':["
	  "{'item':'通报上半年资源使用和降配情况'},{'item':'审议市级政务云扩容安排'},"
	  "{'item':'既有机房融入政务云进度'}],"
	  "'attendees':['经济信息化委','财政局','大数据中心','民生事务局']}", -1, NULL,
	  {{ "authority", SIM_CONSULTATION_MINUTES, "confirm",
	     "{'minutes':'会议听取了上半年资源使用情况的通报，审议了扩容安排，议定三项工作。',"
	     "'resolutions':["
	     "{'what':'报送自建机房融入政务云的迁移计划','owner':'unit01','due':'@-20'},"
	     "{'what':'提出低使用率资源的降配清单','owner':'unit02','due':'@-6'},"
	     "{'what':'核定扩容批次并落实机柜','role':'operator','due':'@+24'}]}" }} },
	{ 30, "operator", SIM_CAPACITY_BUILT,
	  "{'lines':[{'dimension':'vcpu','planned':'24000','built':'19200'},"
	  "{'dimension':'memory_gib','planned':'48000','built':'38400'},"
	  "{'dimension':'block_gib','planned':'400000','built':'300000'}],"
	  "'note':'第二批机柜上电，新增 12 台计算节点'}", 0, NULL, {{ 0 }} },
	{ 28, "operator", SIM_DRILL_PLAN,
	  "{'title':'核心机房断电应急演练','from':'@-25','until':'@-18',"
	  "'scenario':'模拟市电中断，验证柴油发电机切换和重点系统恢复次序，大数据中心、服务商和三家使用单位参加'}",
	  -1, NULL, {{ 0 }} },
	{ 26, "unit01", SIM_RESOLUTION_DONE,
	  "{'result':'迁移计划已报送，分两批迁移，年底前完成','evidence':'民生事〔2026〕31号'}", 2,
	  SIM_RESOLUTION, {{ "authority", SIM_RESOLUTION_ACCEPT, "approve", NULL }} },
	{ 18, "operator", SIM_DRILL_REPORT,
	  "{'held_on':'@-19','summary':'切换用时 11 秒，重点系统在 40 分钟内全部恢复，达到预期',"
	  "'findings':[{'what':'值班电话簿有两处过期','due':'@-4','role':'operator'},"
	  "{'what':'备用冷源启动需人工确认','due':'@+30','role':'operator'}]}", 4, NULL, {{ 0 }} },
	{ 12, "unit02", SIM_INCIDENT,
	  "{'title':'门户网站页面被篡改未遂','grade':'general','seen_at':'@-12 07:40',"
	  "'what':'防篡改系统告警并已自动恢复，未造成对外影响，已封禁来源地址'}", -1, NULL,
	  {{ "operator", SIM_INCIDENT_COORDINATE, SIM_INCIDENT_HANDLED,
	     "{'measures':'与服务商核对日志，加固上传组件，通知使用单位更换管理口令','grade':'general'}" },
	   { "operator", SIM_INCIDENT_REPORT, "done",
	     "{'cause':'上传组件存在已知漏洞','loss':'无对外影响','lessons':'组件纳入月度核查'}" }} },
};
/* clang-format on */

static json_t *form_of(const struct sim *s, const char *text, struct yh_err *err)
{
	enum { FORM_BYTES = 16384 };
	char day[YH_DAY_TEXT], *end;
	json_t *form = NULL;
	struct yh_buf b;

	yh_buf_init(&b, FORM_BYTES);
	for (const char *p = text; *p; p = end) {
		end = (char *)(uintptr_t)p + 1;
		if (*p == '@') {
			yh_day on = s->cfg->last + (yh_day)strtol(p + 1, &end, 10);

			yh_buf_str(&b, yh_day_text(on, day));
		} else {
			yh_buf_add(&b, *p == '\'' ? "\"" : p, 1);
		}
	}
	if (yh_json_parse(yh_buf_text(&b), b.len, &form, err) != YH_OK)
		form = NULL;
	yh_buf_done(&b);
	return form;
}

static const struct sim_person *person(const struct sim *s, const char *login)
{
	for (size_t i = 0; i < s->n_people; i++)
		if (strcmp(s->people[i].login, login) == 0)
			return &s->people[i];
	return NULL;
}

struct acting {
	struct sim *s;
	const struct act *act;
	const struct answer *answer;
	const json_t *form;
	struct yh_id case_id;
};

/* What the act is about; zero: nothing. */
static enum yh_rc about(struct yh_ctx *cx, const struct acting *a, struct yh_id *out,
			struct yh_err *err)
{
	static const struct yh_id none;
	const struct yh_id *earlier = a->act->of < 0 ? NULL : &a->s->recorded.cases[a->act->of];
	const struct yh_id *who = &person(a->s, a->act->who)->org;
	struct yh_duty_row *owed;
	size_t n;
	enum yh_rc rc;

	*out = none;
	if (!earlier || !a->act->duty)
		return earlier ? yh_ledger_first_of(cx->tx, earlier, out, err) : YH_OK;
	rc = yh_duty_owed(cx->tx, a->act->duty, who, &a->s->clouds[0], &none, YH_DAY_NONE,
			  cx->arena, &owed, &n, err);
	if (rc == YH_OK && n == 0)
		return yh_fail(err, YH_NOT_FOUND, "duty-unknown");
	if (rc == YH_OK)
		*out = owed[0].id;
	return rc;
}

static enum yh_rc file(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	struct acting *a = arg;
	struct yh_file_in in = { .procedure = a->act->procedure, .form = a->form };
	struct yh_case c;
	enum yh_rc rc = about(cx, a, &in.record, err);

	if (a->act->of < 0)
		in.cloud = a->s->clouds[0];
	if (rc == YH_OK)
		rc = yh_case_file(cx, &in, &c, err);
	if (rc == YH_OK)
		a->case_id = c.row.id;
	return rc;
}

static enum yh_rc answer(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	const struct acting *a = arg;
	struct yh_decide_in in = { .case_id = a->case_id,
				   .step = a->answer->step,
				   .outcome = a->answer->outcome,
				   .reason = "材料齐全，同意",
				   .form = a->form,
				   .if_match = -1 };
	struct yh_case c;

	return yh_case_decide(cx, &in, &c, err);
}

static enum yh_rc carry_out(struct sim *s, size_t i, struct yh_err *err)
{
	struct acting a = { .s = s, .act = &acts[i] };
	YH_JSON_AUTO form = form_of(s, acts[i].form, err);
	enum yh_rc rc;

	if (!form)
		return YH_INTERNAL;
	a.form = form;
	rc = sim_do(s, person(s, acts[i].who), file, &a, err);
	s->recorded.cases[i] = a.case_id;
	for (size_t k = 0; rc == YH_OK && k < 3 && acts[i].answers[k].who; k++) {
		const struct answer *n = &acts[i].answers[k];
		YH_JSON_AUTO said = n->form ? form_of(s, n->form, err) : NULL;

		a.answer = n;
		a.form = said;
		rc = sim_do(s, person(s, n->who), answer, &a, err);
	}
	return rc;
}

enum yh_rc sim_records(struct sim *s, yh_day day, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	/* a city that is too young for all of it has none of it */
	if (s->cfg->last - acts[0].before <= s->cfg->first || s->cfg->units < 2)
		return YH_OK;
	while (rc == YH_OK && s->recorded.n < SIM_RECORDS &&
	       day >= s->cfg->last - acts[s->recorded.n].before) {
		rc = carry_out(s, s->recorded.n, err);
		s->recorded.n++;
	}
	return rc;
}
