/* See probe_law.h. */
#include "probe_law.h"

#include <string.h>

#include "law/label.h"

static int a_pack;

const struct yh_param *yh_pack_param(const struct yh_pack *p, const char *key)
{
	(void)p;
	(void)key;
	return NULL;
}

const char *yh_pack_may(const struct yh_pack *p, const char *role, const char *action)
{
	(void)p;
	if (strcmp(role, "clerk") == 0 && strncmp(action, "note.", 5) == 0)
		return "own";
	if (strcmp(role, "chief") == 0 && strncmp(action, "note.", 5) == 0)
		return "any";
	return NULL;
}

const struct yh_role *yh_pack_role(const struct yh_pack *p, const char *id)
{
	(void)p;
	(void)id;
	return NULL;
}

struct yh_sm3 yh_pack_digest(const struct yh_pack *p)
{
	(void)p;
	return (struct yh_sm3){ 0 };
}

const struct yh_procedure *yh_pack_procedures(const struct yh_pack *p, size_t *n)
{
	static const struct yh_procedure one = { .name = "leave" };

	(void)p;
	*n = 1;
	return &one;
}

const struct yh_role *yh_pack_roles(const struct yh_pack *p, size_t *n)
{
	(void)p;
	*n = 0;
	return NULL;
}

/* It labels nothing. */
const struct yh_label *yh_pack_labels(const struct yh_pack *p, size_t *n)
{
	(void)p;
	*n = 0;
	return NULL;
}

const struct yh_label *yh_pack_label(const struct yh_pack *p, const char *id)
{
	(void)p;
	(void)id;
	return NULL;
}

int yh_pack_label_rank(const struct yh_pack *p, const char *id)
{
	(void)p;
	(void)id;
	return 0;
}

const char *yh_pack_label_higher(const struct yh_pack *p, const char *a, const char *b)
{
	(void)p;
	(void)b;
	return a;
}

const char *yh_pack_label_of(const struct yh_pack *p, const char *what, const char *procedure)
{
	(void)p;
	(void)what;
	(void)procedure;
	return "";
}

const char *yh_pack_label_of_case(const struct yh_pack *p, const char *procedure)
{
	(void)p;
	(void)procedure;
	return "";
}

const struct yh_procedure *yh_pack_procedure(const struct yh_pack *p, const char *name)
{
	(void)p;
	(void)name;
	return NULL;
}

const char *yh_pack_clearance_of(const struct yh_pack *p, const char *role)
{
	(void)p;
	(void)role;
	return "";
}

enum yh_rc probe_pack_on(void *self, yh_day day, const struct yh_pack **out, struct yh_err *err)
{
	(void)self;
	(void)day;
	(void)err;
	*out = (const struct yh_pack *)(const void *)&a_pack;
	return YH_OK;
}
