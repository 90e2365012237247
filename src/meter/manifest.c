/* The manifest's text and its two copies. */
#include "meter/manifest.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/mem.h"
#include "meter/crc.h"

enum { VERSION = 1 }; /* of the whole store: raised when any of its files changes its shape */

static const char *const copies[] = { "manifest", "manifest.copy" };

void yh_manifest_done(struct yh_manifest *m)
{
	free(m->segments);
	*m = (struct yh_manifest){ 0 };
}

bool yh_manifest_add(struct yh_manifest *m, const struct yh_manifest_segment *s)
{
	if (m->n == m->cap) {
		size_t cap = m->cap ? 2 * m->cap : 16;
		struct yh_manifest_segment *grown = realloc(m->segments, cap * sizeof *grown);

		if (!grown)
			return false;
		m->segments = grown;
		m->cap = cap;
	}
	m->segments[m->n++] = *s;
	return true;
}

void yh_manifest_drop(struct yh_manifest *m, uint32_t no)
{
	size_t n = 0;

	for (size_t i = 0; i < m->n; i++)
		if (m->segments[i].no != no)
			m->segments[n++] = m->segments[i];
	m->n = n;
}

static bool parse_line(struct yh_manifest *m, const char *line)
{
	struct yh_manifest_segment s = { 0 };
	char secret[2 * sizeof m->secret.secret + 1];

	if (sscanf(line, "generation %" SCNu64, &m->generation) == 1 ||
	    sscanf(line, "journal %" SCNu64, &m->journal_seq) == 1 ||
	    sscanf(line, "pairs %" SCNu32, &m->pairs) == 1 ||
	    sscanf(line, "series %" SCNu32, &m->series) == 1 ||
	    sscanf(line, "heads %" SCNx32, &m->heads) == 1 ||
	    sscanf(line, "next %" SCNx32, &m->next_no) == 1)
		return true;
	if (sscanf(line, "secret %32[0-9a-f]", secret) == 1)
		return yh_unhex(secret, m->secret.secret, sizeof m->secret.secret);
	if (sscanf(line, "fresh %" SCNx32, &s.no) == 1) {
		s.fresh = true;
		return yh_manifest_add(m, &s);
	}
	if (sscanf(line, "period %" SCNx32 " %" SCNd64 " %" SCNd64, &s.no, &s.from_ms, &s.to_ms) ==
	    3)
		return yh_manifest_add(m, &s);
	return false;
}

/* The last line is "end CRC" over all before it; the first tells the version, and what a line of
 * another version says is not known. */
static bool parse(struct yh_manifest *m, char *text, size_t n, uint32_t *version)
{
	char *end = n > 13 ? text + n - 13 : NULL, *line, *next;
	uint32_t want;

	if (!end || end[-1] != '\n' || text[n - 1] != '\n' ||
	    sscanf(end, "end %8" SCNx32, &want) != 1 ||
	    yh_crc32c(0, text, (size_t)(end - text)) != want)
		return false;
	*end = 0;
	line = strchr(text, '\n');
	if (!line || sscanf(text, "yunheng meter %" SCNu32, version) != 1)
		return false;
	for (line++; *version == VERSION && *line; line = next) {
		next = strchr(line, '\n');
		if (!next)
			return false;
		*next++ = 0;
		if (!parse_line(m, line))
			return false;
	}
	return true;
}

enum yh_rc yh_manifest_load(int dir, struct yh_manifest *m, bool *found, char damaged[64],
			    struct yh_err *err)
{
	bool seen = false;

	*found = false;
	*m = (struct yh_manifest){ 0 };
	damaged[0] = 0;
	for (size_t i = 0; i < YH_LEN(copies); i++) {
		struct yh_manifest got = { 0 };
		YH_FREE_AUTO char *text = NULL;
		uint32_t version = 0;
		size_t n;
		enum yh_rc rc = yh_file_read(dir, copies[i], &text, &n, err);

		if (rc != YH_OK)
			return rc;
		if (!text)
			continue;
		seen = true;
		if (!parse(&got, text, n, &version)) {
			(void)snprintf(damaged, 64, "%s", copies[i]);
			yh_manifest_done(&got);
		} else if (version != VERSION) {
			yh_manifest_done(m);
			return yh_file_version(copies[i], version, VERSION, err);
		} else if (!*found || got.generation > m->generation) {
			yh_manifest_done(m);
			*m = got;
			*found = true;
		} else {
			yh_manifest_done(&got);
		}
	}
	if (!seen || *found)
		return YH_OK;
	(void)yh_fail(err, YH_STORAGE, "meter-open");
	yh_err_text(err, "detail", "manifest, manifest.copy: damaged");
	return YH_STORAGE;
}

static void write_text(const struct yh_manifest *m, struct yh_buf *b)
{
	char secret[2 * sizeof m->secret.secret + 1];

	yh_buf_printf(b,
		      "yunheng meter %d\ngeneration %" PRIu64 "\nsecret %s\njournal %" PRIu64 "\n",
		      VERSION, m->generation,
		      yh_hex(m->secret.secret, sizeof m->secret.secret, secret), m->journal_seq);
	yh_buf_printf(b, "pairs %" PRIu32 "\nseries %" PRIu32 "\n", m->pairs, m->series);
	yh_buf_printf(b, "heads %" PRIx32 "\nnext %" PRIx32 "\n", m->heads, m->next_no);
	for (size_t i = 0; i < m->n; i++) {
		const struct yh_manifest_segment *s = &m->segments[i];

		if (s->fresh)
			yh_buf_printf(b, "fresh %" PRIx32 "\n", s->no);
		else
			yh_buf_printf(b, "period %" PRIx32 " %" PRId64 " %" PRId64 "\n", s->no,
				      s->from_ms, s->to_ms);
	}
	yh_buf_printf(b, "end %08" PRIx32 "\n", yh_crc32c(0, b->data, b->len));
}

enum yh_rc yh_manifest_save(int dir, struct yh_manifest *m, struct yh_err *err)
{
	struct yh_buf b;
	enum yh_rc rc = YH_OK;

	m->generation++;
	yh_buf_init(&b, 64 << 20);
	write_text(m, &b);
	if (!yh_buf_ok(&b))
		rc = yh_fail(err, YH_BUSY, "memory-short");
	for (size_t i = 0; rc == YH_OK && i < YH_LEN(copies); i++)
		rc = yh_file_replace(dir, copies[i], b.data, b.len, err);
	yh_buf_done(&b);
	return rc;
}
