/* A settlement as an auditor takes it away: everything that it follows from, digested and signed,
 * in the layout of docs/settlement-bundle.md. */
#ifndef YH_EXPORT_BUNDLE_H
#define YH_EXPORT_BUNDLE_H

#include <stdio.h>

#include "services/settle/settle.h"

/* Writes the archive into the spool `out`. Of a closed settlement whose statements are all signed:
 * else CONFLICT "settlement-state" (figures state, needed) or "settlement-unsigned".
 * CONFLICT "settlement-signer-none" in a program without a key. Outside of transactions; memory
 * grows with statements that are corrected and with projects, not with resources or lines. */
YH_CHECK enum yh_rc yh_bundle_write(FILE *out, const struct yh_world *world,
				    const struct yh_id *settlement, struct yh_err *err);

#endif
