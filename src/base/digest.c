/* SM3, HMAC-SM3, hex and randomness. */
#include "base/digest.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/shortage.h"

static void *claim(size_t n, const char *file, int line)
{
	void *p = malloc(n);

	(void)file;
	(void)line;
	return p || n == 0 ? p : yh_shortage();
}

static void *enlarge(void *old, size_t n, const char *file, int line)
{
	void *p = realloc(old, n);

	(void)file;
	(void)line;
	return p || n == 0 ? p : yh_shortage();
}

static void drop(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	free(p);
}

/* What OpenSSL has no memory for is counted, whoever asked it. It takes these only before it has
 * allocated anything; whether it has them is asked of itself. */
__attribute__((constructor)) static void watch_memory(void)
{
	(void)CRYPTO_set_mem_functions(claim, enlarge, drop);
}

bool yh_digest_counts_shortages(void)
{
	CRYPTO_malloc_fn has;

	CRYPTO_get_mem_functions(&has, NULL, NULL);
	return has == claim;
}

/* A digest is needed by hundreds who could do nothing without it, and takes some hundred bytes of
 * libcrypto's: it is asked for until it is there. */
static void wait_for_memory(unsigned tried)
{
	ERR_clear_error();
	yh_shortage_wait(tried);
}

static EVP_MD *sm3_md;
static pthread_once_t sm3_once = PTHREAD_ONCE_INIT;

/* A libcrypto without SM3 cannot run this program at all, and ends it here. */
static void fetch(void)
{
	for (unsigned tried = 0; !(sm3_md = EVP_MD_fetch(NULL, "SM3", NULL)); tried++)
		wait_for_memory(tried);
}

static const EVP_MD *sm3(void)
{
	(void)pthread_once(&sm3_once, fetch);
	return sm3_md;
}

/* A context kept by each thread: creating one costs more than a short digest. */
static _Thread_local EVP_MD_CTX *thread_ctx;
static pthread_key_t ctx_key;
static pthread_once_t ctx_once = PTHREAD_ONCE_INIT;

static void free_ctx(void *p)
{
	EVP_MD_CTX_free(p);
}

static void make_key(void)
{
	(void)pthread_key_create(&ctx_key, free_ctx);
}

static bool begun(void)
{
	if (!thread_ctx) {
		(void)pthread_once(&ctx_once, make_key);
		thread_ctx = EVP_MD_CTX_new();
		(void)pthread_setspecific(ctx_key, thread_ctx);
	}
	return thread_ctx && EVP_DigestInit_ex2(thread_ctx, sm3(), NULL) == 1;
}

static EVP_MD_CTX *begin(void)
{
	for (unsigned tried = 0; !begun(); tried++)
		wait_for_memory(tried);
	return thread_ctx;
}

/* What has begun has all its memory: neither this nor the end asks for more. */
static void update(EVP_MD_CTX *ctx, const void *p, size_t n)
{
	if (EVP_DigestUpdate(ctx, p, n) != 1)
		abort();
}

static struct yh_sm3 end(EVP_MD_CTX *ctx)
{
	struct yh_sm3 d;

	if (EVP_DigestFinal_ex(ctx, d.b, NULL) != 1)
		abort();
	return d;
}

struct yh_sm3 yh_sm3_of(const void *p, size_t n)
{
	EVP_MD_CTX *ctx = begin();

	update(ctx, p, n);
	return end(ctx);
}

struct yh_sm3_run *yh_sm3_begin(void)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	if (ctx && EVP_DigestInit_ex2(ctx, sm3(), NULL) == 1)
		return (struct yh_sm3_run *)ctx;
	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	return yh_shortage();
}

void yh_sm3_more(struct yh_sm3_run *run, const void *p, size_t n)
{
	update((EVP_MD_CTX *)run, p, n);
}

struct yh_sm3 yh_sm3_end(struct yh_sm3_run *run)
{
	struct yh_sm3 d = end((EVP_MD_CTX *)run);

	EVP_MD_CTX_free((EVP_MD_CTX *)run);
	return d;
}

struct yh_sm3 yh_sm3_of_pieces(const struct yh_piece *pieces, size_t n)
{
	EVP_MD_CTX *ctx = begin();

	for (size_t i = 0; i < n; i++) {
		unsigned char len[8];

		for (int b = 0; b < 8; b++)
			len[b] = (unsigned char)((uint64_t)pieces[i].n >> (56 - 8 * b));
		update(ctx, len, sizeof len);
		update(ctx, pieces[i].p, pieces[i].n);
	}
	return end(ctx);
}

static void mac(const EVP_MD *md, const void *key, size_t key_len, const void *p, size_t n,
		unsigned char *out)
{
	unsigned len = 0;

	for (unsigned tried = 0; !HMAC(md, key, (int)key_len, p, n, out, &len); tried++)
		wait_for_memory(tried);
}

struct yh_sm3 yh_hmac_sm3(const void *key, size_t key_len, const void *p, size_t n)
{
	struct yh_sm3 d;

	mac(sm3(), key, key_len, p, n, d.b);
	return d;
}

void yh_hmac_sha1(const void *key, size_t key_len, const void *p, size_t n,
		  unsigned char out[YH_SHA1_BYTES])
{
	mac(EVP_sha1(), key, key_len, p, n, out);
}

void yh_hmac_sha256(const void *key, size_t key_len, const void *p, size_t n,
		    unsigned char out[YH_SHA256_BYTES])
{
	mac(EVP_sha256(), key, key_len, p, n, out);
}

void yh_sha256(const void *p, size_t n, unsigned char out[YH_SHA256_BYTES])
{
	for (unsigned tried = 0; EVP_Digest(p, n, out, NULL, EVP_sha256(), NULL) != 1; tried++)
		wait_for_memory(tried);
}

void yh_sha512(const void *p, size_t n, unsigned char out[YH_SHA512_BYTES])
{
	for (unsigned tried = 0; EVP_Digest(p, n, out, NULL, EVP_sha512(), NULL) != 1; tried++)
		wait_for_memory(tried);
}

const char *yh_hex(const void *p, size_t n, char *out)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *s = p;

	for (size_t i = 0; i < n; i++) {
		out[2 * i] = digits[s[i] >> 4];
		out[2 * i + 1] = digits[s[i] & 15];
	}
	out[2 * n] = 0;
	return out;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool yh_unhex(const char *text, void *out, size_t n)
{
	unsigned char *o = out;

	if (strlen(text) != 2 * n)
		return false;
	for (size_t i = 0; i < n; i++) {
		int hi = hex_value(text[2 * i]), lo = hex_value(text[2 * i + 1]);

		if (hi < 0 || lo < 0)
			return false;
		o[i] = (unsigned char)(hi << 4 | lo);
	}
	return true;
}

void yh_random(void *out, size_t n)
{
	unsigned char *p = out;

	while (n > 0) {
		ssize_t got = getrandom(p, n, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			abort();
		p += got;
		n -= (size_t)got;
	}
}

bool yh_equal_ct(const void *a, const void *b, size_t n)
{
	return CRYPTO_memcmp(a, b, n) == 0;
}

void yh_token_new(char out[YH_TOKEN_TEXT])
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
	unsigned char r[YH_TOKEN_TEXT - 1];

	yh_random(r, sizeof r);
	for (size_t i = 0; i < sizeof r; i++)
		out[i] = letters[r[i] & 31];
	out[sizeof r] = 0;
}
