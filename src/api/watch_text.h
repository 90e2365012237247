/* How the watch is written in replies. */
#ifndef YH_API_WATCH_TEXT_H
#define YH_API_WATCH_TEXT_H

#include "http/op.h"

/* Is the line of a scan's results one of this verdict? */
bool yh_watch_is_verdict(const char *line, const char *verdict);
/* A line as an object, with the member "because": its conditions in one line of text. */
YH_CHECK enum yh_rc yh_watch_write_line(struct yh_req *rq, const char *line, struct yh_err *err);
/* A struct yh_finding_line; with evidence and advice where it has them. */
void yh_watch_write_finding(struct yh_req *rq, const void *row);
/* The member "items": every rule of the pack. */
void yh_watch_write_rules(struct yh_req *rq, const struct yh_pack *pack);

#endif
