"""Reading FHIR: NDJSON to statements, against msgspec decoding the same bytes alone.

    python -m benchmarks.fhir --mb 100          # a quick look
    python -m benchmarks.fhir --mb 1000 --page  # the measurement of docs/performance.md

The input is a bulk export made here: vital signs (one of five a blood pressure with two components),
laboratory values and drug administrations of 2,000 patients, as US hospitals write them: profile, category,
two codes, encounter, time of issue. Two floors are measured in the same run over the same bytes: decoding
with the structures that the reader itself uses, which leave codes and references raw, and with the same ones
typed to the last field. The reader decodes, resolves patients and codes, checks, and makes frames. Each round
runs all three; the shortest time of each counts.
"""

from __future__ import annotations

import argparse
import random
import resource
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec
from benchmarks.page import machine, replace_section

from becalm.sources.coded.lookup import lookup
from becalm.sources.fhir import elements, read_fhir, resources
from becalm.sources.fhir.ndjson import BLOCK, blocks

PATIENTS = 2_000
AIM = 2.0
_LOCAL = "urn:oid:1.2.840.114350.1.13.0.1.7.2.707679"
_META = (
    '"meta":{"versionId":"1","lastUpdated":"2024-05-02T08:00:00.000+00:00",'
    '"profile":["http://hl7.org/fhir/us/core/StructureDefinition/%s"]}'
)
_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
_OF = '"subject":{"reference":"Patient/p%d","display":"Doe, Jo"}'
_OBSERVATION = (
    '{"resourceType":"Observation","id":"o%d",' + _META + ',"status":"final","category":[{"coding":['
    f'{{"system":"{_CATEGORY}",'
    '"code":"%s","display":"%s"}]}],"code":{"coding":[{"system":"http://loinc.org","code":"%s","display":"%s"},'
    f'{{"system":"{_LOCAL}",'
    '"code":"%s","display":"%s"}],"text":"%s"},' + _OF + ',"encounter":{"reference":"Encounter/e%d"},'
    '"effectiveDateTime":"2024-05-%02dT%02d:%02d:00+00:00","issued":"2024-05-%02dT%02d:%02d:30.000+00:00",%s}\n'
)
_QUANTITY = '"valueQuantity":{"value":%s,"unit":"%s","system":"http://unitsofmeasure.org","code":"%s"}'
_COMPONENT = (
    '{"code":{"coding":[{"system":"http://loinc.org","code":"%s","display":"%s"}],"text":"%s"},'
    + _QUANTITY
    + "}"
)
_ADMINISTRATION = (
    '{"resourceType":"MedicationAdministration","id":"m%d",' + _META + ',"status":"completed",'
    '"medicationCodeableConcept":{"coding":[{"system":"http://www.nlm.nih.gov/research/umls/rxnorm",'
    '"code":"%s","display":"%s"}],"text":"%s"},' + _OF + ',"context":{"reference":"Encounter/e%d"},'
    '"effectivePeriod":{"start":"2024-05-%02dT%02d:%02d:00+00:00","end":"2024-05-%02dT%02d:%02d:30+00:00"},'
    '"dosage":{"route":{"coding":[{"system":"http://snomed.info/sct","code":"47625008",'
    '"display":"Intravenous route"}]},"dose":{"value":%s,"unit":"%s",'
    '"system":"http://unitsofmeasure.org","code":"%s"}}}\n'
)
_VITALS = (
    ("8310-5", "Body temperature", "Cel", lambda r: f"{r.gauss(37.4, 0.8):.1f}"),
    ("8867-4", "Heart rate", "/min", lambda r: str(r.randint(55, 140))),
    ("59408-5", "Oxygen saturation", "%", lambda r: str(r.randint(86, 100))),
    ("9279-1", "Respiratory rate", "/min", lambda r: str(r.randint(10, 32))),
)
_LABS = (
    ("1988-5", "C reactive protein", "mg/L", lambda r: f"{r.lognormvariate(3, 1):.2f}"),
    ("2276-4", "Ferritin", "ng/mL", lambda r: f"{r.lognormvariate(6, 1):.1f}"),
    ("26881-3", "Interleukin 6", "pg/mL", lambda r: f"{r.lognormvariate(4, 2):.2f}"),
)
_DRUGS = (("612865", "tocilizumab", "mg", "560"), ("3264", "dexamethasone", "mg", "10"))


def write_export(folder: Path, size: int, seed: int = 20260301) -> int:
    """Files of a bulk export of about `size` bytes in all. The bytes written."""
    draw = random.Random(seed)
    written = number = 0
    for part in range(8):
        for kind, share, line in (
            ("Observation", 0.9, _observation),
            ("MedicationAdministration", 0.1, _administration),
        ):
            with (folder / f"{kind}.{part:03}.ndjson").open("w", encoding="utf-8") as file:
                left = size / 8 * share
                while left > 0:
                    number += 1
                    text = line(number, draw)
                    left -= len(text)
                    written += len(text)
                    file.write(text)
    return written


def _when(draw: random.Random) -> tuple[int, ...]:
    moment = (draw.randint(1, 28), draw.randint(0, 23), draw.randint(0, 59))
    return (*moment, *moment)


