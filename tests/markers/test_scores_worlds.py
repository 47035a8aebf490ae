"""The range of a score holds what every completion of the record would give, and looks at no later data."""

from fractions import Fraction
from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.markers.records import record

from becalm.markers import scores

UNITS = {
    "ldh": "U/L",
    "creatinine": "mg/dL",
    "platelets": "10*9/L",
    "crp": "mg/dL",
    "anc": "/uL",
    "hemoglobin": "g/dL",
    "ferritin": "ng/mL",
}
LIKELY = {
    "ldh": (100, 467, 1500),
    "creatinine": (1, 2),
    "platelets": (0, 20, 74, 75, 100, 175, 176),
    "crp": (1, 2, 3, 4),
    "anc": (400, 1199, 1200, 3000),
    "hemoglobin": (8, 9, 10),
    "ferritin": (649, 650, 2000, 2001, 5000),
}
BEFORE = ["before lymphodepletion"]
IDS = ["easix", "s-easix", "m-easix", "car-hematotox"]
START = {"start_day": "-5", "kind": "drug", "name": "fludarabine"}


def lab(concept, number, day="-5.4", **more):
    return {"concept": concept, "value": number, "unit": UNITS[concept], "day": day, **more}


def answers(observations, ids=IDS, **more):
    rows = scores(record(observations, exposures=[START]), ids, **more).to_dicts()
    return {(row["score"], row["moment"]): row for row in rows if row["moment"] in BEFORE or more}


def within(exact, ranged):
    """Whether an answer lies in the range of another."""
    lo, hi = ranged["value_min"], ranged["value_max"]
    if exact["value_min"] is None:
        return hi is None
    return (lo is None or lo <= exact["value_min"]) and (hi is None or exact["value_max"] <= hi)


def state(concept):
    """What a record may hold of a value: nothing, the value, a range around it, or a limit."""
    number = st.sampled_from(LIKELY[concept])
    kinds = st.sampled_from(["missing", "exact", "range", "below", "above"])
    return st.tuples(kinds, number, st.integers(0, 300), st.integers(0, 300))


def recorded(concept, kind, number, down, up):
    if kind == "missing":
        return []
    if kind == "range":
        return [lab(concept, max(0, number - down), value_high=number + up)]
    if kind == "below":
        return [lab(concept, number + 1 + up, comparator="<")]
    if kind == "above":
        return [lab(concept, max(0, number - 1), comparator=">")] if number else [lab(concept, 0)]
    return [lab(concept, number)]


@given(st.fixed_dictionaries({concept: state(concept) for concept in UNITS}))
@settings(max_examples=20)
def test_the_range_holds_the_completion(states):
    told = [row for concept, held in states.items() for row in recorded(concept, *held)]
    complete = [lab(concept, held[1]) for concept, held in states.items()]
    ranged, exact = answers(told), answers(complete)
    for key, answer in exact.items():
        assert within(answer, ranged[key]), (answer, ranged[key])
        order = ["low", "high"]
        if answer["class_min"] is not None and answer["class_min"] == answer["class_max"]:
            low, high = ranged[key]["class_min"], ranged[key]["class_max"]
            assert low is None or order.index(low) <= order.index(answer["class_min"])
            assert order.index(answer["class_max"]) <= order.index(high)


@given(st.fixed_dictionaries({concept: st.sampled_from(LIKELY[concept]) for concept in UNITS}))
@settings(max_examples=12)
def test_a_complete_record_has_one_answer_and_it_is_the_formula(values):
    found = answers([lab(concept, number) for concept, number in values.items()])
    ldh, platelets = Fraction(values["ldh"]), Fraction(values["platelets"])
    if platelets:
        for name, factor in (("easix", values["creatinine"]), ("s-easix", 1), ("m-easix", values["crp"])):
            row = found[name, BEFORE[0]]
            assert row["value_min"] == row["value_max"] == float(ldh * factor / platelets)
    points = 2 if platelets < 75 else 1 if platelets <= 175 else 0
    points += (values["anc"] < 1200) + (values["hemoglobin"] < 9) + (values["crp"] >= 3)
    points += 2 if values["ferritin"] > 2000 else 1 if values["ferritin"] >= 650 else 0
    row = found["car-hematotox", BEFORE[0]]
    assert row["value_min"] == row["value_max"] == points
    assert row["class_min"] == row["class_max"] == ("high" if points >= 2 else "low")


PLACES = (0.0, 0.25, 0.5, 0.75, 0.999)
days = st.one_of(st.integers(-9, -4), st.integers(-36, -16).map(lambda n: n / 4 + 0.125))


@given(st.lists(st.tuples(days, st.integers(1, 9)), min_size=1, max_size=4, unique_by=lambda r: r[0]))
@settings(max_examples=20)
def test_every_order_of_values_without_an_hour_is_in_the_range(rows):
    timed = [row for row in rows if isinstance(row[0], float)]
    loose = [r for r in rows if isinstance(r[0], int) and not any(r[0] <= t[0] < r[0] + 1 for t in timed)]
    rest = [lab("platelets", 100, "-5.001"), lab("creatinine", 1, "-5.001")]
    told = [lab("ldh", 100 * number, repr(day)) for day, number in rows]
    row = answers(rest + told, ["s-easix"])["s-easix", BEFORE[0]]
    values = []
    for places in product(PLACES, repeat=len(loose)):
        moved = [(r[0] + p, r[1]) for r, p in zip(loose, places, strict=True)]
        before = [(day, number) for day, number in timed + moved if -12 <= day <= -5]
        values.append(max(before)[1] if before else None)
    if None in values:
        assert row["value_max"] is None
    else:
        numbers = [number for number in values if number is not None]
        assert (row["value_min"], row["value_max"]) == (min(numbers), max(numbers))


