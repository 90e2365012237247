/* Invented names of an invented city. */
#include <stdio.h>

#include "base/mem.h"
#include "sim/city.h"

const char *sim_district(uint32_t i)
{
	static const char *const names[] = { "云东", "云西", "澜湾", "柳浦", "青棠", "石桥",
					     "望潮", "临江", "南屏", "北渡", "枫渚", "松涧",
					     "金汀", "奉和", "鸥沙", "嘉澍" };

	return names[i % YH_LEN(names)];
}

const char *sim_unit_name(uint32_t i)
{
	static const char *const names[] = {
		"民生事务局", "健康事务局",   "教育发展局", "交通运行局", "城市建设局",
		"生态保护局", "文化旅游局",   "市场监督局", "应急保障局", "农业发展局",
		"水务海洋局", "人才服务局",   "统计调查局", "档案馆",     "图书馆",
		"科技促进局", "公共资源中心", "房屋管理局", "绿化市容局", "司法服务局",
	};

	return names[i % YH_LEN(names)];
}

const char *sim_sector(uint32_t i)
{
	static const char *const names[] = {
		"民政", "卫生", "教育", "交通", "城建", "生态", "文旅",     "市场", "应急", "农业",
		"水务", "人社", "统计", "文化", "文化", "科技", "公共资源", "住房", "城建", "司法",
	};

	return names[i % YH_LEN(names)];
}

const char *sim_project_name(uint32_t i)
{
	static const char *const names[] = {
		"综合窗口",     "电子证照",   "不动产登记", "预约挂号",   "学籍管理", "公交调度",
		"工地监管",     "空气监测",   "景区客流",   "食品追溯",   "应急指挥", "农机补贴",
		"防汛会商",     "人才落户",   "普查采集",   "数字档案",   "借阅服务", "科技评审",
		"公共交易",     "租赁备案",   "垃圾分类",   "法律援助",   "养老服务", "社区事务",
		"医保结算",     "疫苗接种",   "校园安防",   "停车诱导",   "桥隧监测", "排污许可",
		"文物普查",     "企业开办",   "消防检查",   "种子溯源",   "河湖巡查", "职称评定",
		"经济运行监测", "馆藏数字化", "成果转化",   "评标专家库", "住房保障", "古树名木",
		"公证预约",     "残疾人服务", "婚姻登记",   "急救调度",   "招生考试", "道路养护",
		"噪声地图",     "演出审批",   "价格监测",   "安全生产",   "水源保护", "技能培训",
		"基层统计",     "信访办理",   "会议服务",   "数据共享",   "视频汇聚", "地图服务",
	};

	return names[i % YH_LEN(names)];
}

const char *sim_person_name(uint32_t i, char out[32])
{
	static const char *const family[] = { "周", "林", "沈", "陆", "顾", "程", "方", "叶",
					      "许", "何", "钱", "秦", "唐", "卢", "崔", "白" };
	static const char *const given[] = { "明远", "思齐", "晓岚", "文博", "静宜", "致和",
					     "书言", "海宁", "若谷", "清扬", "景行" };

	(void)snprintf(out, 32, "%s%s", family[i % YH_LEN(family)], given[i % YH_LEN(given)]);
	return out;
}
