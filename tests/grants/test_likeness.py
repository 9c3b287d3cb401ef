"""How alike two Chinese texts are: what was copied is found wherever it stands, what was not is not."""

from __future__ import annotations

from itertools import pairwise
from typing import SupportsIndex

import pytest
from hypothesis import HealthCheck, example, given, settings, strategies as st

from grants import likeness
from grants.likeness import PASSAGE, SURE, TRIED, Plain, plain, prints_of, shared, shingles_of

NEED = "辖区单亲与重组家庭约一千九百户，受访母亲多数不知道怎样和孩子谈家里的变化，现有服务以讲座为主，缺少持续陪伴与家庭间互助。"
PLAN = (
    "第一季度由社工入户访谈建立家庭档案，第二季度起每月两次工作坊，邀请心理咨询师带领，暑期组织亲子营，年末回访评估。"
)
OTHER = "本镇老年妇女独居比例高，志愿者队伍年龄偏大，拟招募青年骨干开展结对探访，配备智能手环，联动社区医院每周巡诊。"
HAN = "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政四日那社义事平形相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很情者最立代想已通并提直题党程展五果料象员革位入常文总次品式活设及管特件长求老头基资边流路级少图山统接知较将组见计别她手角期根论运农指几九区强放决西被干做必战先回则任取据处队南给色光门即保治北造百规热领七海口东导器压志世金增争济阶油思术极交受联什认六共权收证改清己美再采转更单风切打白教速花带安场身车例真务具万每目至达走积示议声报斗完类八离华名确才科张信马节话米整空元况今集温传土许步群广石记需段研界拉林律叫且究观越织装影算低持音众书布复容儿须际商非验连断深难近矿千周委素技备半办青省列习响约支般史感劳便团往酸历市克何除消构府称太准精值号率族维划选标写存候毛亲快效斯院查江型眼王按格养易置派层片始却专状育厂京识适属圆包火住调满县局照参红细引听该铁价严"
texts = st.text(alphabet=HAN, min_size=60, max_size=240)


def test_blanks_punctuation_width_and_case_do_not_count() -> None:
    told = plain("ＡＢＣ，家庭 教育！\n2027年")

    assert told.signs == "abc家庭教育2027年"
    assert told.places[:3] == (0, 1, 2)
    assert told.places[3] == 4


def test_a_text_is_all_of_itself() -> None:
    found = shared({"need": NEED, "plan": PLAN}, {"need": NEED, "plan": PLAN})

    assert found.percent == 100
    assert [(one.mine, one.theirs) for one in found.passages] == [(one.mine, one.mine) for one in found.passages]
    assert len(found.passages) == 2


def test_two_texts_of_the_same_field_share_nothing() -> None:
    assert shared({"need": NEED}, {"need": OTHER, "plan": PLAN}).percent == 0
    assert not set(prints_of({"need": NEED})) & set(prints_of({"need": OTHER}))


def test_a_paragraph_is_found_in_another_part_of_a_long_text_and_marked_where_it_stands() -> None:
    theirs = OTHER + PLAN[10:40] + OTHER
    found = shared({"need": NEED + PLAN}, {"goal": theirs})

    (one,) = found.passages
    assert PLAN[10:40].strip("，") in (NEED + PLAN)[one.mine.start : one.mine.end]
    assert (NEED + PLAN)[one.mine.start : one.mine.end] == theirs[one.theirs.start : one.theirs.end]
    assert (one.mine.part, one.theirs.part) == ("need", "goal")


def test_paragraphs_in_another_order_are_all_found() -> None:
    assert shared({"need": NEED + PLAN + OTHER}, {"need": OTHER + NEED + PLAN}).percent == 100


def test_other_punctuation_hides_nothing() -> None:
    hidden = "　".join(NEED).replace("，", "；")

    assert shared({"need": NEED}, {"need": hidden}).percent == 100
    assert prints_of({"need": NEED}) == prints_of({"need": hidden})


def test_some_words_put_in_hide_little() -> None:
    changed = NEED.replace("约一千九百户", "约二千一百户").replace("多数", "大多数")

    assert 50 < shared({"need": NEED}, {"need": changed}).percent < 100


