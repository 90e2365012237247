/* The vocabulary that packs use, as signatures: what a check, condition or effect is called and
 * which parameters it takes. The functions behind the names live in src/effects. */
#ifndef YH_LAW_VOCAB_H
#define YH_LAW_VOCAB_H

#include "law/calendar.h"

enum yh_word_kind {
	YH_WORD_CHECK = 1,  /* may stand under `checks`, and under `when`/`unless` as a condition */
	YH_WORD_COND = 2,   /* only under `when`/`unless` */
	YH_WORD_EFFECT = 4, /* under `effect` */
	YH_WORD_RESERVE = 8, /* under `on_filed`: reserves, and is undone when the case ends */
	YH_WORD_TRIGGER = 16 /* under `started_by`: what begins a case that nobody files */
};

enum yh_param_kind {
	YH_P_INT,  /* whole number */
	YH_P_TEXT, /* non-empty text */
	YH_P_BOOL,
	YH_P_PERIOD,    /* 5wd */
	YH_P_ARTICLE,   /* an article of the pack */
	YH_P_ROLE,      /* a role of the pack */
	YH_P_FIELD,     /* a property of the procedure's form */
	YH_P_PROCEDURE, /* a procedure of the pack */
	YH_P_KIND,      /* a kind of resources of the pack, or one of `choices` if there are any */
	YH_P_PAPER,     /* a template of the pack's papers that is issued */
	YH_P_PLEDGE,    /* one that is signed */
	YH_P_STEP,      /* an earlier step of the procedure */
	YH_P_OUTCOME,   /* an outcome of the step that the same use names */
	YH_P_NOTICES,   /* 25wd, 20wd, 1wd: see law/lease.h */
	YH_P_REGISTER,  /* a register of the pack */
	YH_P_ENTERS,    /* likewise, and the form that makes the record has what it must have */
	YH_P_STATE,     /* a state of the use's register, or of the one the procedure is about */
	YH_P_FIGURE,    /* a figure of it */
	YH_P_DUTY,      /* a kind of duties of the pack */
	YH_P_DAY,       /* 2027-01-01 */
	YH_P_WORD       /* one of `choices`, separated by '|' */
};

struct yh_param_sig {
	const char *name;
	enum yh_param_kind kind;
	bool required;
	const char *choices; /* for YH_P_WORD and YH_P_KIND */
};

struct yh_word_sig {
	const char *name;                  /* "quota.within" */
	unsigned kinds;                    /* enum yh_word_kind, or-ed */
	const struct yh_param_sig *params; /* ends with a NULL name; NULL for none */
	const char *about;                 /* one English sentence for docs and explain */
};

/* A kind of records that procedures may be about besides those that every pack knows. */
struct yh_about_sig {
	const char *name; /* "finding" */
	bool resources;   /* such a case takes over resources, with their lease */
	enum yh_about_key { YH_ABOUT_PLAIN, YH_ABOUT_REGISTER, YH_ABOUT_DUTY } key; /* besides */
};

struct yh_vocab {
	const struct yh_word_sig *const *words;
	size_t n;
	const struct yh_about_sig *abouts;
	size_t n_abouts;
};

const struct yh_word_sig *yh_vocab_find(const struct yh_vocab *v, const char *name);

/* A use of a word in a pack, its parameters resolved ($name taken from the pack's parameters). */
struct yh_arg_value {
	const char *name;
	enum yh_param_kind kind;
	int64_t num;             /* INT, BOOL, DAY */
	struct yh_period period; /* PERIOD */
	const char *text;        /* the others */
	const char *param;       /* the pack parameter it came from, or NULL */
};

struct yh_word_use {
	const struct yh_word_sig *word;
	const struct yh_arg_value *args;
	size_t n_args;
	int line;
};

/* NULL when the argument was not given. */
const struct yh_arg_value *yh_use_arg(const struct yh_word_use *use, const char *name);
int64_t yh_use_int(const struct yh_word_use *use, const char *name, int64_t otherwise);
const char *yh_use_text(const struct yh_word_use *use, const char *name, const char *otherwise);

#endif
