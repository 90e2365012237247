/* What the files that read a pack share. */
#ifndef YH_LAW_PACK_INTERNAL_H
#define YH_LAW_PACK_INTERNAL_H

#include "base/arena.h"
#include "law/label.h"
#include "law/pack.h"
#include "law/paper.h"
#include "law/watch.h"
#include "law/yaml.h"

struct yh_pack_form {
	const char *name;
	const json_t *schema; /* NULL after a fault */
	bool used;
};

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
	struct yh_kind *kinds;
	size_t n_kinds;
	struct yh_label *labels; /* the lowest first */
	size_t n_labels;
	/* what is labelled how, and which role is cleared for what; three lists of one shape */
	struct yh_labelled {
		const char *what, *label;
		int line;
	} * documents, *clearances, *cases;
	size_t n_documents, n_clearances, n_cases;
	struct yh_permission *permissions;
	size_t n_permissions;
	struct yh_action_article {
		const char *action, *article;
	} * action_articles;
	size_t n_action_articles;
	struct yh_procedure *procedures;
	size_t n_procedures;
	struct yh_pack_form *forms;
	size_t n_forms;
	struct yh_rule *rules;
	size_t n_rules;
	struct yh_sizing sizing;
	struct yh_paper_form *papers;
	size_t n_papers;
	struct yh_register *registers;
	size_t n_registers;
	struct yh_duty_kind *duties;
	size_t n_duties;
};

enum { YH_PACK_FAULTS_MAX = 50 };

/* What the store keeps of each name, without its NUL. */
enum {
	YH_PACK_NAME = 47,
	YH_PACK_ROLE = 31,
	YH_PACK_OUTCOME = 31,
	YH_PACK_ARTICLE = 15,
	YH_PACK_KIND = 31
};

/* A pack being read. Faults are collected; the first one is kept for the caller. */
struct yh_loading {
	struct yh_pack *p;
	const struct yh_vocab *vocab;
	const char *file; /* being read */
	yh_pack_report report;
	void *arg;
	struct yh_err first;
	size_t n_faults;
	/* Is the list there to refer to? When its file is broken, that alone is the fault. */
	bool has_roles, has_articles, has_params, has_kinds;
	bool missed_form; /* a form was asked for that is not there: another may seem unused */
};

/* The known name that is least far from a wanted one; ask for `best` when all were tried. */
struct yh_pack_near {
	const char *wanted;
	const char *best; /* NULL: nothing similar */
	size_t distance;
};
void yh_pack_near(struct yh_pack_near *n, const char *candidate);

/* Notes a fault at a line of the current file (0: of the file as a whole). `what` and `nearest`
 * (both may be NULL) become figures. */
void yh_pack_fault(struct yh_loading *l, int line, const char *slug, const char *what);
void yh_pack_fault_near(struct yh_loading *l, int line, const char *slug,
			const struct yh_pack_near *near);
/* Takes over a fault that another reader has filled, its place included. */
void yh_pack_fault_taken(struct yh_loading *l, const struct yh_err *e);

/* Memory of the pack; a fault when it is spent. */
void *yh_pack_alloc(struct yh_loading *l, size_t size);

/* Refuses what is no map, and every key that is not in the blank-separated list. */
void yh_pack_keys(struct yh_loading *l, const struct yh_yaml *map, const char *known);
/* Where `word` stands in a blank-separated list, from 0; -1 when it does not. */
int yh_pack_listed(const char *known, const char *word);
/* Text of a scalar child; NULL when absent (a fault if required), NULL and a fault when empty. */
const char *yh_pack_text(struct yh_loading *l, const struct yh_yaml *map, const char *key,
			 bool required);
/* One of the words in the blank-separated list, by its place; -1 like yh_pack_text's NULL. */
int yh_pack_choice(struct yh_loading *l, const struct yh_yaml *map, const char *key,
		   const char *words, const char *slug, bool required);
/* A child that is true or false; false when absent. */
bool yh_pack_bool(struct yh_loading *l, const struct yh_yaml *map, const char *key, bool otherwise);
/* {zh: …, en: …}, both required: under `key`, or under two keys of the map itself. */
struct yh_text2 yh_pack_text2(struct yh_loading *l, const struct yh_yaml *map, const char *key);
struct yh_text2 yh_pack_titles(struct yh_loading *l, const struct yh_yaml *map, const char *zh,
			       const char *en);
