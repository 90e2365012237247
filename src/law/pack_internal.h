/* What the files that read a pack share. */
#ifndef YH_LAW_PACK_INTERNAL_H
#define YH_LAW_PACK_INTERNAL_H

#include "law/pack.h"
#include "law/yaml.h"

struct yh_pack {
	struct yh_arena arena;
	const char *name;
	struct yh_text2 title;
	yh_day valid_from, valid_to;
	struct yh_sm3 digest;
	struct yh_role *roles;
	size_t n_roles;
	struct yh_article *articles;
	size_t n_articles;
	struct yh_param *params;
	size_t n_params;
	struct yh_permission *permissions;
	size_t n_permissions;
	struct yh_procedure *procedures;
	size_t n_procedures;
	struct form_entry {
		const char *name;
		const json_t *schema;
		bool used;
	} * forms;
	size_t n_forms;
};

enum { YH_PACK_FAULTS_MAX = 50 };

/* A pack being read. Faults are collected; the first one is kept for the caller. */
struct yh_loading {
	struct yh_pack *p;
	const struct yh_vocab *vocab;
	const char *file; /* being read */
	yh_pack_report report;
	void *arg;
	struct yh_err first;
	size_t n_faults;
};

/* Notes a fault at a line of the current file. `what` (may be NULL) goes into figure "what". */
void yh_pack_fault(struct yh_loading *l, int line, const char *slug, const char *what);
/* Refuses every key of a map that is not in the blank-separated list. */
void yh_pack_keys(struct yh_loading *l, const struct yh_yaml *map, const char *known);
/* Text of a scalar child; NULL (and a fault if required) when absent. */
const char *yh_pack_text(struct yh_loading *l, const struct yh_yaml *map, const char *key,
			 bool required);
/* {zh: …, en: …}, both required. */
struct yh_text2 yh_pack_text2(struct yh_loading *l, const struct yh_yaml *map, const char *key);
/* Memory of the pack; a fault when it is spent. */
void *yh_pack_alloc(struct yh_loading *l, size_t size);
/* A form by its file name, marked as used; NULL and a fault when there is none. */
const json_t *yh_pack_form(struct yh_loading *l, const struct yh_yaml *at, const char *name);
/* A $parameter, or NULL and a fault. */
const struct yh_param *yh_pack_dollar(struct yh_loading *l, const struct yh_yaml *v);

void yh_pack_read_procedure(struct yh_loading *l, const struct yh_yaml *root,
			    struct yh_procedure *out);
/* A list of words into *out; `kinds` says which may stand here. */
void yh_pack_read_words(struct yh_loading *l, const struct yh_yaml *list, unsigned kinds,
			const struct yh_procedure *pr, const struct yh_word_use **out, size_t *n);
void yh_pack_check_procedure(struct yh_loading *l, const struct yh_procedure *pr);

#endif
