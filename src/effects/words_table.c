/* Every word of the vocabulary and the functions behind it. */
#include "effects/about.h"
#include "effects/backup.h"
#include "effects/catalogue.h"
#include "effects/domain.h"
#include "effects/duty.h"
#include "effects/evaluation.h"
#include "effects/lease.h"
#include "effects/ledger.h"
#include "effects/move.h"
#include "effects/notice.h"
#include "effects/opening.h"
#include "effects/order.h"
#include "effects/paper.h"
#include "effects/party.h"
#include "effects/pledge.h"
#include "effects/quota.h"
#include "effects/rectify.h"
#include "effects/resource.h"
#include "effects/settle.h"
#include "effects/words.h"
#include "effects/year.h"

#define CHECK(word, fn)                                                                            \
	{                                                                                          \
		.name = (word), .check = (fn)                                                      \
	}
#define COND(word, fn)                                                                             \
	{                                                                                          \
		.name = (word), .cond = (fn)                                                       \
	}
#define EFFECT(word, fn)                                                                           \
	{                                                                                          \
		.name = (word), .effect = (fn)                                                     \
	}

static const struct yh_word WORDS[] = {
	/* quotas, Art. 18-20 */
	CHECK("quota.within", yh_word_quota_within),
	COND("unit_total.exceeds", yh_word_unit_total_exceeds),
	{ .name = "quota.reserve",
	  .effect = yh_word_quota_reserve,
	  .undo = yh_word_quota_unreserve },
	EFFECT("quota.grant", yh_word_quota_grant),
	CHECK("quota.change_fits", yh_word_quota_change_fits),
	EFFECT("quota.change", yh_word_quota_change),

	/* projects and systems, Art. 2 and 18 */
	CHECK("system.mlps_at_most", yh_word_mlps_at_most),
	CHECK("system.not_classified", yh_word_not_classified),
	CHECK("project.is", yh_word_project_is),
	EFFECT("project.initiate", yh_word_project_initiate),
	EFFECT("project.fail", yh_word_project_fail),

	/* resources, Art. 19-21 and 26 */
	CHECK("resource.is", yh_word_resource_is),
	CHECK("system.runs", yh_word_system_runs),
	CHECK("item.orderable", yh_word_item_orderable),
	CHECK("test.ran_at_least", yh_word_test_ran_at_least),
	EFFECT("resource.apply", yh_word_resource_apply),
	EFFECT("resource.open", yh_word_resource_open),
	EFFECT("resource.formalise", yh_word_resource_formalise),
	EFFECT("resource.release", yh_word_resource_release),
	EFFECT("resource.resize", yh_word_resource_resize),
	EFFECT("resource.stop", yh_word_resource_stop),
	EFFECT("resource.destroy", yh_word_resource_destroy),

	/* time-limited resources, Art. 21-24 */
	CHECK("item.not_exposed", yh_word_item_not_exposed),
	CHECK("lease.fits", yh_word_lease_fits),
	EFFECT("lease.begin", yh_word_lease_begin),
	CHECK("lease.extendable", yh_word_lease_extendable),
	CHECK("lease.in_time", yh_word_lease_in_time),
	CHECK("lease.extension_fits", yh_word_lease_extension_fits),
	EFFECT("lease.extend", yh_word_lease_extend),
	{ .name = "lease.hold", .effect = yh_word_lease_hold, .undo = yh_word_lease_release },
	EFFECT("quota.allow", yh_word_quota_allow),
	CHECK("quota.allowed", yh_word_quota_allowed),
	CHECK("quota.share_within", yh_word_quota_share_within),
	CHECK("quota.converts", yh_word_quota_converts),
	EFFECT("notice.leases", yh_word_notice_leases),

	{ .name = "backup.note", .effect = yh_word_backup_note, .undo = yh_word_backup_keep },
	EFFECT("backup.silent", yh_word_backup_silent),

	/* rectification, Art. 25 */
	EFFECT("order.issue", yh_word_order_issue),
	EFFECT("paper.issue", yh_word_paper_issue),
	CHECK("pledge.holds", yh_word_pledge_holds),
	EFFECT("answer.names", yh_word_answer_names),
	CHECK("system.supplied", yh_word_system_supplied),
	CHECK("supply.stopped", yh_word_supply_stopped),
	EFFECT("supply.stop", yh_word_supply_stop),
	EFFECT("supply.restore", yh_word_supply_restore),

	/* catalogue, Art. 15 */
	CHECK("edition.is", yh_word_edition_is),
	CHECK("edition.has_items", yh_word_edition_has_items),
	CHECK("edition.items_whole", yh_word_edition_items_whole),
	CHECK("edition.keeps_used", yh_word_edition_keeps_used),
	EFFECT("edition.compile", yh_word_edition_compile),
	EFFECT("edition.approve", yh_word_edition_approve),
	EFFECT("edition.publish", yh_word_edition_publish),

	CHECK("edition.experience", yh_word_edition_experience),

	/* evaluation, Art. 33 and 34 */
	{ .name = "scheme.submit", .effect = yh_word_scheme_submit, .undo = yh_word_scheme_reopen },
	EFFECT("scheme.enact", yh_word_scheme_enact),
	{ .name = "evaluation.announce",
	  .effect = yh_word_evaluation_announce,
	  .undo = yh_word_evaluation_reopen },
	EFFECT("evaluation.publish", yh_word_evaluation_publish),
	CHECK("result.objectionable", yh_word_result_objectionable),
	EFFECT("result.correct", yh_word_result_correct),
	COND("result.of", yh_word_result_of),

	/* parties, Art. 7 and 12 */
	CHECK("org.absent", yh_word_org_absent),
	EFFECT("org.admit", yh_word_org_admit),
	CHECK("cloud.absent", yh_word_cloud_absent),
	EFFECT("cloud.found", yh_word_cloud_found),
	COND("applicant.is_district", yh_word_applicant_is_district),
	COND("cloud.is_municipal", yh_word_cloud_is_municipal),
	COND("case.municipal_for_district", yh_word_municipal_for_district),

	/* earlier cases, corrected and revoked by later ones */
	CHECK("about.is", yh_word_about_is),
	CHECK("about.decided_by_filer", yh_word_about_decided_by_filer),
	COND("about.decided_by", yh_word_about_decided_by),
	CHECK("about.unrevoked", yh_word_about_unrevoked),
	CHECK("correction.fits", yh_word_correction_fits),
	CHECK("correction.leases_at_most", yh_word_leases_at_most),
	EFFECT("decision.correct", yh_word_decision_correct),
	CHECK("decision.revocable", yh_word_decision_revocable),
	EFFECT("decision.revoke", yh_word_decision_revoke),

	/* settlements and their statements, Art. 27 */
	CHECK("settlement.is", yh_word_settlement_is),
	CHECK("settlement.whole", yh_word_settlement_whole),
	{ .name = "settlement.submit",
	  .effect = yh_word_settlement_submit,
	  .undo = yh_word_settlement_unsubmit },
	EFFECT("settlement.close", yh_word_settlement_close),
	EFFECT("settlement.tell", yh_word_settlement_tell),
	CHECK("statement.is", yh_word_statement_is),
	CHECK("statement.within", yh_word_statement_within),
	CHECK("statement.party", yh_word_statement_party),
	CHECK("statement.lines", yh_word_statement_lines),
	EFFECT("statement.fix", yh_word_statement_fix),
	EFFECT("statement.correct", yh_word_statement_correct),
	EFFECT("statement.tell", yh_word_statement_tell),

	/* records of registers */
	CHECK("record.valid", yh_word_record_valid),
	CHECK("record.absent", yh_word_record_absent),
	CHECK("record.is", yh_word_record_is),
	CHECK("record.fits", yh_word_record_fits),
	CHECK("record.room", yh_word_record_room),
	/* reorganisations */
	CHECK("org.may_move", yh_word_org_may_move),
	EFFECT("org.merge", yh_word_org_merge),
	EFFECT("org.split", yh_word_org_split),
	EFFECT("org.rename", yh_word_org_rename),
	EFFECT("provider.replace", yh_word_provider_replace),

	/* opening balances */
	CHECK("opening.fits", yh_word_opening_fits),
	EFFECT("opening.enter", yh_word_opening_enter),

	EFFECT("record.enter", yh_word_record_enter),
	EFFECT("record.amend", yh_word_record_amend),
	EFFECT("record.state", yh_word_record_state),

	/* duties */
	CHECK("duty.done", yh_word_duty_done),
	CHECK("duty.none_overdue", yh_word_duty_none_overdue),
	EFFECT("duty.lay", yh_word_duty_lay),
	EFFECT("duty.lay_each", yh_word_duty_lay_each),
	EFFECT("duty.fulfil", yh_word_duty_fulfil),
	EFFECT("duty.waive", yh_word_duty_waive),

	/* closing a year */
	CHECK("year.closable", yh_word_year_closable),
	EFFECT("year.close", yh_word_year_close),

	/* of any case */
	CHECK("case.single", yh_word_case_single),
	CHECK("case.once", yh_word_case_once),
	COND("step.was", yh_word_step_was),
	COND("form.has", yh_word_form_has),
	COND("form.is", yh_word_form_is),
	CHECK("form.needs", yh_word_form_needs),
	CHECK("form.happened", yh_word_form_happened),
	CHECK("form.to_come", yh_word_form_to_come),
	CHECK("applicant.is_municipal", yh_word_applicant_is_municipal),
	EFFECT("notice.send", yh_word_notice_send),
	EFFECT("notice.units", yh_word_notice_units),
	EFFECT("notice.quota", yh_word_notice_quota),
	EFFECT("notice.about_case", yh_word_notice_about_case),
	EFFECT("clock.suspend", yh_word_clock_suspend),

	/* what begins a case: asked by whoever watches for it, see yh_pack_started_by */
	{ .name = "lease.ends" },
	{ .name = "evaluation.rectifies" },
};

const struct yh_words *yh_effects_words(void)
{
	static const struct yh_words all = { WORDS, sizeof WORDS / sizeof WORDS[0],
					     yh_order_of_step, yh_order_without };

	return &all;
}
