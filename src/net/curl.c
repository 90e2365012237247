/* What the files over libcurl share. */
#include "net/internal.h"

#include <openssl/ssl.h>
#include <pthread.h>
#include <stdint.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void start(void)
{
	(void)curl_global_init(CURL_GLOBAL_DEFAULT);
}

void yh_curl_start(void)
{
	(void)pthread_once(&once, start);
}

/* Beside libcurl's own store, which CURLOPT_CAINFO would replace. */
static CURLcode add_file(CURL *c, void *ssl_ctx, void *arg)
{
	(void)c;
	return SSL_CTX_load_verify_file(ssl_ctx, arg) == 1 ? CURLE_OK : CURLE_SSL_CACERT_BADFILE;
}

void yh_curl_trust(CURL *c, const char *ca_file)
{
	(void)curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L);
	(void)curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L);
	(void)curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (!ca_file)
		return;
	(void)curl_easy_setopt(c, CURLOPT_SSL_CTX_FUNCTION, add_file);
	(void)curl_easy_setopt(c, CURLOPT_SSL_CTX_DATA, (void *)(uintptr_t)ca_file);
}
