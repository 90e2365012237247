/* The vocabulary as packs see it: every word, where it may stand, what it takes. */
#include "effects/words.h"
#include "store/subject.h"

#define ARTICLE                                                                                    \
	{                                                                                          \
		"article", YH_P_ARTICLE, false, NULL                                               \
	}
#define END                                                                                        \
	{                                                                                          \
		NULL, YH_P_TEXT, false, NULL                                                       \
	}
#define SIG(var, word, where, sentence, ...)                                                       \
	static const struct yh_param_sig var##_params[] = { __VA_ARGS__ };                         \
	static const struct yh_word_sig var = { word, where, var##_params, sentence }

SIG(mlps, "system.mlps_at_most", YH_WORD_CHECK, "No system of the form has a higher MLPS level.",
    { "level", YH_P_INT, true, NULL }, ARTICLE, END);
SIG(classified, "system.not_classified", YH_WORD_CHECK, "No system of the form is classified.",
    ARTICLE, END);
SIG(project_is, "project.is", YH_WORD_CHECK, "The project is in a state.",
    { "state", YH_P_WORD, true, "initiating|initiated|failed" }, ARTICLE, END);
SIG(quota_within, "quota.within", YH_WORD_CHECK,
    "What is asked fits the project's effective quota on every day.", ARTICLE, END);
SIG(change_fits, "quota.change_fits", YH_WORD_CHECK,
    "What the quota loses is neither in use nor reserved.", ARTICLE, END);
SIG(resource_is, "resource.is", YH_WORD_CHECK, "Every resource of the case is of a kind or state.",
    { "state", YH_P_KIND, true, "running|stopped" }, ARTICLE, END);
SIG(system_runs, "system.runs", YH_WORD_CHECK,
    "Something of the form's system, in the unit's project that a field names, runs on the cloud.",
    { "project", YH_P_FIELD, true, NULL }, ARTICLE, END);
SIG(orderable, "item.orderable", YH_WORD_CHECK,
    "Every item is in the catalogue in force, in an orderable quantity.", ARTICLE, END);
SIG(ran, "test.ran_at_least", YH_WORD_CHECK, "The test resources have run for a period.",
    { "period", YH_P_PERIOD, true, NULL }, ARTICLE, END);
SIG(edition_is, "edition.is", YH_WORD_CHECK, "The catalogue edition is in a state.",
    { "state", YH_P_WORD, true, "draft|compiled|approved|published" }, ARTICLE, END);
SIG(has_items, "edition.has_items", YH_WORD_CHECK, "The edition has at least so many items.",
    { "min", YH_P_INT, true, NULL }, END);
SIG(items_whole, "edition.items_whole", YH_WORD_CHECK,
    "Every item has a name, content and a price.", ARTICLE, END);
SIG(keeps_used, "edition.keeps_used", YH_WORD_CHECK,
    "Every item by which resources of the cloud run, or are to be opened, is in the edition.",
    ARTICLE, END);
SIG(absent, "org.absent", YH_WORD_CHECK, "No organisation has the form's code yet.", END);

SIG(about_is, "about.is", YH_WORD_CHECK, "The earlier case has ended by decision, or had effects.",
    { "state", YH_P_WORD, true, "ended|effected" }, ARTICLE, END);
SIG(about_filer, "about.decided_by_filer", YH_WORD_CHECK,
    "The body that files decided in the earlier case.", ARTICLE, END);
SIG(about_unrevoked, "about.unrevoked", YH_WORD_CHECK,
    "The earlier decision has not been revoked yet.", ARTICLE, END);
SIG(correction_fits, "correction.fits", YH_WORD_CHECK,
    "What is corrected stands by the earlier decision, and what is in use stays covered.", ARTICLE,
    END);
SIG(leases_most, "correction.leases_at_most", YH_WORD_CHECK,
    "No corrected lease of a kind passes its longest period.", { "kind", YH_P_KIND, true, NULL },
    { "period", YH_P_PERIOD, true, NULL }, ARTICLE, END);
SIG(revocable, "decision.revocable", YH_WORD_CHECK,
    "What stands of the earlier decision can be undone.",
    { "running", YH_P_PROCEDURE, false, NULL }, { "in_force", YH_P_PROCEDURE, false, NULL },
    { "otherwise", YH_P_PROCEDURE, false, NULL }, ARTICLE, END);

SIG(about_role, "about.decided_by", YH_WORD_COND, "A role decided in the earlier case.",
    { "role", YH_P_ROLE, true, NULL }, END);
SIG(exceeds, "unit_total.exceeds", YH_WORD_COND,
    "Allocated, pending and asked together pass a percentage of the unit's total quota.",
    { "percent", YH_P_INT, true, NULL }, ARTICLE, END);
SIG(is_district, "applicant.is_district", YH_WORD_COND, "The applicant belongs to a district.",
    END);
SIG(is_municipal, "cloud.is_municipal", YH_WORD_COND,
    "The cloud is the municipal one or a domain in it.", END);
SIG(for_district, "case.municipal_for_district", YH_WORD_COND,
    "A district's unit asks for municipal resources.", END);
SIG(form_has, "form.has", YH_WORD_COND, "A field of the form is filled in.",
    { "field", YH_P_FIELD, true, NULL }, END);
SIG(form_is, "form.is", YH_WORD_COND, "A field of the form has a value.",
    { "field", YH_P_FIELD, true, NULL }, { "value", YH_P_TEXT, true, NULL }, END);

SIG(form_needs, "form.needs", YH_WORD_CHECK,
    "A field of the form is filled in when another has a value.",
    { "field", YH_P_FIELD, true, NULL }, { "when", YH_P_FIELD, true, NULL },
    { "is", YH_P_TEXT, true, NULL }, ARTICLE, END);
SIG(form_happened, "form.happened", YH_WORD_CHECK, "A day of the form does not lie ahead.",
    { "field", YH_P_FIELD, true, NULL }, ARTICLE, END);
SIG(form_to_come, "form.to_come", YH_WORD_CHECK, "A day of the form has not passed.",
    { "field", YH_P_FIELD, true, NULL }, ARTICLE, END);
SIG(municipal_unit, "applicant.is_municipal", YH_WORD_CHECK, "The applicant is a unit of the city.",
    ARTICLE, END);
SIG(not_exposed, "item.not_exposed", YH_WORD_CHECK, "No item asked for serves the outside.",
    ARTICLE, END);
SIG(lease_fits, "lease.fits", YH_WORD_CHECK,
    "The last day that the form wants lies within the longest lease of the kind.",
    { "kind", YH_P_KIND, true, NULL }, ARTICLE, END);
SIG(lease_extendable, "lease.extendable", YH_WORD_CHECK,
    "Each resource has a lease that can be extended once more, and no other extension is under "
    "way.",
    ARTICLE, END);
SIG(lease_in_time, "lease.in_time", YH_WORD_CHECK,
    "The extension was filed so long ahead as the kind demands, unless a field gives reasons.",
    { "unless", YH_P_FIELD, false, NULL }, ARTICLE, END);
SIG(lease_extension_fits, "lease.extension_fits", YH_WORD_CHECK,
    "The extension is no longer than the kind admits, from the old end.", ARTICLE, END);
SIG(share_within, "quota.share_within", YH_WORD_CHECK,
    "Resources of the kind, pending ones included, take no more than a percentage of the project's"
    " quota, or one orderable size, unless a field gives reasons.",
    { "kind", YH_P_KIND, true, NULL }, { "percent", YH_P_INT, true, NULL },
    { "unless", YH_P_FIELD, false, NULL }, ARTICLE, END);
SIG(quota_allowed, "quota.allowed", YH_WORD_CHECK,
    "What is asked is covered by what was set for this case.", ARTICLE, END);
SIG(converts, "quota.converts", YH_WORD_CHECK,
    "The project's quota carries the resources once what was allowed for them ends.", ARTICLE, END);

SIG(step_was, "step.was", YH_WORD_COND, "An earlier step of the case had an outcome.",
    { "step", YH_P_STEP, true, NULL }, { "outcome", YH_P_OUTCOME, true, NULL }, END);

SIG(lease_ends, "lease.ends", YH_WORD_TRIGGER,
    "The lease of the case's resources ends so soon; notices go out as many working days ahead.",
    { "before", YH_P_PERIOD, true, NULL }, { "notices", YH_P_NOTICES, false, NULL }, END);

SIG(reserve, "quota.reserve", YH_WORD_RESERVE,
    "Holds what is asked until the case ends or the resources open; as what kind is known.",
    { "kind", YH_P_KIND, false, NULL }, END);
SIG(lease_hold, "lease.hold", YH_WORD_RESERVE,
    "The leases are not ended while the case, filed in time, is undecided.", END);

SIG(correct, "decision.correct", YH_WORD_EFFECT,
    "Wrongly recorded quotas, windows and leases are replaced from today on.", END);
SIG(revoke, "decision.revoke", YH_WORD_EFFECT,
    "What stands of the earlier decision ends; its story says so.", END);
SIG(grant, "quota.grant", YH_WORD_EFFECT, "The quota applied for is granted.", END);
SIG(change, "quota.change", YH_WORD_EFFECT, "The quota is reduced, transferred or cancelled.", END);
SIG(initiate, "project.initiate", YH_WORD_EFFECT, "The project is initiated.", END);
SIG(fails, "project.fail", YH_WORD_EFFECT, "Initiation failed; the quota lapses.", END);
SIG(apply, "resource.apply", YH_WORD_EFFECT, "Resources are entered as applied for.",
    { "kind", YH_P_KIND, true, NULL }, END);
SIG(open, "resource.open", YH_WORD_EFFECT, "The resources run; the reservation becomes use.", END);
SIG(formalise, "resource.formalise", YH_WORD_EFFECT,
    "The same resources become of a kind without a lease, the pack's first one if none is named.",
    { "kind", YH_P_KIND, false, NULL }, END);
SIG(lease_begin, "lease.begin", YH_WORD_EFFECT,
    "Resources of a kind with a lease get it, from their opening; what was allowed is theirs.",
    ARTICLE, END);
SIG(lease_extend, "lease.extend", YH_WORD_EFFECT, "The leases run on from their old end.", END);
SIG(allow, "quota.allow", YH_WORD_EFFECT,
    "Sets the quota for what is asked, beside the project's own.", END);
SIG(notice_leases, "notice.leases", YH_WORD_EFFECT,
    "The unit is told which of its resources run on leases of a kind.",
    { "kind", YH_P_KIND, true, NULL }, { "text", YH_P_TEXT, true, NULL }, END);
SIG(release, "resource.release", YH_WORD_EFFECT, "The resources end without having been formal.",
    END);
SIG(resize, "resource.resize", YH_WORD_EFFECT, "The expansion is carried out.", END);
SIG(stop, "resource.stop", YH_WORD_EFFECT,
    "Supply ends, once the unit has spoken of its data; these are kept for their period.",
    { "backup", YH_P_STEP, false, NULL }, ARTICLE, END);
SIG(note, "backup.note", YH_WORD_EFFECT | YH_WORD_RESERVE,
    "What the unit says of its data is noted for each resource.", END);
SIG(silent, "backup.silent", YH_WORD_EFFECT,
    "Of each resource it is noted that nobody spoke of its data.", END);
SIG(destroy, "resource.destroy", YH_WORD_EFFECT, "The resources are destroyed, with evidence.",
    END);
SIG(order, "order.issue", YH_WORD_EFFECT,
    "The order of the step's form is served to the unit, with its number and its last day.",
    { "text", YH_P_TEXT, true, NULL }, { "within", YH_P_PERIOD, true, NULL },
    { "deemed", YH_P_PERIOD, false, NULL }, END);
SIG(paper, "paper.issue", YH_WORD_EFFECT,
    "A numbered document of the deciding body is issued, sealed and served.",
    { "paper", YH_P_PAPER, true, NULL }, { "to", YH_P_ROLE, true, NULL },
    { "within", YH_P_PERIOD, false, NULL }, { "deemed", YH_P_PERIOD, false, NULL }, END);
SIG(pledge, "pledge.holds", YH_WORD_CHECK,
    "The document is a pledge that verifies, of the form's system, its level and the case's unit.",
    { "field", YH_P_FIELD, true, NULL }, { "paper", YH_P_PLEDGE, true, NULL }, ARTICLE, END);
SIG(year_closable, "year.closable", YH_WORD_CHECK,
    "The year of a field is over, settled and reported, and not closed yet.",
    { "field", YH_P_FIELD, true, NULL }, ARTICLE, END);
SIG(year_close, "year.close", YH_WORD_EFFECT, "Nothing dated in that year is entered any more.",
    { "field", YH_P_FIELD, true, NULL }, END);
SIG(names, "answer.names", YH_WORD_EFFECT, "What the answer lists are resources of the case.",
    { "field", YH_P_TEXT, true, NULL }, END);
SIG(supplied, "system.supplied", YH_WORD_CHECK,
    "Nothing is asked for a system that is cut off from supply.", ARTICLE, END);
SIG(supply_is, "supply.stopped", YH_WORD_CHECK, "The system of the form is cut off from supply.",
    ARTICLE, END);
SIG(supply_stop, "supply.stop", YH_WORD_EFFECT,
    "Nothing more is issued to the systems of the case, and all they run belongs to it.", END);
SIG(supply_back, "supply.restore", YH_WORD_EFFECT, "The system of the form is supplied again.",
    END);
SIG(compile, "edition.compile", YH_WORD_EFFECT, "The edition's items are fixed.", END);
SIG(approve, "edition.approve", YH_WORD_EFFECT, "The edition is approved.", END);
SIG(publish, "edition.publish", YH_WORD_EFFECT, "The edition is published with its date.", END);
SIG(experience, "edition.experience", YH_WORD_CHECK,
    "What a field names are figures of the cloud's experience that are on record.",
    { "field", YH_P_FIELD, true, NULL }, ARTICLE, END);
SIG(scheme_submit, "scheme.submit", YH_WORD_RESERVE,
    "The scheme's draft is fixed while the case decides on it.", END);
SIG(scheme_enact, "scheme.enact", YH_WORD_EFFECT,
    "The scheme is in force from the form's effective_date, and never changes.", ARTICLE, END);
SIG(announce, "evaluation.announce", YH_WORD_RESERVE,
    "The results are told to those concerned, who may object for so long.",
    { "objections", YH_P_PERIOD, true, NULL }, END);
SIG(eval_publish, "evaluation.publish", YH_WORD_EFFECT,
    "The results are published, never to be edited; factors of providers count from the evaluated"
    " period on, or from the next month.",
    { "factor_from", YH_P_WORD, true, "period|next" }, END);
SIG(objectionable, "result.objectionable", YH_WORD_CHECK,
    "The result was announced, and the time to object is not over.", ARTICLE, END);
SIG(result_correct, "result.correct", YH_WORD_EFFECT,
    "A figure of the result becomes what the form says: indicator, value or unknown, explanation.",
    END);
SIG(result_of, "result.of", YH_WORD_COND, "The result is that of a unit, or of a provider.",
    { "subject", YH_P_WORD, true, "unit|provider" }, END);
SIG(rectifies, "evaluation.rectifies", YH_WORD_TRIGGER,
    "The grade of a published result orders its rectification.", END);
SIG(admit, "org.admit", YH_WORD_EFFECT, "The outside body is admitted.", END);
SIG(cloud_absent, "cloud.absent", YH_WORD_CHECK, "No cloud has the code that a field gives yet.",
    { "field", YH_P_FIELD, true, NULL }, END);
SIG(cloud_found, "cloud.found", YH_WORD_EFFECT,
    "A special domain comes to life in the case's cloud, its owner with roles of its own in it.",
    { "code", YH_P_FIELD, true, NULL }, { "name", YH_P_FIELD, true, NULL },
    { "owner", YH_P_ROLE, true, NULL }, { "also", YH_P_ROLE, false, NULL }, END);
SIG(notice, "notice.send", YH_WORD_EFFECT, "A notice goes to a role.",
    { "role", YH_P_ROLE, true, NULL }, { "text", YH_P_TEXT, true, NULL }, END);
SIG(notice_units, "notice.units", YH_WORD_EFFECT,
    "A notice goes to every unit that has something running on the cloud, with fields of the form.",
    { "text", YH_P_TEXT, true, NULL }, { "what", YH_P_FIELD, false, NULL },
    { "from", YH_P_FIELD, false, NULL }, { "until", YH_P_FIELD, false, NULL }, END);
SIG(notice_quota, "notice.quota", YH_WORD_EFFECT,
    "A notice with the quota that the case granted or changed, and what is in force now.",
    { "role", YH_P_ROLE, true, NULL }, { "text", YH_P_TEXT, true, NULL }, END);
SIG(notice_about, "notice.about_case", YH_WORD_EFFECT,
    "A notice goes to whoever filed the earlier case.", { "text", YH_P_TEXT, true, NULL }, END);
SIG(suspend, "clock.suspend", YH_WORD_EFFECT, "No clock runs for some days.", END);

SIG(settlement_is, "settlement.is", YH_WORD_CHECK, "The settlement is in a state.",
    { "state", YH_P_WORD, true, "draft|submitted|closed" }, ARTICLE, END);
SIG(settlement_whole, "settlement.whole", YH_WORD_CHECK,
    "Every statement could be reckoned, or a field of the form says why not.",
    { "field", YH_P_FIELD, true, NULL }, ARTICLE, END);
SIG(settlement_submit, "settlement.submit", YH_WORD_RESERVE,
    "The draft is under review, and is not reckoned again until the case ends.", END);
SIG(settlement_close, "settlement.close", YH_WORD_EFFECT,
    "Every statement that could be reckoned is closed for good, and signed.", END);
SIG(settlement_tell, "settlement.tell", YH_WORD_EFFECT,
    "Units, providers and payers hear of their statements.", { "text", YH_P_TEXT, true, NULL },
    END);
SIG(statement_is, "statement.is", YH_WORD_CHECK, "The statement is in a state.",
    { "state", YH_P_WORD, true, "draft|stopped|closed" }, ARTICLE, END);
SIG(statement_within, "statement.within", YH_WORD_CHECK,
    "The case was filed within a period after the closing.", { "period", YH_P_PERIOD, true, NULL },
    ARTICLE, END);
SIG(statement_party, "statement.party", YH_WORD_CHECK,
    "Who files is the statement's unit, its provider or its payer.", ARTICLE, END);
SIG(statement_lines, "statement.lines", YH_WORD_CHECK, "The lines that the form names are its own.",
    { "field", YH_P_FIELD, true, NULL }, END);
SIG(statement_fix, "statement.fix", YH_WORD_EFFECT,
    "The use that the step's form establishes counts from now on.",
    { "field", YH_P_TEXT, true, NULL }, END);
SIG(statement_correct, "statement.correct", YH_WORD_EFFECT,
    "The next settlement corrects the statement by lines of its own.",
    { "field", YH_P_TEXT, false, NULL }, END);
SIG(statement_tell, "statement.tell", YH_WORD_EFFECT,
    "The statement's unit, provider and payer hear of it.", { "text", YH_P_TEXT, true, NULL }, END);

#define WHOSE "cloud|org|provider|project|system|record"
SIG(record_valid, "record.valid", YH_WORD_CHECK,
    "A record of a register holds today, in a state or in none that is final; asked since a day.",
    { "register", YH_P_REGISTER, true, NULL }, { "by", YH_P_WORD, true, WHOSE },
    { "state", YH_P_STATE, false, NULL }, { "any_cloud", YH_P_BOOL, false, NULL },
    { "since", YH_P_DAY, false, NULL }, ARTICLE, END);
SIG(record_absent, "record.absent", YH_WORD_CHECK,
    "No record of a register holds today, in a state or in any that is not final.",
    { "register", YH_P_REGISTER, true, NULL }, { "by", YH_P_WORD, true, WHOSE },
    { "state", YH_P_STATE, false, NULL }, { "any_cloud", YH_P_BOOL, false, NULL }, ARTICLE, END);
SIG(record_is, "record.is", YH_WORD_CHECK,
    "The record that the case is about, or that a field names, is in a state.",
    { "state", YH_P_STATE, true, NULL }, { "register", YH_P_REGISTER, false, NULL },
    { "field", YH_P_FIELD, false, NULL }, ARTICLE, END);
SIG(record_fits, "record.fits", YH_WORD_CHECK,
    "What the form says can be entered into a register, each of a list if one is named.",
    { "register", YH_P_ENTERS, true, NULL }, { "list", YH_P_FIELD, false, NULL }, ARTICLE, END);
SIG(record_room, "record.room", YH_WORD_CHECK,
    "What a field asks for fits a figure of the record that holds, less what the records of another"
    " register about it have of that figure; of one that settlements use up something is left.",
    { "register", YH_P_REGISTER, true, NULL }, { "figure", YH_P_FIGURE, true, NULL },
    { "by", YH_P_WORD, true, WHOSE }, { "takes", YH_P_FIELD, false, NULL },
    { "spent", YH_P_REGISTER, false, NULL }, { "state", YH_P_STATE, false, NULL },
    { "any_cloud", YH_P_BOOL, false, NULL }, { "since", YH_P_DAY, false, NULL }, ARTICLE, END);
SIG(org_may_move, "org.may_move", YH_WORD_CHECK,
    "Nothing stands in the way of the reorganisation that the form describes.",
    { "as", YH_P_WORD, true, "merge|split|rename|replace" }, ARTICLE, END);
SIG(org_merge, "org.merge", YH_WORD_EFFECT,
    "On the form's day everything of one unit goes over to another, and it is closed.", END);
SIG(org_split, "org.split", YH_WORD_EFFECT,
    "On the form's day the named projects and people go over to another unit.", END);
SIG(org_rename, "org.rename", YH_WORD_EFFECT,
    "On the form's day an organisation takes another name.", END);
SIG(provider_replace, "provider.replace", YH_WORD_EFFECT,
    "On the form's day what a provider has on the cloud goes over to another.", END);
SIG(opening_fits, "opening.fits", YH_WORD_CHECK,
    "What the form's document holds can enter as an opening balance.",
    { "level", YH_P_INT, true, NULL }, { "level_article", YH_P_ARTICLE, true, NULL }, ARTICLE, END);
SIG(opening_enter, "opening.enter", YH_WORD_EFFECT,
    "What the form's document holds enters as an opening balance.", END);
SIG(record_enter, "record.enter", YH_WORD_EFFECT,
    "The form, or each entry of a list in it, becomes a record of a register.",
    { "register", YH_P_ENTERS, true, NULL }, { "list", YH_P_TEXT, false, NULL },
    { "state", YH_P_STATE, false, NULL }, { "from", YH_P_WORD, false, "case|step" }, END);
SIG(record_amend, "record.amend", YH_WORD_EFFECT,
    "The record says from now on what the form says; what that leaves out stays.",
    { "register", YH_P_REGISTER, false, NULL }, { "field", YH_P_FIELD, false, NULL },
    { "from", YH_P_WORD, false, "case|step" }, END);
SIG(record_state, "record.state", YH_WORD_EFFECT, "The record is in another state.",
    { "state", YH_P_STATE, true, NULL }, { "register", YH_P_REGISTER, false, NULL },
    { "field", YH_P_FIELD, false, NULL }, END);

#define OWED "org|cloud|project|system|record|owner"
SIG(duty_done, "duty.done", YH_WORD_CHECK, "A duty of a kind was done, and none of it is open.",
    { "duty", YH_P_DUTY, true, NULL }, { "by", YH_P_WORD, true, OWED }, ARTICLE, END);
SIG(duty_none_overdue, "duty.none_overdue", YH_WORD_CHECK, "No duty of a kind is overdue.",
    { "duty", YH_P_DUTY, true, NULL }, { "by", YH_P_WORD, true, OWED }, ARTICLE, END);
SIG(duty_lay, "duty.lay", YH_WORD_EFFECT,
    "A duty of a kind is laid on whom the form names, or on its role, until the form's day.",
    { "duty", YH_P_DUTY, true, NULL }, { "owner", YH_P_TEXT, false, NULL },
    { "due", YH_P_TEXT, false, NULL }, { "what", YH_P_TEXT, false, NULL },
    { "from", YH_P_WORD, false, "case|step" }, END);
SIG(duty_lay_each, "duty.lay_each", YH_WORD_EFFECT,
    "A duty of a kind is laid for each entry of a list in the form.",
    { "duty", YH_P_DUTY, true, NULL }, { "list", YH_P_TEXT, true, NULL },
    { "owner", YH_P_TEXT, false, NULL }, { "due", YH_P_TEXT, false, NULL },
    { "what", YH_P_TEXT, false, NULL }, { "from", YH_P_WORD, false, "case|step" }, END);
SIG(duty_fulfil, "duty.fulfil", YH_WORD_EFFECT,
    "The duty that the case is about, or the one of a kind that its filer owes, is done; with "
    "given, only "
    "where the case's form says that field.",
    { "duty", YH_P_DUTY, false, NULL }, { "given", YH_P_FIELD, false, NULL }, ARTICLE, END);
SIG(duty_waive, "duty.waive", YH_WORD_EFFECT, "The duty that the case is about is waived.",
    { "reason", YH_P_TEXT, false, NULL }, { "from", YH_P_WORD, false, "case|step" }, END);
SIG(single, "case.single", YH_WORD_CHECK,
    "No other case of the procedure by the same organisation about the same record is open.",
    ARTICLE, END);

SIG(once, "case.once", YH_WORD_CHECK,
    "No other open case of the procedure on the cloud says the same in a field.",
    { "field", YH_P_FIELD, true, NULL }, ARTICLE, END);

static const struct yh_word_sig *const words[] = {
	&mlps,
	&classified,
	&project_is,
	&quota_within,
	&change_fits,
	&resource_is,
	&system_runs,
	&orderable,
	&ran,
	&edition_is,
	&has_items,
	&items_whole,
	&keeps_used,
	&absent,
	&exceeds,
	&is_district,
	&is_municipal,
	&for_district,
	&form_has,
	&form_is,
	&reserve,
	&grant,
	&change,
	&initiate,
	&fails,
	&apply,
	&open,
	&formalise,
	&release,
	&resize,
	&stop,
	&destroy,
	&compile,
	&approve,
	&publish,
	&admit,
	&cloud_absent,
	&cloud_found,
	&notice,
	&suspend,
	&notice_quota,
	&notice_about,
	&about_is,
	&about_filer,
	&about_unrevoked,
	&correction_fits,
	&leases_most,
	&revocable,
	&about_role,
	&correct,
	&revoke,
	&step_was,
	&form_needs,
	&form_happened,
	&form_to_come,
	&municipal_unit,
	&not_exposed,
	&lease_fits,
	&lease_extendable,
	&lease_in_time,
	&lease_extension_fits,
	&share_within,
	&quota_allowed,
	&converts,
	&lease_hold,
	&lease_begin,
	&lease_extend,
	&allow,
	&notice_leases,
	&lease_ends,
	&note,
	&silent,
	&order,
	&paper,
	&pledge,
	&names,
	&supplied,
	&supply_is,
	&supply_stop,
	&supply_back,
	&settlement_is,
	&settlement_whole,
	&settlement_submit,
	&settlement_close,
	&settlement_tell,
	&statement_is,
	&statement_within,
	&statement_party,
	&statement_lines,
	&statement_fix,
	&statement_correct,
	&statement_tell,
	&record_valid,
	&record_absent,
	&record_is,
	&record_fits,
	&record_room,
	&notice_units,
	&org_may_move,
	&org_merge,
	&org_split,
	&org_rename,
	&provider_replace,
	&opening_fits,
	&opening_enter,
	&record_enter,
	&record_amend,
	&record_state,
	&duty_done,
	&duty_none_overdue,
	&duty_lay,
	&duty_lay_each,
	&duty_fulfil,
	&duty_waive,
	&year_closable,
	&year_close,
	&single,
	&once,
	&experience,
	&scheme_submit,
	&scheme_enact,
	&announce,
	&eval_publish,
	&objectionable,
	&result_correct,
	&result_of,
	&rectifies,
};

#define KEY_OF(kind)                                                                               \
	YH_SUBJECT_##kind == YH_SUBJECT_record ? YH_ABOUT_REGISTER                                 \
	: YH_SUBJECT_##kind == YH_SUBJECT_duty ? YH_ABOUT_DUTY                                     \
					       : YH_ABOUT_PLAIN
#define ABOUT(kind, resources, about) { #kind, resources, KEY_OF(kind) },
static const struct yh_about_sig abouts[] = { YH_SUBJECTS(ABOUT) };

const struct yh_vocab *yh_effects_vocab(void)
{
	static const struct yh_vocab vocab = { words, sizeof words / sizeof words[0], abouts,
					       sizeof abouts / sizeof abouts[0] };

	return &vocab;
}