/* A name: [a-z][a-z0-9_]*, with single `marks` between. */
void yh_pack_name_check(struct yh_loading *l, int line, const char *name, size_t most,
			const char *marks);

/* References; NULL after a fault, or when the list itself could not be read. */
const struct yh_role *yh_pack_need_role(struct yh_loading *l, int line, const char *id);
/* False after a fault; a pack without kinds.yaml knows no kind it could miss. */
bool yh_pack_need_kind(struct yh_loading *l, int line, const char *id);
const struct yh_register *yh_pack_need_register(struct yh_loading *l, int line, const char *id);
const struct yh_duty_kind *yh_pack_need_duty(struct yh_loading *l, int line, const char *id);
/* True unless the article is known not to exist. */
bool yh_pack_need_article(struct yh_loading *l, int line, const char *number);
const struct yh_param *yh_pack_need_param(struct yh_loading *l, const struct yh_yaml *v);
/* A form by its file name, marked as used. */
const json_t *yh_pack_need_form(struct yh_loading *l, int line, const char *name);
/* The letters under key `code`, "" after a fault. */
const char *yh_pack_read_code(struct yh_loading *l, const struct yh_yaml *map);
/* Is it that of a register or of a kind of duties? Numbers are told apart by their codes. */
bool yh_pack_code_taken(const struct yh_loading *l, const char *code);
/* The article under key `article`. */
const char *yh_pack_read_article(struct yh_loading *l, const struct yh_yaml *map, bool required);

/* A positive period, not in hours: a literal, or a parameter that is one. False after a fault. */
bool yh_pack_read_period(struct yh_loading *l, const struct yh_yaml *v, struct yh_period *out,
			 const struct yh_param **param);
/* The map under a key of the file, and an array of as many entries in *out; NULL after a fault.
 * `yh_pack_section`: under its only key. */
const struct yh_yaml *yh_pack_part(struct yh_loading *l, const struct yh_yaml *root,
				   const char *key, size_t size, void **out);
const struct yh_yaml *yh_pack_section(struct yh_loading *l, const struct yh_yaml *root,
				      const char *key, size_t size, void **out);

/* The parts, each from the root of its file. */
void yh_pack_read_head(struct yh_loading *l, const struct yh_yaml *root);
void yh_pack_read_articles(struct yh_loading *l, const struct yh_yaml *root);
void yh_pack_read_roles(struct yh_loading *l, const struct yh_yaml *root);
void yh_pack_read_params(struct yh_loading *l, const struct yh_yaml *root);
void yh_pack_read_kinds(struct yh_loading *l, const struct yh_yaml *root);
void yh_pack_read_labels(struct yh_loading *l, const struct yh_yaml *root);
void yh_pack_read_permissions(struct yh_loading *l, const struct yh_yaml *root);
void yh_pack_read_papers(struct yh_loading *l, const struct yh_yaml *root);
void yh_pack_read_rules(struct yh_loading *l, const struct yh_yaml *root);
void yh_pack_read_registers(struct yh_loading *l, const struct yh_yaml *root);
void yh_pack_read_duties(struct yh_loading *l, const struct yh_yaml *root);
void yh_pack_read_procedure(struct yh_loading *l, const struct yh_yaml *root,
			    struct yh_procedure *out);

/* A role or a list of roles, none twice, none of them an administrator's. */
void yh_pack_read_actors(struct yh_loading *l, const struct yh_yaml *v, const char *const **out,
			 size_t *n);
/* A step into pr->steps[pr->n_steps]; the earlier ones are read. */
void yh_pack_read_step(struct yh_loading *l, const struct yh_yaml *map,
		       const struct yh_procedure *pr, struct yh_step *s);
/* When all procedures are read: the procedures, steps and outcomes that their words name. */
void yh_pack_check_named(struct yh_loading *l);
/* That labels are given to what there is. */
void yh_pack_check_labels(struct yh_loading *l);
/* And that whoever is told of a lease's end still has time to ask for more. */
void yh_pack_check_notices(struct yh_loading *l);
/* A list of words into *out; `kinds` says which may stand here. */
void yh_pack_read_words(struct yh_loading *l, const struct yh_yaml *list, unsigned kinds,
			const struct yh_procedure *pr, const struct yh_word_use **out, size_t *n);

#endif
