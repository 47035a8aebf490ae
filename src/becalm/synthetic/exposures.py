"""The rows of `exposures`: supports and drugs as charted."""

from __future__ import annotations

from collections.abc import Sequence

from becalm.synthetic.course import Course, Dose, Support
from becalm.synthetic.draw import Rng, happens, one_of
from becalm.synthetic.settings import Settings
from becalm.synthetic.stamping import Row, stamp

SYNONYMS = {
    "acetaminophen": "Paracetamol", "norepinephrine": "Noradrenaline", "epinephrine": "adrenaline",
    "angiotensin_ii": "Angiotensin II", "nasal_cannula": "nasal prongs", "bipap": "BiPAP",
}  # fmt: skip


def rows(rng: Rng, course: Course, number: int, settings: Settings) -> list[Row]:
    """One row a charted piece of support or dose of a drug, as text, in the order of time."""
    open_ended, zero_stops = (
        happens(rng, settings.chance("open_ends")),
        happens(rng, settings.chance("rate_zero_stops")),
    )
    boluses_open, flow_missing = (
        happens(rng, settings.chance("bolus_without_end")),
        happens(rng, settings.chance("missing_flow")),
    )
    chained = happens(rng, 0.6)
    out: list[tuple[int, Row]] = []
    for chain in _chains(course.supports):
        for k, piece in enumerate(chain):
            last = k == len(chain) - 1
            row = _support(rng, course, number, piece, missing=flow_missing)
            fluid = piece.kind == "fluid"
            stopped = last and zero_stops and piece.rate is not None
            leave_open = boluses_open if fluid else (open_ended if last else chained) or stopped
            if not leave_open:
                row |= stamp(rng, course.clock, number, piece.end, "end_")
            out.append((piece.start, _named(rng, row, settings)))
            if stopped and not open_ended:
                stop = {
                    **stamp(rng, course.clock, number, piece.end, "start_"),
                    "kind": piece.kind,
                    "name": piece.name,
                }
                out.append(
                    (
                        piece.end,
                        {**stop, "rate": "0", "rate_unit": piece.rate_unit, "indication": piece.indication},
                    )
                )
    for dose in course.doses:
        out.append((dose.start, _named(rng, _dose(rng, course, number, dose), settings)))
    return [row for _, row in sorted(out, key=lambda item: item[0])]


def _chains(supports: Sequence[Support]) -> list[list[Support]]:
    """Pieces of one drug, or of the one oxygen track, that follow each other without a break."""
    chains: list[list[Support]] = []
    for piece in supports:
        for chain in chains:
            before = chain[-1]
            same = (
                piece.name == before.name
                if piece.kind == "drug"
                else piece.kind in _TRACK and before.kind in _TRACK
            )
            if same and before.end == piece.start and piece.indication == before.indication:
                chain.append(piece)
                break
        else:
            chains.append([piece])
    return chains


_TRACK = ("oxygen", "ventilation")


def _support(rng: Rng, course: Course, number: int, piece: Support, *, missing: bool) -> Row:
    """One charted piece without its end."""
    row = {**stamp(rng, course.clock, number, piece.start, "start_"), "kind": piece.kind, "name": piece.name}
    row["indication"] = piece.indication
    if piece.rate is not None:
        row |= {"rate": f"{piece.rate:g}", "rate_unit": piece.rate_unit, "route": one_of(rng, ("", "iv"))}
    if piece.flow_l_min is not None and not (missing and piece.name == "nasal_cannula"):
        row["flow_l_min"] = f"{piece.flow_l_min:g}"
    if piece.fio2 is not None:
        row["fio2"] = f"{piece.fio2:g}"
    if piece.dose is not None:
        row |= {"dose": f"{piece.dose:g}", "dose_unit": piece.dose_unit, "route": "iv"}
    return row


def _dose(rng: Rng, course: Course, number: int, dose: Dose) -> Row:
    row = {**stamp(rng, course.clock, number, dose.start, "start_"), "kind": "drug", "name": dose.name}
    row |= {"dose": dose.dose, "dose_unit": dose.unit, "route": dose.route, "indication": dose.indication}
    if dose.end is not None:
        row |= stamp(rng, course.clock, number, dose.end, "end_")
    return row


def _named(rng: Rng, row: Row, settings: Settings) -> Row:
    if happens(rng, settings.chance("synonyms")):
        row = {**row, "name": SYNONYMS.get(row["name"], row["name"])}
    return row
