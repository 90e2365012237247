/* What the files of the engine share. */
#ifndef YH_CASES_INTERNAL_H
#define YH_CASES_INTERNAL_H

#include "cases/abroad.h"
#include "cases/case.h"
#include "cases/trial.h"

/* What a form refers to as documents, and those named beside it (both may be NULL), belong to the
 * case from now on, at k->step. NOT_FOUND "document-unknown" with the pointer of one that is
 * neither the actor's nor the case's; TOO_LARGE "documents-many" (figure max). */
YH_CHECK enum yh_rc yh_case_attach(struct yh_case_cx *k, const struct yh_id *org,
				   const json_t *schema, const json_t *form,
				   const json_t *documents, struct yh_err *err);

/* Does this step wait for the applicant, so that the clocks of the others pause? */
bool yh_step_waits_for_applicant(const struct yh_case *c, const struct yh_step *step);

/* What a case is about settles its cloud, and for projects its unit. */
struct yh_subject {
	struct yh_id unit; /* zero: the grant's organisation */
	struct yh_id cloud, project;
	struct yh_id provider; /* the only one that may file as one; zero: any */
	struct yh_id record;
	struct yh_id
		filer; /* who entered the record, the one it is of where it names none; zero: any */
	struct yh_id numbered_by; /* the cloud in whose name it is numbered; zero: its own */
	const char *no;           /* the number it has already; NULL: it gets one */
	enum yh_case_abroad abroad;
};
/* At a district, of a case about the city's cloud: it is bound there, numbered by the district's
 * cloud. CONFLICT "case-not-carried" for what is about a record, which the city does not have. */
YH_CHECK enum yh_rc yh_case_bind(struct yh_ctx *cx, const struct yh_procedure *p,
				 struct yh_subject *s, struct yh_err *err);
/* TOO_LARGE "case-form-large" (figure max, KiB) for what is longer than what crosses the link. */
YH_CHECK enum yh_rc yh_case_carries(const char *form, struct yh_err *err);
/* At the city, of a case that arrived: what was done before is done; goes on from there. */
YH_CHECK enum yh_rc yh_case_take_over(struct yh_case_cx *k, const struct yh_arrival *how,
				      struct yh_err *err);
/* Is a step of a bound case the district's own? */
bool yh_step_is_here(const struct yh_case *c, const struct yh_step *step);
/* The district has done its part: the case is carried on at the city. CONFLICT "city-not-linked"
 * where the link has ended. */
YH_CHECK enum yh_rc yh_case_hand_over(struct yh_case_cx *k, struct yh_err *err);

/* What somebody here does in a case abroad: goes to the city as an act. */
struct yh_act {
	const char *act, *step, *role; /* decide, return, resubmit, withdraw, urge; step "": none */
	struct yh_id org;
	const char *outcome, *reason;
	const json_t *form, *defects; /* NULL: none */
};
YH_CHECK enum yh_rc yh_case_send(struct yh_case_cx *k, const struct yh_act *act,
				 struct yh_err *err);
/* From another case: it is about the same. NOT_FOUND "case-unknown". */
YH_CHECK enum yh_rc yh_case_of_case(struct yh_ctx *cx, const struct yh_id *id, struct yh_subject *s,
				    struct yh_err *err);
/* From a record of the kind that `p` is about. NOT_FOUND "<kind>-unknown". */
YH_CHECK enum yh_rc yh_case_of_record(struct yh_ctx *cx, const struct yh_procedure *p,
				      const struct yh_id *id, struct yh_subject *s,
				      struct yh_err *err);
/* The record hears that the case about it has begun, and that it has ended. */
YH_CHECK enum yh_rc yh_case_record_begin(struct yh_ctx *cx, const struct yh_case *c,
					 struct yh_err *err);
YH_CHECK enum yh_rc yh_case_record_end(struct yh_case_cx *k, struct yh_err *err);
/* With unit and cloud known: the cloud's level fits the procedure, the unit is locked, and the case
 * has its number. */
