/* Cases across the districts' link: a district's unit files at its own server, the city decides,
 * under one number. Rows in and out, no rules. */
#ifndef YH_STORE_CASE_ABROAD_H
#define YH_STORE_CASE_ABROAD_H

#include "store/case_file.h"

enum { YH_CASE_NO = 40, YH_CASE_DOC_KEY = 64 };

struct yh_case_link_row {
	char no[YH_CASE_NO];
	struct yh_id peer;    /* at the city: the district it came from; zero at a district */
	struct yh_id case_id; /* zero: turned away at the city's door */
	bool filed_here;     /* at a district: filed here and handed over; else begun at the city */
	int64_t acts;        /* at a district: made here; at the city: dealt with */
	int64_t acts_done;   /* at a district: of these, those the city has dealt with */
	int64_t priors;      /* at the city: steps that were done before it came */
	yh_time carried_at;  /* when it was handed over, or came */
	yh_time at;          /* when it was told of last, or heard from */
	const char *form;    /* at a district: as it was handed over, JSON; at the city: when it was
				filed there, as told, "" for what began here */
	const char *problem; /* JSON of an error: why it was turned away; "": it was not */
	const char *told;    /* at a district: the city's last word, JSON; "": none yet */
};

struct yh_case_act_row {
	char key[YH_CASE_DOC_KEY]; /* "PD-2026-CS-000001/000001" */
	char no[YH_CASE_NO];
	int64_t seq;      /* from 1 */
	const char *body; /* JSON; at the city, by what it is known again */
	const char
		*problem; /* JSON of an error: what the city said against it; "": nothing (yet) */
	yh_time at;
};

/* Is it the cloud of the city that this server, a district's, is linked with? */
YH_CHECK enum yh_rc yh_cloud_at_city(struct yh_tx *tx, const struct yh_id *cloud, bool *at_city,
				     struct yh_err *err);

/* Inserts, or replaces the row of the number. */
YH_CHECK enum yh_rc yh_case_link_put(struct yh_tx *tx, const struct yh_case_link_row *row,
				     struct yh_err *err);
/* Text is copied into the arena; *found false: there is none. */
YH_CHECK enum yh_rc yh_case_link_load(struct yh_tx *tx, const char *no, struct yh_arena *arena,
				      struct yh_case_link_row *out, bool *found,
				      struct yh_err *err);
YH_CHECK enum yh_rc yh_case_link_of(struct yh_tx *tx, const struct yh_id *case_id,
				    struct yh_arena *arena, struct yh_case_link_row *out,
				    bool *found, struct yh_err *err);
/* At the city: what came from a district's cloud by its earlier pairings is this peer's from now
 * on. */
YH_CHECK enum yh_rc yh_case_links_move(struct yh_tx *tx, const struct yh_id *cloud,
				       const struct yh_id *to, struct yh_err *err);

void yh_case_act_key(const char *no, int64_t seq, char out[YH_CASE_DOC_KEY]);
YH_CHECK enum yh_rc yh_case_act_insert(struct yh_tx *tx, const struct yh_case_act_row *row,
				       struct yh_err *err);
YH_CHECK enum yh_rc yh_case_act_load(struct yh_tx *tx, const char *key, struct yh_arena *arena,
				     struct yh_case_act_row *out, bool *found, struct yh_err *err);
/* Those of a case, the first first. */
YH_CHECK enum yh_rc yh_case_acts(struct yh_tx *tx, const char *no, struct yh_arena *arena,
				 struct yh_case_act_row **out, size_t *n, struct yh_err *err);
YH_CHECK enum yh_rc yh_case_act_refused(struct yh_tx *tx, const char *no, int64_t seq,
					const char *problem, struct yh_err *err);

/* The first `n` keys behind `after` of what a district sends: cases handed over, and acts. */
YH_CHECK enum yh_rc yh_case_keys_up(struct yh_tx *tx, const char *after, size_t n,
				    struct yh_arena *arena, const char ***out, size_t *count,
				    struct yh_err *err);
/* The same of what the city tells a district: the cases of its units on other clouds than the
 * district's own, and what was turned away. */
YH_CHECK enum yh_rc yh_case_keys_down(struct yh_tx *tx, const struct yh_id *peer,
				      const char *district, const struct yh_id *cloud,
				      const char *after, size_t n, struct yh_arena *arena,
				      const char ***out, size_t *count, struct yh_err *err);
/* Of these those that a resource is in. */
YH_CHECK enum yh_rc yh_case_keys_down_of(struct yh_tx *tx, const struct yh_id *resource,
					 const char *district, const struct yh_id *cloud,
					 struct yh_arena *arena, const char ***out, size_t *count,
					 struct yh_err *err);

/* The numbers of what a peer's was turned away at an instant: those of one batch have the same. */
YH_CHECK enum yh_rc yh_case_turned_away(struct yh_tx *tx, const struct yh_id *peer, yh_time at,
					struct yh_arena *arena, const char ***out, size_t *count,
					struct yh_err *err);

/* A step that was thought done is open again. */
YH_CHECK enum yh_rc yh_step_reopen(struct yh_tx *tx, const struct yh_id *id, struct yh_err *err);

#endif
