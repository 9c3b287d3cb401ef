"""What the names and addresses of made-up organizations are put together from; every name begins with 示例."""

from __future__ import annotations

MARK = "示例·"
FIRST = "示例·木兰家庭服务中心"
SECOND = "示例·星河社会工作服务社"

BRANDS = (
    *("春晖", "同心", "晨曦", "暖阳", "启航", "和畅", "青禾", "嘉禾", "萱草", "兰心", "蕙质", "凝香", "知行", "乐羽"),
    *("沐光", "清源", "惠风", "映雪", "听雨", "枫叶", "海棠", "丹桂", "白鹭", "归雁", "织梦", "花信", "云帆", "初心"),
    *("晴川", "若水", "致远", "芳华", "锦程", "瑞和", "安澜", "百合", "红豆", "梧桐", "紫藤", "银杏", "向阳", "灯塔"),
    *("心桥", "港湾", "摇篮", "葵园", "鸣泉", "芷若", "采薇", "静好", "知音", "明德", "崇善", "怀瑾", "慧心", "润物"),
)

# (what stands after the brand, the fields in which such an organization serves)
TRADES = (
    ("家庭服务", ("family_education", "family_counselling")),
    ("社会工作服务", ("children_in_need", "mental_care")),
    ("家庭教育指导", ("family_education",)),
    ("心理关爱", ("mental_care",)),
    ("婚姻家庭咨询", ("family_counselling", "rights")),
    ("妇女维权", ("rights",)),
    ("儿童关爱", ("children_in_need", "child_friendly")),
    ("儿童友好社区", ("child_friendly",)),
    ("科学育儿", ("childcare", "family_education")),
    ("托育服务", ("childcare",)),
    ("女性健康", ("womens_health",)),
    ("巾帼创业", ("employment",)),
    ("女性就业", ("employment", "new_workers")),
    ("家政服务", ("domestic_service", "employment")),
    ("亲子阅读", ("family_culture", "family_education")),
    ("家风文化", ("family_culture",)),
    ("社区公益", ("volunteering", "family_culture")),
    ("志愿服务", ("volunteering",)),
    ("新就业群体服务", ("new_workers", "rights")),
    ("银龄关爱", ("elderly_care", "volunteering")),
    ("公益能力建设", ("capacity_building",)),
    ("青少年成长", ("children_in_need", "family_education")),
)

SUFFIXES = {
    "service_institution": ("中心", "社", "促进中心", "服务站", "发展中心"),
    "association": ("协会", "联合会", "促进会", "志愿者协会"),
    "foundation": ("公益基金会",),
    "other_social": ("联盟",),
    "enterprise": ("有限公司",),
    "public_institution": ("服务中心",),
    "peoples_group": ("妇女联合会工作站",),
}

SURNAMES = "赵孙李周吴王陈褚卫蒋韩杨朱秦许吕施张孔严华金魏陶姜谢邹章苏潘葛范彭鲁韦马方俞任袁柳史唐费岑薛贺倪汤"
GIVEN = (
    "晓岚",
    "思敏",
    "文静",
    "佳慧",
    "雨桐",
    "梦洁",
    "海燕",
    "秀英",
    "建国",
    "志远",
    "婷",
    "敏",
    "洁",
    "琳",
    "静怡",
    "丽华",
)
ROADS = ("向日葵", "樱桃", "麦穗", "彩虹", "月牙", "星光", "芦苇", "松果", "蒲公英", "木棉")
CREDIT_REASONS = {
    "abnormal_list": ("未按规定报送年度工作报告", "通过登记的住所无法取得联系"),
    "serious_list": ("被列入活动异常名录满二年仍不履行义务",),
    "penalty": ("未按章程开展活动，给予警告", "会计资料不齐全，责令限期改正"),
}
SOURCE = "示例公示系统（编造，非真实记录）"
