/* Reading labels.yaml: sensitivity labels in their order, and who is cleared for what. */
#include "law/label.h"

#include <string.h>

#include "law/pack_internal.h"

static void read_labels(struct yh_loading *l, const struct yh_yaml *root)
{
	const struct yh_yaml *map =
		yh_pack_part(l, root, "labels", sizeof *l->p->labels, (void **)&l->p->labels);

	if (map && (map->n == 0 || map->n > YH_LABELS_MOST)) {
		yh_pack_fault(l, map->line, "pack-labels-number", NULL);
		return;
	}
	YH_YAML_EACH(c, map)
	{
		yh_pack_keys(l, c, "zh en");
		yh_pack_name_check(l, c->key_line, c->key, YH_LABEL_TEXT - 1, "");
		l->p->labels[l->p->n_labels++] = (struct yh_label){
			.id = c->key,
			.title = yh_pack_titles(l, c, "zh", "en"),
		};
	}
}

/* A map of names to labels; what the names are is for others to say. */
static void read_labelled(struct yh_loading *l, const struct yh_yaml *root, const char *key,
			  struct yh_labelled **list, size_t *n)
{
	const struct yh_yaml *map = yh_pack_part(l, root, key, sizeof **list, (void **)list);

	YH_YAML_EACH(c, map)
	{
		const char *label = yh_pack_text(l, map, c->key, true);
		struct yh_pack_near near = { .wanted = label };

		if (!label)
			continue;
		(*list)[(*n)++] = (struct yh_labelled){ c->key, label, c->key_line };
		if (yh_pack_label(l->p, label))
			continue;
		for (size_t i = 0; i < l->p->n_labels; i++)
			yh_pack_near(&near, l->p->labels[i].id);
		yh_pack_fault_near(l, c->line, "pack-label-unknown", &near);
	}
}

static const struct yh_labelled *listed(const struct yh_labelled *list, size_t n, const char *what)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i].what, what) == 0)
			return &list[i];
	return NULL;
}

void yh_pack_read_labels(struct yh_loading *l, const struct yh_yaml *root)
{
	struct yh_pack *p = l->p;

	yh_pack_keys(l, root, "labels documents cases clearances");
	read_labels(l, root);
	read_labelled(l, root, "documents", &p->documents, &p->n_documents);
	if (yh_yaml_get(root, "cases"))
		read_labelled(l, root, "cases", &p->cases, &p->n_cases);
	read_labelled(l, root, "clearances", &p->clearances, &p->n_clearances);
	for (size_t i = 0; i < p->n_clearances; i++)
		(void)yh_pack_need_role(l, p->clearances[i].line, p->clearances[i].what);
	if (p->documents && !listed(p->documents, p->n_documents, "upload"))
		yh_pack_fault(l, root->line, "pack-key-missing", "upload");
	if (p->documents && !listed(p->documents, p->n_documents, "paper"))
		yh_pack_fault(l, root->line, "pack-key-missing", "paper");
}

void yh_pack_check_labels(struct yh_loading *l)
{
	const struct yh_pack *p = l->p;

	l->file = "labels.yaml";
	for (size_t i = 0; i < p->n_documents; i++) {
		const char *what = p->documents[i].what;

		if (strcmp(what, "upload") != 0 && strcmp(what, "paper") != 0 &&
		    !yh_pack_procedure(p, what))
			yh_pack_fault(l, p->documents[i].line, "pack-procedure-unknown", what);
	}
	for (size_t i = 0; i < p->n_cases; i++)
		if (!yh_pack_procedure(p, p->cases[i].what))
			yh_pack_fault(l, p->cases[i].line, "pack-procedure-unknown",
				      p->cases[i].what);
}

const struct yh_label *yh_pack_labels(const struct yh_pack *p, size_t *n)
{
	*n = p->n_labels;
	return p->labels;
}

const struct yh_label *yh_pack_label(const struct yh_pack *p, const char *id)
{
	for (size_t i = 0; i < p->n_labels; i++)
		if (strcmp(p->labels[i].id, id) == 0)
			return &p->labels[i];
	return NULL;
}

int yh_pack_label_rank(const struct yh_pack *p, const char *id)
{
	const struct yh_label *label = yh_pack_label(p, id);

	if (label)
		return (int)(label - p->labels);
	return id[0] ? YH_LABELS_MOST : 0;
}

const char *yh_pack_label_higher(const struct yh_pack *p, const char *a, const char *b)
{
	return yh_pack_label_rank(p, b) > yh_pack_label_rank(p, a) ? b : a;
}

const char *yh_pack_label_of(const struct yh_pack *p, const char *what, const char *procedure)
{
	const struct yh_labelled *own = listed(p->documents, p->n_documents, what);
	const struct yh_labelled *least =
		procedure ? listed(p->documents, p->n_documents, procedure) : NULL;

	if (!own)
		return "";
	return least ? yh_pack_label_higher(p, own->label, least->label) : own->label;
}

const char *yh_pack_label_of_case(const struct yh_pack *p, const char *procedure)
{
	const struct yh_labelled *c = listed(p->cases, p->n_cases, procedure);

	if (c)
		return c->label;
	return p->n_labels ? p->labels[0].id : "";
}

const char *yh_pack_clearance_of(const struct yh_pack *p, const char *role)
{
	const struct yh_labelled *c = listed(p->clearances, p->n_clearances, role);

	if (c)
		return c->label;
	return p->n_labels ? p->labels[0].id : "";
}
