"""What the reference grader must be told, each mend one sentence of the design (`differences.toml`).

Most mends say the parsed record in words that the reference understands: a bolus without an end gets its end
after one hour. The others correct one method. All are used through a subclass that also remembers what it has
worked out, which changes no answer and makes it about ten times as fast.
"""

from __future__ import annotations

import itertools
import math
from fractions import Fraction
from functools import cache
from typing import Any

MENDS = (
    "value-high", "units", "refused-range", "completed-years", "map-under-11", "child-baseline",
    "bolus-one-hour", "cpap-home", "home-cpap", "infusion-clock-time", "fluid-uncovered",
    "pressure-after-resolved", "treatment-infusion", "recorded-vasopressors", "next-row-of-own-name",
    "one-spelling", "last-grade", "death-by-day", "observations-go-on", "one-value",
)  # fmt: skip


@cache
def plausible(concept: str) -> tuple[Fraction, Fraction]:
    """What becalm's vocabulary calls plausible, in the canonical unit: a refused value is one of these."""
    from becalm.record import vocabulary

    entry = vocabulary().concepts[concept]
    return Fraction(str(entry.plausible_min)), Fraction(str(entry.plausible_max))


def mendable(ref: Any) -> Any:
    """A subclass of the reference's `Patient` with `tell(mends)`."""

    class Patient(Corrected, ref.Patient):  # type: ignore[misc]
        """The reference's patient, remembering what it has worked out, and told the mends asked for."""

        _ref = ref

    return Patient


_Mixin: Any = object  # the reference's own `Patient` comes after these classes


class Remembering(_Mixin):  # type: ignore[misc]
    """Speed only: the same questions get the same answers."""

    memory: dict[Any, Any]

    def _remember(self, key: Any, answer: Any) -> Any:
        if key not in self.memory:
            self.memory[key] = answer()
        return self.memory[key]

    def starts(self: Any, concept: str, t: int) -> Any:
        return self._remember(("starts", concept, t), lambda: super(Remembering, self).starts(concept, t))

    def said(self: Any, concept: str, x: int, t: int) -> Any:
        return self._remember(("said", concept, x, t), lambda: super(Remembering, self).said(concept, x, t))

    def fever_set(self: Any, x: int, t: int) -> Any:
        return self._remember(("fever", x, t), lambda: super(Remembering, self).fever_set(x, t))

    def hypoxia_levels(self: Any, x: int, t: int) -> Any:
        return self._remember(("hypoxia", x, t), lambda: super(Remembering, self).hypoxia_levels(x, t))

    def pressor_levels(self: Any, x: int, t: int) -> Any:
        return self._remember(("pressor", x, t), lambda: super(Remembering, self).pressor_levels(x, t))

    def low_pressure(self: Any, x: int, t: int) -> Any:
        return self._remember(("low", x, t), lambda: super(Remembering, self).low_pressure(x, t))

    def covered(self: Any, cls: str, x: int) -> Any:
        return self._remember(("covered", cls, x), lambda: super(Remembering, self).covered(cls, x))


