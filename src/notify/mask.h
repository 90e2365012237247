/* Addresses for records that many read and nobody may change: enough to know one's own again. */
#ifndef YH_NOTIFY_MASK_H
#define YH_NOTIFY_MASK_H

#include <stddef.h>

/* "zhang@mail.cn is full" becomes "z***@mail.cn is full", cut at the room there is. */
const char *yh_mail_masked(const char *text, char *out, size_t size);

#endif
