"""The page: one HTML file that asks nothing of the network and is whole without its script."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from hashlib import sha256
from importlib.resources import files
from typing import Any

from becalm.guidelines import Guideline
from becalm.record import Cohort
from becalm.record.errors import InputError
from becalm.report.appendix import appendix
from becalm.report.cohort import cohort_part
from becalm.report.frames import Progress, ReportFrames, report_frames
from becalm.report.markup import Child, Markup, el
from becalm.report.opening import NOTICE, opening
from becalm.report.patient import ordered, patient_section
from becalm.report.words import counted
from becalm.scales import Scale


def _quiet(said: str) -> None:
    """Progress that nobody asked for."""


def write_report(
    cohort: Cohort,
    *,
    scale: str | Scale = "astct-2019",
    guidelines: Sequence[str | Guideline] = ("il6-guided-2022",),
    settings: Mapping[str, Any] | None = None,
    patients: Sequence[str] | None = None,
    most: int = 50,
    name: str = "the cohort",
    notice: str = NOTICE,
    progress: Progress = _quiet,
) -> str:
    """Grade a cohort and write the report: one self-contained HTML page.

    Args:
        cohort: the record.
        scale: a grading system by id, path or edition.
        guidelines: management guidelines by id, path or edition; there may be none.
        settings: policies, or parameters of a guideline, to change, by name.
        patients: the patients who get a section of their own; if not given, the first `most` of the order
            "local sign, highest grade certain, highest grade possible, id". The tables and figures of the
            cohort always hold all.
        most: how many sections to write where `patients` does not say.
        name: of the cohort, for the title.
        notice: what the report is not; printed at its top.
        progress: told in a few words what is being done.

    Returns:
        The text of an HTML file. The same input gives the same bytes.

    Raises:
        InputError: unknown edition, guideline, policy or patient.
        EditionError: a file of an edition does not fit.
    """
    known = cohort.patients["patient_id"].to_list()
    unknown = [patient for patient in patients or () if patient not in known]
    if unknown:
        from becalm.rules.wording import nearest

        near = nearest(unknown[0], known)
        hint = f" Did you mean {near!r}?" if near else ""
        raise InputError(
            f"The cohort has no patient {unknown[0]!r}.{hint} Give an id of the column patient_id; "
            f"there are {len(known)}."
        )
    frames = report_frames(cohort, scale, guidelines, settings, progress)
    return render(frames, patients=patients, most=most, name=name, notice=notice, progress=progress)


def render(
    frames: ReportFrames,
    *,
    patients: Sequence[str] | None = None,
    most: int = 50,
    name: str = "the cohort",
    notice: str = NOTICE,
    progress: Progress = _quiet,
) -> str:
    """The page of frames that are computed already; arguments as in `write_report`."""
    from becalm import __version__

    order = ordered(frames)
    shown = [p for p in order if p in set(patients)] if patients is not None else order[:most]
    numbers = {patient: place for place, patient in enumerate(sorted(order), start=1)}
    anchors = {patient: f"patient-{numbers[patient]}" for patient in shown}
    sections = []
    for place, patient in enumerate(shown, start=1):
        if place % 10 == 0 or place == len(shown):
            progress(f"drawn {place} of {len(shown)} patients")
        sections.append(patient_section(frames, patient, numbers[patient]))
    title = f"Cytokine release syndrome: {name}"
    body: list[Child] = [
        el(
            "header",
            el("h1", title),
            el(
                "p",
                f"{counted(len(order), 'patient')}, graded at every moment under {frames.scale.id}, with the "
                "reason for each grade.",
            ),
            _contents(shown, anchors),
        ),
        el(
            "main",
            opening(frames, name, notice, __version__, _choice(len(order), len(shown), patients is not None)),
            cohort_part(frames, order, shown, anchors),
            el("section", el("h2", "The patients"), sections, id="sections"),
            appendix(frames),
        ),
        el("footer", el("p", f"Written by becalm {__version__}. {notice}")),
    ]
    return _document(title, body)


def _choice(total: int, shown: int, asked: bool) -> str:
    if shown == total:
        return (
            f"Each of the {total} patients has a section of their own below."
            if total > 1
            else "The patient has a section below."
        )
    why = (
        "those asked for"
        if asked
        else "patients with a local sign first, then those with the highest grade that is certain, then the "
        "highest possible"
    )
    return (
        f"{shown} of {total} patients have a section of their own below: {why}. The other {total - shown} "
        "are in the table of patients and in the counts. Ask for one with --patient ID, for more with "
        "--patients N."
    )


def _contents(shown: Sequence[str], anchors: Mapping[str, str]) -> Markup:
    links = [("read", "What was read, and what decided"), ("refused", "Refused"), ("cohort", "The cohort")]
    items = [el("li", el("a", words, href=f"#{target}")) for target, words in links]
    if len(shown) <= 8:
        items += [el("li", el("a", f"Patient {p}", href=f"#{anchors[p]}")) for p in shown]
    else:
        items.append(el("li", el("a", "The patients", href="#sections")))
    items.append(el("li", el("a", "Rules, notes and policies", href="#rules")))
    return el("nav", el("ul", items), aria_label="Contents")


def _document(title: str, body: Sequence[Child]) -> str:
    folder = files("becalm.report")
    style = folder.joinpath("page.css").read_text(encoding="utf-8")
    script = folder.joinpath("page.js").read_text(encoding="utf-8")
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; base-uri 'none'; "
        "form-action 'none'"
    )
    head = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", http_equiv="Content-Security-Policy", content=policy),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="referrer", content="no-referrer"),
        el("title", title),
        el("style", Markup(style)),
    )
    return f"<!doctype html>\n{el('html', head, el('body', body, el('script', Markup(script))), lang='en')}\n"


def _hash(content: str) -> str:
    return f"sha256-{base64.b64encode(sha256(content.encode()).digest()).decode()}"
