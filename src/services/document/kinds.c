/* What a file is, judged by its bytes. */
#include "services/document/kinds.h"

#include <errno.h>
#include <minizip/unzip.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/mem.h"

enum { HEAD = 64, TAIL = 1024, BLOCK = 16 * 1024, PARTS_MAX = 20000 };

#define OPEN_XML "application/vnd.openxmlformats-officedocument."
static const struct yh_document_kind kinds[] = {
	{ "pdf", "application/pdf", ".pdf" },
	{ "ofd", "application/ofd", ".ofd" },
	{ "png", "image/png", ".png" },
	{ "jpeg", "image/jpeg", ".jpg.jpeg" },
	{ "docx", OPEN_XML "wordprocessingml.document", ".docx" },
	{ "xlsx", OPEN_XML "spreadsheetml.sheet", ".xlsx" },
	{ "csv", "text/csv; charset=utf-8", ".csv" },
	{ "txt", "text/plain; charset=utf-8", ".txt" },
	{ "json", "application/json", ".json" },
	{ "zip", "application/zip", ".zip" },
	{ 0 },
};

const struct yh_document_kind *yh_document_kinds(void)
{
	return kinds;
}

const struct yh_document_kind *yh_document_kind(const char *name)
{
	const struct yh_document_kind *k = kinds;

	while (k->name && strcmp(k->name, name) != 0)
		k++;
	return k->name ? k : NULL;
}

static enum yh_rc unknown(struct yh_err *err)
{
	return yh_fail_field(err, YH_BAD_INPUT, "document-kind-unknown", "?name");
}

static bool begins(const unsigned char *head, size_t n, const char *with, size_t len)
{
	return n >= len && memcmp(head, with, len) == 0;
}

/* A PDF that was cut off lacks its end. */
static bool ends_as_pdf(int fd, int64_t size)
{
	unsigned char tail[TAIL];
	int64_t from = size > TAIL ? size - TAIL : 0;
	ssize_t n = pread(fd, tail, sizeof tail, (off_t)from);

	return n > 0 && memmem(tail, (size_t)n, "%%EOF", 5) != NULL;
}

/* ---- archives ---- */

struct parts {
	bool content_types, word, excel, ofd, macro;
};

static void note_part(struct parts *p, const char *name)
{
	const char *base = strrchr(name, '/');

	base = base ? base + 1 : name;
	p->content_types = p->content_types || strcmp(name, "[Content_Types].xml") == 0;
	p->word = p->word || strcmp(name, "word/document.xml") == 0;
	p->excel = p->excel || strcmp(name, "xl/workbook.xml") == 0;
	p->ofd = p->ofd || strcmp(name, "OFD.xml") == 0;
	p->macro = p->macro || strncasecmp(base, "vbaProject", 10) == 0;
}

static enum yh_rc read_parts(unzFile zip, struct parts *p, struct yh_err *err)
{
	char name[256];
	int n = 0, rc = unzGoToFirstFile(zip);

	for (; rc == UNZ_OK; rc = unzGoToNextFile(zip)) {
		if (++n > PARTS_MAX) {
			(void)yh_fail(err, YH_TOO_LARGE, "document-parts");
			yh_err_int(err, "max", PARTS_MAX);
			return YH_TOO_LARGE;
		}
		name[0] = 0;
		if (unzGetCurrentFileInfo64(zip, NULL, name, sizeof name - 1, NULL, 0, NULL, 0) !=
		    UNZ_OK)
			return unknown(err);
		name[sizeof name - 1] = 0;
		note_part(p, name);
	}
	return rc == UNZ_END_OF_LIST_OF_FILE ? YH_OK : unknown(err);
}

static enum yh_rc judge_zip(int fd, const struct yh_document_kind **out, struct yh_err *err)
{
	struct parts p = { 0 };
	char path[32];
	unzFile zip;
	enum yh_rc rc;

	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	errno = 0;
	zip = unzOpen64(path);
	if (!zip)
		return errno == ENOMEM ? yh_fail(err, YH_TOO_LARGE, "memory-short") : unknown(err);
	rc = read_parts(zip, &p, err);
	(void)unzClose(zip);
	if (rc != YH_OK)
		return rc;
	if (p.macro)
		return yh_fail_field(err, YH_BAD_INPUT, "document-macro", "?name");
	*out = yh_document_kind(p.content_types && p.word    ? "docx"
				: p.content_types && p.excel ? "xlsx"
				: p.ofd                      ? "ofd"
							     : "zip");
	return YH_OK;
}

/* ---- texts ---- */

/* UTF-8 as it comes: how many bytes of a character are still to come, and its value so far. */
struct utf8 {
	unsigned left;
	uint32_t value, least;
};

