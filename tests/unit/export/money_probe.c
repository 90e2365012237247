/* Amounts in fen, one a line, as the program writes them: for capitals_oracle.py. */
#include <inttypes.h>
#include <stdio.h>

#include "export/money.h"

int main(void)
{
	char plain[YH_MONEY_TEXT], grouped[YH_MONEY_TEXT], words[YH_CAPITALS_TEXT];
	int64_t fen;

	while (scanf("%" SCNd64, &fen) == 1)
		(void)printf("%s %s %s\n", yh_money_plain(fen, plain),
			     yh_money_grouped(fen, grouped), yh_money_capitals(fen, words));
	return 0;
}