class Saying(Remembering):
    """The mends that say the record in other words, once, before anything is graded."""

    _ref: Any

    def __init__(self: Any, row: Any, obs: Any, exps: Any, evs: Any, cov: Any, classes: Any) -> None:
        super().__init__(row, obs, exps, evs, cov, classes)
        self.given = obs
        self.mends: frozenset[str] = frozenset()
        self.memory: dict[Any, Any] = {}
        self.offset, self.blind = 0, False
        self.events_now: list[Any] = []
        self.all_obs: Any = None
        self.pressures: list[int] = []
        self.memories: dict[Any, Any] = {}

    def tell(self: Any, mends: frozenset[str]) -> None:
        """Take these mends. To be called once, before grading."""
        self.mends, self.memory, self.memories, self.all_obs = mends, {}, {}, None
        if mends & {"value-high", "units", "refused-range"}:
            self.obs = [o for r in self.given for o in self._values(r)]
            self.refused: list[Any] = []
        if "observations-go-on" in mends:
            infusion = self.row.get("infusion_time", "")
            times = [self._ref.when(r, "day", "time", infusion)[0] for r in self.given]
            self.last_obs = max((t for t in times if t is not None), default=None)
        self.pressures = [o[1] for o in self.obs if o[0] in ("sbp", "map")]  # a child's mean pressure is one
        self._say_age()
        for r in self.fluids:
            if "bolus-one-hour" in mends and r["e"] is None:
                r["e"] = r["s"] + self._ref.HOUR
        for r in self.drugs:
            self._say_drug(r)
        for r in self.o2:
            self._say_home(r)
        if "infusion-clock-time" in mends:
            self._say_infusion()

    def _values(self: Any, r: Any) -> list[Any]:
        """One observation as the reference keeps it: concept, time, whole day, lowest and highest value."""
        concept = r["concept"]
        at, whole = self._ref.when(r, "day", "time", self.row.get("infusion_time", ""))
        if concept not in self._ref.VALID or at is None:
            return []
        low = self._canonical(concept, r["value"], r["unit"])
        high = self._canonical(concept, r["value_high"], r["unit"]) if r.get("value_high") else low
        least, most = plausible(concept) if "refused-range" in self.mends else (-(10**6), 10**6)
        if not (least <= low <= most and least <= high <= most):
            return [(concept, at, whole, least, most)]
        if concept == "temperature" and "refused-range" not in self.mends and not 25 <= low <= 45:
            return []
        tiny = Fraction(1, 10**6)
        sign = r.get("comparator", "")
        if sign in ("<", "<="):
            return [(concept, at, whole, Fraction(-(10**6)), low - (tiny if sign == "<" else 0))]
        if sign in (">", ">="):
            return [(concept, at, whole, low + (tiny if sign == ">" else 0), Fraction(10**6))]
        return [(concept, at, whole, low, high if "value-high" in self.mends else low)]

    def _canonical(self: Any, concept: str, text: str, unit: str) -> Fraction:
        value = Fraction(text)
        if unit == "[degF]":
            return (value - 32) * 5 / 9
        if unit == "kPa" and "units" in self.mends:
            return value * 1_000_000 / 133_322
        return value * 100 if concept == "spo2" and unit == "1" and "units" in self.mends else value

    def _say_age(self: Any) -> None:
        age = self.row.get("age_years", "")
        if age and "completed-years" in self.mends:
            self.row["age_years"] = str(math.floor(Fraction(age)))
        child = bool(age) and Fraction(age) < 11
        if child and "map-under-11" in self.mends:
            self.obs = [o for o in self.obs if o[0] != "map"]
        base = self.row.get("baseline_sbp", "")
        if not (child and base and "child-baseline" in self.mends):
            return
        limit = self.sbp_limits()[0]

        def plain(value: Fraction) -> Fraction:
            drop = Fraction(base) - value
            low = (value < limit and drop >= 10) or drop >= 30
            return Fraction(0 if low else 200)

        self.obs = [
            (c, t, w, plain(lo), plain(hi)) if c == "sbp" else (c, t, w, lo, hi)
            for c, t, w, lo, hi in self.obs
        ]
        self.row["baseline_sbp"] = ""

    def _say_drug(self: Any, r: Any) -> None:
        ref = self._ref
        if "one-spelling" in self.mends:
            r["name"] = r["name"].replace(" ", "_")
        if r["name"] not in ref.COUNTED | ref.VASOPRESSIN:
            return
        if "next-row-of-own-name" in self.mends and r.get("indication", "") in ref.NOT_A_CRS_PRESSOR:
            # it counts as nothing, and it ends an open row before it: as a stop that is over at once
            r.update(indication="", rate="0", e=r["s"])

    def _say_home(self: Any, r: Any) -> None:
        indication = r.get("indication", "")
        at_home = self.row.get("home_cpap", "").lower() in ("true", "1", "yes") and r["name"] in (
            "cpap",
            "bipap",
        )
        if ("cpap-home" in self.mends and r["name"] in self._ref.POSITIVE and indication == "home") or (
            "home-cpap" in self.mends and at_home and indication not in ("crs", "hypoxia")
        ):
            r["indication"] = "sleep_apnoea"

    def _say_infusion(self: Any) -> None:
        """Let the reference's zero be the infusion, and shift everything else."""
        text, unit = self.row.get("infusion_time", ""), self._ref.DAY
        if "T" not in text:
            return
        hours, minutes, seconds = (int(x) for x in text.split("T")[1][:8].split(":"))
        self.offset = off = (hours * 3600 + minutes * 60 + seconds) * unit // 86400
        self.obs = [(c, at - off, whole, lo, hi) for c, at, whole, lo, hi in self.obs]
        self.pressures = [at - off for at in self.pressures]
        for r in self.drugs + self.o2 + self.fluids:
            r["s"] -= off
            r["e"] = None if r["e"] is None else r["e"] - off
        for e in self.events:
            e["at"] = None if e["at"] is None else e["at"] - off
        self.last_obs = None if self.last_obs is None else self.last_obs - off
        shifted = []
        for c in self.cov:
            ends = {k: c[k] for k in ("start_day", "end_day") if c.get(k)}
            shifted.append({**c, **{k: str(Fraction(v) - Fraction(off, unit)) for k, v in ends.items()}})
        self.cov = shifted

    def concerns(self: Any) -> set[str]:
        """The mends that this patient's record may need: without any, the reference is used as it is."""
        ref, row, given = self._ref, self.row, self.given
        age = row.get("age_years", "")
        child = bool(age) and Fraction(age) < 11
        pressors = [r for r in self.drugs if r["name"] in ref.COUNTED | ref.VASOPRESSIN]
        waiving = ref.ANTIPYRETIC | ref.ANTICYTOKINE | ref.STEROID
        deaths = [e for e in self.events if e["event"] == "death"]
        needs = {
            "value-high": any(r.get("value_high") for r in given),
            "units": any(r["unit"] in ("1", "kPa") for r in given),
            "refused-range": any(self._implausible(r) for r in given),
            "completed-years": "." in age,
            "map-under-11": child and any(r["concept"] == "map" for r in given),
            "child-baseline": child and bool(row.get("baseline_sbp")),
            "bolus-one-hour": any(
                r["e"] is None and r.get("indication") == "hypotension" for r in self.fluids
            ),
            "cpap-home": any(r["name"] in ref.POSITIVE and r.get("indication") == "home" for r in self.o2),
            "home-cpap": row.get("home_cpap", "") == "true"
            and any(r["name"] in ("cpap", "bipap") for r in self.o2),
            "infusion-clock-time": "T" in row.get("infusion_time", "")
            and "T00:00" not in row["infusion_time"],
            "fluid-uncovered": not self.always_covered("fluid"),
            "pressure-after-resolved": any(
                e["event"] == "hypotension" and e.get("value") == "resolved" for e in self.events
            ),
            "treatment-infusion": any(
                r["name"] in waiving and r["e"] is None and r.get("rate") for r in self.drugs
            ),
            "recorded-vasopressors": bool(pressors) and not self.always_covered("vasopressor"),
            "next-row-of-own-name": any(r.get("indication", "") in ref.NOT_A_CRS_PRESSOR for r in pressors),
            "one-spelling": any(" " in r["name"] for r in pressors),
            "last-grade": any(e.get("cause", "") == "" and not e["whole"] for e in deaths),
            "death-by-day": any(e.get("cause", "") == "" and e["whole"] for e in deaths),
            "observations-go-on": any(r["concept"] not in ref.VALID for r in given),
            "one-value": any(r["concept"] == "temperature" and r.get("comparator") for r in given)
            or len({(o[0], o[1]) for o in self.obs}) < len(self.obs),
        }
        assert set(needs) == set(MENDS)
        return {name for name, needed in needs.items() if needed}

    def _implausible(self: Any, r: Any) -> bool:
        if r["concept"] not in self._ref.VALID:
            return False
        least, most = plausible(r["concept"])
        factor = {"1": 100, "kPa": Fraction(1_000_000, 133_322)}.get(r["unit"], 1)
        values = [self._canonical(r["concept"], v, r["unit"]) for v in (r["value"], r.get("value_high")) if v]
        values = values if self.mends else [v * factor for v in values]
        return not all(least <= v <= most for v in values)

    def always_covered(self: Any, cls: str) -> bool:
        """Whether a class is covered throughout."""
        left = any(e["event"] == "discharge" for e in self.events)
        rows = [c for c in self.cov if c["class"] == cls]
        whole = any(not any(c.get(k) for k in ("patient_id", "start_day", "end_day")) for c in rows)
        return not left and (whole if rows else cls in self.source_classes)


