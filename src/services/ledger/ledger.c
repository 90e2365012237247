/* Who may read which registers. */
#include "services/ledger/ledger.h"

#include <string.h>

#include "base/buf.h"
#include "cases/mark.h"

enum { LISTS = 4, LIST_BYTES = 16 * 1024 };
static const char *const relations[LISTS] = { "own", "district", "cloud", "any" };

/* The place of the widest relation, or -1. */
static int widest(const struct yh_ctx *cx, const struct yh_pack *pack,
		  const struct yh_register *reg)
{
	int best = -1;

	for (size_t g = 0; reg->action && g < cx->actor->n_grants; g++) {
		const char *rel = yh_pack_may(pack, cx->actor->grants[g].role, reg->action);

		for (int i = 0; rel && i < LISTS; i++)
			if (strcmp(rel, relations[i]) == 0 && i > best)
				best = i;
	}
	return best;
}

bool yh_ledger_may_read(const struct yh_ctx *cx, const struct yh_pack *pack,
			const struct yh_register *reg)
{
	return widest(cx, pack, reg) >= 0;
}

enum yh_rc yh_ledger_viewer_of(const struct yh_ctx *cx, const struct yh_pack *pack,
			       struct yh_ledger_viewer *out, struct yh_err *err)
{
	const char **into[LISTS] = { &out->own, &out->district, &out->cloud, &out->any };
	size_t n;
	const struct yh_register *regs = yh_pack_registers(pack, &n);
	struct yh_buf text[LISTS];
	bool whole = true;

	*out = (struct yh_ledger_viewer){ .person = cx->actor->person, .today = yh_ctx_today(cx) };
	for (int i = 0; i < LISTS; i++) {
		yh_buf_init(&text[i], LIST_BYTES);
		yh_buf_str(&text[i], "|");
	}
	for (size_t r = 0; r < n; r++) {
		int i = widest(cx, pack, &regs[r]);

		if (i >= 0)
			yh_buf_printf(&text[i], "%s|", regs[r].id);
	}
	for (int i = 0; i < LISTS; i++) {
		*into[i] = yh_arena_strdup(cx->arena, yh_buf_text(&text[i]));
		whole = whole && yh_buf_ok(&text[i]) && *into[i];
		yh_buf_done(&text[i]);
	}
	yh_mark_viewer(cx, &out->cleared);
	return whole ? yh_mark_lowest_viewer(cx, pack, &out->lowest, err)
		     : yh_fail(err, YH_TOO_LARGE, "memory-short");
}

bool yh_may_begin(const struct yh_actor *a, const struct yh_procedure *p)
{
	for (size_t i = 0; i < p->n_filed_by; i++)
		if (yh_actor_grant(a, p->filed_by[i], NULL))
			return true;
	return false;
}

static enum yh_rc holds_any(struct yh_ctx *cx, const char *const *roles, size_t n,
			    const struct yh_id *cloud, bool *has, struct yh_err *err)
{
	const struct yh_actor *a = cx->actor;
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; i < n; i++)
		for (size_t g = 0; rc == YH_OK && !*has && g < a->n_grants; g++)
			if (strcmp(a->grants[g].role, roles[i]) == 0)
				rc = yh_cloud_has_body(cx->tx, cloud, roles[i], &a->grants[g].org,
						       has, err);
	return rc;
}

enum yh_rc yh_may_act_on(struct yh_ctx *cx, const struct yh_procedure *p, const struct yh_id *cloud,
			 struct yh_err *err)
{
	bool has = false;
	enum yh_rc rc = holds_any(cx, p->filed_by, p->n_filed_by, cloud, &has, err);

	for (size_t i = 0; rc == YH_OK && !has && i < p->n_steps; i++)
		rc = holds_any(cx, p->steps[i].roles, p->steps[i].n_roles, cloud, &has, err);
	if (rc != YH_OK || has)
		return rc;
	rc = yh_fail(err, YH_FORBIDDEN, "file-not-permitted");
	yh_err_text(err, "procedure", p->name);
	yh_err_text(err, "roles", p->n_filed_by ? p->filed_by[0] : "");
	yh_err_article(err, p->article);
	return rc;
}
