/* Amounts of money as Chinese finance writes them. Pure. */
#ifndef YH_EXPORT_MONEY_H
#define YH_EXPORT_MONEY_H

#include "base/err.h"

enum { YH_MONEY_TEXT = 32, YH_CAPITALS_TEXT = 160 };

/* Fen as yuan with two decimals: -123456 -> "-1234.56". */
const char *yh_money_plain(int64_t fen, char out[YH_MONEY_TEXT]);
/* The same with thousands separated: "-1,234.56". */
const char *yh_money_grouped(int64_t fen, char out[YH_MONEY_TEXT]);

/* In capitals, as on bills and vouchers: 100050 -> "壹仟圆伍角整". An amount that ends with yuan or
 * jiao closes with 整, one with fen does not. Zeros between digits are one 零; a group of four
 * digits that ends in zeros is not followed by one when the next is full (107000: 壹拾万柒仟圆整),
 * nor is a yuan before jiao, both of which the rules leave free. Nothing is 零圆整, less than
 * nothing has 负 in front. From 10^16 yuan on, 亿 is said of 亿. */
const char *yh_money_capitals(int64_t fen, char out[YH_CAPITALS_TEXT]);

#endif
