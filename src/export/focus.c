/* Settlements as FOCUS 1.2 cost and usage data. */
#include "export/focus.h"

#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "export/focus_words.h"
#include "export/money.h"
#include "export/statement_text.h"

#define COLUMN(name, kind)                                                                         \
	{                                                                                          \
		name, name, kind, 0                                                                \
	}
#define TEXT(name) COLUMN(name, YH_CELL_TEXT)
#define NUMBER(name) COLUMN(name, YH_CELL_DECIMAL)

static const struct yh_table_column columns[] = {
	NUMBER("BilledCost"),
	TEXT("BillingAccountId"),
	TEXT("BillingAccountName"),
	TEXT("BillingAccountType"),
	TEXT("BillingCurrency"),
	TEXT("BillingPeriodEnd"),
	TEXT("BillingPeriodStart"),
	TEXT("ChargeCategory"),
	TEXT("ChargeClass"),
	TEXT("ChargeDescription"),
	TEXT("ChargeFrequency"),
	TEXT("ChargePeriodEnd"),
	TEXT("ChargePeriodStart"),
	NUMBER("ConsumedQuantity"),
	TEXT("ConsumedUnit"),
	NUMBER("ContractedCost"),
	NUMBER("EffectiveCost"),
	TEXT("InvoiceId"),
	TEXT("InvoiceIssuerName"),
	NUMBER("ListCost"),
	NUMBER("ListUnitPrice"),
	TEXT("PricingCategory"),
	NUMBER("PricingQuantity"),
	TEXT("PricingUnit"),
	TEXT("ProviderName"),
	TEXT("PublisherName"),
	TEXT("RegionId"),
	TEXT("RegionName"),
	TEXT("ServiceCategory"),
	TEXT("ServiceName"),
	TEXT("ServiceSubcategory"),
	TEXT("SkuId"),
	TEXT("SkuMeter"),
	TEXT("SkuPriceDetails"),
	TEXT("SkuPriceId"),
	TEXT("SubAccountId"),
	TEXT("SubAccountName"),
	TEXT("x_CatalogueEdition"),
	TEXT("x_CorrectsInvoiceId"),
	TEXT("x_CorrectsLine"),
	NUMBER("x_EvaluationFactor"),
	TEXT("x_IsBilled"),
	NUMBER("x_ListCostRounded"),
	TEXT("x_OperatorName"),
	TEXT("x_ResourceCount"),
	TEXT("x_ResourceKind"),
	TEXT("x_SettlementId"),
	TEXT("x_StatementLine"),
	TEXT("x_StatementState"),
	TEXT("x_UnitId"),
	TEXT("x_UnitName"),
	TEXT("x_UnitPriceBasis"),
};
enum { COLUMNS = YH_LEN(columns), TEXT_BYTES = 16 * 1024, UTC_TEXT = 24, INT_TEXT = 24 };

const struct yh_table_spec yh_focus_table = {
	.name = "FOCUS 1.2",
	.columns = columns,
	.n = COLUMNS,
	.lang = "en",
	.machine = true,
};

/* What is put together for one row, until it is written. */
struct row {
	struct yh_cell cells[COLUMNS];
	char billed[YH_MONEY_TEXT], list[YH_MONEY_TEXT], factor[YH_SCALED_TEXT];
	char billing_account[YH_ID_TEXT], sub_account[YH_ID_TEXT], unit[YH_ID_TEXT],
		price_id[YH_ID_TEXT];
	char from[UTC_TEXT], to[UTC_TEXT], charged_from[UTC_TEXT], charged_to[UTC_TEXT];
	char line[INT_TEXT], corrects[INT_TEXT], edition[INT_TEXT], resources[INT_TEXT];
	struct yh_buf measure, details, about, sku;
	struct yh_focus_price price;
};

/* By the column's name, so that no cell stands under another's. */
static void set(struct row *r, const char *column, const char *text)
{
	for (size_t i = 0; i < COLUMNS; i++)
		if (strcmp(columns[i].title_en, column) == 0)
			r->cells[i].text = text;
}