static bool take_byte(struct utf8 *u, unsigned char b)
{
	if (u->left) {
		u->value = u->value << 6 | (b & 0x3F);
		if ((b & 0xC0) != 0x80)
			return false;
		return --u->left || (u->value >= u->least && u->value <= 0x10FFFF &&
				     (u->value < 0xD800 || u->value > 0xDFFF));
	}
	if (b < 0x80)
		return b >= 0x20 ? b != 0x7F : b == '\t' || b == '\n' || b == '\r' || b == '\f';
	u->left = b >= 0xF0 ? 3 : b >= 0xE0 ? 2 : 1;
	u->least = u->left == 3 ? 0x10000 : u->left == 2 ? 0x800 : 0x80;
	u->value = b & (0x3FU >> u->left);
	return b >= 0xC2 && b <= 0xF4;
}

static enum yh_rc judge_text(int fd, const char *name, const struct yh_document_kind **out,
			     struct yh_err *err)
{
	YH_FREE_AUTO unsigned char *block = malloc(BLOCK);
	size_t len = strlen(name);
	struct utf8 u = { 0 };
	off_t at = 0;
	ssize_t n;

	if (!block)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	while ((n = pread(fd, block, BLOCK, at)) > 0) {
		for (ssize_t i = 0; i < n; i++)
			if (!take_byte(&u, block[i]))
				return unknown(err);
		at += n;
	}
	if (n < 0 || u.left || at == 0)
		return unknown(err);
	*out = yh_document_kind(len > 4 && strcasecmp(name + len - 4, ".csv") == 0    ? "csv"
				: len > 5 && strcasecmp(name + len - 5, ".json") == 0 ? "json"
										      : "txt");
	return YH_OK;
}

enum yh_rc yh_document_judge(int fd, int64_t size_bytes, const char *name,
			     const struct yh_document_kind **out, struct yh_err *err)
{
	unsigned char head[HEAD];
	ssize_t got = pread(fd, head, sizeof head, 0);
	size_t n = got > 0 ? (size_t)got : 0;

	*out = NULL;
	if (begins(head, n, "%PDF-", 5)) {
		*out = ends_as_pdf(fd, size_bytes) ? yh_document_kind("pdf") : NULL;
		return *out ? YH_OK : unknown(err);
	}
	if (begins(head, n, "\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16))
		*out = yh_document_kind("png");
	else if (begins(head, n, "\xff\xd8\xff", 3))
		*out = yh_document_kind("jpeg");
	else if (begins(head, n, "PK\3\4", 4) || begins(head, n, "PK\5\6", 4))
		return judge_zip(fd, out, err);
	else
		return judge_text(fd, name, out, err);
	return YH_OK;
}

/* ---- names ---- */

/* Characters that are not seen or turn the direction of writing around them. */
static bool deceives(uint32_t c)
{
	return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0xAD || c == 0x61C ||
	       (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) ||
	       (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF || (c >= 0xE0000 && c <= 0xE007F) ||
	       strchr("/\\:*?\"<>|", c < 0x80 ? (int)c : '\x01') != NULL;
}

static bool is_plain(const char *name)
{
	size_t n = strlen(name), chars = 0;
	struct utf8 u = { 0 };

	for (size_t i = 0; i < n; i++) {
		unsigned char b = (unsigned char)name[i];

		if (!take_byte(&u, b))
			return false;
		if (u.left)
			continue;
		chars++;
		if (deceives(b < 0x80 ? b : u.value))
			return false;
	}
	return n > 0 && !u.left && chars <= YH_DOCUMENT_NAME_CHARS && name[0] != '.' &&
	       name[0] != ' ' && name[n - 1] != ' ' && name[n - 1] != '.';
}

static bool ends_as(const char *name, const char *extensions)
{
	const char *dot = strrchr(name, '.');
	size_t n = dot ? strlen(dot) : 0;

	for (const char *e = extensions; dot && dot != name && *e;) {
		size_t len = strcspn(e + 1, ".") + 1;

		if (len == n && strncasecmp(e, dot, n) == 0)
			return true;
		e += len;
	}
	return false;
}

enum yh_rc yh_document_name_check(const char *name, const struct yh_document_kind *kind,
				  struct yh_err *err)
{
	if (!is_plain(name))
		return yh_fail_field(err, YH_BAD_INPUT, "document-name", "?name");
	if (ends_as(name, kind->extensions))
		return YH_OK;
	(void)yh_fail_field(err, YH_BAD_INPUT, "document-name-other", "?name");
	yh_err_text(err, "name", name);
	yh_err_text(err, "kind", kind->name);
	return YH_BAD_INPUT;
}
