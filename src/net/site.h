/* Which addresses are of one server, as far as what was entrusted to it goes. */
#ifndef YH_NET_SITE_H
#define YH_NET_SITE_H

#include <stdbool.h>

/* May what was kept for the server at `kept` be sent to the one at `url`? To the same host, on
 * whatever port, and over TLS if it was had over TLS. */
bool yh_site_may_have(const char *kept, const char *url);

#endif
