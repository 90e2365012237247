/* The functions of the stream `case`. */
#ifndef YH_LINK_STREAM_CASE_H
#define YH_LINK_STREAM_CASE_H

#include "link/stream.h"

YH_CHECK enum yh_rc yh_link_case_touched(struct yh_ctx *cx, const struct yh_link_peer *peer,
					 const struct yh_link_event *event, yh_link_key_fn emit,
					 void *arg, struct yh_err *err);
YH_CHECK enum yh_rc yh_link_case_build(struct yh_ctx *cx, const struct yh_link_peer *peer,
				       const char *key, json_t **body, struct yh_err *err);
YH_CHECK enum yh_rc yh_link_case_keys(struct yh_ctx *cx, const struct yh_link_peer *peer,
				      const char *after, size_t n, yh_link_key_fn emit, void *arg,
				      struct yh_err *err);
YH_CHECK enum yh_rc yh_link_case_apply(struct yh_ctx *cx, const struct yh_link_peer *peer,
				       const char *key, const json_t *body, struct yh_err *err);

#endif
