"""Files and folders: what is read as what, what is broken, and how much is held at a time."""

import gzip
import json
import subprocess
import sys

import pytest

from becalm.record import InputError
from becalm.sources.fhir import read_fhir
from tests.sources.fhir.making import (
    LOOKUP,
    bundle,
    observation,
    quantity,
    read_all,
    write_bundle,
    write_lines,
)


def reading(n, value=37.5):
    return observation(f"o{n}", valueQuantity=quantity(value, "Cel"))


def test_a_bulk_export(tmp_path):
    write_lines(tmp_path / "Observation.000.ndjson", reading(1), reading(2))
    write_lines(tmp_path / "Observation.001.ndjson", reading(3))
    write_lines(
        tmp_path / "anything.jsonl",
        {"resourceType": "Patient", "id": "p1"},
        reading(4),
        {"resourceType": "Claim"},
    )
    with gzip.open(tmp_path / "Observation.002.ndjson.gz", "wb") as packed:
        packed.write(json.dumps(reading(5)).encode())
    (tmp_path / "log.txt").write_text("done")
    found = read_all(tmp_path)
    assert sorted(found.rows("record")) == [(f"Observation/o{n}",) for n in range(1, 6)]
    assert found.read == {
        "Observation.000.ndjson": 2,
        "Observation.001.ndjson": 1,
        "Observation.002.ndjson.gz": 1,
        "anything.jsonl": 3,
    }
    assert found.notes == ("log.txt was not read: it is no .json or .ndjson file.",)


@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\n\n \n"])
@pytest.mark.parametrize("between", ["\n", "\r\n", "\n\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_lines_may_end_as_they_like(tmp_path, end, between, mark):
    path = tmp_path / "o.ndjson"
    text = mark + between.join(json.dumps(reading(n)) for n in (1, 2, 3)) + end
    path.write_bytes(text.encode())
    found = read_all(path)
    assert found.rows("record", "row") == [(f"Observation/o{n}", n) for n in (1, 2, 3)]
    assert found.read == {"o.ndjson": 3}


@pytest.mark.parametrize("kind", ["collection", "transaction", "searchset", "batch", "document"])
def test_kinds_of_bundle(tmp_path, kind):
    read_all(write_bundle(tmp_path / "b.json", reading(1), kind=kind)).one(value="37.5")


def test_older_versions_are_no_readings(tmp_path):
    found = read_all(write_bundle(tmp_path / "b.json", reading(1), reading(1), kind="history"))
    assert found.statements.is_empty()
    assert sum(found.reasons("refused").values()) == 2


def test_one_resource_alone_and_lines_by_another_name(tmp_path):
    (tmp_path / "one.json").write_text(json.dumps(reading(1)))
    write_lines(tmp_path / "lines.json", reading(2), reading(3))
    with gzip.open(tmp_path / "packed.json.gz", "wb") as packed:
        packed.write(json.dumps(bundle(reading(4))).encode())
    assert sorted(read_all(tmp_path).rows("record")) == [(f"Observation/o{n}",) for n in (1, 2, 3, 4)]


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "not json",
        "[]",
        "7",
        "null",
        '"text"',
        '{"resourceType": 5}',
        "{}",
        '{"id": "x"}',
        '{"a": "\udcff"}',
    ],
)
def test_a_broken_line_is_refused_alone(tmp_path, line):
    path = tmp_path / "o.ndjson"
    lines = [json.dumps(reading(1)), line, json.dumps(reading(2))]
    path.write_bytes("\n".join(lines).encode("utf-8", "surrogateescape"))
    found = read_all(path)
    assert found.rows("row") == [(1,), (3,)]
    assert found.outcomes.select("outcome", "file", "row").rows() == [("refused", "o.ndjson", 2)]


@pytest.mark.parametrize(
    "text", ["", "{", '{"resourceType": "Bundle", "entry": [', "[]", "{}", '{"files": []}']
)
def test_a_file_that_is_no_fhir_is_refused_and_the_others_read(tmp_path, text):
    (tmp_path / "a.json").write_text(text)
    write_bundle(tmp_path / "b.json", reading(1))
    found = read_all(tmp_path)
    found.one(file="b.json")
    assert found.outcomes.select("outcome", "file").rows() == [("refused", "a.json")]


@pytest.mark.parametrize(
    "entry", [7, None, [], {}, {"fullUrl": "x"}, {"resource": None}, {"resource": []}, {"resource": {}}]
)
def test_a_broken_entry_leaves_the_others(tmp_path, entry):
    made = bundle(reading(1), reading(2))
    made["entry"].insert(1, entry)
    (tmp_path / "b.json").write_text(json.dumps(made))
    found = read_all(tmp_path / "b.json")
    assert found.rows("row") == [(1,), (3,)]
    assert found.outcomes["row"].to_list() == [2]