fevers = st.lists(
    st.tuples(
        st.one_of(st.integers(1, 5), st.integers(4, 24).map(lambda n: n / 4 + 0.1)),
        st.sampled_from([37.0, 38.4, 38.5, 39.5]),
        st.sampled_from([0, 0, 0.1]),
    ),
    max_size=5,
    unique_by=lambda row: row[0],
)


def trigger(rows, **more):
    observations = [
        {"concept": "temperature", "value": value, "value_high": round(value + width, 1), "unit": "Cel"}
        | {"day": None if day is None else repr(day)}
        for day, value, width in rows
    ]
    cohort = record(observations, patients=[{"blasts_percent": 40, "infusion_time": "2024-03-10T00:00"}])
    return scores(cohort, "kadauke-2021-trigger", **more).to_dicts()[0]


@given(fevers)
@settings(max_examples=40)
def test_the_trigger_is_right_in_every_world(rows):
    timed = [row for row in rows if isinstance(row[0], float)]
    loose = [r for r in rows if isinstance(r[0], int) and not any(r[0] <= t[0] < r[0] + 1 for t in timed)]
    worlds = []
    for places in product(PLACES, repeat=len(loose)):
        moved = [(r[0] + p, *r[1:]) for r, p in zip(loose, places, strict=True)]
        for highs in product((False, True), repeat=len(timed + moved)):
            hot = [
                day
                for (day, value, width), high in zip(timed + moved, highs, strict=True)
                if round(value + width * high, 1) >= 38.5
            ]
            worlds.append(any(abs(a - b) <= 1 for a, b in combinations(hot, 2)))
    row = trigger(rows)
    if not rows:
        assert (row["class_min"], row["class_max"]) == ("no", "yes")
        return
    assert row["value_min"] <= min(worlds)
    assert max(worlds) <= row["value_max"]
    if not loose:
        assert (row["value_min"], row["value_max"]) == (min(worlds), max(worlds))


@given(fevers, st.integers(4, 24))
@settings(max_examples=12)
def test_later_temperatures_change_no_earlier_trigger(rows, at):
    known = [row for row in rows if row[0] <= at / 4]
    assert trigger(rows, at=at / 4)["class_max"] == trigger(known, at=at / 4)["class_max"]
    assert trigger(rows, at=at / 4)["class_min"] == trigger(known, at=at / 4)["class_min"]


doses = st.lists(
    st.tuples(
        st.sampled_from(["dexamethasone", "hydrocortisone", "methylprednisolone"]),
        st.integers(-4, 24),
        st.integers(1, 12),
        st.sampled_from(["once", "rate", "course", "no amount"]),
    ),
    max_size=5,
)
MG = {"dexamethasone": 1.0, "hydrocortisone": 0.75 / 20, "methylprednisolone": 0.75 / 4}


def exposures(rows):
    out = []
    for name, quarter, amount, kind in rows:
        row = {"start_day": repr(quarter / 4), "kind": "drug", "name": name, "dose_unit": "mg"}
        if kind == "rate":
            row |= {"end_day": repr(quarter / 4 + amount / 8), "rate": 3, "rate_unit": "mg/h"}
        elif kind != "no amount":
            row["dose"] = amount
        if kind == "course":
            row["end_day"] = repr(quarter / 4 + 1)
        out.append(row)
    return out


def given_by(rows, start, end):
    """What surely was given from start up to end, of rows whose amount is known."""
    total = 0.0
    for name, quarter, amount, kind in rows:
        begin = quarter / 4
        if kind == "rate":
            total += 72 * max(0.0, min(end, begin + amount / 8) - max(start, begin)) * MG[name]
        elif kind in ("once", "course"):
            last = begin + 1 if kind == "course" else begin + 1e-6
            total += amount * MG[name] if start <= begin and last <= end else 0
    return total


@given(doses)
@settings(max_examples=20)
def test_a_sum_of_doses(rows):
    patients = [{"infusion_time": "2024-03-10T00:00"}]
    cohort = record(exposures=exposures(rows), patients=patients)
    table = scores(cohort, "dexamethasone-equivalents")
    total = table.filter(moment="in all").to_dicts()[0]
    open_end = any(kind == "no amount" and quarter >= 0 for _, quarter, _, kind in rows)
    assert total["value_min"] == pytest.approx(given_by(rows, 0, 99), abs=1e-8)
    crossing = sum(a * MG[n] for n, q, a, kind in rows if kind == "course" and -4 <= q < 0)
    upper = None if open_end else pytest.approx(total["value_min"] + crossing, abs=1e-8)
    assert total["value_max"] == upper
    by_day = table.filter(moment="in one day")
    for day in by_day.to_dicts():
        sure = given_by(rows, day["day"], day["day"] + 1)
        assert day["value_min"] == pytest.approx(sure, abs=1e-8)
    assert by_day["value_min"].sum() <= total["value_min"] + 1e-8


@given(doses, st.integers(0, 24))
@settings(max_examples=12)
def test_later_doses_change_no_earlier_sum(rows, quarter):
    known = [row for row in rows if row[1] <= quarter]
    tables = [
        scores(record(exposures=exposures(these)), "dexamethasone-equivalents", at=quarter / 4)
        for these in (rows, known)
    ]
    assert tables[0].equals(tables[1])


@given(st.permutations(range(7)))
def test_the_order_of_the_rows_changes_nothing(order):
    rows = [lab(name, LIKELY[name][1], "-6" if place % 2 else "-5.4") for place, name in enumerate(UNITS)]
    plain = scores(record(rows, exposures=[START]))
    mixed = scores(record([rows[place] for place in order], exposures=[START]))
    assert mixed.equals(plain)
