/* See site.h. */
#include "net/site.h"

#include <string.h>
#include <strings.h>

#include <curl/curl.h>

/* Scheme and host; free both. A scheme may be left out as in a request. */
static bool parts_of(const char *url, char **scheme, char **host)
{
	CURLU *u = curl_url();
	bool ok = u && curl_url_set(u, CURLUPART_URL, url, CURLU_GUESS_SCHEME) == CURLUE_OK &&
		  curl_url_get(u, CURLUPART_SCHEME, scheme, 0) == CURLUE_OK &&
		  curl_url_get(u, CURLUPART_HOST, host, 0) == CURLUE_OK;

	curl_url_cleanup(u);
	return ok;
}

bool yh_site_may_have(const char *kept, const char *url)
{
	char *from = NULL, *to = NULL, *home = NULL, *host = NULL;
	bool may = parts_of(kept, &from, &home) && parts_of(url, &to, &host) &&
		   strcasecmp(home, host) == 0 &&
		   (strcasecmp(from, "https") != 0 || strcasecmp(to, "https") == 0);

	curl_free(from);
	curl_free(to);
	curl_free(home);
	curl_free(host);
	return may;
}