def _observation(number: int, draw: random.Random) -> str:
    patient = draw.randint(1, PATIENTS)
    chance = draw.random()
    kind, profile = (
        ("laboratory", "us-core-observation-lab") if chance < 0.3 else ("vital-signs", "us-core-vital-signs")
    )
    if chance > 0.86:
        code, name = "85354-9", "Blood pressure"
        parts = (("8480-6", "Systolic", draw.randint(75, 150)), ("8462-4", "Diastolic", draw.randint(40, 95)))
        shown = ",".join(_COMPONENT % (c, n, n, v, "mm[Hg]", "mm[Hg]") for c, n, v in parts)
        value = f'"component":[{shown}]'
    else:
        code, name, unit, drawn = draw.choice(_LABS if kind == "laboratory" else _VITALS)
        value = _QUANTITY % (drawn(draw), unit, unit)
    return _OBSERVATION % (
        number, profile, kind, kind, code, name, code, name, name, patient, patient, *_when(draw), value,
    )  # fmt: skip


def _administration(number: int, draw: random.Random) -> str:
    patient = draw.randint(1, PATIENTS)
    code, name, unit, dose = draw.choice(_DRUGS)
    return _ADMINISTRATION % (
        number, "us-core-medicationadministration", code, name, name, patient, patient, *_when(draw),
        dose, unit, unit,
    )  # fmt: skip


def _plain(folder: Path) -> Iterator[bytes]:
    for path in sorted(folder.iterdir()):
        with path.open("rb") as stream:
            yield from blocks(stream, BLOCK)


def decode(folder: Path, decoder: msgspec.json.Decoder[object]) -> int:
    """Decodes everything, keeps nothing. The number of resources."""
    return sum(len(decoder.decode_lines(block)) for block in _plain(folder))


def read(folder: Path) -> int:
    """Reads everything to statements, keeps nothing. The number of statements."""
    return sum(len(chunk.statements) for chunk in read_fhir(str(folder), lookup([]), {}))


def typed() -> msgspec.json.Decoder[object]:
    """The reader's structures with codes and references typed instead of raw."""
    concept, reference = elements.CodeableConcept, elements.Reference
    kinds = {
        "subject": reference,
        "medication_reference": reference,
        "reason_code": list[concept],
        "has_member": list[reference],
    }

    def whole(struct: type[msgspec.Struct], **extra: object) -> type[msgspec.Struct]:
        fields = []
        for field in msgspec.structs.fields(struct):
            kind = extra.get(
                field.name, kinds.get(field.name, concept) if field.type is msgspec.Raw else field.type
            )
            fields.append((field.name, kind | None, None))
        tag = struct.__struct_config__.tag
        return msgspec.defstruct(
            struct.__name__,
            fields,
            rename="camel",
            gc=False,
            tag=tag,
            tag_field="resourceType" if tag else None,
        )

    component = whole(resources.Component)
    dosage = whole(resources.Dosage)
    observation = whole(resources.Observation, component=list[component], contained=list[msgspec.Raw])
    administration = whole(resources.MedicationAdministration, dosage=dosage, contained=list[msgspec.Raw])
    return msgspec.json.Decoder(observation | administration)


def timed(works: Sequence[Callable[[], int]], rounds: int) -> list[tuple[float, float, int]]:
    """For each work its shortest time and its least processor time in seconds, and what it counted."""
    best = [(float("inf"), float("inf"), 0)] * len(works)
    for _ in range(rounds):
        for number, work in enumerate(works):
            begin, spent = time.perf_counter(), time.process_time()
            counted = work()
            taken, used = time.perf_counter() - begin, time.process_time() - spent
            best[number] = (min(best[number][0], taken), min(best[number][1], used), counted)
    return best


def peak() -> float:
    """The largest memory of this process so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Measures, prints, and with --page writes the section of docs/performance.md."""
    parser = argparse.ArgumentParser(description="Reading FHIR NDJSON against msgspec decoding alone.")
    parser.add_argument("--mb", type=int, default=100, help="megabytes of NDJSON (default 100)")
    parser.add_argument("--times", type=int, default=3, help="rounds, the shortest time counts (default 3)")
    parser.add_argument("--page", action="store_true", help="write the section FHIR of docs/performance.md")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        size = write_export(folder, given.mb * 1_000_000)
        decode(folder, resources.KNOWN)
        before = peak()
        works = (
            lambda: decode(folder, resources.KNOWN),
            lambda: decode(folder, typed()),
            lambda: read(folder),
        )
        floor, whole, ours = timed(works, given.times)
        after = peak()
    rows = [
        ("msgspec decoding alone, every field that the reader needs", *whole),
        ("msgspec decoding alone, codes and references left as bytes", *floor),
        ("becalm: decoding to statements", *ours),
    ]
    text = [
        f"{size / 1e6:.0f} MB of NDJSON, {floor[2]:,} resources to {ours[2]:,} statements "
        f"(`python -m benchmarks.fhir --mb {given.mb}`; the least of {given.times} rounds; {machine()}).",
        "",
        "| work | seconds | MB/s | ratio | processor seconds | ratio |",
        "|---|---:|---:|---:|---:|---:|",
        *(
            f"| {name} | {taken:.2f} | {size / 1e6 / taken:.0f} | {taken / whole[0]:.2f} | {used:.2f} | "
            f"{used / whole[1]:.2f} |"
            for name, taken, used, _ in rows
        ),
        "",
        f"The aim is a ratio of at most {AIM:g} to the first line. The second line is what the reader "
        "itself lets "
        "msgspec do: it reads each distinct code and reference once and remembers it. To that line its "
        "ratio is "
        f"{ours[0] / floor[0]:.2f} (processor time {ours[1] / floor[1]:.2f}). Peak memory is {after:.0f} "
        "MiB, "
        f"{before:.0f} MiB after decoding alone: a block of lines and a chunk of statements are held, "
        "whatever "
        "the input.",
    ]
    print("\n".join(text))
    if given.page:
        replace_section("FHIR", "\n".join(text))


if __name__ == "__main__":
    main()
