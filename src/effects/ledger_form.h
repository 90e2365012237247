/* What a form says of a record. */
#ifndef YH_EFFECTS_LEDGER_FORM_H
#define YH_EFFECTS_LEDGER_FORM_H

#include "cases/words.h"
#include "store/ledger.h"

enum { YH_LEDGER_VALUES = 512 };

/* One form, read as a record of `reg`. */
struct yh_ledger_form {
	const struct yh_register *reg;
	const json_t *form; /* the whole, or one entry of its list */
	const char *at;     /* "/form", "/form/items/3": where its members stand */
	struct yh_ledger_value values[YH_LEDGER_VALUES];
	size_t n_values;
};

/* Reads everything a new record has, but id, number, state and who enters it. BAD_INPUT
 * "record-field-missing" (figure what), "date-invalid", "days-reversed", "number-invalid",
 * "quantity-out-of-range", "record-lines-many"; NOT_FOUND as the store says, each with its field.
 * What another unit owns is not told to exist. */
YH_CHECK enum yh_rc yh_ledger_read(struct yh_case_cx *k, struct yh_ledger_form *f,
				   struct yh_ledger_row *out, struct yh_err *err);
/* Reads what an amendment changes: title, days, content, figures and lines. `f->form` is laid over
 * the content the record has. */
YH_CHECK enum yh_rc yh_ledger_reread(struct yh_case_cx *k, struct yh_ledger_form *f,
				     struct yh_ledger_row *row, struct yh_err *err);
/* An organisation, by code or id. NOT_FOUND "org-unknown". */
YH_CHECK enum yh_rc yh_form_org(struct yh_ctx *cx, const char *text, struct yh_id *out,
				struct yh_err *err);

#endif
