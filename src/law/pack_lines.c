/* Finds the line of a value in JSON that is known to be well formed. */
#include "law/pack_lines.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct scan {
	const char *at, *end;
};

static char peek(struct scan *s)
{
	while (s->at < s->end && strchr(" \t\r\n,:", *s->at))
		s->at++;
	return s->at < s->end ? *s->at : 0;
}

static void skip_string(struct scan *s)
{
	for (s->at++; s->at < s->end && *s->at != '"'; s->at++)
		if (*s->at == '\\')
			s->at++;
	s->at++;
}

/* Nesting needs no stack: in well-formed text counting the brackets is enough. */
static void skip_value(struct scan *s)
{
	int depth = 0;

	do {
		char c = peek(s);

		if (!c)
			return;
		depth += (c == '{' || c == '[') - (c == '}' || c == ']');
		if (c == '"')
			skip_string(s);
		else if (strchr("{}[]", c))
			s->at++;
		else
			while (s->at < s->end && !strchr(" \t\r\n,:]}", *s->at))
				s->at++;
	} while (depth > 0);
}

/* Steps into the member or element named by name[0..n); false leaves `s` anywhere. */
static bool enter(struct scan *s, const char *name, size_t n)
{
	char open = peek(s);
	unsigned long wanted = strtoul(name, NULL, 10);

	if (open != '{' && open != '[')
		return false;
	s->at++;
	for (unsigned long i = 0; peek(s) && !strchr("]}", peek(s)); i++) {
		if (open == '[' && i == wanted)
			return true;
		if (open == '{') {
			const char *key = s->at + 1;

			skip_string(s);
			if ((size_t)(s->at - 1 - key) == n && memcmp(key, name, n) == 0)
				return true;
		}
		skip_value(s);
	}
	return false;
}

int yh_json_line(const char *text, size_t n, const char *pointer)
{
	struct scan s = { text, text + n };
	const char *found;
	int line = 1;

	(void)peek(&s);
	found = s.at;
	while (*pointer == '/') {
		size_t len = strcspn(pointer + 1, "/");

		if (!enter(&s, pointer + 1, len))
			break;
		(void)peek(&s);
		found = s.at;
		pointer += len + 1;
	}
	for (const char *p = text; p < found; p++)
		line += *p == '\n';
	return line;
}