YH_CHECK enum yh_rc yh_case_place(struct yh_ctx *cx, const struct yh_procedure *p,
				  const struct yh_subject *s, char no[40], struct yh_err *err);
/* As yh_case_take, for people who act in it: not where it is managed elsewhere. */
YH_CHECK enum yh_rc yh_case_take_here(struct yh_ctx *cx, const struct yh_id *id,
				      struct yh_case *out, struct yh_err *err);
/* The case of a step, and the step as it is under the lock. */
YH_CHECK enum yh_rc yh_case_take_step(struct yh_ctx *cx, const struct yh_id *step,
				      struct yh_case *out, struct yh_step_row *row,
				      struct yh_err *err);
/* Fills the row of a case that begins now. */
void yh_case_begin(struct yh_ctx *cx, struct yh_case *c, const struct yh_subject *s,
		   const char *title, const char *form);

/* Opens the first step after `from` (-1: the first of all) that its conditions admit, or closes the
 * case when there is none. */
YH_CHECK enum yh_rc yh_case_advance(struct yh_case_cx *k, int from, struct yh_err *err);

/* What has begun goes to its first step; without any step it takes effect at once, and is over. */
YH_CHECK enum yh_rc yh_case_set_out(struct yh_case_cx *k, struct yh_err *err);

/* After the form was corrected: back to a step that was passed over and is due now, or on from one
 * that is due no more; nothing when the open step is still the one. */
YH_CHECK enum yh_rc yh_case_reroute(struct yh_case_cx *k, struct yh_err *err);

/* The last desk of step `at` (k->step) has given its word: checks again, effects, the next step. */
YH_CHECK enum yh_rc yh_case_carry_on(struct yh_case_cx *k, int at, const struct yh_outcome *o,
				     struct yh_err *err);

/* A desk has opened, or was closed: whoever fulfils hears of it. */
YH_CHECK enum yh_rc yh_step_told(struct yh_case_cx *k, const struct yh_step *step,
				 const struct yh_step_row *row, struct yh_err *err);

/* Ends the case: undoes reservations, closes what is open, tells the applicant. */
YH_CHECK enum yh_rc yh_case_end(struct yh_case_cx *k, const char *state, const char *reason,
				struct yh_err *err);

/* What a use case says of the case, not of the store or of the program. */
bool yh_is_refusal(enum yh_rc rc);
/* Notes of a trial: a check that is to be judged (NULL without memory), whether it was noted, and a
 * step that was opened, nothing when it is for good. */
struct yh_trial_check *yh_trial_note(struct yh_ctx *cx, struct yh_trial *t,
				     const struct yh_word_use *use, enum yh_moment at);
bool yh_trial_noted(const struct yh_trial *t, const struct yh_word_use *use, enum yh_moment at);
YH_CHECK enum yh_rc yh_trial_opened(struct yh_case_cx *k, const struct yh_step_row *row,
				    struct yh_err *err);
/* Of the last that was noted. A check that fails without a verdict of the measures, after another
 * `failed`, says nothing new: it met what that one had met already. */
enum yh_verdict yh_trial_verdict(const struct yh_trial *t, const struct yh_err *why, bool failed);

/* Runs words in order. In a trial every check is judged, and noted, whatever the others say. */
YH_CHECK enum yh_rc yh_run_checks(struct yh_case_cx *k, const struct yh_word_use *uses, size_t n,
				  enum yh_moment at, struct yh_err *err);
YH_CHECK enum yh_rc yh_run_effects(struct yh_case_cx *k, const struct yh_word_use *uses, size_t n,
				   struct yh_err *err);
YH_CHECK enum yh_rc yh_run_conditions(struct yh_case_cx *k, const struct yh_word_use *when,
				      size_t n_when, const struct yh_word_use *unless,
				      size_t n_unless, bool *holds, struct yh_err *err);

/* Due day of a step that started on `start`, leaving out the days on which the case waited for its
 * applicant. due->day is YH_DAY_NONE while it does. A step due by the lease (its `start` is its
 * opening) is due on the lease's last day, on the first working day after the opening at the
 * earliest, and never pauses. */
