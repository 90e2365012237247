/* What the simulated city's policy pack calls the procedures, steps and rules that the simulation
 * acts in: the one place where it names them. */
#ifndef YH_SIM_WORDS_H
#define YH_SIM_WORDS_H

#define SIM_QUOTA_APPLICATION "quota"
#define SIM_RESULT_OF_INITIATION "initiation"
#define SIM_TEST_RESOURCES "test"
#define SIM_EXPANSION "expansion"
#define SIM_RECLAIM "reclaim"

#define SIM_EDITION "catalogue_edition"
#define SIM_EDITION_REVIEW "review"
#define SIM_EDITION_COMPILE "compile"
#define SIM_EDITION_APPROVE "approve"
#define SIM_EDITION_PUBLISH "publish"

#define SIM_CONTRACT "contract"
#define SIM_CONTRACT_APPROVE "approve"
#define SIM_DAILY_INSPECTION "daily_inspection"

#define SIM_FORMAL_KIND "formal"
#define SIM_CLOSED_KIND "development" /* serves nobody outside */

#define SIM_RULE_LOW "low_use"
#define SIM_RULE_ZOMBIE "zombie"
#define SIM_RULE_AGENTS "agent_trouble"

#define SIM_RECTIFICATION "rectification"
#define SIM_RECTIFICATION_WARN "review"
#define SIM_RECTIFICATION_ANSWER "answer"
#define SIM_RECTIFICATION_VERIFY "verify"
#define SIM_RECTIFICATION_VERIFIED "verified"
#define SIM_RECTIFICATION_CONSENT "consent"
#define SIM_RECTIFICATION_BACKUP "backup"
#define SIM_RECTIFICATION_DESTROY "destroy"
#define SIM_SETTLEMENT "settlement"
#define SIM_DISPUTE "dispute"
#define SIM_DISPUTE_DECIDE "decide"
#define SIM_SCHEME "scheme"
#define SIM_EVALUATION "evaluation"
#define SIM_OBJECTION "objection"
#define SIM_IMPROVEMENT "improvement"
#define SIM_IMPROVEMENT_VERIFY "verify"
#define SIM_IMPROVEMENT_CONCLUDE "conclude"
#define SIM_SUPPLY_RESTORE "supply_restore"
#define SIM_RETENTION "retention.period"

#define SIM_CAPACITY_PLAN "capacity_plan"
#define SIM_INFRASTRUCTURE "infrastructure"
#define SIM_CONSULTATION "consultation"
#define SIM_CAPACITY_BUILT "capacity_built"
#define SIM_DRILL_PLAN "drill_plan"
#define SIM_RESOLUTION_DONE "resolution_done"
#define SIM_DRILL_REPORT "drill_report"
#define SIM_INCIDENT "incident"
#define SIM_CAPACITY_PLAN_DECIDE "decide"
#define SIM_INFRASTRUCTURE_ACCEPT "accept"
#define SIM_CONSULTATION_MINUTES "minutes"
#define SIM_RESOLUTION_ACCEPT "accept"
#define SIM_INCIDENT_COORDINATE "coordinate"
#define SIM_INCIDENT_REPORT "report"
#define SIM_INCIDENT_HANDLED "handled"
#define SIM_RESOLUTION "resolution" /* a duty */

#endif
