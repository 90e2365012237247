/* What the measures do in the software, as text for a terminal. */
#include <string.h>

#include "services/policy/explain.h"
#include "services/policy/govern.h"

struct page {
	struct yh_buf *out;
	const struct yh_pack *pack;
	bool en;
};

static const char *pick(const struct page *g, struct yh_text2 t)
{
	return g->en ? t.en : t.zh;
}

static void say(const struct page *g, const char *zh, const char *en)
{
	yh_buf_str(g->out, g->en ? en : zh);
}

static void indent(const struct page *g, int depth)
{
	yh_buf_printf(g->out, "%*s", 2 * depth, "");
}

static void say_period(const struct page *g, struct yh_period p)
{
	static const char *const zh[] = { "个工作日", "日", "个月", "小时" };
	static const char *const en[] = { "working day", "day", "month", "hour" };

	if (g->en)
		yh_buf_printf(g->out, "%d %s%s", p.n, en[p.unit], p.n == 1 ? "" : "s");
	else
		yh_buf_printf(g->out, "%d%s", p.n, zh[p.unit]);
}

static void say_article(const struct page *g, const char *number)
{
	yh_buf_printf(g->out, g->en ? "Art. %s" : "第%s条", number);
}

/* Where a figure comes from: what people must never confuse. */
static void say_source(const struct page *g, const char *article, const char *param)
{
	say(g, "（", " (");
	if (article) {
		say(g, "法定，", "law, ");
		say_article(g, article);
	} else {
		say(g, "地方政策", "local policy");
	}
	if (param)
		yh_buf_printf(g->out, g->en ? ", %s" : "，%s", param);
	say(g, "）", ")");
}

static void say_role(const struct page *g, const char *id)
{
	const struct yh_role *r = yh_pack_role(g->pack, id);

	yh_buf_str(g->out, r ? pick(g, r->title) : id);
}

static void say_roles(const struct page *g, const char *const *roles, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			say(g, "、", ", ");
		say_role(g, roles[i]);
	}
}

static void say_use(const struct page *g, const struct yh_word_use *use, int depth)
{
	indent(g, depth);
	yh_buf_printf(g->out, "- %s", use->word->name);
	for (size_t i = 0; i < use->n_args; i++) {
		const struct yh_arg_value *a = &use->args[i];

		if (a->kind == YH_P_ARTICLE)
			continue;
		yh_buf_printf(g->out, " %s=%s", a->name, a->text);
		if (a->param) {
			const struct yh_param *p = yh_pack_param(g->pack, a->param);

			say_source(g, p ? p->article : NULL, a->param);
		}
	}
	if (yh_use_text(use, "article", NULL)) {
		say(g, "，", ", ");
		say_article(g, yh_use_text(use, "article", NULL));
	}
	yh_buf_str(g->out, "\n");
}

/* A heading and the words under it: all, or with `b` those that rest on it. */
static void say_words(const struct page *g, const char *zh, const char *en,
		      const struct yh_word_use *uses, size_t n, const struct yh_basis *b, int depth)
{
	bool headed = false;

	for (size_t i = 0; i < n; i++) {
		if (b && !yh_basis_use(b, &uses[i]))
			continue;
		if (!headed) {
			indent(g, depth);
			say(g, zh, en);
			yh_buf_str(g->out, "\n");
			headed = true;
		}
		say_use(g, &uses[i], depth + 1);
	}
}

