"""The vocabulary file: complete against the design, its codes well formed, its conversions right."""

from importlib import resources

import pytest

from becalm.record import EditionError, load_vocabulary, vocabulary

LISTS = {
    "concept": "temperature sbp dbp map heart_rate resp_rate spo2 weight il2 il4 il6 il10 tnf_alpha "
    "ifn_gamma crp ferritin ldh creatinine platelets anc hemoglobin wbc eosinophils "
    "basophils alt ast bilirubin bnp fibrinogen triglycerides procalcitonin car_t_copies "
    "car_t_cells ice capd consciousness neck_circumference crs_grade_recorded "
    "icans_grade_recorded",
    "oxygen": "nasal_cannula low_flow_nasal_cannula blow_by high_flow_nasal_cannula face_mask venturi_mask "
    "non_rebreather cpap bipap invasive_ventilation ecmo room_air",
    "kind": "drug oxygen ventilation fluid procedure",
    "indication": "crs icans iec_hs fever hypotension hypoxia infection local comfort home sleep_apnoea "
    "airway_protection procedure anaesthesia anaphylaxis prophylaxis other",
    "route": "iv io po sc im inhaled ophthalmic topical intrathecal",
    "coverage_class": "vasopressor oxygen fluid antipyretic anti_cytokine corticosteroid organ_toxicity "
    "attribution local_sign death",
    "event": "infusion death infection attribution local_sign hypotension organ_toxicity "
    "admission icu_admission icu_discharge discharge seizure motor_weakness cerebral_edema "
    "raised_intracranial_pressure hemophagocytosis response relapse last_followup",
    "axis": "fever hypotension hypoxia cognition consciousness seizure motor edema hyperinflammation",
    "attribution_cause": "crs icans iec_hs infection local other unknown",
    "death_cause": "crs icans iec_hs relapse infection other",
    "seizure": "brief prolonged repetitive nonconvulsive resolved",
    "cerebral_edema": "focal diffuse resolved",
    "raised_intracranial_pressure": "posturing sixth_nerve_palsy papilloedema cushing_triad resolved present",
    "local_sign": "swelling compression effusion massive_effusion airway bleeding perforation resolved",
    "severity": "compensated decompensated",
    "disease_pattern": "systemic compartmental",
}
BESIDES = {
    "oxygen": {"unspecified_oxygen"},
    "coverage_class": {"anti_infective"},
    "event": {"blood_culture"},
}
"""Names beside the design's: oxygen by a device that a source does not name, which other formats know; what
the grading of infections asks for."""
CLASSES = {
    "antipyretic": "acetaminophen ibuprofen naproxen metamizole aspirin ketorolac diclofenac",
    "anti_cytokine": "tocilizumab siltuximab sarilumab anakinra emapalumab infliximab etanercept adalimumab "
    "ruxolitinib",
    "anti_il6": "tocilizumab siltuximab sarilumab",
    "corticosteroid": "dexamethasone methylprednisolone prednisone prednisolone hydrocortisone",
    "vasopressor": "norepinephrine epinephrine phenylephrine dopamine angiotensin_ii vasopressin "
    "terlipressin",
    "vasopressor_counted": "norepinephrine epinephrine phenylephrine dopamine angiotensin_ii",
    "vasopressor_vasopressin": "vasopressin terlipressin",
    "inotrope": "dobutamine milrinone levosimendan",
    "sedative": "propofol midazolam dexmedetomidine ketamine lorazepam diazepam phenobarbital pentobarbital "
    "thiopental",
}
HOURS = {
    "temperature": 12,
    "sbp": 8,
    "dbp": 8,
    "map": 8,
    "spo2": 8,
    "heart_rate": 8,
    "resp_rate": 8,
    "ice": 12,
    "capd": 12,
    "consciousness": 12,
    "il2": 24,
    "il4": 24,
    "il6": 24,
    "il10": 24,
    "tnf_alpha": 24,
    "ifn_gamma": 24,
    "crp": 48,
    "ferritin": 48,
    "creatinine": 48,
    "platelets": 48,
}


