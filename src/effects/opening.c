/* Words about opening balances: whether a file could enter, and entering it. */
#include "effects/opening.h"

#include <string.h>

#include "services/opening/opening.h"

/* The use of the check, which both words judge by. */
static const struct yh_word_use *check_of(const struct yh_procedure *p)
{
	for (size_t i = 0; i < p->n_checks; i++)
		if (strcmp(p->checks[i].word->name, "opening.fits") == 0)
			return &p->checks[i];
	return NULL;
}

static enum yh_rc read(struct yh_case_cx *k, bool hold, struct yh_opening *o, struct yh_err *err)
{
	const char *id_text = yh_json_text(k->c->form, "document");
	const char *day = yh_json_text(k->c->form, "day");
	struct yh_opening_in in = { .pack = k->c->pack,
				    .use = check_of(k->c->procedure),
				    .cloud = k->c->row.cloud,
				    .hold = hold };
	struct yh_document_row document;
	struct yh_id id;
	enum yh_rc rc = yh_id_parse(id_text ? id_text : "", &id, err);

	if (rc == YH_OK)
		rc = yh_document_load(k->cx->tx, &id, k->cx->arena, &document, err);
	if (rc != YH_OK)
		yh_err_field(err, "/form/document");
	else
		rc = yh_day_parse(day ? day : "", &in.day, err);
	if (rc == YH_OK)
		rc = yh_opening_read(k->cx, &document, &in, o, err);
	return rc == YH_OK ? yh_opening_judged(o, err) : rc;
}

YH_WORD_CHECK_FN(yh_word_opening_fits)
{
	struct yh_opening o;
	struct yh_err *told;
	enum yh_rc rc = read(k, false, &o, err);

	(void)use;
	if (rc != YH_OK)
		return rc;
	told = yh_case_told(k, "told-opening-fits");
	yh_err_int(told, "units", (int64_t)o.sheets[YH_OPENING_UNITS].n);
	yh_err_int(told, "projects", (int64_t)o.sheets[YH_OPENING_PROJECTS].n);
	yh_err_int(told, "resources", (int64_t)o.sheets[YH_OPENING_RESOURCES].n);
	return YH_OK;
}

YH_WORD_CHECK_FN(yh_word_opening_enter)
{
	struct yh_opening o;
	enum yh_rc rc = read(k, true, &o, err);

	(void)use;
	return rc == YH_OK ? yh_opening_enter(k, &o, err) : rc;
}
