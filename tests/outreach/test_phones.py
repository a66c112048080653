"""Numbers as people and files write them; rule 4."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.domain.phones import (
    ImpossibleNumber,
    TelephoneNumber,
    check_caller,
    check_sms_sender,
    is_fictional,
    judge,
    masked,
    parse,
    plain,
)
from outreach.domain.words import NumberKind
from outreach.errors import BusinessError
from outreach.settings import Settings


@pytest.mark.parametrize(
    ("written", "department", "e164", "kind"),
    [
        ("01 99 00 12 34", "94", "+33199001234", NumberKind.LANDLINE),
        ("06.39.98.12.34", "94", "+33639981234", NumberKind.MOBILE),
        ("+33 6 39 98 12 34", "974", "+33639981234", NumberKind.MOBILE),
        ("0033199001234", "94", "+33199001234", NumberKind.LANDLINE),
        ("199001234", "94", "+33199001234", NumberKind.LANDLINE),
        ("0692 12 34 56", "94", "+262692123456", NumberKind.MOBILE),
        ("0262 12 34 56", "974", "+262262123456", NumberKind.LANDLINE),
        ("+33692123456", "974", "+262692123456", NumberKind.MOBILE),
        ("0690123456", "971", "+590690123456", NumberKind.MOBILE),
        ("0694123456", "973", "+594694123456", NumberKind.MOBILE),
        ("0696123456", "972", "+596696123456", NumberKind.MOBILE),
    ],
)
def test_a_number_is_read_as_its_holder_writes_it(written: str, department: str, e164: str, kind: NumberKind) -> None:
    number = parse(written, department)
    assert (number.e164, number.kind) == (e164, kind)


@pytest.mark.parametrize(
    "written", ["", "12", "0000000000", "3646", "+15551234567", "0899123456", "bonjour", "01990012345"]
)
def test_an_impossible_number_is_refused_without_being_repeated(written: str) -> None:
    with pytest.raises(ImpossibleNumber) as refusal:
        parse(written, "94")
    assert not written or written not in str(refusal.value)


def test_rule_14_a_number_hides_itself() -> None:
    assert "199001234" not in repr(parse("0199001234", "94"))
    assert masked("+33199001234") == "+33…34"


@pytest.mark.parametrize(
    "number",
    ["+33162000001", "+33163000001", "+33270000001", "+33377000001", "+33424000001", "+33568000001", "+33948000001",
     "+33947512345", "+33947912345", "+33801234567", "3012", "+333133"],
)  # fmt: skip
def test_rule_04_the_ranges_of_automated_callers_are_allowed(number: str) -> None:
    assert check_caller(number) is None


@pytest.mark.parametrize(
    "number",
    ["+33612345678", "+33712345678", "+33899123456", "+33142345678", "+33947412345", "+33164000001", "3612", "+442071234567", ""],
)  # fmt: skip
def test_rule_04_any_other_caller_stops_the_start(number: str, settings: Settings) -> None:
    assert check_caller(number) is not None
    wrong = settings.model_copy(update={"caller_numbers": f"+33162000001,{number or 'x'}"})
    wrong.__dict__.pop("callers", None)
    with pytest.raises(BusinessError, match="CALLER_NUMBERS"):
        wrong.check_telephone()


@pytest.mark.parametrize(
    ("sender", "allowed"),
    [
        ("38000", True),
        ("36123", True),
        ("AssurMal", True),
        ("Assurance Maladie", False),
        ("37000", False),
        ("+33612345678", False),
        ("12345", False),
    ],
)
def test_sms_senders(sender: str, allowed: bool) -> None:
    assert (check_sms_sender(sender) is None) is allowed


@pytest.mark.parametrize(
    "number", ["+33199001234", "+33261911234", "+33353011234", "+33465711234", "+33536491234", "+33639981234"]
)
def test_the_ranges_of_fiction_are_known(number: str) -> None:
    assert is_fictional(number)


@pytest.mark.parametrize("number", ["+33199011234", "+33639971234", "+33162000001"])
def test_real_ranges_are_not_fiction(number: str) -> None:
    assert not is_fictional(number)


_heads = st.one_of(
    st.from_regex(r"0[1-9]\d{4}", fullmatch=True),
    # Where the plans are crowded: overseas, fiction, services.
    st.builds(
        str.__add__,
        st.sampled_from(
            ("0262", "0263", "0639", "0692", "0590", "0690", "0594", "0696", "0508", "0708", "0269", "0800")
        ),
        st.from_regex(r"\d\d", fullmatch=True),
    ),
    st.sampled_from(("019900", "026191", "035301", "046571", "053649", "063998", "083600", "070800", "050841")),
)
_spellings = st.sampled_from(
    (
        lambda n: n,
        lambda n: n[1:],
        lambda n: f"+33{n[1:]}",
        lambda n: f"+330{n[1:]}",
        lambda n: f"0033 {n[1:]}",
        lambda n: f"+262{n[1:]}",
        lambda n: " ".join(n[i : i + 2] for i in range(0, 10, 2)),
        lambda n: ".".join(n[i : i + 2] for i in range(0, 10, 2)),
        lambda n: f"({n[:2]})\u00a0{n[2:6]}\u2003{n[6:]}",
        lambda n: f"{n}5",
        lambda n: n[:9],
    )
)
_departments = st.sampled_from(("94", "2A", "971", "973", "974", "975", "976", "978"))


@settings(max_examples=600)
@given(
    st.one_of(
        st.builds(
            lambda head, tail, how: how(head + tail), _heads, st.from_regex(r"\d{4}", fullmatch=True), _spellings
        ),
        st.text("0123456789+.- ٣", max_size=14),
    ),
    _departments,
)
def test_a_number_is_read_as_the_numbering_plans_judge_it(written: str, department: str) -> None:
    def read(how: Callable[[], TelephoneNumber]) -> TelephoneNumber | str:
        try:
            return how()
        except ImpossibleNumber as error:
            return str(error)

    assert read(lambda: parse(written, department)) == read(lambda: judge(plain(written), department))
