"""Concept sets: descendants, mappings, the nearest code, exclusions, and what is in no set."""

from typing import Any

import pytest

from becalm.sources.coded.mapping import Mapping
from becalm.sources.coded.statements import UNKNOWN
from tests.sources.omop.cdm import drug, measurement, vocabulary, write_cdm
from tests.sources.omop.reading import read_all, shipped


def site(*entries):
    """A mapping of a site."""
    return Mapping.model_validate(
        {"format_version": 1, "id": "site", "title": "A site", "source": "the test", "code": entries}
    )


def more(concepts: Any = (), ancestors: Any = (), maps: Any = ()):
    """The small vocabulary with more concepts (id, vocabulary, code, name), descents and mappings."""
    tables = vocabulary()
    keys = ("concept_id", "vocabulary_id", "concept_code", "concept_name")
    tables["concept"] += [dict(zip(keys, row, strict=True)) for row in concepts]
    levels = ("ancestor_concept_id", "descendant_concept_id", "min_levels_of_separation")
    tables["concept_ancestor"] += [dict(zip(levels, row, strict=True)) for row in ancestors]
    tables["concept_relationship"] += [
        {"concept_id_1": a, "concept_id_2": b, "relationship_id": "Maps to", "invalid_reason": gone}
        for a, b, gone in maps
    ]
    return tables


def drugs(folder, concept, meanings=None, tables=None, **cells):
    rows = [drug(1, drug_concept_id=concept, **cells)]
    return read_all(write_cdm(folder, (tables or {}) | {"drug_exposure": rows}), meanings)


def test_a_product_is_found_by_its_ingredient(tmp_path):
    row = drugs(tmp_path, 711).only("drug_exposure")
    assert row["codes"] == ["RxNorm|612865", "OMOP|711", "RxNorm|000711"]


def test_without_the_ancestors_only_the_concept_itself_is_found(tmp_path):
    for number, ancestors in enumerate((None, list[int]())):
        found = drugs(tmp_path / str(number), 711, tables={"concept_ancestor": ancestors})
        assert found.of("drug_exposure") == []
        assert found.reasons("drug_exposure") == [("set aside", UNKNOWN, 1)]
        assert found.left("drug") == [("OMOP|711", "a monoclonal antibody 20 MG/ML Injection", 1)]
        assert any("concept_ancestor is absent or empty" in note for note in found.notes)
        own = drugs(tmp_path / f"own{number}", 710, tables={"concept_ancestor": ancestors})
        assert own.only("drug_exposure")["codes"][0] == "RxNorm|612865"


def test_a_code_that_maps_to_a_standard_concept_finds_it(tmp_path):
    assert drugs(tmp_path, 721).only("drug_exposure")["codes"][:2] == ["ATC|L01XL04", "OMOP|721"]


def test_a_mapping_that_ended_is_not_followed(tmp_path):
    concepts = [(800, "ATC", "L01XL03", "axicabtagene"), (801, "RxNorm Extension", "OMOP801", "a product")]
    for gone, count in (("", 1), ("D", 0)):
        tables = more(concepts, maps=[(800, 801, gone)])
        assert len(drugs(tmp_path / f"x{gone}", 801, tables=tables).of("drug_exposure")) == count


def test_a_non_standard_concept_that_maps_into_a_set_is_in_it(tmp_path):
    tables = more([(802, "NDC", "00000", "a package")], maps=[(802, 711, "")])
    assert drugs(tmp_path, 802, tables=tables).only("drug_exposure")["codes"][0] == "RxNorm|612865"


def test_the_source_concept_is_asked_where_the_concept_means_nothing(tmp_path):
    row = drugs(tmp_path, 0, drug_source_concept_id=711).only("drug_exposure")
    assert row["codes"] == ["RxNorm|612865", "OMOP|711", "RxNorm|000711"]


def test_the_nearest_ancestor_wins(tmp_path):
    meanings = shipped(site({"system": "ATC", "code": "H02A", "drug": "another_steroid"}))
    assert drugs(tmp_path, 701, meanings).only("drug_exposure")["codes"][0] == "RxNorm|3264"


def test_at_the_same_distance_the_ingredient_goes_before_its_class(tmp_path):
    tables = more((), [(702, 701, 2)])
    tables["concept_ancestor"] = [
        row
        for row in tables["concept_ancestor"]
        if (row["ancestor_concept_id"], row["descendant_concept_id"], row["min_levels_of_separation"])
        != (702, 701, 4)
    ]
    meanings = shipped(site({"system": "ATC", "code": "H02A", "drug": "another_steroid"}))
    assert drugs(tmp_path, 701, meanings, tables).only("drug_exposure")["codes"][0] == "RxNorm|3264"


