/* Words about data that are backed up or moved before resources change or go (Art. 26), and about
 * what earlier steps of the same case came to. */
#ifndef YH_EFFECTS_BACKUP_H
#define YH_EFFECTS_BACKUP_H

#include "effects/common.h"

YH_CHECK YH_WORD_CHECK_FN(yh_word_backup_note);
YH_CHECK YH_WORD_CHECK_FN(yh_word_backup_keep);
YH_CHECK YH_WORD_CHECK_FN(yh_word_backup_silent);
YH_CHECK YH_WORD_COND_FN(yh_word_step_was);

/* Nothing stops before the unit has spoken: in its form, or in the confirming step named by the
 * use's `backup` (in any such step of the unit, where older packs name none). REFUSED
 * "backup-unconfirmed". */
YH_CHECK enum yh_rc yh_backup_need(struct yh_case_cx *k, const struct yh_word_use *use,
				   struct yh_err *err);
/* Did nobody answer for this resource, so that it is stopped by force? */
YH_CHECK enum yh_rc yh_backup_forced(struct yh_case_cx *k, const struct yh_id *resource,
				     bool *forced, struct yh_err *err);

#endif
