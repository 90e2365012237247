/* Words about catalogue editions (Art. 15). */
#include "effects/catalogue.h"

#include <stdio.h>
#include <string.h>

#include "services/catalogue/edition.h"

static enum yh_rc edition_of(struct yh_case_cx *k, struct yh_edition_row *e, struct yh_err *err)
{
	return yh_edition_load(k->cx->tx, &k->c->row.subject, k->cx->arena, e, err);
}

static enum yh_rc move(struct yh_case_cx *k, struct yh_edition_row *e, const char *state,
		       const char *kind, struct yh_err *err)
{
	char before[sizeof e->state];
	enum yh_rc rc;

	memcpy(before, e->state, sizeof before);
	(void)snprintf(e->state, sizeof e->state, "%s", state);
	e->case_id = k->c->row.id;
	rc = yh_edition_update(k->cx->tx, e, err);
	return rc == YH_OK ? yh_effect_record(k, kind, "edition", &e->id, before, state, err) : rc;
}

YH_WORD_CHECK_FN(yh_word_edition_is)
{
	const char *want = yh_use_text(use, "state", "draft");
	struct yh_edition_row e;
	enum yh_rc rc = edition_of(k, &e, err);

	if (rc != YH_OK || strcmp(e.state, want) == 0)
		return rc;
	rc = yh_refuse(err, "edition-state", yh_use_article(k, use));
	yh_err_int(err, "number", e.number);
	yh_err_text(err, "state", e.state);
	yh_err_text(err, "needed", want);
	return rc;
}

YH_WORD_CHECK_FN(yh_word_edition_has_items)
{
	struct yh_item_row *items;
	int64_t least = yh_use_int(use, "min", 1);
	size_t n;
	enum yh_rc rc = yh_item_list(k->cx->tx, &k->c->row.subject, k->cx->arena, &items, &n, err);

	if (rc != YH_OK || (int64_t)n >= least)
		return rc;
	rc = yh_refuse(err, "edition-empty", k->c->procedure->article);
	yh_err_int(err, "items", (int64_t)n);
	yh_err_int(err, "least", least);
	return rc;
}

/* Each item has its name, content, pricing unit and price; a draft may still lack them. */
YH_WORD_CHECK_FN(yh_word_edition_items_whole)
{
	struct yh_item_row *items;
	size_t n;
	enum yh_rc rc = yh_item_list(k->cx->tx, &k->c->row.subject, k->cx->arena, &items, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		const char *lacks = !items[i].name[0]       ? "name"
				    : !items[i].content[0]  ? "content"
				    : items[i].n_tiers == 0 ? "price"
							    : NULL;

		if (!lacks)
			continue;
		rc = yh_refuse(err, "item-incomplete", yh_use_article(k, use));
		yh_err_text(err, "item", items[i].code);
		yh_err_text(err, "what", lacks);
	}
	return rc;
}

/* "a, b" and, where there is no more room, "a, b …". */
static void name_codes(const struct yh_code_use *uses, size_t n, char *out, size_t size)
{
	static const char more[] = " …";
	size_t len = 0;

	out[0] = 0;
	for (size_t i = 0; i < n; i++) {
		size_t need = strlen(uses[i].code) + (i ? 2 : 0);
		size_t spare = i + 1 < n ? sizeof more : 1;

		if (len + need + spare > size) {
			memcpy(out + len, more, sizeof more);
			return;
		}
		len += (size_t)snprintf(out + len, size - len, "%s%s", i ? ", " : "", uses[i].code);
	}
}

/* What has no price from some day on cannot be settled any more. A proposal whose items are not
 * written yet leaves nothing out. */
YH_WORD_CHECK_FN(yh_word_edition_keeps_used)
{
	struct yh_code_use *uses;
	struct yh_item_row *items;
	struct yh_edition_row e;
	char codes[sizeof((struct yh_fig *)0)->text];
	size_t n, n_items;
	int64_t resources = 0;
	enum yh_rc rc = edition_of(k, &e, err);

	if (rc == YH_OK)
		rc = yh_item_list(k->cx->tx, &e.id, k->cx->arena, &items, &n_items, err);
	if (rc != YH_OK || (n_items == 0 && !k->c->row.effected))
		return rc;
	rc = yh_edition_lacking(k->cx->tx, &e, k->cx->arena, &uses, &n, err);
	if (rc != YH_OK || n == 0)
		return rc;
	for (size_t i = 0; i < n; i++)
		resources += uses[i].resources;
	name_codes(uses, n, codes, sizeof codes);
	rc = yh_refuse(err, "edition-drops-used", yh_use_article(k, use));
	yh_err_int(err, "number", e.number);
	yh_err_int(err, "items", (int64_t)n);
	yh_err_text(err, "codes", codes);
	yh_err_int(err, "resources", resources);
	return rc;
}

/* From here on the items are fixed; the digest over them says so. */
YH_WORD_CHECK_FN(yh_word_edition_compile)
{
	struct yh_edition_row e;
	enum yh_rc rc = edition_of(k, &e, err);

	(void)use;
	if (rc == YH_OK)
		rc = yh_edition_digest(k->cx, &e.id, &e.digest, err);
	return rc == YH_OK ? move(k, &e, "compiled", "edition.compiled", err) : rc;
}

YH_WORD_CHECK_FN(yh_word_edition_approve)
{
	struct yh_edition_row e;
	struct yh_sm3 now;
	enum yh_rc rc = edition_of(k, &e, err);

	(void)use;
	if (rc == YH_OK)
		rc = yh_edition_digest(k->cx, &e.id, &now, err);
	if (rc == YH_OK && memcmp(&now, &e.digest, sizeof now) != 0)
		rc = yh_fail(err, YH_INTERNAL, "edition-changed");
	return rc == YH_OK ? move(k, &e, "approved", "edition.approved", err) : rc;
}

YH_WORD_CHECK_FN(yh_word_edition_publish)
{
	const char *text = yh_json_text(k->input, "effective_date");
	struct yh_edition_row e;
	enum yh_rc rc = edition_of(k, &e, err);

	if (rc == YH_OK)
		rc = yh_day_parse(text ? text : "", &e.effective_day, err);
	if (rc == YH_OK && e.effective_day < yh_ctx_today(k->cx)) {
		rc = yh_refuse(err, "effective-in-the-past", yh_use_article(k, use));
		yh_err_day(err, "effective", e.effective_day);
		yh_err_day(err, "today", yh_ctx_today(k->cx));
	}
	if (rc != YH_OK) {
		yh_err_field(err, "/form/effective_date");
		return rc;
	}
	return move(k, &e, "published", "edition.published", err);
}
