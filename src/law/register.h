/* Registers (台账) and duties, as a pack names them: what generic code must know of each kind of
 * records and of each kind of duties, so that it need not know its name. */
#ifndef YH_LAW_REGISTER_H
#define YH_LAW_REGISTER_H

#include "law/kind.h"

enum yh_demand { YH_NEED_NONE, YH_NEED_OPTIONAL, YH_NEED_REQUIRED };

/* What a record may name besides its cloud. */
enum yh_ref {
	YH_REF_ORG,
	YH_REF_PROVIDER,
	YH_REF_PROJECT,
	YH_REF_SYSTEM,
	YH_REF_RESOURCE,
	YH_REF_RECORD,
	YH_REF_CASE,
	YH_REFS
};
extern const char *const yh_ref_names[YH_REFS]; /* "org", "provider" … */

struct yh_register_state {
	const char *id;
	struct yh_text2 title;
	bool final; /* a record in it holds no more */
};
struct yh_register_figure {
	const char *id;
	struct yh_text2 title;
	const char *unit; /* "" without, and of money */
	bool money;       /* in yuan */
};
/* A quantity per dimension: planned, built … */
struct yh_register_line {
	const char *id;
	struct yh_text2 title;
};

struct yh_register {
	const char *id; /* "contract" */
	struct yh_text2 title;
	const char *article;
	const char *code; /* 2-6 capital letters in the number */
	enum yh_demand refs[YH_REFS];
	enum yh_demand dated;
	const struct yh_register_state *states; /* the first is where a record begins */
	size_t n_states;
	const struct yh_register_figure *figures;
	size_t n_figures;
	const struct yh_register_line *lines;
	size_t n_lines;
	const char *planned, *built; /* lines that stand beside what is allocated; NULL: none */
	const char *settled; /* the figure that closed settlements use up, in yuan; NULL: none */
	const char *rpo;    /* the figure that says in how many hours a backup is due; NULL: none */
	const char *action; /* of the permission matrix: "read.contract" */
};

const struct yh_register_state *yh_register_state(const struct yh_register *r, const char *id);
const struct yh_register_figure *yh_register_figure(const struct yh_register *r, const char *id);
const struct yh_register_line *yh_register_line(const struct yh_register *r, const char *id);
/* Does a record keep the form's field of that name apart, as its title, what it names, its days, a
 * figure or its quantities? The rest of the form is its content alone. */
bool yh_register_keeps(const struct yh_register *r, const char *field);

enum yh_duty_about {
	YH_DUTY_OF_NONE,
	YH_DUTY_OF_CLOUD,
	YH_DUTY_OF_ORG,
	YH_DUTY_OF_PROJECT,
	YH_DUTY_OF_SYSTEM,
	YH_DUTY_OF_RECORD,
	YH_DUTY_OF_CASE
};
extern const char *const yh_duty_abouts[]; /* "none", "cloud" … */

/* For whom a duty arises by itself. */
enum yh_duty_for { YH_DUTY_LAID, YH_DUTY_FOR_REGISTER, YH_DUTY_FOR_SYSTEMS, YH_DUTY_FOR_BODIES };

enum { YH_DUTY_REMINDERS = 4, YH_DUTY_TOLD = 4 };

struct yh_duty_kind {
	const char *id;
	struct yh_text2 title;
	const char *article;
	const char *code;
	enum yh_duty_about about;
	const char *owner; /* a role */
	/* Again, counted from the last day on which it was due; n 0: once. Days and months count on
	 * the calendar, whatever day they meet. */
	struct yh_period every;
	const char *every_param;
	struct yh_period within; /* from the day it is laid; n 0: the form says */
	const char *within_param;
	bool until; /* FOR_REGISTER: due on the record's last day, anew whenever that moves */
	struct yh_period remind[YH_DUTY_REMINDERS]; /* so long ahead */
	size_t n_remind;
	const char *overdue[YH_DUTY_TOLD]; /* roles that are told besides its owner */
	size_t n_overdue;
	bool evidence; /* being done must show documents, or a text of evidence */
	bool missed;   /* a day that passed cannot be made good */
	enum yh_duty_for arises;
	const struct yh_register *of_register; /* FOR_REGISTER */
	const char *of_state;                  /* NULL: any that is not final */
	int64_t of_used; /* FOR_REGISTER: only once so many percent of its `settled` are used; 0 */
	bool of_late;    /* FOR_REGISTER: only while the last backup is older than its `rpo` */
	const char *of_role; /* FOR_BODIES: of each cloud */
	int64_t of_mlps;     /* FOR_SYSTEMS: of this level at least */
};

struct yh_pack;
/* NULL: no such register, or duty. */
const struct yh_register *yh_pack_register(const struct yh_pack *p, const char *id);
const struct yh_register *yh_pack_registers(const struct yh_pack *p, size_t *n);
const struct yh_duty_kind *yh_pack_duty(const struct yh_pack *p, const char *id);
const struct yh_duty_kind *yh_pack_duties(const struct yh_pack *p, size_t *n);

#endif