def loinc_codes():
    vocab = vocabulary()
    for concept in vocab.concepts.values():
        for code in (*concept.codes, *concept.excluded_codes):
            yield pytest.param(code.code, id=f"{concept.name}-{code.code}")
    for measurement, codes in vocab.measurement_codes.items():
        for code in codes:
            yield pytest.param(code.code, id=f"{measurement}-{code.code}")


def check_digit(digits: str) -> int:
    """The LOINC check digit: modulus 10, every second digit from the right doubled, all digits summed."""
    from_the_right = digits[::-1]
    doubled, rest = int(from_the_right[::2]) * 2, from_the_right[1::2]
    return -sum(int(digit) for digit in f"{doubled}{rest}") % 10


@pytest.mark.parametrize("code", list(loinc_codes()))
def test_every_loinc_code_has_its_check_digit(code):
    digits, _, check = code.partition("-")
    assert int(check) == check_digit(digits)


def test_the_check_digit_test_can_fail():
    assert check_digit("3150") == 0, (
        "3150-6, often quoted for the inhaled oxygen concentration, is not a LOINC code"
    )


@pytest.mark.parametrize("group", LISTS)
def test_every_closed_list_is_the_design_s(group):
    assert set(vocabulary().names(group)) == set(LISTS[group].split()) | BESIDES.get(group, set())


@pytest.mark.parametrize("drug_class", CLASSES)
def test_every_drug_class_is_the_design_s(drug_class):
    # A case report may name an anti-inflammatory drug by its class alone.
    unnamed = {"nsaid_unspecified"} if drug_class == "antipyretic" else set()
    assert set(vocabulary().drugs_of(drug_class)) == set(CLASSES[drug_class].split()) | unnamed


def test_systemic_routes():
    assert vocabulary().systemic_routes == {"iv", "io", "po", "sc", "im"}


@pytest.mark.parametrize("concept", HOURS)
def test_validity_hours(concept):
    assert vocabulary().concepts[concept].validity_hours == HOURS[concept]


def test_plausible_limits_of_temperature():
    concept = vocabulary().concepts["temperature"]
    assert (concept.plausible_min, concept.plausible_max) == (25, 45)


@pytest.mark.parametrize(
    ("concept", "text", "unit", "canonical"),
    [
        ("temperature", "100.4", "[degF]", 38.0),
        ("temperature", "98.6", "[degF]", 37.0),
        ("temperature", "104", "°F", 40.0),
        ("spo2", "0.88", "1", 88.0),
        ("crp", "1.83", "mg/dL", 18.3),
        ("ferritin", "500", "ug/L", 500.0),
        ("ferritin", "500", "µg/L", 500.0),
        ("il6", "7.1", "ng/L", 7.1),
        ("creatinine", "88.42", "umol/L", 1.0),
        ("triglycerides", "1", "mmol/L", 88.57),
        ("platelets", "50", "10*3/uL", 50.0),
        ("platelets", "50000", "/uL", 50.0),
        ("anc", "500", "cells/uL", 0.5),
        ("fibrinogen", "1.5", "g/L", 150.0),
        ("hemoglobin", "80", "g/L", 8.0),
        ("weight", "100", "lb", 45.359237),
        ("sbp", "12", "kPa", 90.00765),
    ],
)
def test_unit_conversions(concept, text, unit, canonical):
    rule = vocabulary().concepts[concept].unit_rule(unit)
    assert rule is not None
    assert rule.canonical(text) == pytest.approx(canonical, rel=1e-6)
    if concept != "sbp":
        assert rule.canonical(text) == canonical, "a conversion is exact, rounded once"


@pytest.mark.parametrize(("concept", "unit"), [("crp", "nmol/L"), ("ferritin", "pmol/L")])
def test_no_conversion_from_moles_without_a_sourced_factor(concept, unit):
    assert vocabulary().concepts[concept].unit_rule(unit) is None


