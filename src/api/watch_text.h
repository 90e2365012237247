/* How the watch is written in replies. */
#ifndef YH_API_WATCH_TEXT_H
#define YH_API_WATCH_TEXT_H

#include "http/op.h"
#include "store/finding.h"

/* Is the line of a scan's results one of this verdict? */
bool yh_watch_is_verdict(const char *line, const char *verdict);
/* A line as an object, with its verdict and rule titled and the member "because": its conditions in
 * one line of text. */
YH_CHECK enum yh_rc yh_watch_write_line(struct yh_req *rq, const char *line, struct yh_err *err);
/* A struct yh_finding_line; with evidence and advice where it has them. */
void yh_watch_write_finding(struct yh_req *rq, const void *row);
/* The members "counts" and "says": how many findings there are by rule. */
YH_CHECK enum yh_rc yh_watch_write_tally(struct yh_req *rq, const struct yh_finding_tally *list,
					 size_t n, struct yh_err *err);
/* The title of a rule in a pack, or in today's (NULL); its code name where it has none. */
const char *yh_watch_rule_title(const struct yh_req *rq, const struct yh_sm3 *digest,
				const char *rule);
/* The member "items": every rule of the pack, its conditions also in words. */
void yh_watch_write_rules(struct yh_req *rq, const struct yh_pack *pack);

#endif
