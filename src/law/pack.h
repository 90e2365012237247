/* The policy pack: the measures as data. Pure: texts in, a validated model out. */
#ifndef YH_LAW_PACK_H
#define YH_LAW_PACK_H

#include "base/json.h"
#include "law/kind.h"
#include "law/outcome.h"
#include "law/register.h"
#include "law/vocab.h"

/* A pack's files in memory, names relative to its folder ("procedures/quota.yaml"). */
enum { YH_PACK_FILES_MAX = 512 };
struct yh_pack_file {
	const char *name, *text;
	size_t n;
};

struct yh_role {
	const char *id; /* "econ_info" */
	struct yh_text2 title;
	const char *article; /* may be NULL */
	bool admin;          /* sysadmin, secadmin, auditor: exclude each other, decide no case */
	bool reading; /* of somebody from outside: for some days, to look at some kinds of things,
			 and nothing else; excludes every other */
};

struct yh_article {
	const char *number; /* "20" */
	struct yh_text2 title, summary;
};

struct yh_param {
	const char *key; /* "expansion.review" */
	struct yh_text2 title;
	const char *article;     /* the article that fixes it, or NULL: local policy */
	const char *bound;       /* "max", "min" or NULL: how a local pack may tighten it */
	enum yh_param_kind kind; /* INT, BOOL, PERIOD or TEXT */
	int64_t num;
	struct yh_period period;
	const char *text; /* the value as written */
	int line;
};

/* One line of the permission matrix: a role may use a generic operation on objects in a relation
 * to its organisation: own, cloud (of the clouds it is a body of), district, invited, any. */
struct yh_permission {
	const char *role, *action, *relation;
	const char *article; /* what the operation rests on; NULL: housekeeping of the software */
};

enum yh_step_kind { YH_STEP_DECIDE, YH_STEP_CONFIRM, YH_STEP_FULFIL, YH_STEP_WAIT, YH_STEP_ONCE };
const char *yh_step_kind_name(enum yh_step_kind kind); /* "decide" … "wait", "at_once" */
/* From which day a clock runs: that of its own step's opening, of the filing, on which an earlier
 * step was done or opened, on which the paper that one issued is served, or the last day of the
 * resources' lease. */
enum yh_since {
	YH_SINCE_OPENED,
	YH_SINCE_FILED,
	YH_SINCE_STEP,
	YH_SINCE_OPENING,
	YH_SINCE_SERVED,
	YH_SINCE_LEASE
};

struct yh_step_clock {
	bool set;
	bool lease; /* due on the last day of the resources' lease; `period` says nothing */
	struct yh_period period;
	enum yh_since since;
	const char *since_step;  /* for YH_SINCE_STEP, _OPENING and _SERVED */
	bool soft;               /* in principle: a reminder and a mark, nothing else */
	const char *article;     /* NULL: local policy */
	const char *param;       /* the pack parameter, or NULL for a literal */
	struct yh_period remind; /* so long before the due day a reminder goes out; n 0: none */
	const char *remind_param;
};
struct yh_step {
	const char *name;
	struct yh_text2 title;
	enum yh_step_kind kind;
	const char *const *roles; /* all decide, in any order; none for WAIT and ONCE */
	size_t n_roles;
	const char *article;
	const struct yh_word_use *when; /* opens only if all hold */
	size_t n_when;
	const struct yh_word_use *unless; /* and none of these */
	size_t n_unless;
	const struct yh_word_use *checks; /* must hold for the positive outcome */
	size_t n_checks;
	struct yh_step_clock clock;
	struct yh_period wait;  /* WAIT only; n 0: until the resources' lease is over */
	const char *wait_param; /* the pack parameter it came from, or NULL */
	const char *form_name;  /* the first outcome's; NULL when that needs no form */
	const json_t *form;
	bool returns; /* the decider may return the case once */
	const char
		*silence; /* CONFIRM: the outcome that a due day without an answer takes, or NULL */
	const struct yh_outcome *outcomes;
	size_t n_outcomes;
	int line;
};

enum yh_about {
	YH_ABOUT_NONE,
	YH_ABOUT_UNIT,
	YH_ABOUT_PROJECT,
	YH_ABOUT_RESOURCE,
	YH_ABOUT_CASE,
	YH_ABOUT_RECORD /* of a kind of the vocabulary's `abouts` */
};
enum yh_level { YH_LEVEL_ANY, YH_LEVEL_MUNICIPAL, YH_LEVEL_DISTRICT };

