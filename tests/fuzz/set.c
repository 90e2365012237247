/* A backup's manifest, signed by whoever wrote it: behind the signature stands what an attacker
 * with a key of his own may have written. With a first byte that is odd manifest.sig is the input,
 * too, behind a byte 0. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "fuzz.h"
#include "services/backup/set.h"

static struct {
	struct yh_sm2 *key;
	char *pem;
} here;

static void begin(void)
{
	struct yh_err err = { 0 };

	if (here.key)
		return;
	here.key = yh_sm2_new(&err);
	must(here.key != NULL);
	here.pem = yh_sm2_public_pem(here.key);
	must(here.pem != NULL);
}

static void put(int dir, const char *name, const void *p, size_t n)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	must(fd >= 0 && write(fd, p, n) == (ssize_t)n);
	(void)close(fd);
}

static void sign(const char *text, size_t n, struct yh_buf *out)
{
	unsigned char sig[YH_SIG_MAX];
	char hex[2 * YH_SIG_MAX + 1];
	struct yh_err err = { 0 };
	struct yh_jw w;
	size_t len;

	must(yh_sm2_sign(here.key, text, n, sig, &len, &err) == YH_OK);
	yh_jw_init(&w, out);
	yh_jw_obj(&w, NULL);
	yh_jw_str(&w, "public_key", here.pem);
	yh_jw_str(&w, "signature", yh_hex(sig, len, hex));
	yh_jw_end_obj(&w);
}

/* The signer's line can only be right when it is put in here: "signer @" becomes it. */
static char *with_signer(const char *text, size_t *n)
{
	const char *at = strstr(text, "signer @\n");
	struct yh_sm3 digest = yh_sm3_of(here.pem, strlen(here.pem));
	char hex[YH_SM3_HEX], *out = NULL;

	if (!at)
		return strdup(text);
	must(asprintf(&out, "%.*ssigner %s%s", (int)(at - text), text,
		      yh_hex(digest.b, sizeof digest.b, hex), at + 8) > 0);
	*n = strlen(out);
	return out;
}

static void load(int dir)
{
	struct yh_set set = { 0 };
	struct yh_err err = { 0 };
	enum yh_rc rc = yh_set_load(dir, NULL, &set, &err);

	must_say(rc, &err);
	for (size_t i = 0; i < set.n; i++)
		must(set.files[i].path[0] != '/' && !strstr(set.files[i].path, "..") &&
		     set.files[i].bytes >= 0);
	yh_set_done(&set);
}

void yh_fuzz_set(const unsigned char *data, size_t n)
{
	char folder[] = "/dev/shm/yh-fuzz-set-XXXXXX", *given, *manifest;
	struct yh_buf signature;
	size_t len;
	bool own;
	int dir;

	if (n == 0)
		return;
	begin();
	own = data[0] & 1;
	data++, n--;
	given = fuzz_part(&data, &n, &len);
	manifest = with_signer(given, &len);
	must(mkdtemp(folder) != NULL);
	dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	must(dir >= 0);
	put(dir, "manifest", manifest, len);
	put(dir, "checkpoint.json", "{}", 2);
	yh_buf_init(&signature, 1 << 16);
	sign(manifest, len, &signature);
	put(dir, "manifest.sig", own ? (const char *)data : yh_buf_text(&signature),
	    own ? n : signature.len);
	load(dir);
	(void)close(dir);
	yh_buf_done(&signature);
	dir = open("/dev/shm", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	yh_set_remove(dir, folder + sizeof "/dev/shm/" - 1);
	(void)close(dir);
	free(given);
	free(manifest);
}
