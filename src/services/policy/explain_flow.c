/* A procedure as a flow chart in Mermaid's notation. */
#include <string.h>

#include "services/policy/explain.h"

struct chart {
	struct yh_buf *out;
	const struct yh_pack *pack;
	const struct yh_procedure *p;
	bool en;
};

/* Text within a quoted label: Mermaid reads entities, and nothing else may end the label. */
static void label(struct yh_buf *out, const char *text)
{
	for (; *text; text++) {
		if (strchr("\"<>#&;`", *text))
			yh_buf_printf(out, "#%d;", *text);
		else if ((unsigned char)*text < 0x20)
			yh_buf_str(out, " ");
		else
			yh_buf_add(out, text, 1);
	}
}

static const char *pick(const struct chart *c, struct yh_text2 t)
{
	return c->en ? t.en : t.zh;
}

static bool conditional(const struct yh_step *s)
{
	return s->n_when + s->n_unless > 0;
}

/* Where the case goes on: the gate before a step that may be passed over, the step, or the end. */
static void node(const struct chart *c, size_t step)
{
	if (step >= c->p->n_steps)
		yh_buf_str(c->out, "closed");
	else
		yh_buf_printf(c->out, "%c%zu", conditional(&c->p->steps[step]) ? 'g' : 's', step);
}

static void add_roles(const struct chart *c, const char *const *roles, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct yh_role *r = yh_pack_role(c->pack, roles[i]);

		if (i > 0)
			yh_buf_str(c->out, c->en ? ", " : "、");
		label(c->out, r ? pick(c, r->title) : roles[i]);
	}
}

static void add_words(const struct chart *c, const struct yh_word_use *uses, size_t n,
		      const char *before)
{
	for (size_t i = 0; i < n; i++) {
		yh_buf_printf(c->out, "%s%s", i > 0 ? "<br>" : "", before);
		label(c->out, uses[i].word->name);
	}
}

static void add_gate(const struct chart *c, size_t i)
{
	const struct yh_step *s = &c->p->steps[i];

	yh_buf_printf(c->out, "  g%zu{\"", i);
	add_words(c, s->when, s->n_when, "");
	if (s->n_when && s->n_unless)
		yh_buf_str(c->out, "<br>");
	add_words(c, s->unless, s->n_unless, c->en ? "not " : "非 ");
	yh_buf_printf(c->out, "\"}\n  g%zu -->|%s| s%zu\n  g%zu -->|%s| ", i, c->en ? "yes" : "是",
		      i, i, c->en ? "no" : "否");
	node(c, i + 1);
	yh_buf_str(c->out, "\n");
}

static const char *end_of_lease(const struct chart *c)
{
	return c->en ? "the lease's last day" : "使用期限末日";
}

static void add_step(const struct chart *c, size_t i)
{
	const struct yh_step *s = &c->p->steps[i];
	char text[YH_PERIOD_TEXT];

	yh_buf_printf(c->out, "  s%zu[\"", i);
	label(c->out, pick(c, s->title));
	yh_buf_str(c->out, "<br>");
	add_roles(c, s->roles, s->n_roles);
	if (s->kind == YH_STEP_ONCE)
		yh_buf_str(c->out, c->en ? "at once" : "系统即时");
	else if (s->kind == YH_STEP_WAIT)
		yh_buf_str(c->out, s->wait.n ? yh_period_text(s->wait, text) : end_of_lease(c));
	else if (s->clock.lease)
		yh_buf_printf(c->out, "<br>%s", end_of_lease(c));
	else if (s->clock.set)
		yh_buf_printf(c->out, "<br>%s", yh_period_text(s->clock.period, text));
	yh_buf_str(c->out, "\"]\n");
	for (size_t o = 0; o < s->n_outcomes; o++) {
		yh_buf_printf(c->out, "  s%zu -->|\"", i);
		label(c->out, pick(c, s->outcomes[o].title));
		yh_buf_str(c->out, "\"| ");
		if (s->outcomes[o].end == YH_END_REFUSED)
			yh_buf_str(c->out, "refused");
		else
			node(c, s->outcomes[o].end == YH_END_CLOSED ? c->p->n_steps : i + 1);
		yh_buf_str(c->out, "\n");
	}
}

enum yh_rc yh_explain_flow(const struct yh_pack *pack, const char *procedure, const char *lang,
			   struct yh_buf *out, struct yh_err *err)
{
	struct chart c = { .out = out, .pack = pack, .en = strcmp(lang, "en") == 0 };
	bool fresh = err && err->rc == YH_OK, refused = false;

	c.p = yh_pack_procedure(pack, procedure);
	if (!c.p) {
		(void)yh_fail(err, YH_NOT_FOUND, "policy-subject-unknown");
		if (fresh)
			yh_err_text(err, "subject", procedure);
		return YH_NOT_FOUND;
	}
	yh_buf_str(out, "flowchart TD\n  filed([\"");
	label(out, pick(&c, c.p->title));
	yh_buf_str(out, "<br>");
	add_roles(&c, c.p->filed_by, c.p->n_filed_by);
	add_words(&c, c.p->started_by, c.p->n_started_by, "");
	yh_buf_str(out, "\"])\n  filed --> ");
	node(&c, 0);
	yh_buf_str(out, "\n");
	for (size_t i = 0; i < c.p->n_steps; i++) {
		if (conditional(&c.p->steps[i]))
			add_gate(&c, i);
		add_step(&c, i);
		for (size_t o = 0; o < c.p->steps[i].n_outcomes; o++)
			refused = refused || c.p->steps[i].outcomes[o].end == YH_END_REFUSED;
	}
	yh_buf_printf(out, "  closed([\"%s\"])\n", c.en ? "closed" : "办结");
	if (refused)
		yh_buf_printf(out, "  refused([\"%s\"])\n", c.en ? "refused" : "不予同意");
	return YH_OK;
}
