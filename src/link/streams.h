/* Every stream there is; what each is about stands in its file. */
#ifndef YH_LINK_STREAMS_H
#define YH_LINK_STREAMS_H

#include "link/stream.h"

#define YH_LINK_TOUCHED_FN(name)                                                                   \
	enum yh_rc name(struct yh_ctx *cx, const struct yh_link_peer *peer,                        \
			const struct yh_link_event *event, yh_link_key_fn emit, void *arg,         \
			struct yh_err *err)
#define YH_LINK_BUILD_FN(name)                                                                     \
	enum yh_rc name(struct yh_ctx *cx, const struct yh_link_peer *peer, const char *key,       \
			json_t **body, struct yh_err *err)
#define YH_LINK_KEYS_FN(name)                                                                      \
	enum yh_rc name(struct yh_ctx *cx, const struct yh_link_peer *peer, const char *after,     \
			size_t n, yh_link_key_fn emit, void *arg, struct yh_err *err)
#define YH_LINK_APPLY_FN(name)                                                                     \
	enum yh_rc name(struct yh_ctx *cx, const struct yh_link_peer *peer, const char *key,       \
			const json_t *body, struct yh_err *err)
#define YH_LINK_SKIPPED_FN(name)                                                                   \
	enum yh_rc name(struct yh_ctx *cx, const struct yh_link_peer *peer, const char *key,       \
			const char *reason, struct yh_err *err)
#define YH_LINK_DUE_FN(name)                                                                       \
	enum yh_rc name(const struct yh_link_work *work, const struct yh_link_peer *peer,          \
			yh_time since, yh_time until, yh_link_emit_fn emit, void *arg,             \
			struct yh_err *err)
#define YH_LINK_ABSORB_FN(name)                                                                    \
	enum yh_rc name(const struct yh_link_work *work, const struct yh_link_peer *peer,          \
			const struct yh_link_doc *docs, size_t n, size_t *taken,                   \
			struct yh_err *err)

YH_LINK_TOUCHED_FN(yh_link_catalogue_touched);
YH_LINK_BUILD_FN(yh_link_catalogue_build);
YH_LINK_KEYS_FN(yh_link_catalogue_keys);
YH_LINK_APPLY_FN(yh_link_catalogue_apply);

YH_LINK_TOUCHED_FN(yh_link_register_touched);
YH_LINK_BUILD_FN(yh_link_register_build);
YH_LINK_KEYS_FN(yh_link_register_keys);
YH_LINK_APPLY_FN(yh_link_register_apply);

YH_LINK_TOUCHED_FN(yh_link_resource_touched);
YH_LINK_BUILD_FN(yh_link_resource_build);
YH_LINK_KEYS_FN(yh_link_resource_keys);
YH_LINK_APPLY_FN(yh_link_resource_apply);

YH_LINK_TOUCHED_FN(yh_link_quota_touched);
YH_LINK_BUILD_FN(yh_link_quota_build);
YH_LINK_KEYS_FN(yh_link_quota_keys);
YH_LINK_APPLY_FN(yh_link_quota_apply);

YH_LINK_TOUCHED_FN(yh_link_case_touched);
YH_LINK_BUILD_FN(yh_link_case_build);
YH_LINK_KEYS_FN(yh_link_case_keys);
YH_LINK_APPLY_FN(yh_link_case_apply);
YH_LINK_SKIPPED_FN(yh_link_case_skipped);

/* Of records; they share how one is built. */
YH_LINK_BUILD_FN(yh_link_record_build);
YH_LINK_TOUCHED_FN(yh_link_capacity_touched);
YH_LINK_KEYS_FN(yh_link_capacity_keys);
YH_LINK_APPLY_FN(yh_link_capacity_apply);
YH_LINK_TOUCHED_FN(yh_link_incident_touched);
YH_LINK_KEYS_FN(yh_link_incident_keys);
YH_LINK_APPLY_FN(yh_link_incident_apply);

YH_LINK_TOUCHED_FN(yh_link_statement_touched);
YH_LINK_BUILD_FN(yh_link_statement_build);
YH_LINK_KEYS_FN(yh_link_statement_keys);
YH_LINK_APPLY_FN(yh_link_statement_apply);

YH_LINK_DUE_FN(yh_link_usage_due);
YH_LINK_ABSORB_FN(yh_link_usage_absorb);
YH_LINK_APPLY_FN(yh_link_usage_apply);
YH_LINK_DUE_FN(yh_link_platform_due);
YH_LINK_ABSORB_FN(yh_link_platform_absorb);
YH_LINK_APPLY_FN(yh_link_platform_apply);

#endif
