/* What a record of a register holds, as one form. */
#ifndef YH_API_RECORD_FORM_H
#define YH_API_RECORD_FORM_H

#include "law/pack.h"

/* The fields of every form by which a record is entered, then of those by which one is amended, as
 * a JSON Schema object in reading order; a field of several forms as the first has it. The caller
 * owns it; NULL: no memory. */
json_t *yh_record_form(const struct yh_pack *pack, const struct yh_register *reg);

#endif