static void say_clock(const struct page *g, const struct yh_step *s)
{
	const struct yh_step_clock *c = &s->clock;

	if (!c->set)
		return;
	indent(g, 3);
	say(g, "时限：", "within ");
	if (c->lease)
		say(g, "使用期限末日", "the lease's last day");
	else
		say_period(g, c->period);
	if (c->since == YH_SINCE_FILED)
		say(g, "，自受理申请起", " of the filing");
	else if (c->since == YH_SINCE_STEP)
		yh_buf_printf(g->out, g->en ? " of step %s" : "，自环节 %s 办结起", c->since_step);
	else if (c->since == YH_SINCE_OPENING)
		yh_buf_printf(g->out, g->en ? " of the arrival at step %s" : "，自到达环节 %s 起",
			      c->since_step);
	else if (c->since == YH_SINCE_SERVED)
		yh_buf_printf(g->out,
			      g->en ? " of the service of the paper of step %s"
				    : "，自环节 %s 的公文送达起",
			      c->since_step);
	else if (c->since == YH_SINCE_LEASE)
		say(g, "，自使用期限末日起", " of the lease's last day");
	if (c->soft)
		say(g, "，原则上", ", in principle");
	say_source(g, c->article, c->param);
	yh_buf_str(g->out, "\n");
	if (s->silence) {
		indent(g, 3);
		yh_buf_printf(g->out, g->en ? "without an answer: %s\n" : "逾期未答复：%s\n",
			      s->silence);
	}
	if (c->remind.n == 0)
		return;
	indent(g, 3);
	say(g, "提醒：到期前 ", "reminder ");
	say_period(g, c->remind);
	say(g, "", " ahead");
	say_source(g, NULL, c->remind_param);
	yh_buf_str(g->out, "\n");
}

static void say_outcomes(const struct page *g, const struct yh_step *s)
{
	static const struct yh_text2 ends[] = {
		{ "", "" },
		{ "，办结", ", closes the case" },
		{ "，不予批准，结案", ", refuses the case" },
	};

	for (size_t i = 0; i < s->n_outcomes; i++) {
		const struct yh_outcome *o = &s->outcomes[i];

		if (s->n_outcomes == 1 && o->n_effects == 0 && o->end == YH_END_NONE)
			continue;
		indent(g, 3);
		say(g, "结果：", "outcome: ");
		yh_buf_printf(g->out, "%s%s\n", pick(g, o->title), pick(g, ends[o->end]));
		for (size_t e = 0; e < o->n_effects; e++)
			say_use(g, &o->effects[e], 4);
	}
}

static void say_step(const struct page *g, const struct yh_step *s, size_t number)
{
	static const struct yh_text2 acts[] = {
		{ "审批", "decided by " },
		{ "确认", "confirmed by " },
		{ "实施", "carried out by " },
		{ "等待", "waits " },
		{ "由系统即时办理", "taken by the system at once" },
	};

	indent(g, 2);
	yh_buf_printf(g->out, "%zu. %s [%s] ", number, pick(g, s->title), s->name);
	if (s->article)
		say_article(g, s->article);
	yh_buf_str(g->out, "\n");
	indent(g, 3);
	if (g->en || s->n_roles == 0)
		yh_buf_str(g->out, pick(g, acts[s->kind]));
	if (s->kind == YH_STEP_WAIT) {
		const struct yh_param *p =
			s->wait_param ? yh_pack_param(g->pack, s->wait_param) : NULL;

		if (s->wait.n)
			say_period(g, s->wait);
		else
			say(g, "至使用期限届满", "until the lease is over");
		if (p)
			say_source(g, p->article, p->key);
	} else if (s->n_roles) {
		say_roles(g, s->roles, s->n_roles);
		if (s->n_roles > 1)
			say(g, "（各方均须，不分先后）", " (all of them, in any order)");
		if (!g->en)
			yh_buf_str(g->out, acts[s->kind].zh);
	}
	yh_buf_str(g->out, "\n");
	say_clock(g, s);
	say_words(g, "仅当全部成立：", "only when all of:", s->when, s->n_when, NULL, 3);
	say_words(g, "有一成立即略过：", "passed over if any of:", s->unless, s->n_unless, NULL, 3);
	say_words(g, "须满足：", "must hold:", s->checks, s->n_checks, NULL, 3);
	say_outcomes(g, s);
}

