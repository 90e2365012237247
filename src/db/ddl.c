/* The words of migrations, in each engine's own. */
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "db/internal.h"

enum { DDL_MAX = 1024 * 1024 };

static bool is_separator(const char *line, size_t n)
{
	while (n > 0 && strchr(" \t\r", line[n - 1]))
		n--;
	return n == 3 && memcmp(line, "--;", 3) == 0;
}

bool yh_ddl_next(const char **at, const char **sql, size_t *n)
{
	const char *line = *at;

	if (!*line)
		return false;
	*sql = line;
	while (*line) {
		size_t len = strcspn(line, "\n");
		const char *after = line + len + (line[len] == '\n');

		if (is_separator(line, len)) {
			*n = (size_t)(line - *sql);
			*at = after;
			return true;
		}
		line = after;
	}
	*n = (size_t)(line - *sql);
	*at = line;
	return true;
}

static bool word_char(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c == '_';
}

/* Length of what begins at sql: a word, a quoted piece, a comment, or one character. */
static size_t piece(const char *sql, size_t n)
{
	size_t len = 1;

	if (word_char(*sql)) {
		while (len < n && word_char(sql[len]))
			len++;
	} else if (*sql == '\'' || *sql == '"') {
		while (len < n && sql[len] != *sql)
			len++;
		len += len < n;
	} else if (n > 1 && sql[0] == '-' && sql[1] == '-') {
		while (len < n && sql[len] != '\n')
			len++;
	}
	return len;
}

static const char *word_of(const struct yh_engine *e, const char *sql, size_t n)
{
	const struct {
		const char *word, *becomes;
	} words[] = { { "i64", e->ddl_i64 },
		      { "bytes", e->ddl_bytes },
		      { "text", e->ddl_text },
		      { "clustered", e->ddl_clustered } };

	for (size_t i = 0; i < YH_LEN(words); i++)
		if (strlen(words[i].word) == n && memcmp(sql, words[i].word, n) == 0)
			return words[i].becomes;
	return NULL;
}

char *yh_ddl_translate(const struct yh_engine *e, const char *sql, size_t n)
{
	struct yh_buf out;
	char *text;

	yh_buf_init(&out, DDL_MAX);
	for (size_t len; n > 0; sql += len, n -= len) {
		const char *becomes;

		len = piece(sql, n);
		becomes = word_of(e, sql, len);
		if (becomes)
			yh_buf_str(&out, becomes);
		else if (!(len > 1 && sql[0] == '-') && !(out.len == 0 && strchr(" \t\r\n", *sql)))
			yh_buf_add(&out, sql, len);
	}
	while (yh_buf_ok(&out) && out.len > 0 && strchr(" \t\r\n;", out.data[out.len - 1]))
		out.data[--out.len] = 0;
	if (out.len > 12 && strncmp(out.data, "CREATE TABLE", 12) == 0)
		yh_buf_str(&out, e->table_suffix);
	text = yh_buf_ok(&out) ? strdup(yh_buf_text(&out)) : NULL;
	yh_buf_done(&out);
	return text;
}
