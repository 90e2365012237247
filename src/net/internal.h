/* What the files over libcurl share; nobody else includes this. */
#ifndef YH_NET_INTERNAL_H
#define YH_NET_INTERNAL_H

#include <curl/curl.h>

/* Before anything else of libcurl, on any thread. */
void yh_curl_start(void);
/* The system's certificates, and those of `ca_file` (PEM; NULL: none) besides; peers and their
 * names are checked. */
void yh_curl_trust(CURL *c, const char *ca_file);

#endif
