/* What the unit says of its data, by resource; what an earlier step came to. */
#include "effects/backup.h"

#include <stdio.h>
#include <string.h>

#include "store/backup.h"
#include "store/case_file.h"
#include "store/person.h"

static enum yh_rc note_one(struct yh_case_cx *k, const struct yh_id *resource,
			   const struct yh_backup_row *like, struct yh_err *err)
{
	struct yh_backup_row note = *like;

	note.id = yh_ctx_new_id(k->cx);
	note.case_id = k->c->row.id;
	note.resource = *resource;
	note.made_at = k->cx->now;
	return yh_backup_put(k->cx->tx, &note, err);
}

/* Of the resources that the case is about: linked to it, or named by its form as to be changed. The
 * event is one of the case, whose record of what it did to resources it does not add to. */
static enum yh_rc note_all(struct yh_case_cx *k, const struct yh_backup_row *like,
			   struct yh_err *err)
{
	const json_t *changes = json_object_get(k->c->form, "changes");
	struct yh_resource_row *rs;
	size_t n;
	enum yh_rc rc = yh_resource_of_case(k->cx->tx, &k->c->row.id, k->cx->arena, &rs, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++)
		if (strcmp(rs[i].state, "running") == 0)
			rc = note_one(k, &rs[i].id, like, err);
	for (size_t i = 0; rc == YH_OK && i < json_array_size(changes); i++) {
		const char *text = yh_json_text(json_array_get(changes, i), "resource");
		struct yh_id id;

		rc = yh_id_parse(text ? text : "", &id, err);
		if (rc == YH_OK)
			rc = note_one(k, &id, like, err);
	}
	return rc == YH_OK ? yh_effect_record(k, "backup.noted", "case", &k->c->row.id, NULL,
					      like->choice, err)
			   : rc;
}

YH_WORD_CHECK_FN(yh_word_backup_note)
{
	const json_t *filed = json_object_get(k->c->form, "backup");
	const json_t *said = yh_json_text(k->input, "choice") ? k->input : filed;
	bool earlier = said == filed && k->step; /* said when it was filed, effective now */
	struct yh_backup_row note = { .person = earlier ? k->c->row.filer : k->cx->actor->person };
	const char *choice = yh_json_text(said, "choice");

	(void)use;
	if (!choice)
		return YH_OK;
	note.note = yh_json_text(said, "note");
	if (!note.note)
		note.note = "";
	(void)snprintf(note.choice, sizeof note.choice, "%s", choice);
	return note_all(k, &note, err);
}

/* What was said of one's data stays said, whatever becomes of the case. */
YH_WORD_CHECK_FN(yh_word_backup_keep)
{
	(void)k;
	(void)use;
	(void)err;
	return YH_OK;
}

YH_WORD_CHECK_FN(yh_word_backup_silent)
{
	struct yh_backup_row note = { .choice = YH_BACKUP_SILENT,
				      .note = "",
				      .person = YH_PERSON_SYSTEM };
	enum yh_rc rc = yh_person_system(k->cx->tx, k->cx->now, err);

	(void)use;
	return rc == YH_OK ? note_all(k, &note, err) : rc;
}

enum yh_rc yh_backup_forced(struct yh_case_cx *k, const struct yh_id *resource, bool *forced,
			    struct yh_err *err)
{
	struct yh_backup_row *notes;
	size_t n;
	enum yh_rc rc = yh_backup_of_case(k->cx->tx, &k->c->row.id, k->cx->arena, &notes, &n, err);

	*forced = false;
	for (size_t i = 0; rc == YH_OK && i < n; i++)
		if (yh_id_eq(&notes[i].resource, resource))
			*forced = strcmp(notes[i].choice, YH_BACKUP_SILENT) == 0;
	return rc;
}

/* Ended, and not because the case went another way. */
static bool answered(const struct yh_step_row *row)
{
	return row->closed_at && strcmp(row->outcome, "moot") != 0;
}

/* Every running resource of the case has its note. */
static enum yh_rc all_noted(struct yh_case_cx *k, bool *all, struct yh_err *err)
{
	struct yh_resource_row *rs;
	struct yh_backup_row *notes;
	size_t n, n_notes;
	enum yh_rc rc = yh_resource_of_case(k->cx->tx, &k->c->row.id, k->cx->arena, &rs, &n, err);

	if (rc == YH_OK)
		rc = yh_backup_of_case(k->cx->tx, &k->c->row.id, k->cx->arena, &notes, &n_notes,
				       err);
	*all = rc == YH_OK && n > 0;
	for (size_t i = 0; *all && i < n; i++) {
		bool noted = strcmp(rs[i].state, "running") != 0;

		for (size_t m = 0; !noted && m < n_notes; m++)
			noted = yh_id_eq(&notes[m].resource, &rs[i].id);
		*all = noted;
	}
	return rc;
}

enum yh_rc yh_backup_need(struct yh_case_cx *k, const struct yh_word_use *use, struct yh_err *err)
{
	const char *step = yh_use_text(use, "backup", NULL);
	struct yh_step_row *rows;
	bool noted;
	size_t n;
	enum yh_rc rc = all_noted(k, &noted, err);

	if (rc != YH_OK || noted || json_object_get(k->c->form, "backup"))
		return rc;
	rc = yh_step_list(k->cx->tx, &k->c->row.id, k->cx->arena, &rows, &n, err);
	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		bool is = step ? strcmp(rows[i].step, step) == 0
			       : strcmp(rows[i].kind, "confirm") == 0 &&
					  yh_id_eq(&rows[i].org, &k->c->row.unit);

		if (is && answered(&rows[i]))
			return YH_OK;
	}
	return rc == YH_OK ? yh_refuse(err, "backup-unconfirmed",
				       yh_use_text(use, "article",
						   k->step ? k->step->article
							   : k->c->procedure->article))
			   : rc;
}

YH_WORD_COND_FN(yh_word_step_was)
{
	const char *step = yh_use_text(use, "step", "");
	const char *outcome = yh_use_text(use, "outcome", "");
	struct yh_step_row *rows;
	size_t n;
	enum yh_rc rc = yh_step_list(k->cx->tx, &k->c->row.id, k->cx->arena, &rows, &n, err);

	*holds = false;
	/* the last answer is the one that counts: a returned case may be asked again */
	for (size_t i = 0; rc == YH_OK && i < n; i++)
		if (strcmp(rows[i].step, step) == 0 && answered(&rows[i]))
			*holds = strcmp(rows[i].outcome, outcome) == 0;
	return rc;
}