class Corrected(Saying):
    """The mends that correct a method."""

    def grade(self: Any, t: int, ignore_death: bool = False) -> Any:
        if ignore_death:
            return super().grade(t, True)
        t -= self.offset
        if "one-value" not in self.mends:
            return super().grade(t)
        found = []
        for obs, memory in self._histories(t):
            self.obs, self.memory = obs, memory
            found.append(super().grade(t))
        lows, highs, reasons = zip(*found, strict=True)
        return min(lows), max(highs), " // ".join(sorted(set(reasons)))

    def _histories(self: Any, t: int) -> list[Any]:
        """The observations with each choice of the temperatures whose range includes the limit of fever."""
        if self.all_obs is None:
            self.all_obs = self.obs
        limit = 38
        readings: dict[int, list[Any]] = {}
        for o in self.all_obs:
            if o[0] == "temperature" and o[1] <= t:
                readings.setdefault(o[1], []).append(o)
        # two values of one whole day were read one after the other; two of one moment are one value
        single = {at: group for at, group in readings.items() if len(group) == 1 or not group[0][2]}
        spans = {at: (min(o[3] for o in group), max(o[4] for o in group)) for at, group in single.items()}
        ranged = [at for at, (low, high) in sorted(spans.items()) if low < limit <= high]
        out = []
        for chosen in itertools.product((limit - 1, limit), repeat=len(ranged)):
            value = {at: Fraction(v) for at, v in zip(ranged, chosen, strict=True)}
            obs = [
                (c, at, whole, value[at], value[at])
                if c == "temperature" and at in value
                else (c, at, whole, lo, hi)
                for c, at, whole, lo, hi in self.all_obs
            ]
            out.append((obs, self.memories.setdefault(tuple(value.items()), {})))
        return out

    def death(self: Any, t: int) -> Any:
        for e in self.events:
            if e["event"] != "death" or e["at"] is None or e.get("cause", ""):
                continue
            if "last-grade" in self.mends and not e["whole"] and e["at"] <= t:
                low, _, why = self.grade(e["at"] - 1, True)
                return low, 5, "death without a cause; before it " + why
            if "death-by-day" in self.mends and e["whole"] and e["at"] + self._ref.DAY <= t:
                low, why = min(self._grades_of_day(e["at"]))
                return low, 5, "death without a cause on this day; at some time of it " + why
        return super().death(t)

    def _grades_of_day(self: Any, start: int) -> list[tuple[int, str]]:
        """The lowest grade at every moment of a day that matters."""
        end = start + self._ref.DAY
        marks = [start, *(p for p in self.breakpoints(end) if start < p < end), end]
        moments = sorted({*marks[:-1], *((a + b) // 2 for a, b in itertools.pairwise(marks))})
        found = [self._remember(("alive", q), lambda q=q: self.grade(q, True)) for q in moments]
        return [(low, why) for low, _, why in found]

    def covered(self: Any, cls: str, x: int) -> bool:
        if (cls == "fluid" and "fluid-uncovered" in self.mends) or self.blind:
            return True
        return bool(super().covered(cls, x))

    def pressor_levels(self: Any, x: int, t: int) -> Any:
        if "recorded-vasopressors" not in self.mends or self.covered("vasopressor", x):
            return super().pressor_levels(x, t)
        self.blind = True
        known = self._ref_pressor_levels(x, t)
        self.blind = False
        return {level for least in known for level in (least, 3, 4) if level >= least}

    def _ref_pressor_levels(self: Any, x: int, t: int) -> Any:
        return super(Remembering, self).pressor_levels(x, t)

    def hypotension_levels(self: Any, x: int, t: int, events: Any) -> Any:
        self.events_now = events
        return super().hypotension_levels(x, t, events)

    def low_pressure(self: Any, x: int, t: int) -> Any:
        if "pressure-after-resolved" in self.mends:
            past = [e for e in self.events_now if e["event"] == "hypotension" and e["at"] <= x]
            if past and past[-1].get("value") == "resolved":
                since = past[-1]["at"]
                if not any(since < at <= x for at in self.pressures):
                    return {False}
        return super().low_pressure(x, t)

    def treated_at(self: Any, a: int, b: int, t: int) -> Any:
        return self._remember(("treated", a, b, t), lambda: self._treated(a, b, t))

    def _treated(self: Any, a: int, b: int, t: int) -> Any:
        if "treatment-infusion" not in self.mends:
            return super().treated_at(a, b, t)
        if any(a <= r["s"] < b or r["s"] == a for r in self.treatment_rows(t)):
            return {True}
        ref = self._ref
        waiving = ref.ANTIPYRETIC | ref.ANTICYTOKINE | ref.STEROID
        rows = [
            r
            for r in self.drugs
            if r["name"] in waiving and r.get("route", "") in ref.SYSTEMIC and r["s"] <= t
        ]
        names = sorted({r["name"] for r in rows})
        running = [self.dose_is_running([r for r in rows if r["name"] == name], a) for name in names]
        if {True} in running:
            return {True}
        known = all(self.covered(c, a) for c in ("antipyretic", "anti_cytokine", "corticosteroid"))
        return {False} if known and all(r == {False} for r in running) else {True, False}