@pytest.mark.parametrize(
    ("group", "given", "name"),
    [
        ("drug", "Paracetamol", "acetaminophen"),
        ("drug", "Tylenol", "acetaminophen"),
        ("drug", "NORADRENALINE", "norepinephrine"),
        ("drug", "angiotensin II", "angiotensin_ii"),
        ("drug", "Angiotensin-II", "angiotensin_ii"),
        ("drug", "adrenaline", "epinephrine"),
        ("oxygen", "HFNC", "high_flow_nasal_cannula"),
        ("oxygen", "NC", "nasal_cannula"),
        ("oxygen", "Non-rebreather mask", "non_rebreather"),
        ("oxygen", "BiPAP", "bipap"),
        ("oxygen", "endotracheal tube", "invasive_ventilation"),
        ("concept", "IL-6", "il6"),
        ("concept", "TNF-\N{GREEK SMALL LETTER ALPHA}", "tnf_alpha"),
        ("concept", "Temp", "temperature"),
        ("indication", "anesthesia", "anaesthesia"),
        ("indication", "sleep apnea", "sleep_apnoea"),
        ("route", "Intravenous", "iv"),
        ("route", "nebulized", "inhaled"),
        ("event", "cerebral oedema", "cerebral_edema"),
    ],
)
def test_synonyms(group, given, name):
    assert vocabulary().resolve(group, given) == name


def test_high_flow_is_not_taken_for_a_plain_cannula():
    assert vocabulary().resolve("oxygen", "High Flow Nasal Cannula") == "high_flow_nasal_cannula"


def test_levels_of_consciousness_are_ordered_as_the_icans_table():
    concept = vocabulary().concepts["consciousness"]
    order = ["awake", "awakens spontaneously", "to voice", "tactile", "unarousable"]
    assert [concept.level_index[text.replace(" ", "_")] for text in order] == [0, 1, 2, 3, 4]


def test_recalled_codes_are_not_called_verified():
    vocab = vocabulary()
    recalled = {("il4", "27161-9"), ("ifn_gamma", "27415-9"), ("bnp", "30934-4")}
    for concept, code in recalled:
        assert [one.verified for one in vocab.concepts[concept].codes if one.code == code] == [False]
    for drug in ("siltuximab", "anakinra", "ibuprofen", "blinatumomab"):
        assert [one.verified for one in vocab.drugs[drug].codes if one.system == "RxNorm"] == [False]


def test_a_body_fluid_code_is_no_code_of_the_blood_value():
    il6 = vocabulary().concepts["il6"]
    assert "49732-1" not in {code.code for code in il6.codes}
    assert "49732-1" in {code.code for code in il6.excluded_codes}


def test_no_code_stands_for_two_things():
    vocab = vocabulary()
    seen: dict[tuple[str, str], str] = {}
    named = [(c.name, c.codes) for c in vocab.concepts.values()]
    named += [(d.name, d.codes) for d in vocab.drugs.values()] + [
        (d.name, d.codes) for d in vocab.devices.values()
    ]
    for name, codes in named:
        for code in codes:
            assert seen.setdefault((code.system, code.code), name) == name


@pytest.mark.parametrize("text", ["", "format_version = 2", "not toml ==", "format_version = 1"])
def test_a_broken_vocabulary_file_is_explained(text):
    with pytest.raises(EditionError, match="vocabulary"):
        load_vocabulary(text)


def test_a_spelling_that_means_two_things_is_refused():
    text = resources.files("becalm.record").joinpath("vocabulary.toml").read_text(encoding="utf-8")
    broken = text.replace('synonyms = ["simdax"]', 'synonyms = ["noradrenaline"]')
    assert broken != text
    with pytest.raises(EditionError, match="noradrenaline"):
        load_vocabulary(broken)
