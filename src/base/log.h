/* JSON lines on standard error, for journald. Only programs and http/jobs log; library rooms
 * return errors instead. */
#ifndef YH_BASE_LOG_H
#define YH_BASE_LOG_H

#include "base/err.h"

enum yh_log_level { YH_DEBUG, YH_INFO, YH_WARN, YH_ERROR };

void yh_log_level(enum yh_log_level least);
/* `event` is a short fixed word, the rest free text for people; secrets never go in. */
void yh_log(enum yh_log_level level, const char *event, const char *fmt, ...) YH_PRINTF(3, 4);
void yh_log_err(enum yh_log_level level, const char *event, const struct yh_err *err);

#endif
