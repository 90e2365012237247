/* The live stream of the probe: the numbers that were told by POST /api/v1/news/{name}?size=. */
#ifndef YH_TESTS_PROBE_NEWS_H
#define YH_TESTS_PROBE_NEWS_H

#include "http/op.h"

extern const struct yh_live probe_news;

/* One more of `name`, each `width` wide from now on. */
void probe_news_tell(const char *name, int64_t width);
/* Follows `name`, and begins with how many were told; NOT_FOUND "note-unknown" for "secret". */
YH_CHECK enum yh_rc probe_news_follow(struct yh_req *rq, const char *name, struct yh_err *err);

#endif
