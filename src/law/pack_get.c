/* Asking a pack. */
#include "law/pack_internal.h"

#include <stdlib.h>
#include <string.h>

void yh_pack_free(struct yh_pack *p)
{
	if (!p)
		return;
	yh_arena_done(&p->arena);
	free(p);
}

const char *yh_pack_name(const struct yh_pack *p)
{
	return p->name;
}

struct yh_text2 yh_pack_title(const struct yh_pack *p)
{
	return p->title;
}

yh_day yh_pack_valid_from(const struct yh_pack *p)
{
	return p->valid_from;
}

yh_day yh_pack_valid_to(const struct yh_pack *p)
{
	return p->valid_to;
}

struct yh_sm3 yh_pack_digest(const struct yh_pack *p)
{
	return p->digest;
}

#define FIND(list, count, member, wanted)                                                          \
	do {                                                                                       \
		for (size_t i = 0; i < (count); i++)                                               \
			if (strcmp((list)[i].member, (wanted)) == 0)                               \
				return &(list)[i];                                                 \
		return NULL;                                                                       \
	} while (0)

const struct yh_procedure *yh_pack_procedure(const struct yh_pack *p, const char *name)
{
	FIND(p->procedures, p->n_procedures, name, name);
}

const struct yh_role *yh_pack_role(const struct yh_pack *p, const char *id)
{
	FIND(p->roles, p->n_roles, id, id);
}

const struct yh_kind *yh_pack_kind(const struct yh_pack *p, const char *id)
{
	FIND(p->kinds, p->n_kinds, id, id);
}

const struct yh_article *yh_pack_article(const struct yh_pack *p, const char *number)
{
	FIND(p->articles, p->n_articles, number, number);
}

const struct yh_param *yh_pack_param(const struct yh_pack *p, const char *key)
{
	FIND(p->params, p->n_params, key, key);
}

const struct yh_step *yh_procedure_step(const struct yh_procedure *pr, const char *name)
{
	FIND(pr->steps, pr->n_steps, name, name);
}

const char *yh_nature_name(enum yh_nature nature)
{
	static const char *const names[] = { "positive", "negative", "neutral" };

	return names[nature];
}

const struct yh_outcome *yh_step_outcome(const struct yh_step *s, const char *name)
{
	for (size_t i = 0; i < s->n_outcomes; i++)
		if (strcmp(s->outcomes[i].name, name) == 0)
			return &s->outcomes[i];
	return NULL;
}

const char *yh_step_kind_name(enum yh_step_kind kind)
{
	static const char *const names[] = { "decide", "confirm", "fulfil", "wait", "at_once" };

	return names[kind];
}

const struct yh_procedure *yh_pack_procedures(const struct yh_pack *p, size_t *n)
{
	*n = p->n_procedures;
	return p->procedures;
}

const struct yh_role *yh_pack_roles(const struct yh_pack *p, size_t *n)
{
	*n = p->n_roles;
	return p->roles;
}

const struct yh_kind *yh_pack_kinds(const struct yh_pack *p, size_t *n)
{
	*n = p->n_kinds;
	return p->kinds;
}

const struct yh_procedure *yh_pack_started_by(const struct yh_pack *p, const char *trigger,
					      const struct yh_procedure *after,
					      const struct yh_word_use **use)
{
	size_t i = after ? (size_t)(after - p->procedures) + 1 : 0;

	for (; i < p->n_procedures; i++)
		for (size_t t = 0; t < p->procedures[i].n_started_by; t++)
			if (strcmp(p->procedures[i].started_by[t].word->name, trigger) == 0) {
				*use = &p->procedures[i].started_by[t];
				return &p->procedures[i];
			}
	return NULL;
}

const char *yh_pack_article_about(const struct yh_pack *p, const char *kind)
{
	for (size_t i = 0; i < p->n_procedures; i++) {
		const struct yh_procedure *pr = &p->procedures[i];

		if (pr->record && pr->article && strcmp(pr->record->name, kind) == 0)
			return pr->article;
	}
	return "";
}

enum yh_rc yh_pack_whole(const struct yh_pack *p, struct yh_err *err)
{
	enum yh_rc rc;

	if (p->n_kinds)
		return YH_OK;
	rc = yh_fail_field(err, YH_BAD_INPUT, "pack-file-missing", "kinds.yaml:0");
	yh_err_text(err, "what", "kinds.yaml");
	return rc;
}

const struct yh_article *yh_pack_articles(const struct yh_pack *p, size_t *n)
{
	*n = p->n_articles;
	return p->articles;
}

const struct yh_param *yh_pack_params(const struct yh_pack *p, size_t *n)
{
	*n = p->n_params;
	return p->params;
}

const struct yh_permission *yh_pack_permissions(const struct yh_pack *p, size_t *n)
{
	*n = p->n_permissions;
	return p->permissions;
}

const char *yh_pack_action_article(const struct yh_pack *p, const char *action)
{
	for (size_t i = 0; i < p->n_action_articles; i++)
		if (strcmp(p->action_articles[i].action, action) == 0)
			return p->action_articles[i].article;
	return "";
}

const char *yh_pack_may(const struct yh_pack *p, const char *role, const char *action)
{
	for (size_t i = 0; i < p->n_permissions; i++)
		if (strcmp(p->permissions[i].role, role) == 0 &&
		    strcmp(p->permissions[i].action, action) == 0)
			return p->permissions[i].relation;
	return NULL;
}
