/* A small YAML: one document as a tree that remembers its lines. No aliases, anchors, tags or
 * duplicate keys; what a plain scalar means is for its reader to say. */
#ifndef YH_LAW_YAML_H
#define YH_LAW_YAML_H

#include "base/arena.h"

enum yh_yaml_kind { YH_YAML_SCALAR, YH_YAML_SEQ, YH_YAML_MAP };

enum { YH_YAML_DEPTH = 16, YH_YAML_NODES = 100000, YH_YAML_BYTES = 4 * 1024 * 1024 };

struct yh_yaml {
	enum yh_yaml_kind kind;
	int line;                    /* where the value begins, from 1 */
	const char *key;             /* its name when it stands in a map, else NULL */
	int key_line;                /* where that name stands; 0 without one */
	bool quoted;                 /* scalar in quotes or as a block: always text */
	const char *text;            /* SCALAR: UTF-8 without NUL; else NULL */
	size_t n;                    /* SCALAR: bytes of text; SEQ, MAP: number of children */
	const struct yh_yaml *first; /* SEQ, MAP: children in their order */
	const struct yh_yaml *next;  /* the next one of the same parent */
};

/* Parses the one document in text[0..n), UTF-8. The tree lives in `arena`; *root is NULL on
 * failure. BAD_INPUT "yaml-invalid" with field "name:line" and the figure `why` for bad syntax, an
 * alias, anchor or tag, a key twice in a map or one that is no scalar, no document or more than
 * one, more than YH_YAML_DEPTH levels of seq and map, or more than YH_YAML_NODES keys and values.
 * TOO_LARGE "yaml-too-large" beyond YH_YAML_BYTES. INTERNAL "out-of-memory" when the arena is
 * spent. */
YH_CHECK enum yh_rc yh_yaml_parse(struct yh_arena *arena, const char *name, const char *text,
				  size_t n, const struct yh_yaml **root, struct yh_err *err);

/* The value of `key`; NULL when absent or when `map` is NULL or no map. */
const struct yh_yaml *yh_yaml_get(const struct yh_yaml *map, const char *key);

#define YH_YAML_EACH(child, parent)                                                                \
	for (const struct yh_yaml *child = (parent) ? (parent)->first : NULL; child;               \
	     child = child->next)

/* Plain scalars only (quoted text is text): nothing, ~ or null; a decimal whole number within
 * int64_t; true or false. NULL is none of them. */
bool yh_yaml_is_null(const struct yh_yaml *v);
bool yh_yaml_int(const struct yh_yaml *v, int64_t *out);
bool yh_yaml_bool(const struct yh_yaml *v, bool *out);

/* Fails with BAD_INPUT `slug` and the field "name:line" of `at` (line 0 when it is NULL). */
enum yh_rc yh_yaml_fail(struct yh_err *err, const char *slug, const char *name,
			const struct yh_yaml *at);

#endif
