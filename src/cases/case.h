/* The case engine: every procedure of a pack runs through these use cases, and only these.
 *
 *   filed -> step … -> closed | refused, with `returned` (statutory clocks paused) and `withdrawn`
 *
 * Each is a re-runnable function of a transaction; all of them lock the applicant unit and the
 * case, in that one order of keys, before they read what they judge by. */
#ifndef YH_CASES_CASE_H
#define YH_CASES_CASE_H

#include "cases/words.h"

struct yh_file_in {
	const char *procedure;
	struct yh_id unit; /* the applicant, when the actor files for several; zero: the only one */
	struct yh_id project; /* about a project; for resources it follows from them */
	struct yh_id about_case;
	struct yh_id record; /* of the kind that the procedure is about */
	struct yh_id
		cloud; /* about nothing else: zero takes the cloud of the applicant's district */
	const char *title; /* NULL: the procedure's */
	const json_t *form;
	const json_t *documents;          /* ids of documents that come with it; NULL: none */
	const char *label;                /* of the pack; NULL: what its procedure has */
	const struct yh_pack *checked;    /* from yh_case_check_form, or NULL */
	const struct yh_arrival *arrival; /* of cases/abroad.h; NULL: it is filed here */
};

/* Holds the form against the pack in force, ahead of the transaction. NULL: it does not pass, or
 * nothing can be said; filing tells why. */
const struct yh_pack *yh_case_check_form(const struct yh_ctx *cx, const char *procedure,
					 const json_t *form);

/* Files a case: form, permission, level, checks, reservations, first step. FORBIDDEN
 * "file-not-permitted"; REFUSED by a check; BAD_INPUT by the form, or "label-unknown",
 * "case-label-least" for a label below that of its procedure, or of the case that it is about. */
YH_CHECK enum yh_rc yh_case_file(struct yh_ctx *cx, const struct yh_file_in *in,
				 struct yh_case *out, struct yh_err *err);

/* A case that time begins, by a trigger of its procedure (`started_by`). */
struct yh_start_in {
	const char *procedure, *trigger;
	const char *title; /* NULL: the procedure's */
	const struct yh_id
		*resources; /* about resources: unit, project and cloud follow from them */
	size_t n_resources;
	struct yh_id about_case;
	struct yh_id record;      /* of the kind that the procedure is about */
	struct yh_id unit, cloud; /* what else does not name; about nothing of these */
};

/* Begins a case as the system, under today's pack: no form, nobody who could withdraw it or to whom
 * it could be returned; its unit is told. The checks hold as when it is filed. NOT_FOUND
 * "procedure-unknown" when the procedure has not this trigger; REFUSED by a check or
 * "level-mismatch"; BAD_INPUT "resources-of-several-projects". Whoever calls sees to it that it is
 * called once. */
YH_CHECK enum yh_rc yh_case_start(struct yh_ctx *cx, const struct yh_start_in *in,
				  struct yh_case *out, struct yh_err *err);

/* Takes a resource out of an open case that time began (extended, converted or given back since).
 * Without any left the case ends as closed, with the reason. Nothing when it is not in it, or the
 * case has ended; CONFLICT "case-of-filer" for a case that somebody filed. */
YH_CHECK enum yh_rc yh_case_drop(struct yh_ctx *cx, const struct yh_id *case_id,
				 const struct yh_id *resource, const char *reason,
				 struct yh_err *err);

struct yh_decide_in {
	struct yh_id case_id;
	const char *step, *outcome, *reason;
	const json_t *form;      /* NULL when the step has none */
	const json_t *documents; /* ids; NULL: none */
	int64_t if_match;        /* -1: whatever the version */
};

/* Decides, confirms or fulfils an open step. FORBIDDEN "decide-not-permitted", "same-person"
 * (Yunheng's separation of applicant and decider), "signature-needed"; CONFLICT "step-not-open",
 * "case-not-open", "opinion-missing"; BAD_INPUT "outcome-unknown", "reason-missing". */
YH_CHECK enum yh_rc yh_case_decide(struct yh_ctx *cx, const struct yh_decide_in *in,
				   struct yh_case *out, struct yh_err *err);

/* An opinion inside the deciding body (handler, reviewer) or a countersignature from another:
 * `stage` is handle, review or countersign. Binds nobody; the signature decides. FORBIDDEN
 * "review-needed" to who only handles, "opinion-own" to who gave one at another stage; a program is
 * who answers for it. */
struct yh_opine_in {
	struct yh_id case_id;
	const char *step, *stage, *outcome, *reason;
	const json_t *documents; /* ids; NULL: none */
};
YH_CHECK enum yh_rc yh_case_opine(struct yh_ctx *cx, const struct yh_opine_in *in,
				  struct yh_case *out, struct yh_err *err);

/* Could the actor decide, or opine at a stage, as things stand, with whatever outcome? As the two
 * above would say; nothing is written, and a reader's transaction will do. */
YH_CHECK enum yh_rc yh_case_may_decide(struct yh_ctx *cx, struct yh_case *c, const char *step,
				       struct yh_err *err);
YH_CHECK enum yh_rc yh_case_may_opine(struct yh_ctx *cx, struct yh_case *c, const char *step,
				      const char *stage, struct yh_err *err);

