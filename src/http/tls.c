/* TLS of the listener. */
#include "http/tls.h"

#include <gnutls/abstract.h>
#include <gnutls/x509.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/mem.h"

/* A handshake that began with a certificate ends long before this. */
enum { CHAIN_MOST = 16, FILE_BYTES = 256 * 1024, KEEP_MS = 10 * 60 * 1000, LOOK_MS = 5000 };

const char yh_tls_priorities[] =
	"NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-RSA:-DHE-RSA:-DHE-DSS:"
	"-CIPHER-ALL:+AES-256-GCM:+AES-128-GCM:+CHACHA20-POLY1305:"
	"-MAC-ALL:+AEAD:%SERVER_PRECEDENCE:%SAFE_RENEGOTIATION";

/* A certificate with its key, and those before it that a handshake may still hold. */
struct pair {
	gnutls_pcert_st chain[CHAIN_MOST];
	unsigned n;
	gnutls_privkey_t key;
	yh_time expires;
	int64_t retired_ms;
	struct pair *older;
};

struct yh_tls {
	char *cert, *key, *trust;
	pthread_mutex_t lock;
	struct pair *now;
	struct stat cert_seen, key_seen;
	int64_t looked_ms;
	yh_time warned_at;
};

static struct yh_tls *of_process;

static enum yh_rc wrong(struct yh_err *err, const char *slug, const char *file, const char *detail)
{
	(void)yh_fail_field(err, YH_BAD_INPUT, slug, file);
	yh_err_text(err, "detail", detail);
	return YH_BAD_INPUT;
}

static char *read_file(const char *file, struct stat *seen, struct yh_err *err)
{
	YH_FCLOSE_AUTO FILE *f = fopen(file, "re");
	char *text = calloc(1, FILE_BYTES + 1);
	size_t n = text && f ? fread(text, 1, FILE_BYTES, f) : 0;

	if (f && seen && fstat(fileno(f), seen) != 0)
		n = 0;
	if (n > 0 && n < FILE_BYTES)
		return text;
	free(text);
	(void)wrong(err, "tls-file", file, f ? "empty or too large" : "cannot be read");
	return NULL;
}

static void free_pair(struct pair *p)
{
	for (unsigned i = 0; p && i < p->n; i++)
		gnutls_pcert_deinit(&p->chain[i]);
	if (p && p->key)
		gnutls_privkey_deinit(p->key);
	free(p);
}

static bool fits(const struct pair *p)
{
	unsigned char a[64], b[64];
	size_t a_n = sizeof a, b_n = sizeof b;
	gnutls_pubkey_t public;
	bool ok;

	if (gnutls_pubkey_init(&public) != 0)
		return false;
	ok = gnutls_pubkey_import_privkey(public, p->key, 0, 0) == 0 &&
	     gnutls_pubkey_get_key_id(public, GNUTLS_KEYID_USE_SHA256, a, &a_n) == 0 &&
	     gnutls_pubkey_get_key_id(p->chain[0].pubkey, GNUTLS_KEYID_USE_SHA256, b, &b_n) == 0 &&
	     a_n == b_n && memcmp(a, b, a_n) == 0;
	gnutls_pubkey_deinit(public);
	return ok;
}

static yh_time end_of(const gnutls_pcert_st *leaf)
{
	gnutls_x509_crt_t crt;
	time_t at = 0;

	if (gnutls_x509_crt_init(&crt) != 0)
		return 0;
	if (gnutls_x509_crt_import(crt, &leaf->cert, GNUTLS_X509_FMT_DER) == 0)
		at = gnutls_x509_crt_get_expiration_time(crt);
	gnutls_x509_crt_deinit(crt);
	return at > 0 ? (yh_time)at * YH_US_PER_S : 0;
}

static enum yh_rc load_chain(const struct yh_tls *t, struct pair *p, struct stat *seen,
			     struct yh_err *err)
{
	YH_FREE_AUTO char *text = read_file(t->cert, seen, err);
	unsigned n = CHAIN_MOST;
	gnutls_datum_t d = { (unsigned char *)text, text ? (unsigned)strlen(text) : 0 };
	int got;

	if (!text)
		return YH_BAD_INPUT;
	got = gnutls_pcert_list_import_x509_raw(p->chain, &n, &d, GNUTLS_X509_FMT_PEM,
						GNUTLS_X509_CRT_LIST_SORT);
	if (got < 0)
		return wrong(err, "tls-file", t->cert, gnutls_strerror(got));
	p->n = n;
	return n > 0 ? YH_OK : wrong(err, "tls-file", t->cert, "no certificate");
}

static enum yh_rc load_key(const struct yh_tls *t, struct pair *p, struct stat *seen,
			   struct yh_err *err)
{
	char *text = read_file(t->key, seen, err);
	gnutls_datum_t d = { (unsigned char *)text, text ? (unsigned)strlen(text) : 0 };
	int got;

	if (!text)
		return YH_BAD_INPUT;
	got = gnutls_privkey_init(&p->key);
	if (got == 0)
		got = gnutls_privkey_import_x509_raw(p->key, &d, GNUTLS_X509_FMT_PEM, NULL, 0);
	explicit_bzero(text, d.size);
	free(text);
	return got == 0 ? YH_OK : wrong(err, "tls-file", t->key, gnutls_strerror(got));
}

