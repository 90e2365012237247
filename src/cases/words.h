/* The interface of checks, conditions and effects; the functions themselves live in src/effects. */
#ifndef YH_CASES_WORDS_H
#define YH_CASES_WORDS_H

#include "cases/context.h"
#include "store/case_file.h"

/* A case at work, as words see it. */
struct yh_case {
	struct yh_case_row row;
	const struct yh_pack *pack; /* the one the case was filed under */
	const struct yh_procedure *procedure;
	const json_t *form; /* as filed, or as last corrected */
	bool withheld;      /* read by who is not cleared for it: without title and form */
	bool fresh;         /* filed in this transaction: nothing else can have happened to it */
};

struct yh_case_cx {
	struct yh_ctx *cx;
	struct yh_case *c;
	const struct yh_step *step; /* NULL while filing */
	const json_t *input;        /* the form of the step's outcome, NULL if none */
	struct yh_err *told;        /* see yh_case_told; NULL: nobody asks */
};

/* Where a check that holds may say how: a sentence's slug, to which it adds figures. NULL when
 * nobody asks; what is filled into an error of NULL is lost. */
struct yh_err *yh_case_told(struct yh_case_cx *k, const char *slug);

/* A check holds with YH_OK; otherwise REFUSED with article and figures (or another failure). As a
 * condition a check holds when it returns YH_OK and does not when it returns REFUSED. */
typedef enum yh_rc (*yh_check_fn)(struct yh_case_cx *k, const struct yh_word_use *use,
				  struct yh_err *err);
typedef enum yh_rc (*yh_cond_fn)(struct yh_case_cx *k, const struct yh_word_use *use, bool *holds,
				 struct yh_err *err);
typedef enum yh_rc (*yh_effect_fn)(struct yh_case_cx *k, const struct yh_word_use *use,
				   struct yh_err *err);

struct yh_word {
	const char *name;
	yh_check_fn check;
	yh_cond_fn cond;
	yh_effect_fn effect;
	yh_effect_fn undo; /* of a reserving word: runs once when the case ends, whatever the end */
};

struct yh_words {
	const struct yh_word *words;
	size_t n;
	/* A desk of a fulfilled step has opened, or was closed just now, by whoever and however.
	 * NULL: nobody is told. */
	enum yh_rc (*fulfil)(struct yh_case_cx *k, const struct yh_step *step,
			     const struct yh_step_row *row, struct yh_err *err);
	/* A resource has left the case, which goes on without it. NULL: nobody is told. */
	enum yh_rc (*dropped)(struct yh_case_cx *k, const struct yh_id *resource,
			      struct yh_err *err);
};

const struct yh_word *yh_words_find(const struct yh_words *w, const char *name);

/* Resolves a role to the organisation that acts in this case. */
YH_CHECK enum yh_rc yh_case_party(struct yh_case_cx *k, const char *role, struct yh_id *org,
				  struct yh_err *err);

/* A notice to whoever holds `role` in `org`; figures case, title, step, due are filled in, with the
 * step's titles as step_zh and step_en. */
YH_CHECK enum yh_rc yh_case_tell(struct yh_case_cx *k, const char *role, const struct yh_id *org,
				 const char *slug, const char *step, yh_day due,
				 struct yh_err *err);
/* The same with the members of an object as further figures. */
YH_CHECK enum yh_rc yh_case_tell_more(struct yh_case_cx *k, const char *role,
				      const struct yh_id *org, const char *slug, const json_t *more,
				      struct yh_err *err);

#endif