struct yh_procedure {
	const char *name;
	struct yh_text2 title;
	const char *article;
	const char *code; /* 2-6 capital letters in the case number */
	enum yh_level level;
	const char *const *filed_by; /* roles; none when time begins the case */
	size_t n_filed_by;
	const struct yh_word_use *started_by; /* triggers, in place of `filed_by` */
	size_t n_started_by;
	enum yh_about about;
	const struct yh_about_sig *record; /* for YH_ABOUT_RECORD, else NULL */
	const struct yh_register *reg;     /* about a record of this register; NULL: of none */
	const struct yh_duty_kind *duty;   /* about a duty of this kind; NULL: of none */
	const char *form_name;             /* NULL, like `form`, when nobody files it */
	const json_t *form;
	const struct yh_word_use *checks; /* at filing, and again before the first effects */
	size_t n_checks;
	const struct yh_word_use *on_filed;
	size_t n_on_filed;
	const struct yh_step *steps;
	size_t n_steps;
	const struct yh_word_use *effects; /* of filing it, when it has no step */
	size_t n_effects;
	int line;
	const char *file;
};

struct yh_pack; /* owns everything below */

/* Reads and validates a whole pack. On failure *out is NULL, `err` is the first fault and err.field
 * is "file:line" (line 0: the file as a whole). All faults found (at most 50) are also listed
 * through `report`, which may be NULL; the figure "what" is the offending name or keyword,
 * "nearest" the known name that is most like it. BAD_INPUT "pack-…", "yaml-invalid", "form-keyword"
 * and the like; TOO_LARGE "pack-too-large" beyond 512 files or 16 MiB. No file's text is kept. */
typedef void (*yh_pack_report)(void *arg, const struct yh_err *fault);
YH_CHECK enum yh_rc yh_pack_load(const struct yh_pack_file *files, size_t n_files,
				 const struct yh_vocab *vocab, struct yh_pack **out,
				 yh_pack_report report, void *arg, struct yh_err *err);
void yh_pack_free(struct yh_pack *p);

const char *yh_pack_name(const struct yh_pack *p);
struct yh_text2 yh_pack_title(const struct yh_pack *p);
yh_day yh_pack_valid_from(const struct yh_pack *p);
yh_day yh_pack_valid_to(const struct yh_pack *p);      /* YH_DAY_NONE: open */
struct yh_sm3 yh_pack_digest(const struct yh_pack *p); /* over names and bytes of the files */

const struct yh_procedure *yh_pack_procedure(const struct yh_pack *p, const char *name);
const struct yh_role *yh_pack_role(const struct yh_pack *p, const char *id);
const struct yh_kind *yh_pack_kind(const struct yh_pack *p, const char *id);
const struct yh_article *yh_pack_article(const struct yh_pack *p, const char *number);
const struct yh_param *yh_pack_param(const struct yh_pack *p, const char *key);
const struct yh_step *yh_procedure_step(const struct yh_procedure *pr, const char *name);
const struct yh_outcome *yh_step_outcome(const struct yh_step *s, const char *name);
/* Whole lists, for consoles, OpenAPI and tests. */
const struct yh_procedure *yh_pack_procedures(const struct yh_pack *p, size_t *n);
const struct yh_role *yh_pack_roles(const struct yh_pack *p, size_t *n);
const struct yh_kind *yh_pack_kinds(const struct yh_pack *p, size_t *n);
const struct yh_article *yh_pack_articles(const struct yh_pack *p, size_t *n);
const struct yh_param *yh_pack_params(const struct yh_pack *p, size_t *n);
const struct yh_permission *yh_pack_permissions(const struct yh_pack *p, size_t *n);
/* The procedure after `after` (NULL: the first) that a trigger begins, and its use; or NULL. */
const struct yh_procedure *yh_pack_started_by(const struct yh_pack *p, const char *trigger,
					      const struct yh_procedure *after,
					      const struct yh_word_use **use);
/* The article of the first procedure about records of a kind of the vocabulary ("settlement"): what
 * happens to these is by it also where no case is at hand. "" when there is none. */
const char *yh_pack_article_about(const struct yh_pack *p, const char *kind);
/* BAD_INPUT "pack-file-missing" when a pack that is installed today would have to have a file that
 * this one, stored before that, has not (kinds.yaml). The kinds it names then stand for themselves.
 */
YH_CHECK enum yh_rc yh_pack_whole(const struct yh_pack *p, struct yh_err *err);
/* The article that a generic action rests on, "" where the pack names none. */
const char *yh_pack_action_article(const struct yh_pack *p, const char *action);
/* The relation in which `role` may use a generic `action` ("case.read"), or NULL: not at all. */
const char *yh_pack_may(const struct yh_pack *p, const char *role, const char *action);

#endif
