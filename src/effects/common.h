/* What the words share: reading the case's form, recording what they did. */
#ifndef YH_EFFECTS_COMMON_H
#define YH_EFFECTS_COMMON_H

#include "cases/words.h"
#include "law/quota.h"
#include "store/catalogue.h"
#include "store/party.h"
#include "store/project.h"
#include "store/quota.h"
#include "store/resource.h"

#define YH_WORD_CHECK_FN(name)                                                                     \
	enum yh_rc name(struct yh_case_cx *k, const struct yh_word_use *use, struct yh_err *err)
#define YH_WORD_COND_FN(name)                                                                      \
	enum yh_rc name(struct yh_case_cx *k, const struct yh_word_use *use, bool *holds,          \
			struct yh_err *err)

/* How far ahead quotas are compared: two years of days. */
enum { YH_HORIZON_DAYS = 730 };

/* One entry of the form's `items`, resolved. */
struct yh_asked_item {
	struct yh_item_row item;
	int64_t qty_milli;
	struct yh_id info_system;
	const char *name;
	yh_day first, last; /* wanted from … to; last YH_DAY_NONE: for good */
};
/* One entry of the form's `changes`, resolved. */
struct yh_asked_change {
	struct yh_resource_row resource;
	struct yh_item_row item;
	int64_t from_milli, to_milli;
};
struct yh_asked {
	struct yh_asked_item *items;
	size_t n_items;
	struct yh_asked_change *changes;
	size_t n_changes;
};

/* Reads `items` and `changes` of the case's form against the edition in force on its filing day.
 * BAD_INPUT or NOT_FOUND with the pointer of the entry; REFUSED "quantity-step" when a quantity is
 * no multiple of what can be ordered. */
YH_CHECK enum yh_rc yh_asked_read(struct yh_case_cx *k, struct yh_asked *out, struct yh_err *err);

/* The codes of all items are in the edition in force today and in those that come: a case may be
 * decided under another edition than it was filed under. REFUSED "item-dropped" (figures item,
 * number, from). */
YH_CHECK enum yh_rc yh_asked_priced(struct yh_case_cx *k, const struct yh_asked *asked,
				    struct yh_err *err);

/* What the case asks for, by dimension and day. */
YH_CHECK enum yh_rc yh_asked_spans(struct yh_case_cx *k, const struct yh_asked *asked,
				   struct yh_spans *out, struct yh_err *err);

/* Quota and use around the case, leaving out the case itself: of its project, or of all the unit's
 * projects on clouds of this one's level (Art. 20 takes the municipal cloud for itself).
 * `base_only` leaves out allowances granted above the quota. */
YH_CHECK enum yh_rc yh_quota_around(struct yh_case_cx *k, bool whole_unit, bool base_only,
				    struct yh_spans *quota, struct yh_spans *taken,
				    struct yh_err *err);

/* The same for a project of the unit, with allowances. */
YH_CHECK enum yh_rc yh_quota_around_project(struct yh_case_cx *k, const struct yh_id *project,
					    struct yh_spans *quota, struct yh_spans *taken,
					    struct yh_err *err);

/* Records an event about an object of the case. */
YH_CHECK enum yh_rc yh_effect_record(struct yh_case_cx *k, const char *kind,
				     const char *object_kind, const struct yh_id *object,
				     const char *before, const char *after, struct yh_err *err);

/* The same with an outcome, which may be NULL. */
YH_CHECK enum yh_rc yh_effect_record_as(struct yh_case_cx *k, const char *kind,
					const char *object_kind, const struct yh_id *object,
					const char *before, const char *after, const char *outcome,
					struct yh_err *err);

/* Article of the use of a word, or of its procedure. */
const char *yh_use_article(const struct yh_case_cx *k, const struct yh_word_use *use);

/* The figure `name` is a kind of resources, with its titles as name_zh and name_en. */
void yh_err_kind(struct yh_err *err, const struct yh_pack *pack, const char *name,
		 const char *kind);

/* Reads a positive quantity at form[list][i].key. */
YH_CHECK enum yh_rc yh_form_milli(const json_t *entry, const char *list, size_t i, const char *key,
				  int64_t *out, struct yh_err *err);

#endif
