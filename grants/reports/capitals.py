"""Amounts in the capital numerals that contracts and receipts are written in (人民币大写).

Source: 支付结算办法 annex 1: 正确填写票据和结算凭证的基本规定.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from kernel.money import yuan

DIGITS: Final = "零壹贰叁肆伍陆柒捌玖"
PLACES: Final = ("", "拾", "佰", "仟")
GROUPS: Final = ("", "万", "亿", "万亿")
GROUP: Final = 10_000


def capitals(amount: Decimal) -> str:
    """Write an amount from 0.00 to 999,999,999,999.99 yuan: 120003.50 → 壹拾贰万零叁元伍角整.

    Raises ValueError for an amount below zero.
    """
    if amount < 0:
        raise ValueError("an amount in capitals is not below zero")
    cents = int(yuan(amount) * 100)
    whole, jiao, fen = cents // 100, cents // 10 % 10, cents % 10
    told = f"{_whole(whole)}元" if whole else ""
    if not jiao and not fen:
        return f"{told or '零元'}整"
    if jiao:
        told += f"{DIGITS[jiao]}角"
    elif whole:
        told += "零"
    return f"{told}{DIGITS[fen]}分" if fen else f"{told}整"


def _whole(number: int) -> str:
    groups = []
    while number:
        number, group = divmod(number, GROUP)
        groups.append(group)
    told, gap = "", False
    for place in range(len(groups) - 1, -1, -1):
        group = groups[place]
        if not group:
            gap = bool(told)
            continue
        if told and (gap or group < GROUP // 10):
            told += "零"
        told += _group(group) + GROUPS[place]
        gap = False
    return told


def _group(number: int) -> str:
    told, gap = "", False
    for place in range(3, -1, -1):
        digit = number // 10**place % 10
        if not digit:
            gap = bool(told)
            continue
        told += ("零" if gap else "") + DIGITS[digit] + PLACES[place]
        gap = False
    return told