static const char *int_text(int64_t v, char out[INT_TEXT])
{
	(void)snprintf(out, INT_TEXT, "%lld", (long long)v);
	return out;
}

/* The instant a civil day begins, in UTC. */
static const char *utc(yh_day day, char out[UTC_TEXT])
{
	int64_t s = yh_day_start(day) / YH_US_PER_S;
	int64_t rest = ((s % 86400) + 86400) % 86400;
	struct yh_date d = yh_date_of((yh_day)((s - rest) / 86400));

	(void)snprintf(out, UTC_TEXT, "%04d-%02d-%02dT%02d:%02d:%02dZ", d.year, d.month, d.day,
		       (int)(rest / 3600), (int)(rest / 60 % 60), (int)(rest % 60));
	return out;
}

static yh_day month_end(yh_day month)
{
	struct yh_date d = yh_date_of(month);

	return month + yh_days_in_month(d.year, d.month);
}

static void set_period(struct row *r, const struct yh_bill *b, const struct yh_bill_line *l,
		       bool correction)
{
	yh_day charged =
		correction && l->corrects_month != YH_DAY_NONE ? l->corrects_month : b->row.month;

	set(r, "BillingPeriodStart", utc(b->row.month, r->from));
	set(r, "BillingPeriodEnd", utc(month_end(b->row.month), r->to));
	set(r, "ChargePeriodStart", utc(charged, r->charged_from));
	set(r, "ChargePeriodEnd", utc(month_end(charged), r->charged_to));
}

static void set_parties(struct row *r, const struct yh_bill *b)
{
	set(r, "BillingAccountId", yh_id_text(&b->row.payer, r->billing_account));
	set(r, "BillingAccountName", b->payer_name);
	set(r, "BillingAccountType", b->pays_itself ? "Self-paying unit" : "Finance body");
	set(r, "SubAccountId", yh_id_text(&b->row.project, r->sub_account));
	set(r, "SubAccountName", b->project_name);
	set(r, "x_UnitId", yh_id_text(&b->row.unit, r->unit));
	set(r, "x_UnitName", b->unit_name);
	set(r, "ProviderName", b->provider_name);
	set(r, "PublisherName", b->provider_name);
	set(r, "InvoiceIssuerName", b->provider_name);
	set(r, "x_OperatorName", b->operator_name);
	set(r, "RegionId", b->cloud_code);
	set(r, "RegionName", b->cloud_name);
}

static void set_service(struct row *r, const struct yh_bill *b, const struct yh_bill_line *l)
{
	struct yh_focus_service s = yh_focus_service(l->category);
	struct yh_jw w;

	set(r, "ServiceCategory", s.category);
	set(r, "ServiceSubcategory", s.subcategory);
	set(r, "ServiceName", l->category && *l->category ? l->category : "Other");
	r->sku.len = 0;
	yh_buf_printf(&r->sku, "%s/%s", b->cloud_code, l->row.code);
	set(r, "SkuId", yh_buf_text(&r->sku));
	set(r, "SkuMeter", l->item_name ? l->item_name : l->row.code);
	set(r, "SkuPriceId", yh_id_text(&l->row.item, r->price_id));
	r->details.len = 0;
	yh_jw_init(&w, &r->details);
	yh_jw_obj(&w, NULL);
	yh_jw_int(&w, "x_CatalogueEdition", l->edition);
	yh_jw_str(&w, "x_PricingMode", l->mode ? l->mode : "");
	yh_jw_str(&w, "x_Price", l->price ? l->price : "");
	yh_jw_end_obj(&w);
	set(r, "SkuPriceDetails", yh_buf_text(&r->details));
	set(r, "x_CatalogueEdition", int_text(l->edition, r->edition));
}

