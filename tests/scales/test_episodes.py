"""The end of an episode by a named rule: fever gone and cytokines declined, beside the end of the signs."""

from typing import Any

import polars as pl
import pytest

from becalm import read_tables
from becalm.record.errors import InputError
from becalm.scales import episode_rules, per_patient
from becalm.timeline import default_settings
from becalm.timeline.families import families

RULE = "fever-and-cytokines"
CLASSES = ["vasopressor", "oxygen", "fluid", "antipyretic", "anti_cytokine", "corticosteroid", "death"]


def cohort(*cytokines: tuple[str, str, str], fever_until: float = 3.0, until: float = 9.0):
    """Fever from day 1 to `fever_until`, charted every six hours; cytokines as (concept, day, value)."""
    rows = []
    for n in range(int(until * 4)):
        day = n / 4
        heat = "38.8" if 1 <= day < fever_until else "36.9"
        for concept, value, unit in (
            ("temperature", heat, "Cel"),
            ("sbp", "118", "mm[Hg]"),
            ("spo2", "97", "%"),
        ):
            rows.append({"day": f"{day + 0.01:.2f}", "concept": concept, "value": value, "unit": unit})
    rows += [{"day": day, "concept": c, "value": value, "unit": "pg/mL"} for c, day, value in cytokines]
    return read_tables(
        {
            "patients": pl.DataFrame({"patient_id": ["a"], "age_years": ["40"]}),
            "observations": pl.DataFrame([{"patient_id": "a", **row} for row in rows]),
            "coverage": pl.DataFrame({"class": CLASSES}),
        }
    )


def lengths(*cytokines: tuple[str, str, str], episode: str = RULE) -> tuple[Any, ...]:
    row = per_patient(cohort(*cytokines), "zhang-2022", episode=episode)
    columns = ("onset_day", "end_day", "end_day_min", "end_day_max", "episode")
    return row.select(columns).row(0)


def test_the_end_waits_for_the_cytokines() -> None:
    rising = *(("il6", f"{day}.5", str(500 + 50 * day)) for day in range(1, 6)), ("il6", "6.5", "100")
    assert lengths(*rising) == (1.01, 6.5, 6.5, 6.5, RULE)


def test_the_end_waits_for_the_fever() -> None:
    falling = ("il6", "1.5", "500"), ("il6", "2.0", "100")
    onset, end, *_ = lengths(*falling)
    assert onset == 1.01
    signs = lengths(*falling, episode="signs")
    assert end >= 3.0
    assert signs[0] == onset


def test_every_cytokine_measured_must_have_declined() -> None:
    il10 = (("il10", f"{day}.5", str(50 + day)) for day in range(1, 7))
    rows = ("il6", "1.5", "500"), ("il6", "5.5", "100"), *il10, ("il10", "7.5", "20")
    assert lengths(*rows)[1:4] == (7.5, 7.5, 7.5)


def test_a_cytokine_not_measured_for_longer_than_it_speaks_may_have_declined() -> None:
    rows = ("il6", "1.5", "500"), ("il6", "7.5", "100")
    _, end, low, high, _ = lengths(*rows)
    assert low == end < high == 7.5


def test_without_a_cytokine_the_end_is_not_known() -> None:
    _, end, low, high, _ = lengths()
    assert low == end < high


def test_a_cytokine_measured_once_has_not_declined() -> None:
    cohort_ = cohort(("il6", "1.5", "500"))
    facts = families()["cytokines"].states(cohort_, default_settings()).rows()
    assert [row[2:4] for row in facts] == [(False, True), (False, False), (False, True)]
    assert "il6 500 on day 1.5" in facts[1][4]


def test_a_value_no_higher_than_before_the_infusion_has_declined() -> None:
    facts = families()["cytokines"].states(
        cohort(("il6", "-1.5", "20"), ("il6", "1.5", "20")), default_settings()
    )
    assert facts.rows()[-1][2:4] == (True, True)


def test_a_censored_value_may_have_declined() -> None:
    record = cohort(("il6", "1.5", "500"), ("il6", "2.5", "100"))
    rows = record.observations.with_columns(
        hi=pl.when((pl.col("concept") == "il6") & (pl.col("lo") == 100)).then(900.0).otherwise("hi")
    )
    from dataclasses import replace

    facts = families()["cytokines"].states(replace(record, observations=rows), default_settings())
    assert facts.rows()[-1][2:4] == (False, True)


def test_an_unknown_rule_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InputError, match=RULE):
        per_patient(cohort(), "zhang-2022", episode="fever-and-cytokine")


def test_a_rule_of_crs_does_not_end_another_toxicity() -> None:
    with pytest.raises(InputError, match="icaht-2023 grades"):
        per_patient(cohort(), "icaht-2023", episode=RULE)


def test_each_rule_has_a_source() -> None:
    assert set(episode_rules()) == {"signs", RULE}
    assert all(rule.cites and rule.says for rule in episode_rules().values())