/* The whole procedure, or with `b` what of it rests on that. */
static void say_procedure(const struct page *g, const struct yh_procedure *p,
			  const struct yh_basis *b)
{
	say(g, "流程 ", "Procedure ");
	yh_buf_printf(g->out, g->en ? "%s: %s, " : "%s：%s，", p->name, pick(g, p->title));
	say_article(g, p->article);
	yh_buf_str(g->out, "\n");
	indent(g, 1);
	if (p->n_filed_by) {
		say(g, "申请人：", "filed by: ");
		say_roles(g, p->filed_by, p->n_filed_by);
		yh_buf_str(g->out, "\n");
	}
	say_words(g, "由系统发起：", "begun by the system:", p->started_by, p->n_started_by, b, 1);
	say_words(g, "申请时须满足：", "must hold at filing:", p->checks, p->n_checks, b, 1);
	say_words(g, "申请时预留：", "reserved at filing:", p->on_filed, p->n_on_filed, b, 1);
	for (size_t i = 0; i < p->n_steps; i++)
		if (!b || yh_basis_step(b, &p->steps[i]))
			say_step(g, &p->steps[i], i + 1);
	yh_buf_str(g->out, "\n");
}

static void say_rules(const struct page *g, const struct yh_basis *b)
{
	size_t n;
	const struct yh_rule *rules = yh_pack_rules(g->pack, &n);

	for (size_t i = 0; i < n; i++) {
		if (!yh_basis_rule(b, &rules[i]))
			continue;
		say(g, "使用规则 ", "Rule of use ");
		yh_buf_printf(g->out, g->en ? "%s: %s, " : "%s：%s，", rules[i].id,
			      pick(g, rules[i].title));
		say_article(g, rules[i].article);
		yh_buf_str(g->out, "\n");
	}
}

static void say_governed(const struct page *g, const struct yh_basis *b)
{
	size_t n;
	const struct yh_procedure *list = yh_pack_procedures(g->pack, &n);

	for (size_t i = 0; i < n; i++)
		if (yh_basis_procedure(b, &list[i]))
			say_procedure(g, &list[i], b);
	say_rules(g, b);
}

static void say_param(const struct page *g, const struct yh_param *p)
{
	indent(g, 1);
	yh_buf_printf(g->out, g->en ? "%s: " : "%s：", pick(g, p->title));
	if (p->kind == YH_P_PERIOD)
		say_period(g, p->period);
	else
		yh_buf_str(g->out, p->text);
	say_source(g, p->article, p->key);
	if (p->bound && p->bound[1] == 'a')
		say(g, "，地方可从严调低", ", may be lowered locally");
	else if (p->bound)
		say(g, "，地方可从严调高", ", may be raised locally");
	yh_buf_str(g->out, "\n");
}

static void say_article_page(const struct page *g, const struct yh_article *a)
{
	size_t n;
	const struct yh_param *params = yh_pack_params(g->pack, &n);
	bool headed = false;

	say_article(g, a->number);
	yh_buf_printf(g->out, "  %s\n%s\n\n", pick(g, a->title), pick(g, a->summary));
	for (size_t i = 0; i < n; i++) {
		if (!params[i].article || strcmp(params[i].article, a->number) != 0)
			continue;
		if (!headed)
			say(g, "参数\n", "Figures\n");
		headed = true;
		say_param(g, &params[i]);
	}
	if (headed)
		yh_buf_str(g->out, "\n");
	say_governed(g, &(struct yh_basis){ .article = a->number });
}

enum yh_rc yh_explain_text(const struct yh_pack *pack, const char *subject, const char *lang,
			   struct yh_buf *out, struct yh_err *err)
{
	const struct page g = { .out = out, .pack = pack, .en = strcmp(lang, "en") == 0 };
	const struct yh_article *a = yh_pack_article(pack, subject);
	const struct yh_procedure *p = yh_pack_procedure(pack, subject);
	const struct yh_param *param = yh_pack_param(pack, subject);

	if (a) {
		say_article_page(&g, a);
	} else if (p) {
		say_procedure(&g, p, NULL);
	} else if (param) {
		say_param(&g, param);
		yh_buf_str(out, "\n");
		say_governed(&g, &(struct yh_basis){ .param = param->key });
	} else {
		bool fresh = err && err->rc == YH_OK;

		(void)yh_fail(err, YH_NOT_FOUND, "policy-subject-unknown");
		if (fresh)
			yh_err_text(err, "subject", subject);
		return YH_NOT_FOUND;
	}
	return YH_OK;
}