/* Returns the case to its applicant, once, with every defect listed and a last day to answer (T3;
 * the pack's `return.answer`). Clocks pause. CONFLICT "returned-before", "return-not-open". */
YH_CHECK enum yh_rc yh_case_return(struct yh_ctx *cx, const struct yh_id *case_id, const char *step,
				   const json_t *defects, struct yh_case *out, struct yh_err *err);
/* The applicant's answer: the corrected form passes the same checks anew, clocks go on; a step that
 * the corrected form asks for and that was passed over opens now. */
YH_CHECK enum yh_rc yh_case_resubmit(struct yh_ctx *cx, const struct yh_id *case_id,
				     const json_t *form, struct yh_case *out, struct yh_err *err);
/* The applicant withdraws while nothing is decided for good; CONFLICT "withdraw-too-late". */
YH_CHECK enum yh_rc yh_case_withdraw(struct yh_ctx *cx, const struct yh_id *case_id,
				     const char *reason, struct yh_case *out, struct yh_err *err);

/* By the scheduler: a returned case whose last day to answer has passed is withdrawn; a waiting
 * step whose time is up goes on. Neither does anything when it is no longer so. */
YH_CHECK enum yh_rc yh_case_lapse(struct yh_ctx *cx, const struct yh_id *case_id,
				  struct yh_err *err);
YH_CHECK enum yh_rc yh_case_elapse(struct yh_ctx *cx, const struct yh_id *case_id,
				   struct yh_err *err);
/* The desk of a step that is still open is reminded of its due day. */
YH_CHECK enum yh_rc yh_case_remind(struct yh_ctx *cx, const struct yh_id *step_id,
				   struct yh_err *err);
/* The hours of an open step are over: its desk is told, and those bodies of its cloud that may
 * supervise its cases. Nothing when it was answered, or is not late. */
YH_CHECK enum yh_rc yh_case_hours_over(struct yh_ctx *cx, const struct yh_id *step_id,
				       struct yh_err *err);
/* The due day of an open step has passed without an answer: the outcome that its `silence` names is
 * taken, once, as the system. Nothing when it was answered, or waits for something else. */
YH_CHECK enum yh_rc yh_case_silence(struct yh_ctx *cx, const struct yh_id *step_id,
				    struct yh_err *err);
/* Would the checks hold by which the positive outcome of an open fulfilled step is taken, the
 * procedure's and the step's own? Reads only. CONFLICT "step-not-open" when it is not. */
YH_CHECK enum yh_rc yh_case_fulfil_check(struct yh_ctx *cx, const struct yh_id *step_id,
					 struct yh_err *err);
/* A machine has carried out what a fulfilled step asks: it is closed as the system, with its
 * positive outcome and the form that its provider would have filled in, by the same checks.
 * CONFLICT "step-not-open", "case-not-open"; BAD_INPUT by the form; REFUSED by a check. */
YH_CHECK enum yh_rc yh_case_fulfil(struct yh_ctx *cx, const struct yh_id *step_id,
				   const json_t *form, struct yh_case *out, struct yh_err *err);
/* After the last day of a resource's lease was changed: what open cases tie to it is dated anew, by
 * jobs. */
YH_CHECK enum yh_rc yh_case_lease_moved(struct yh_ctx *cx, const struct yh_id *resource,
					struct yh_err *err);
/* A paper of it was served: due days of the open steps whose clocks run from that, anew. Nothing
 * when it has ended. */
YH_CHECK enum yh_rc yh_case_served(struct yh_ctx *cx, const struct yh_id *case_id,
				   struct yh_err *err);
/* After a calendar, a suspension or a lease was changed: due days of open steps anew, never earlier
 * than told (T4) unless by the lease, and waits for its end. */
YH_CHECK enum yh_rc yh_case_redate(struct yh_ctx *cx, const struct yh_id *case_id,
				   struct yh_err *err);

/* CONFLICT "managed-elsewhere" (figures cloud, district) for a cloud that a district manages on the
 * other side of a link, and with `both` also for one that the city does. */
YH_CHECK enum yh_rc yh_cloud_here(struct yh_ctx *cx, const struct yh_id *cloud, bool both,
				  struct yh_err *err);
/* Loads a case with its pack and form, without a lock. */
YH_CHECK enum yh_rc yh_case_get(struct yh_ctx *cx, const struct yh_id *case_id, struct yh_case *out,
				struct yh_err *err);
/* The same in a write, with the case and its unit locked until the transaction ends. */
YH_CHECK enum yh_rc yh_case_take(struct yh_ctx *cx, const struct yh_id *id, struct yh_case *out,
				 struct yh_err *err);

/* May the actor see it: as applicant, as the provider that its record names, as a body of its
 * cloud, as the unit's district operator, or because a step of it was theirs? NOT_FOUND
 * "case-unknown" when not, so that nothing leaks. Who is not cleared for it is left what
 * yh_mark_veil (cases/mark.h) leaves. */
YH_CHECK enum yh_rc yh_case_see(struct yh_ctx *cx, struct yh_case *c, const char *relation,
				struct yh_err *err);

#endif