static enum yh_rc load(struct yh_tls *t, struct pair **out, struct yh_err *err)
{
	struct pair *p = calloc(1, sizeof *p);
	enum yh_rc rc = p ? load_chain(t, p, &t->cert_seen, err)
			  : yh_fail(err, YH_TOO_LARGE, "memory-short");

	if (rc == YH_OK)
		rc = load_key(t, p, &t->key_seen, err);
	if (rc == YH_OK && !fits(p))
		rc = yh_fail_field(err, YH_BAD_INPUT, "tls-key-other", t->key);
	if (rc == YH_OK)
		p->expires = end_of(&p->chain[0]);
	*out = rc == YH_OK ? p : NULL;
	if (rc != YH_OK)
		free_pair(p);
	return rc;
}

enum yh_rc yh_tls_open(const char *cert, const char *key, const char *client_ca,
		       struct yh_tls **out, struct yh_err *err)
{
	struct yh_tls *t = calloc(1, sizeof *t);
	enum yh_rc rc = t ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");

	*out = NULL;
	if (rc != YH_OK)
		return rc;
	(void)pthread_mutex_init(&t->lock, NULL);
	t->cert = strdup(cert);
	t->key = strdup(key);
	if (!t->cert || !t->key)
		rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (rc == YH_OK && client_ca && !(t->trust = read_file(client_ca, NULL, err)))
		rc = YH_BAD_INPUT;
	if (rc == YH_OK)
		rc = load(t, &t->now, err);
	if (rc != YH_OK) {
		yh_tls_close(t);
		return rc;
	}
	of_process = *out = t;
	return YH_OK;
}

void yh_tls_close(struct yh_tls *t)
{
	if (!t)
		return;
	if (of_process == t)
		of_process = NULL;
	while (t->now) {
		struct pair *p = t->now;

		t->now = p->older;
		free_pair(p);
	}
	(void)pthread_mutex_destroy(&t->lock);
	free(t->cert);
	free(t->key);
	free(t->trust);
	free(t);
}

static bool same_file(const char *file, const struct stat *seen)
{
	struct stat st;

	return stat(file, &st) == 0 && st.st_ino == seen->st_ino && st.st_size == seen->st_size &&
	       st.st_mtim.tv_sec == seen->st_mtim.tv_sec &&
	       st.st_mtim.tv_nsec == seen->st_mtim.tv_nsec;
}

static void drop_old(struct yh_tls *t, int64_t now_ms)
{
	for (struct pair **at = &t->now->older; *at;) {
		struct pair *p = *at;

		if (now_ms - p->retired_ms < KEEP_MS) {
			at = &p->older;
			continue;
		}
		*at = p->older;
		free_pair(p);
	}
}

enum yh_rc yh_tls_reload(struct yh_tls *t, int64_t now_ms, struct yh_err *err)
{
	struct pair *p;
	int64_t mono = yh_monotonic_ms();
	enum yh_rc rc;

	if (now_ms && now_ms - t->looked_ms < LOOK_MS)
		return YH_OK;
	t->looked_ms = mono;
	if (now_ms && same_file(t->cert, &t->cert_seen) && same_file(t->key, &t->key_seen))
		return YH_OK;
	rc = load(t, &p, err);
	if (rc != YH_OK)
		return rc;
	(void)pthread_mutex_lock(&t->lock);
	t->now->retired_ms = mono;
	p->older = t->now;
	t->now = p;
	drop_old(t, mono);
	(void)pthread_mutex_unlock(&t->lock);
	yh_log(YH_INFO, "tls-reloaded", "%s", t->cert);
	return YH_OK;
}

static int retrieve(gnutls_session_t session, const gnutls_datum_t *req, int n_req,
		    const gnutls_pk_algorithm_t *algorithms, int n_algorithms,
		    gnutls_pcert_st **chain, unsigned *n, gnutls_privkey_t *key)
{
	struct yh_tls *t = of_process;

	(void)session;
	(void)req;
	(void)n_req;
	(void)algorithms;
	(void)n_algorithms;
	if (!t)
		return -1;
	(void)pthread_mutex_lock(&t->lock);
	*chain = t->now->chain;
	*n = t->now->n;
	*key = t->now->key;
	(void)pthread_mutex_unlock(&t->lock);
	return 0;
}

void *yh_tls_callback(void)
{
	gnutls_certificate_retrieve_function2 *fn = retrieve;
	void *p;

	memcpy(&p, &fn, sizeof p);
	return p;
}

const char *yh_tls_trust(const struct yh_tls *t)
{
	return t->trust;
}

bool yh_tls_peer(struct MHD_Connection *mhd)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION);
	gnutls_session_t session = info ? info->tls_session : NULL;
	unsigned status = 0, n = 0;

	return session && gnutls_certificate_get_peers(session, &n) && n > 0 &&
	       gnutls_certificate_verify_peers2(session, &status) == 0 && status == 0;
}

yh_time yh_tls_expires(const struct yh_tls *t)
{
	struct yh_tls *u = (struct yh_tls *)(uintptr_t)t;
	yh_time at;

	(void)pthread_mutex_lock(&u->lock);
	at = t->now->expires;
	(void)pthread_mutex_unlock(&u->lock);
	return at;
}
