/* Notices on their way to persons: who is concerned, and what each has chosen. */
#ifndef YH_STORE_NOTIFY_H
#define YH_STORE_NOTIFY_H

#include "db/db.h"

enum { YH_MAIL_TEXT = 255, YH_CODE_TEXT = 12, YH_CATEGORY_TEXT = 24 };

/* A person's address and wishes; zero but for the person and lang "zh" before it said any. */
struct yh_notify_person {
	struct yh_id person;
	char mail[YH_MAIL_TEXT]; /* verified; "" : none */
	yh_time verified_at;
	char pending[YH_MAIL_TEXT]; /* waits for its code; "" : none */
	char code[YH_CODE_TEXT];
	yh_time code_at;
	int64_t code_tries;
	int64_t codes; /* codes sent since codes_from */
	yh_time codes_from;
	char lang[4]; /* zh, en */
	bool digest;  /* one mail a day */
};
YH_CHECK enum yh_rc yh_notify_person_load(struct yh_tx *tx, const struct yh_id *person,
					  struct yh_notify_person *out, struct yh_err *err);
YH_CHECK enum yh_rc yh_notify_person_save(struct yh_tx *tx, const struct yh_notify_person *row,
					  struct yh_err *err);

/* What was chosen; what nobody chose is on. */
struct yh_notify_choice {
	char category[YH_CATEGORY_TEXT];
	char channel[12]; /* mail, webhook */
	bool on;
};
YH_CHECK enum yh_rc yh_notify_choices(struct yh_tx *tx, const struct yh_id *person,
				      struct yh_arena *arena, struct yh_notify_choice **out,
				      size_t *n, struct yh_err *err);
YH_CHECK enum yh_rc yh_notify_choose(struct yh_tx *tx, const struct yh_id *person,
				     const struct yh_notify_choice *c, struct yh_err *err);

/* A notice that was not given to the channels yet. */
struct yh_new_notice {
	struct yh_id id, org, case_id;
	char role[32], slug[56];
	yh_time made_at;
};
/* The oldest first. Nobody else marks any until the transaction ends. */
YH_CHECK enum yh_rc yh_notices_new(struct yh_tx *tx, uint32_t limit, struct yh_arena *arena,
				   struct yh_new_notice **out, size_t *n, struct yh_err *err);
/* Is there one? */
YH_CHECK enum yh_rc yh_notices_wait(struct yh_tx *tx, bool *any, struct yh_err *err);
YH_CHECK enum yh_rc yh_notice_fanned(struct yh_tx *tx, const struct yh_id *id, yh_time at,
				     struct yh_err *err);

/* Who holds `role` in `org` on `day`, directly or lent, and has a channel on for the category; by
 * mail only those with a verified address. */
struct yh_notify_holder {
	struct yh_id person;
	const char *login;
	bool digest;
};
YH_CHECK enum yh_rc yh_notify_holders(struct yh_tx *tx, const struct yh_id *org, const char *role,
				      yh_day day, const char *category, const char *channel,
				      struct yh_arena *arena, struct yh_notify_holder **out,
				      size_t *n, struct yh_err *err);
YH_CHECK enum yh_rc yh_notify_holds(struct yh_tx *tx, const struct yh_id *person,
				    const struct yh_id *org, const char *role, yh_day day,
				    bool *holds, struct yh_err *err);

/* All of a notice that a channel tells. */
struct yh_told_notice {
	struct yh_id id, org, case_id;
	char role[32], slug[56], org_code[64], case_no[40];
	char procedure[48], label[32]; /* of its case; "": of none */
	const char *org_name, *figures;
	yh_time made_at;
};
/* NOT_FOUND "notice-unknown". */
YH_CHECK enum yh_rc yh_notice_told(struct yh_tx *tx, const struct yh_id *id, struct yh_arena *arena,
				   struct yh_told_notice *out, struct yh_err *err);

#endif
