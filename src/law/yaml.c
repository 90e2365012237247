/* Builds a bounded tree from libyaml's events. */
#include "law/yaml.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

struct build {
	struct yh_arena *arena;
	const char *name;
	struct yh_err *err;
	struct yh_yaml *root;
	struct yh_yaml *open[YH_YAML_DEPTH];
	const struct yh_yaml **tail[YH_YAML_DEPTH]; /* where the next child is linked in */
	size_t depth;
	size_t nodes;
	char *key; /* read in the innermost map, its value not yet */
	int key_line;
};

static int line_of(yaml_mark_t mark)
{
	return mark.line < INT_MAX ? (int)mark.line + 1 : INT_MAX;
}

static enum yh_rc fault(struct build *b, int line, const char *why)
{
	if (b->err && b->err->rc == YH_OK) {
		yh_fail(b->err, YH_BAD_INPUT, "yaml-invalid");
		yh_err_field(b->err, "%.100s:%d", b->name, line);
		yh_err_text(b->err, "why", why);
	}
	return YH_BAD_INPUT;
}

static enum yh_rc out_of_memory(struct build *b)
{
	return yh_fail(b->err, YH_INTERNAL, "out-of-memory");
}

static enum yh_rc take_text(struct build *b, const yaml_event_t *ev, char **text)
{
	if (memchr(ev->data.scalar.value, 0, ev->data.scalar.length))
		return fault(b, line_of(ev->start_mark), "NUL in text");
	*text = yh_arena_strndup(b->arena, (const char *)ev->data.scalar.value,
				 ev->data.scalar.length);
	return *text ? YH_OK : out_of_memory(b);
}

static enum yh_rc link_node(struct build *b, struct yh_yaml *node)
{
	struct yh_yaml *parent = b->depth ? b->open[b->depth - 1] : NULL;

	if (parent) {
		node->key = b->key;
		node->key_line = b->key ? b->key_line : 0;
		b->key = NULL;
		*b->tail[b->depth - 1] = node;
		b->tail[b->depth - 1] = &node->next;
		parent->n++;
	} else {
		b->root = node;
	}
	if (node->kind == YH_YAML_SCALAR)
		return YH_OK;
	if (b->depth == YH_YAML_DEPTH)
		return fault(b, node->line, "nested too deeply");
	b->open[b->depth] = node;
	b->tail[b->depth] = &node->first;
	b->depth++;
	return YH_OK;
}

static enum yh_rc take_node(struct build *b, const yaml_event_t *ev, enum yh_yaml_kind kind,
			    const yaml_char_t *anchor, const yaml_char_t *tag)
{
	int line = line_of(ev->start_mark);
	struct yh_yaml *node;
	enum yh_rc rc;

	if (anchor)
		return fault(b, line, "anchor");
	if (tag)
		return fault(b, line, "tag");
	if (++b->nodes > YH_YAML_NODES)
		return fault(b, line, "too many nodes");
	if (b->depth && b->open[b->depth - 1]->kind == YH_YAML_MAP && !b->key) {
		if (kind != YH_YAML_SCALAR)
			return fault(b, line, "key is no scalar");
		b->key_line = line;
		return take_text(b, ev, &b->key);
	}
	node = YH_NEW(b->arena, struct yh_yaml);
	if (!node)
		return out_of_memory(b);
	node->kind = kind;
	node->line = line;
	if (kind == YH_YAML_SCALAR) {
		char *text = NULL;

		rc = take_text(b, ev, &text);
		if (rc != YH_OK)
			return rc;
		node->text = text;
		node->n = ev->data.scalar.length;
		node->quoted = ev->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	}
	return link_node(b, node);
}

static int by_key(const void *a, const void *b)
{
	const struct yh_yaml *x = *(const struct yh_yaml *const *)a;
	const struct yh_yaml *y = *(const struct yh_yaml *const *)b;
	int c = strcmp(x->key, y->key);

	return c ? c : (x->key_line > y->key_line) - (x->key_line < y->key_line);
}

static enum yh_rc check_keys(struct build *b, const struct yh_yaml *map)
{
	const struct yh_yaml **sorted;
	enum yh_rc rc = YH_OK;
	size_t i = 0;

	if (map->n < 2)
		return YH_OK;
	sorted = malloc(map->n * sizeof *sorted);
	if (!sorted)
		return out_of_memory(b);
	YH_YAML_EACH(child, map)
	sorted[i++] = child;
	qsort(sorted, map->n, sizeof *sorted, by_key);
	for (i = 1; i < map->n && rc == YH_OK; i++)
		if (strcmp(sorted[i - 1]->key, sorted[i]->key) == 0)
			rc = fault(b, sorted[i]->key_line, "key twice");
	free(sorted);
	return rc;
}

