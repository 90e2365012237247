/* YAML: a tree that keeps its bounds. */
#include "fuzz.h"
#include "law/yaml.h"

enum { ARENA = 64 << 20 };

static size_t look(const struct yh_yaml *v, int depth)
{
	size_t nodes = 1, children = 0;
	int64_t number;
	bool truth;

	must(depth <= YH_YAML_DEPTH && v->line > 0);
	if (v->kind == YH_YAML_SCALAR) {
		must(v->text && strlen(v->text) == v->n);
		(void)yh_yaml_is_null(v);
		(void)yh_yaml_int(v, &number);
		(void)yh_yaml_bool(v, &truth);
		return nodes;
	}
	YH_YAML_EACH(c, v)
	{
		must((v->kind == YH_YAML_MAP) == (c->key != NULL));
		must(!c->key || yh_yaml_get(v, c->key) == c);
		nodes += look(c, depth + 1);
		children++;
	}
	must(children == v->n);
	return nodes;
}

void yh_fuzz_yaml(const unsigned char *data, size_t n)
{
	const struct yh_yaml *root;
	struct yh_err err = { 0 };
	struct yh_arena arena;
	enum yh_rc rc;

	yh_arena_init(&arena, ARENA);
	rc = yh_yaml_parse(&arena, "f", (const char *)data, n, &root, &err);
	must_say(rc, &err);
	if (rc == YH_OK)
		must(look(root, 0) <= YH_YAML_NODES);
	else
		must(!root);
	yh_arena_done(&arena);
}