YH_CHECK enum yh_rc yh_step_due(struct yh_case_cx *k, const struct yh_step *step,
				struct yh_period period, yh_day start, struct yh_due *due,
				struct yh_err *err);
/* From which day a step opened on `opened` counts when its clock runs since the lease: the lease's
 * last day, or the opening where that is later than the day after it, or where no lease is. */
YH_CHECK enum yh_rc yh_step_since_lease(struct yh_case_cx *k, yh_day opened, yh_day *start,
					struct yh_err *err);
/* From which day a step counts whose clock runs since the service of the paper that an earlier one
 * issued to its own organisation: `opened` where there is none. *known false: there is none, or
 * that day may yet be another. */
YH_CHECK enum yh_rc yh_step_since_served(struct yh_case_cx *k, const char *issuer,
					 const struct yh_id *org, yh_day opened, yh_day *start,
					 bool *known, struct yh_err *err);
/* Plans a reminder some days ahead of the due day; *planned false: that day is here or past. */
YH_CHECK enum yh_rc yh_step_plan_reminder(struct yh_case_cx *k, const struct yh_step *step,
					  const struct yh_step_row *row, bool *planned,
					  struct yh_err *err);
/* The job that ends an open wait, in place of one planned before. */
YH_CHECK enum yh_rc yh_step_plan_wait(struct yh_case_cx *k, const struct yh_step *step,
				      yh_day opened, struct yh_err *err);
/* The job that takes the silence of a step, in place of one planned before; nothing while its clock
 * is paused, or when it has no `silence`. */
YH_CHECK enum yh_rc yh_step_plan_silence(struct yh_case_cx *k, const struct yh_step *step,
					 const struct yh_step_row *row, struct yh_err *err);
/* The job that tells when the hours of a step are over; nothing for a clock in days. */
YH_CHECK enum yh_rc yh_step_plan_hours(struct yh_case_cx *k, const struct yh_step_row *row,
				       struct yh_err *err);
/* Recomputes the due days of every open step; never earlier than before when `later_only`. */
YH_CHECK enum yh_rc yh_case_due_again(struct yh_case_cx *k, bool later_only, struct yh_err *err);

/* Records an event of the case. */
struct yh_record {
	const char *kind, *article, *outcome, *reason, *before, *after, *role, *payload;
	struct yh_id org;
};
YH_CHECK enum yh_rc yh_case_record(struct yh_case_cx *k, const struct yh_record *r,
				   struct yh_err *err);
/* The grant through which the actor may act for the applicant side of the case, or FORBIDDEN:
 * "case-of-system" when time began it. */
YH_CHECK enum yh_rc yh_case_applicant(struct yh_case_cx *k, const struct yh_grant **out,
				      struct yh_err *err);
/* FORBIDDEN "same-person" when the actor, or who answers for a program, stands on another side
 * already. */
YH_CHECK enum yh_rc yh_case_side_free(struct yh_case_cx *k, const char *side, struct yh_err *err);
/* Notes on which side the actor stands, "applicant", "decider" or "concerned" (a unit that answers
 * in a case it has not filed); FORBIDDEN "same-person" if already on another. */
YH_CHECK enum yh_rc yh_case_side(struct yh_case_cx *k, const char *side, struct yh_err *err);

/* Does one grant see the case in a relation? *sees is left alone when not. */
YH_CHECK enum yh_rc yh_case_sees_by(struct yh_ctx *cx, const struct yh_case *c,
				    const struct yh_grant *g, const char *relation, bool *sees,
				    struct yh_err *err);

/* Writes the case's row as changed now. */
YH_CHECK enum yh_rc yh_case_save(struct yh_ctx *cx, struct yh_case *c, struct yh_err *err);

/* Does the outcome do nothing but tell people? */
bool yh_outcome_only_tells(const struct yh_outcome *o);

int yh_step_index(const struct yh_procedure *p, const char *name);

#endif
