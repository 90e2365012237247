/* Categories of notices, as policy/notices.yaml has them. */
#ifndef YH_NOTIFY_CATEGORY_H
#define YH_NOTIFY_CATEGORY_H

#include "base/err.h"

enum { YH_CATEGORIES_MAX = 16 };

struct yh_categories; /* immutable */

/* Reads `text`, the file `name`. BAD_INPUT "categories-invalid" with "name:line". */
YH_CHECK enum yh_rc yh_categories_parse(const char *name, const char *text, size_t n,
					struct yh_categories **out, struct yh_err *err);
void yh_categories_free(struct yh_categories *c); /* NULL is allowed */

size_t yh_categories_count(const struct yh_categories *c);
const char *yh_category_at(const struct yh_categories *c, size_t i);
bool yh_category_known(const struct yh_categories *c, const char *name);
/* The category of a notice: never NULL, unknown slugs have the default. */
const char *yh_category_of(const struct yh_categories *c, const char *slug);

#endif
