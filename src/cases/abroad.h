/* Cases across the districts' link (Art. 12): a district's unit files for the city's cloud at its
 * own server; when its district has done its steps the case is carried on at the city, under the
 * number it has.
 *
 * At the district a case is *bound* while its own bodies have it, then *abroad*: state `abroad`,
 * or `returned` when the city returned it. Its steps are then the city's, told by news of it; the
 * unit and the district's operator answer at their own desks, and what they do is sent as an act.
 * No check of the measures is judged at the district, and no effect carried out: what they would
 * read is a copy. All of it happens at the city, when the case and each act arrive. Where both
 * sides acted at one moment the city's word stands, and who acted is told. */
#ifndef YH_CASES_ABROAD_H
#define YH_CASES_ABROAD_H

#include "cases/case.h"
#include "store/case_abroad.h"

enum { YH_CARRIED_BYTES = 60 * 1024 }; /* of a form, the most that crosses the link */

/* One step that was done before a case came to the city. */
struct yh_prior {
	const char *step, *role;
	struct yh_id org;
	const char *by; /* the person's name */
	const char *outcome, *reason;
	const json_t *form; /* NULL: none */
	yh_time opened_at, at;
};

/* How a case comes to the city: filed by the actor, a person without an account here (zero id, its
 * name, the unit's grant), under a number that it has already. */
struct yh_arrival {
	const char *no;
	const char *payload; /* JSON: who, when and where, for the record */
	const struct yh_prior *priors;
	size_t n;
};
/* At the city: files it, with its checks and reservations, takes what was done before as done, with
 * its effects, and opens what comes next. As yh_case_file; CONFLICT "case-number-taken"; BAD_INPUT
 * "step-unknown", "outcome-unknown", "form-missing"; FORBIDDEN "prior-not-permitted" (figures step,
 * role) for a step that is not a district's, and for a desk that is not whose it says. Its clocks
 * begin now. */
YH_CHECK enum yh_rc yh_case_arrive(struct yh_ctx *cx, const struct yh_file_in *in,
				   const struct yh_arrival *how, struct yh_case *out,
				   struct yh_err *err);

/* A step of a case as the city tells it. */
struct yh_news_step {
	struct yh_step_row row; /* without an id; `told` is the city's; org zero: none */
	const char *by;         /* who closed it; "": nobody by name */
	const char *form;       /* JSON that it was answered with; "": none */
};
struct yh_news_problem {
	int64_t act;
	const char *problem; /* JSON of an error */
	const char *why_zh, *why_en;
};
/* How a case stands at the city. */
struct yh_case_news {
	struct yh_case_row row; /* of what the city tells; `pack`, `version` are not used */
	const json_t *form;
	const char *reason;               /* why it ended; "" */
	const char *defects;              /* JSON: what it was returned for; "" */
	const struct yh_news_step *steps; /* those of the city, in the order of their opening */
	size_t n_steps;
	int64_t acts_done;
	const struct yh_news_problem *problems;
	size_t n_problems;
	const char *turned_away; /* JSON of an error: it was not taken; NULL: it was */
	const char *why_zh, *why_en;
	const char *told; /* all of it as it came */
};
/* At the district: the case stands as told, and whoever has a desk in it hears of it; a case that
 * began at the city comes to be. Nothing that was told before is told again. BAD_INPUT
 * "case-number-taken" when one decided here has the number, "procedure-unknown". */
YH_CHECK enum yh_rc yh_case_hear(struct yh_ctx *cx, const struct yh_case_news *news,
				 struct yh_case *out, struct yh_err *err);

#endif