def test_a_product_of_two_drugs_is_two_statements_of_one_row(tmp_path):
    tables = more([(803, "RxNorm", "000803", "two in one")], [(700, 803, 2), (710, 803, 2)])
    found = drugs(tmp_path, 803, tables=tables)
    assert sorted(row["codes"][0] for row in found.of("drug_exposure")) == ["RxNorm|3264", "RxNorm|612865"]
    assert found.accounted() == found.read


def test_a_measurement_of_two_meanings_is_not_guessed(tmp_path):
    tables = more([(804, "LOINC", "0-0", "both")], [(3020891, 804, 1), (3020460, 804, 1)])
    rows = [measurement(measurement_concept_id=804)]
    found = read_all(write_cdm(tmp_path, tables | {"measurement": rows}))
    ((outcome, reason, count),) = found.reasons("measurement")
    assert (outcome, count) == ("set aside", 1)
    assert "equally near" in reason


@pytest.mark.parametrize(("levels", "left"), [(2, False), (1, True), (0, True)])
def test_an_excluded_code_takes_its_descendants_out(tmp_path, levels, left):
    """The measurement lies one level below temperature, and as many as given below the excluded code."""
    tables = more(
        [(805, "LOINC", "0-1", "temperature of the room"), (806, "LOINC", "0-2", "of this room")],
        [(3020891, 806, 1), (805, 806, levels)],
    )
    excluded = {"system": "LOINC", "code": "0-1", "ignore": "not of a body"}
    rows = [measurement(measurement_concept_id=806)]
    found = read_all(write_cdm(tmp_path, tables | {"measurement": rows}), shipped(site(excluded)))
    assert (found.of("measurement") == []) is left
    if left:
        assert found.reasons("measurement") == [("set aside", "not of a body (LOINC|0-1)", 1)]
    assert found.accounted() == found.read


def test_an_excluded_source_concept_takes_the_row_out(tmp_path):
    """SNOMED's nocturnal CPAP maps to CPAP; the row's own source says which it was."""
    tables = more(
        [(807, "SNOMED", "47545007", "CPAP"), (808, "SNOMED", "34281000175105", "nocturnal CPAP")],
        maps=[(808, 807, "")],
    )
    for source, count in ((808, 0), (807, 1), (0, 1)):
        row = {
            "procedure_occurrence_id": 1,
            "person_id": 1,
            "procedure_concept_id": 807,
            "procedure_source_concept_id": source,
            "procedure_date": "2024-03-01",
        }
        found = read_all(write_cdm(tmp_path / str(source), tables | {"procedure_occurrence": [row]}))
        assert len(found.of("procedure_occurrence")) == count


def test_what_is_in_no_set_is_counted_by_name(tmp_path):
    rows = [
        measurement(1, measurement_concept_id=740),
        measurement(2, measurement_concept_id=740, measurement_source_concept_id=740),
        measurement(3, measurement_concept_id=0, measurement_source_value="HGT"),
        measurement(4, measurement_concept_id="", measurement_source_value="HGT"),
        measurement(5, measurement_concept_id=0),
        measurement(6, measurement_concept_id=123456),
        measurement(7),
    ]
    found = read_all(write_cdm(tmp_path, {"measurement": rows}))
    assert found.reasons("measurement") == [("set aside", UNKNOWN, n) for n in (2, 2, 1, 1)]
    assert found.left("measurement") == [
        (None, None, 1),
        ("OMOP source|HGT", "HGT", 2),
        ("OMOP|123456", None, 1),
        ("OMOP|740", "Body height", 2),
    ]
    assert found.accounted() == found.read == {"person": 1, "measurement": 7}


def test_a_site_can_map_what_it_has_no_concept_for(tmp_path):
    mine = site(
        {"system": "OMOP source", "code": "TEMP_AX", "observation": "temperature"},
        {"system": "OMOP", "code": "740", "observation": "weight"},
    )
    rows = [
        measurement(1, measurement_concept_id=0, measurement_source_value="TEMP_AX"),
        measurement(2, measurement_concept_id=740),
        measurement(3, measurement_concept_id=0, measurement_source_value="other"),
    ]
    found = read_all(write_cdm(tmp_path, {"measurement": rows}), shipped(mine))
    first, second = found.of("measurement")
    assert (first["codes"], first["text"]) == (["OMOP source|TEMP_AX"], "TEMP_AX")
    assert second["codes"][0] == "OMOP|740"
    assert found.accounted() == found.read


def test_every_row_can_be_asked_for(tmp_path):
    rows = [measurement(1, measurement_concept_id=740), measurement(2)]
    found = read_all(write_cdm(tmp_path, {"measurement": rows}), rows="all")
    assert [row["codes"][0] for row in found.of("measurement")] == ["OMOP|740", "LOINC|8310-5"]