static void set_costs(struct row *r, const struct yh_bill_line *l, bool correction)
{
	static const char *const basis[] = { "catalogue", "mean", "line" };
	const char *unit = yh_focus_unit(l->measure, l->per, &r->measure);
	bool one = l->price && !strpbrk(l->price, ":;");

	yh_focus_price(one ? l->price : NULL, l->row.usage, l->row.list_fen, &r->price);
	set(r, "BilledCost", yh_money_plain(l->row.amount_fen, r->billed));
	set(r, "EffectiveCost", r->billed);
	set(r, "ContractedCost", r->price.cost);
	set(r, "ListCost", r->price.cost);
	set(r, "ListUnitPrice", r->price.price);
	set(r, "PricingQuantity", r->price.quantity);
	set(r, "PricingUnit", r->price.basis == YH_BASIS_LINE ? "Units" : unit);
	set(r, "PricingCategory", "Standard");
	set(r, "BillingCurrency", "CNY");
	set(r, "ConsumedQuantity", l->row.usage && *l->row.usage ? l->row.usage : "0");
	set(r, "ConsumedUnit", unit);
	set(r, "ChargeCategory", "Usage");
	set(r, "ChargeClass", correction ? "Correction" : NULL);
	set(r, "ChargeFrequency", "Usage-Based");
	set(r, "x_EvaluationFactor", yh_scaled_text(l->row.factor_e6, 6, r->factor));
	set(r, "x_ListCostRounded", yh_money_plain(l->row.list_fen, r->list));
	set(r, "x_UnitPriceBasis", basis[r->price.basis]);
	set(r, "x_IsBilled", l->row.billed ? "true" : "false");
}

static void set_statement(struct row *r, const struct yh_bill *b, const struct yh_bill_line *l,
			  const struct yh_messages *m)
{
	const char *remark = yh_bill_remark(l, m, &r->about);

	set(r, "InvoiceId", b->row.no);
	set(r, "ChargeDescription", *remark ? remark : l->item_name ? l->item_name : l->row.code);
	set(r, "x_SettlementId", b->settlement.no);
	set(r, "x_StatementLine", int_text(l->row.line, r->line));
	set(r, "x_StatementState", b->row.state);
	set(r, "x_ResourceKind", l->row.resource_kind);
	set(r, "x_ResourceCount", int_text(l->row.resources, r->resources));
	set(r, "x_CorrectsInvoiceId", l->corrects_no);
	set(r, "x_CorrectsLine",
	    l->row.corrects_line ? int_text(l->row.corrects_line, r->corrects) : NULL);
}

static enum yh_rc put_line(struct row *r, const struct yh_bill *b, const struct yh_bill_line *l,
			   const struct yh_messages *m, struct yh_table *t, struct yh_err *err)
{
	bool correction = strcmp(l->row.kind, "correction") == 0;

	memset(r->cells, 0, sizeof r->cells);
	set_period(r, b, l, correction);
	set_parties(r, b);
	set_service(r, b, l);
	set_costs(r, l, correction);
	set_statement(r, b, l, m);
	return yh_table_row(t, r->cells, err);
}

enum yh_rc yh_focus_rows(const struct yh_bill *bill, const struct yh_messages *m,
			 struct yh_table *t, struct yh_err *err)
{
	struct row r;
	enum yh_rc rc = YH_OK;

	if (strcmp(bill->row.state, "stopped") == 0)
		return YH_OK;
	yh_buf_init(&r.measure, TEXT_BYTES);
	yh_buf_init(&r.details, TEXT_BYTES);
	yh_buf_init(&r.about, TEXT_BYTES);
	yh_buf_init(&r.sku, TEXT_BYTES);
	for (size_t i = 0; i < bill->n && rc == YH_OK; i++)
		rc = put_line(&r, bill, &bill->lines[i], m, t, err);
	yh_buf_done(&r.measure);
	yh_buf_done(&r.details);
	yh_buf_done(&r.about);
	yh_buf_done(&r.sku);
	return rc;
}