def test_what_the_call_has_written_for_everybody_does_not_count() -> None:
    template = shingles_of([NEED])

    assert shared({"need": NEED + PLAN}, {"need": NEED + OTHER}, template).percent == 0
    assert prints_of({"need": NEED}, template) == []
    assert shared({"need": NEED + PLAN}, {"need": NEED + PLAN}, template).percent == 100
    assert not set(prints_of({"need": NEED + PLAN}, template)) & set(prints_of({"need": NEED + OTHER}, template))


def test_a_set_phrase_is_no_passage() -> None:
    phrase = "购买妇女儿童家庭服务项目"
    assert len(phrase) < PASSAGE

    assert shared({"need": f"{NEED}{phrase}"}, {"need": f"{OTHER}{phrase}"}).passages == ()


def test_nothing_is_like_nothing() -> None:
    assert shared({}, {"need": NEED}).percent == 0
    assert shared({"need": NEED}, {}).percent == 0
    assert prints_of({"need": "短"}) == []


calmly = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])  # long texts


@calmly
@given(texts, texts, texts, st.integers(0, 200), st.integers(SURE, 60))
def test_a_run_that_was_copied_is_always_found(mine: str, theirs: str, more: str, start: int, size: int) -> None:
    copied = mine[start : start + size]
    if len(copied) < SURE:
        copied = mine[:SURE]
    other = {"plan": theirs + copied + more}

    found = shared({"need": mine}, other)

    assert set(prints_of({"need": mine})) & set(prints_of(other))
    assert found.passages
    assert found.percent >= len(copied) * 100 // len(mine) - 1


@calmly
@given(texts, texts)
@example("家" * 60, "家" * 200)
def test_a_passage_says_the_same_in_both_texts_and_passages_do_not_overlap(mine: str, theirs: str) -> None:
    found = shared({"need": mine}, {"need": theirs + mine[: len(mine) // 2]})

    for one in found.passages:
        assert (
            mine[one.mine.start : one.mine.end] == (theirs + mine[: len(mine) // 2])[one.theirs.start : one.theirs.end]
        )
        assert one.size >= PASSAGE
    for one, following in pairwise(found.passages):
        assert one.mine.end <= following.mine.start
    assert 0 <= found.percent <= 100


@pytest.mark.parametrize("size", [PASSAGE - 1, PASSAGE])
def test_a_passage_begins_at_its_least_size(size: int) -> None:
    assert bool(shared({"need": NEED}, {"need": OTHER + plain(NEED).signs[5 : 5 + size] + OTHER}).passages) is (
        size == PASSAGE
    )


class Read(str):
    """A text that counts how many of its signs are looked at."""

    __slots__ = ()
    signs = 0

    def __getitem__(self, place: SupportsIndex | slice) -> str:
        found = super().__getitem__(place)
        Read.signs += len(found)
        return found


def read_of(monkeypatch: pytest.MonkeyPatch, mine: str, theirs: str, template: frozenset[str]) -> int:
    """Count the signs that are looked at until it is known what two texts share."""
    monkeypatch.setattr(likeness, "plain", lambda text: Plain(Read(plain(text).signs), plain(text).places))
    Read.signs = 0
    shared({"need": mine}, {"need": theirs}, template)
    monkeypatch.undo()
    return Read.signs


@pytest.mark.parametrize(
    ("mine", "theirs", "template"),
    [
        pytest.param(NEED, NEED, "", id="one sentence, again and again"),
        pytest.param(NEED, NEED, NEED * 2, id="one sentence of the template's, again and again"),
        pytest.param(NEED + PLAN[:20], NEED + PLAN[:20], NEED * 2, id="much of the template's, a little of one's own"),
        pytest.param("家", "家", "", id="one sign, again and again"),
        pytest.param("家", "家", "家" * 20, id="one sign of the template's, again and again"),
        pytest.param(NEED + "一", NEED + "二", "", id="one sentence, each time with another end"),
    ],
)
def test_a_text_that_repeats_itself_is_compared_in_the_time_of_another(
    monkeypatch: pytest.MonkeyPatch, mine: str, theirs: str, template: str
) -> None:
    shingles, size = shingles_of([template]), 1200
    once, double = (
        read_of(monkeypatch, (mine * size)[:length], (theirs * size)[:length], shingles) for length in (size, 2 * size)
    )

    assert once < size * 2 * TRIED * PASSAGE
    assert double < 2.2 * once