static enum yh_rc close_node(struct build *b)
{
	struct yh_yaml *node = b->open[--b->depth];

	return node->kind == YH_YAML_MAP ? check_keys(b, node) : YH_OK;
}

static enum yh_rc take_event(struct build *b, const yaml_event_t *ev)
{
	switch (ev->type) {
	case YAML_DOCUMENT_START_EVENT:
		return b->root ? fault(b, line_of(ev->start_mark), "more than one document")
			       : YH_OK;
	case YAML_SCALAR_EVENT:
		return take_node(b, ev, YH_YAML_SCALAR, ev->data.scalar.anchor,
				 ev->data.scalar.tag);
	case YAML_SEQUENCE_START_EVENT:
		return take_node(b, ev, YH_YAML_SEQ, ev->data.sequence_start.anchor,
				 ev->data.sequence_start.tag);
	case YAML_MAPPING_START_EVENT:
		return take_node(b, ev, YH_YAML_MAP, ev->data.mapping_start.anchor,
				 ev->data.mapping_start.tag);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		return close_node(b);
	case YAML_ALIAS_EVENT:
		return fault(b, line_of(ev->start_mark), "alias");
	case YAML_STREAM_END_EVENT:
		return b->root ? YH_OK : fault(b, line_of(ev->start_mark), "no document");
	default:
		return YH_OK;
	}
}

static enum yh_rc syntax_fault(struct build *b, const yaml_parser_t *p)
{
	if (p->error == YAML_MEMORY_ERROR)
		return out_of_memory(b);
	/* the reader (bad UTF-8) leaves no mark of the problem, only the place it has come to */
	return fault(b, line_of(p->error == YAML_READER_ERROR ? p->mark : p->problem_mark),
		     p->problem ? p->problem : "syntax");
}

enum yh_rc yh_yaml_parse(struct yh_arena *arena, const char *name, const char *text, size_t n,
			 const struct yh_yaml **root, struct yh_err *err)
{
	struct build b = { .arena = arena, .name = name, .err = err };
	yaml_parser_t p;
	enum yh_rc rc = YH_OK;
	bool more = true;

	*root = NULL;
	if (n > YH_YAML_BYTES)
		return yh_fail_field(err, YH_TOO_LARGE, "yaml-too-large", name);
	if (!yaml_parser_initialize(&p))
		return out_of_memory(&b);
	yaml_parser_set_encoding(&p, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&p, (const unsigned char *)text, n);
	while (more && rc == YH_OK) {
		yaml_event_t ev;

		if (!yaml_parser_parse(&p, &ev)) {
			rc = syntax_fault(&b, &p);
			break;
		}
		rc = take_event(&b, &ev);
		more = ev.type != YAML_STREAM_END_EVENT;
		yaml_event_delete(&ev);
	}
	yaml_parser_delete(&p);
	if (rc == YH_OK)
		*root = b.root;
	return rc;
}

const struct yh_yaml *yh_yaml_get(const struct yh_yaml *map, const char *key)
{
	if (map && map->kind == YH_YAML_MAP)
		YH_YAML_EACH(child, map)
	if (strcmp(child->key, key) == 0)
		return child;
	return NULL;
}

static bool is_plain(const struct yh_yaml *v)
{
	return v && v->kind == YH_YAML_SCALAR && !v->quoted;
}

bool yh_yaml_is_null(const struct yh_yaml *v)
{
	return is_plain(v) &&
	       (v->n == 0 || strcmp(v->text, "~") == 0 || strcmp(v->text, "null") == 0);
}

bool yh_yaml_int(const struct yh_yaml *v, int64_t *out)
{
	const char *digits;
	long long value;
	char *end;

	if (!is_plain(v))
		return false;
	digits = v->text[0] == '-' ? v->text + 1 : v->text;
	if (!*digits || strspn(digits, "0123456789") != strlen(digits))
		return false;
	errno = 0;
	value = strtoll(v->text, &end, 10);
	if (errno || *end)
		return false;
	*out = value;
	return true;
}

bool yh_yaml_bool(const struct yh_yaml *v, bool *out)
{
	if (!is_plain(v) || (strcmp(v->text, "true") != 0 && strcmp(v->text, "false") != 0))
		return false;
	*out = v->text[0] == 't';
	return true;
}

enum yh_rc yh_yaml_fail(struct yh_err *err, const char *slug, const char *name,
			const struct yh_yaml *at)
{
	if (err && err->rc == YH_OK) {
		yh_fail(err, YH_BAD_INPUT, slug);
		yh_err_field(err, "%.100s:%d", name, at ? at->line : 0);
	}
	return YH_BAD_INPUT;
}
