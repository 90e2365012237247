/* The record on its way to a collector (S13): RFC 5424, in the order of its positions, none left
 * out. How far the collector has it is kept in the store; what a broken connection may have lost is
 * sent again, with the same position. */
#ifndef YH_SERVICES_AUDIT_FEED_H
#define YH_SERVICES_AUDIT_FEED_H

#include "base/buf.h"
#include "cases/context.h"
#include "store/audit_feed.h"

struct yh_audit_feed_config {
	const struct yh_world *world; /* outlives it */
	const char *url;              /* net/collector.h; NULL: nowhere */
	const char *ca_file;          /* may be NULL */
};
/* A thread that sends what is sealed within a second or two; of several servers on one store one
 * does. *out is NULL without a url. */
YH_CHECK enum yh_rc yh_audit_feed_start(const struct yh_audit_feed_config *cfg,
					struct yh_audit_feed **out, struct yh_err *err);
void yh_audit_feed_stop(struct yh_audit_feed *f);
/* Where to; NULL for NULL. */
const char *yh_audit_feed_name(const struct yh_audit_feed *f);

/* One record as its message, without framing. */
void yh_audit_message(const struct yh_feed_row *r, const char *host, long pid, struct yh_buf *out);

#endif
