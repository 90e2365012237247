/* The shapes that several replies share, see http/shape.h. A member that is written is declared,
 * and the other way round: the tests of the API compare each reply with its shape. */
#include "api/api.h"

static const struct yh_named_shape shapes[] = {
	{ "Named", "{code name}" },
	{ "Due", "{day:day workdays_left:int at:time|null overdue:bool provisional:bool "
		 "in_principle:bool}" },
	{ "Said", "{field title text}" },
	{ "Notice", "{id:id slug sentence figures:object case role role_title org at:time}" },
	{ "Told", "{since:time count:int items:[@Notice]}" },
	{ "Waiting", "{open:int due_today:int overdue:int soon:int soon_until:day "
		     "duties:{open:int due_today:int overdue:int soon:int} "
		     "supervisions:{open:int overdue:int}}" },
	{ "CaseChange", "{id:id no procedure title kind kind_title outcome at:time}" },
	{ "Share", "{decided:int on_time:int late:int on_time_milli:int|null}" },
	{ "View", "{name value:object changed_at:time}" },
	{ "CityDimension", "{dimension dimension_title quota:num allocated:num capacity:num|null "
			   "capacity_used:num|null}" },
	{ "CapacityLine",
	  "{cloud cloud_name level:municipal|domain|district level_title district dimension "
	  "dimension_title planned:num|null built:num|null allocated:num|null used:num|null "
	  "used_of:hosts|platform|null metered:num|null against:built|metered|planned|null "
	  "free:num|null share:num|null use:num|null suggestions:[{slug title}] rise:real|null "
	  "expected|null earliest|null latest|null forecast|null}" },
	{ "CityCloud", "{code name level:municipal|domain|district level_title district "
		       "dimensions:[@CityDimension] hosts:int hosts_up:int "
		       "alarms:[{severity count:int}]}" },
	{ "CityLoad", "{at:time|null cpu_ratio:num|null memory_ratio:num|null cores:num "
		      "memory_bytes:num hosts:int hosts_up:int}" },
	{ "CityCases", "{open:int due_today:int overdue:int decided_today:int on_time:int "
		       "late:int on_time_milli:int|null}" },
	{ "CityDeadline", "{id:id no title procedure procedure_title step step_title body unit "
			  "cloud day:day workdays_left:int}" },
	{ "CityLeases", "{within_days:int count:int items:[{resource name kind kind_title unit "
			"last_day:day days_left:int}]}" },
	{ "CityEvent",
	  "{position:int at:time kind kind_title case title body role role_title outcome}" },
	{ "City", "{at:time today:day clouds:[@CityCloud] load:@CityLoad "
		  "load_day:[{at:time cpu_ratio:num|null memory_ratio:num|null}] "
		  "cases:@CityCases deadlines:[@CityDeadline] "
		  "findings:[{state:open|in_case|closed|dismissed state_title "
		  "count:int}] leases:@CityLeases districts:[{district cloud name "
		  "fresh_at:time|null}] events:[@CityEvent] agents:{online:int "
		  "lost:int} backup:@CityBackup}" },
	{ "CityBackup",
	  "{configured:bool last_at:time|null bytes:int next_at:time|null late:bool}" },
	{ "CityChange", "{at:time today:day clouds?:[@CityCloud] load?:@CityLoad "
			"load_day?:[{at:time cpu_ratio:num|null memory_ratio:num|null}] "
			"cases?:@CityCases deadlines?:[@CityDeadline] "
			"findings?:[{state:open|in_case|closed|dismissed state_title "
			"count:int}] leases?:@CityLeases districts?:[{district cloud name "
			"fresh_at:time|null}] events?:[@CityEvent] agents?:{online:int "
			"lost:int} backup?:@CityBackup}" },
	{ "Fault", "{slug article figures:object sentence}" },
	{ "Person", "{id:id login name kind:person|service kind_title status:active|closed "
		    "status_title must_change_password:bool second_factor:bool last_day:day|null "
		    "owner:id|null locked:bool created_at:time}" },
	{ "Account", "{@Person clearance clearance_title clearance_named:bool owner_login "
		     "used_at:time|null password_at:time roles:int "
		     "addresses:int flags:[{flag flag_title}]}" },
	{ "Grant", "{id:id role role_title org org_name capacity:handle|review|sign capacity_title "
		   "first_day:day last_day:day|null scope}" },
	{ "Token",
	  "{id:id kind label scopes:all|read nouns created_at:time expires_at:time used_at:time}" },
	{ "Org",
	  "{id:id code name kind:body|unit|provider|assessor kind_title district sector "
	  "paper_prefix "
	  "outside:bool in_budget:bool chain status:active|closed status_title version:int}" },
	{ "Cloud", "{id:id code name level:municipal|domain|district level_title district}" },
	{ "Project", "{id:id code name state:initiating|initiated|failed state_title "
		     "created_at:time version:int}" },
	{ "ProjectRow", "{@Project unit unit_name cloud}" },
	{ "QuotaLine", "{dimension dimension_title effective:num base:num windows:num "
		       "allowance:num allocated:num reserved:num free:num}" },
	{ "QuotaDay", "{day:day items:[@QuotaLine]}" },
	{ "Resource",
	  "{id:id no name kind kind_title state:applied|running|stopped|destroyed|cancelled "
	  "state_title project unit unit_code system item item_name quantity:num measure "
	  "provider_ref|null "
	  "lease_last_day:day|null opened_at:time|null formal_at:time|null stopped_at:time|null "
	  "destroyed_at:time|null}" },
	{ "Lease", "{no resource:id name kind kind_title item_name project unit case first_day:day "
		   "last_day:day state:running|held|over|ended state_title says "
		   "extension:{possible:bool until:day|null provisional:bool made:int most:int "
		   "next_last_day:day|null cap:day|null pending} "
		   "stops_on:day stops_on_provisional:bool used_until:time|null}" },
	{ "Edition",
	  "{id:id cloud:id number:int title state:draft|compiled|approved|published|withdrawn "
	  "state_title effective_date:day|null derived_from:id|null digest|null version:int}" },
	{ "Tier", "{from:num price:money}" },
	{ "CatalogueItem",
	  "{code class category name content per measure mode free:num minimum:money step:num "
	  "package?:num metered?:{metric as:rise|hours per:int} tags trusted:bool exposed:bool "
	  "tiers:[@Tier] price:money dims:{*:num}}" },
	{ "TrustedShare", "{resources:int trusted_resources:int trusted_percent:exact|null}" },
	{ "Experience",
	  "{from:day to:day as_of:time items:[{code name category measure trusted:bool "
	  "resources:int quantity_hours:exact quantity_hours_before:exact trend_percent:exact|null "
	  "ratings:int satisfaction:exact|null findings:int observations:int}] "
	  "categories?:[{category @TrustedShare}] @TrustedShare}" },
	{ "ExperienceRecord", "{no from:day to:day digest made_at:time figures:@Experience}" },
	{ "Rating", "{item unit quarter:day score:int comment made_at:time}" },
	{ "CaseHead", "{id:id no procedure procedure_title title label label_title withheld:bool "
		      "state:open|abroad|returned|closed|refused|withdrawn state_title}" },
	{ "CaseRow",
	  "{@CaseHead unit unit_code cloud filed_at:time changed_at:time ended_at:time|null "
	  "version:int supervised:day|null}" },
	{ "DeskRow", "{@CaseRow step step_title kind:decide|confirm|fulfil|wait kind_title role "
		     "role_title waits_for article opened_at:time due:@Due|null}" },
	{ "CaseStep",
	  "{step title? kind:decide|confirm|fulfil|wait|at_once kind_title role role_title "
	  "org:@Named|null opened_at:time closed_at:time|null outcome outcome_title "
	  "nature:positive|negative|neutral|null "
	  "reason period counts_from:day|null awaits_service:bool article "
	  "due?:@Due|null uncleared?:bool you_may?:[text] you_may_titles?:[text] "
	  "form? forms?:{*:text} late?:bool answer?:object says?:[@Said]}" },
	{ "CaseResource",
	  "{id:id no name kind kind_title state:applied|running|stopped|destroyed|cancelled "
	  "state_title provider_ref|null}" },
	{ "Case",
	  "{@CaseHead article filed_by filed_by_title started_by? mine:bool version:int "
	  "filed_at:time "
	  "ended_at:time|null answer_due:day|null supervised:day|null cloud:@Named|null "
	  "unit:@Named "
	  "project?:@Named you_may_label:bool form:object "
	  "says:[@Said] about? edition? finding? settlement? evaluation? result? scheme? "
	  "statement? record? duty? later:[{no procedure "
	  "state:open|abroad|returned|closed|refused|withdrawn "
	  "state_title}] steps:[@CaseStep] resources:[@CaseResource] abroad:@CaseAbroad|null "
	  "came?:{at:time}}" },
	{ "CaseAct",
	  "{act:decide|return|resubmit|withdraw|urge act_title step|null step_title? at:time "
	  "problem?:@Refusal|null}" },
	{ "CaseAbroad",
	  "{with:district|city with_title at:@Named carried_at:time|null told_at:time|null "
	  "turned_away:@Refusal|null on_their_way:[@CaseAct] not_taken:[@CaseAct] "
	  "papers:[{no title issued_at:time document:id|null}] "
	  "resources:[{no name kind kind_title state state_title}]}" },
	{ "Document", "{id:id name label label_title withheld:bool you_may_label:bool "
		      "kind:pdf|ofd|png|jpeg|docx|xlsx|csv|txt|json|zip|null kind_title? "
		      "size_bytes:int digest made_at:time attached:bool}" },
	{ "Paper",
	  "{id:id no template title heading label label_title withheld:bool article case issuer "
	  "recipient issued_at:time "
	  "served_at:time|null opened_at:time|null opened_by acknowledged_at:time|null "
	  "acknowledged_by service:unsent|sent|opened|acknowledged|deemed service_title "
	  "service_day:day|null deemed_on:day|null revoked_at:time|null revoked_by mine:bool}" },
	{ "Urging",
	  "{id:id kind:urge|supervise kind_title case case_title step step_title desk "
	  "desk_role desk_role_title from from_role from_role_title person reason "
	  "at:time answer_by:day|null answer|null answered_at:time|null "
	  "answered_by|null open:bool overdue:bool mine:bool label label_title withheld:bool}" },
	{ "Letter", "{id:id case case_title sender number|null day:day subject document:id|null "
		    "document_name|null label label_title withheld:bool digest|null registered_by "
		    "registered_for registered_at:time}" },
	{ "Event", "{position:int id:id at:time kind kind_title object object_id:id|null person "
		   "role role_title org article outcome outcome_title reason before before_title "
		   "after after_title}" },
	{ "RoleTitle", "{role title}" },
	{ "WordUse", "{word about sentence article|null arguments:{*:text} values:{*:text} "
		     "parameters:[text]}" },
	{ "Clock", "{within text since since_title source:law|local source_title article|null "
		   "parameter|null in_principle:bool}" },
	{ "StepOutcome", "{outcome title positive:bool nature:positive|negative|neutral form|null "
			 "schema:object|null "
			 "effects:[@WordUse] end:closed|refused|null end_title|null}" },
	{ "ProcedureStep",
	  "{step title kind:decide|confirm|fulfil|wait|at_once kind_title roles:[text] "
	  "bodies:[@RoleTitle] "
	  "article|null clock:@Clock|null waits|null waits_text|null when:[@WordUse] "
	  "unless:[@WordUse] checks:[@WordUse] form|null returns:bool silence|null "
	  "silence_title|null outcomes:[{@StepOutcome next|null}]}" },
	{ "ProcedureHead",
	  "{procedure code title article level:any|municipal|district level_title about "
	  "about_title filed_by:[text]}" },
	{ "Procedure", "{@ProcedureHead filers:[@RoleTitle] started_by:[@WordUse] "
		       "checks:[@WordUse] reserves:[@WordUse] effects?:[@WordUse] "
		       "steps:[@ProcedureStep]}" },
	{ "Parameter", "{parameter title value text source:law|local source_title article|null "
		       "bound:max|min|null bound_title|null}" },
	{ "Series", "{metric labels:{*:text} measure}" },
	{ "Sample", "{@Series at:time value:real}" },
	{ "Reading", "{resource @Sample}" },
	{ "MeterToken", "{id:id kind:cloud|provider|unit kind_title about label series_max:int "
			"backfill:bool created_at:time expires_at:time}" },
	{ "Refusals", "{invalid:int foreign:int late:int future:int limit:int}" },
	{ "Agent", "{id:id resource resource_state:applied|running|stopped|destroyed|cancelled "
		   "resource_state_title state state_title host version interval_s:int "
		   "enrolled_at:time enrolled_by:id revoked_at:time|null binary_accepted "
		   "binary_seen config_accepted config_seen last_batch:int last_at:time|null "
		   "lost_batches:int clock_offset_ms:int open:[text]}" },
	{ "WatchCondition",
	  "{metric statistic of? from?:day to?:day figure:real|null exact?:bool above?:real "
	  "below?:real parameter? coverage:num least_coverage:num holds:yes|no|unknown why}" },
	{ "WatchFact", "{fact dimension? kind? since?:day days?:int longer_than?:int parameter? "
		       "holds:yes|no|unknown why}" },
	{ "WatchConditions", "{all?:[@WatchCondition] any?:[@WatchFact] periodic_load?:{then "
			     "from?:day to?:day article}}" },
	{ "WatchCounts", "{flagged:int ok:int unknown:int excepted:int}" },
	{ "WatchLine",
	  "{resource? system? rule|null verdict:flagged|ok|unknown|excepted|none "
	  "resources?:@WatchCounts @WatchConditions because verdict_title rule_title?}" },
	{ "Scan", "{id:id cloud|null unit|null rule|null from:day to:day pack_digest resources:int "
		  "@WatchCounts digest made_at:time}" },
	{ "Finding", "{id:id no rule rule_title article resource|null resource_name|null "
		     "system|null system_name|null project project_name unit unit_name cloud "
		     "from:day to:day state:open|in_case|closed|dismissed state_title case|null "
		     "found_at:time ended_at:time|null reason|null pack_digest evidence_digest}" },
	{ "Curve", "{metric step series:[{labels:{*:text} points:[[any]]}]}" },
	{ "Evidence", "{rule zh en article pack pack_digest from:day to:day sketch_error:real "
		      "system? system_name? resources_in_all:int resources:[{resource item "
		      "quantity:num @WatchConditions curves?:[@Curve]}]}" },
	{ "Size", "{item name quantity:num month_yuan:money}" },
	{ "Advice", "{resources:[{resource edition:int advice:resize|release|none unknown? "
		    "statistic? headroom?:num parameter? needs?:[{dimension used:real needed:num}] "
		    "now?:@Size then?:@Size saves_month_yuan?:money}] saves_month_yuan:money}" },
	{ "RuleCondition", "{metric? statistic? of? else? above?:real below?:real fact? dimension? "
			   "longer_than_days?:real parameter? least_coverage?:num days?:int}" },
	{ "SchemeDefinition",
	  "{subject:unit|provider period:month|quarter|half|year known_at_least:figure "
	  "indicators:[{code zh en source? hand?:bool dimension? direction:higher|lower "
	  "shape:steps|linear points:[{at:figure score:figure}] weight:figure article}] "
	  "grades:[{from:figure zh en factor?:figure quota?:keep|reduce rectify?:bool}]}" },
	{ "Scheme", "{no id:id cloud code number:int subject:unit|provider subject_title title "
		    "state:draft|submitted|enacted state_title effective_date:day|null digest "
		    "made_at:time version:int}" },
	{ "SchemeWhole", "{@Scheme definition:@SchemeDefinition}" },
	{ "Evaluation",
	  "{no id:id cloud scheme title subject:unit|provider subject_title period from:day to:day "
	  "state:draft|announced|published|reckoning state_title subjects:int as_of:time "
	  "objections_until:day|null digest published_at:time|null version:int}" },
	{ "Result", "{no id:id subject name withheld:bool score:exact|null grade|null grade_title? "
		    "grade_en|null known_percent:exact factor:exact|null rectify:bool "
		    "rectify_title case|null digest}" },
	{ "Proof", "{identical:bool differences:int first|null}" },
	{ "Settlement", "{id:id no month number:int state:draft|submitted|closed state_title "
			"statements?:int stopped?:int lines?:int total?:money as_of:time "
			"made_at:time closed_at:time|null pack_digest digest}" },
	{ "Statement",
	  "{id:id no settlement cloud month unit unit_code project project_code provider|null "
	  "provider_code|null payer|null payer_code|null pays_itself:bool "
	  "state:draft|stopped|submitted|closed state_title lines:int total:money paid:money "
	  "due:money fault:@Fault|null closed_at:time|null signed:bool version:int}" },
	{ "StatementPart", "{from:time to:time seconds:int edition:int metered?:num "
			   "coverage_percent?:num provided?:num adjusted?:num quantity:num "
			   "free?:num charged?:num packages?:num steps?:[{from:num quantity:num "
			   "price:money}] period_seconds?:int periods? price_of_period? amount?}" },
	{ "Payments", "{statement total:money paid:money due:money items:[{id:id day:day "
		      "amount:money reference note person entered_at:time}]}" },
	{ "BillPart", "{code|null name|null statements:int total:money paid:money due:money}" },
	{ "Difference", "{was:money would:money difference:money}" },
	{ "NotifySettings", "{mail|null verified_at:time|null pending|null lang:zh|en digest:bool "
			    "categories:[{category name inbox:bool mail:bool webhook:bool}]}" },
	{ "Delivery",
	  "{id:id channel:mail|webhook channel_title kind person|null position:int|null "
	  "notice:id|null slug case state:waiting|sent|failed|given_up state_title tries:int "
	  "made_at:time next_at:time|null done_at:time|null code:int fault fault_title? detail}" },
	{ "Webhook", "{id:id label url org org_name role role_title cloud|null categories "
		     "algorithm:sha256|sm3 state:on|off|stopped state_title position:int "
		     "waiting:int fails:int failing_since:time|null fault next_at:time|null "
		     "old_secret_until:time|null created_at:time}" },
	{ "Job", "{id:id kind kind_title state:waiting|due|failing|done state_title ref:id|null "
		 "case due_at:time done_at:time|null failures:int failed_at:time|null slug "
		 "sentence? figures?:object}" },
	{ "ServerClock", "{now:time today:day turns:bool}" },
	{ 0 },
};

const struct yh_op_table yh_ops_shapes = { .shapes = shapes };