def test_a_bundle_that_breaks_off_gives_what_came_before(tmp_path):
    text = json.dumps(bundle(reading(1), reading(2), reading(3)), indent=1)
    (tmp_path / "b.json").write_text(text[: text.index("Observation/o3")])
    found = read_all(tmp_path / "b.json")
    assert found.rows("record") == [("Observation/o1",), ("Observation/o2",)]
    assert found.outcomes.select("row", "outcome").rows() == [(3, "refused")]
    assert "broken JSON" in found.notes[0]


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity", "037.5", "37,5", "37.5.1"])
@pytest.mark.parametrize("indent", [None, 2])
def test_a_number_that_json_has_not_costs_one_entry(tmp_path, word, indent):
    text = json.dumps(bundle(reading(1), reading(2, 99.5), reading(3)), indent=indent)
    (tmp_path / "b.json").write_text(text.replace("99.5", word))
    found = read_all(tmp_path / "b.json")
    assert found.rows("row", "value") == [(1, "37.5"), (3, "37.5")]
    assert found.outcomes.select("row", "outcome").rows() == [(2, "refused")]


@pytest.mark.parametrize("extra", ["}", "]", "] }", " ,,", "x", "{"])
def test_a_mark_too_many_costs_one_entry(tmp_path, extra):
    entries = [json.dumps(entry) for entry in bundle(reading(1), reading(2), reading(3))["entry"]]
    entries[1] += extra
    text = ", ".join(entries)
    (tmp_path / "b.json").write_text(f'{{"resourceType": "Bundle", "entry": [{text}]}}')
    found = read_all(tmp_path / "b.json")
    assert {(1, "Observation/o1"), (3, "Observation/o3")} <= set(found.rows("row", "record"))
    assert found.read == {"b.json": 3}


@pytest.mark.parametrize("content", [[], None])
def test_an_empty_bundle(tmp_path, content):
    (tmp_path / "b.json").write_text(
        json.dumps({"resourceType": "Bundle", "type": "searchset", "entry": content})
    )
    assert read_all(tmp_path / "b.json").read == {"b.json": 0}


def test_a_packed_file_that_breaks_off(tmp_path):
    whole = gzip.compress(b"".join(json.dumps(reading(n)).encode() + b"\n" for n in range(3000)))
    (tmp_path / "o.ndjson.gz").write_bytes(whole[: len(whole) // 2])
    found = read_all(tmp_path)
    assert "read to its end" in found.outcomes["reason"][-1]


def test_a_server_s_own_words_are_passed_on(tmp_path):
    said = {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": "warning", "code": "suppressed", "diagnostics": "2 hidden"}],
    }
    found = read_all(write_bundle(tmp_path / "b.json", said, reading(1), kind="searchset"))
    found.one(row=2)
    assert found.reasons("set aside") == {"OperationOutcome: warning: suppressed: 2 hidden": 1}
    assert "2 hidden" in found.notes[0]


def test_many_lines_come_in_several_chunks(tmp_path):
    path = tmp_path / "o.ndjson"
    line = json.dumps(reading(1) | {"note": [{"text": "x" * 300}]}) + "\n"
    path.write_text(line * 120_000)
    sizes = [chunk.statements.height for chunk in read_fhir(str(path), LOOKUP, {})]
    assert sum(sizes) == 120_000
    assert max(sizes) < 100_000
    assert len(sizes) > 1


@pytest.mark.parametrize("line", ['{"resourceType": "Patient", "id": "p"}', "{"])
def test_persons_and_refused_rows_come_in_several_chunks_too(tmp_path, line):
    path = tmp_path / "o.ndjson"
    path.write_text(f"{line}{' ' * 200}\n" * 120_000)
    chunks = list(read_fhir(str(path), LOOKUP, {}))
    sizes = [chunk.persons.height + chunk.outcomes.height for chunk in chunks]
    assert sum(sizes) == 120_000
    assert max(sizes) < 100_000


@pytest.mark.parametrize(("library", "source"), [("msgspec", "x.json"), ("httpx", "http://127.0.0.1:9/fhir")])
def test_a_missing_library_is_named_with_its_extra(library, source):
    code = (
        f"import sys; sys.modules[{library!r}] = None\n"
        "from becalm.record import InputError\n"
        "from becalm.sources.coded.lookup import lookup\n"
        "from becalm.sources.fhir import read_fhir\n"
        "try:\n"
        f"    read_fhir({source!r}, lookup([]), {{}})\n"
        "except InputError as error:\n"
        "    print(error)\n"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert library in told
    assert "becalm[fhir]" in told


@pytest.mark.parametrize("make", [lambda folder: folder / "none", lambda folder: folder])
def test_a_source_without_files_is_bad_input(tmp_path, make):
    with pytest.raises(InputError, match="expected"):
        read_fhir(str(make(tmp_path)), LOOKUP, {})


@pytest.mark.parametrize("option", ["page_size", "pagesize"])
def test_files_have_no_options(tmp_path, option):
    write_bundle(tmp_path / "b.json", reading(1))
    with pytest.raises(InputError, match="page_size"):
        read_fhir(str(tmp_path), LOOKUP, {option: "5"})
