"""Treatments whose dates cannot be used: given perhaps, and never read as not given."""

from typing import Any

import pytest

from tests.sources.sdtm.studies import accounted, study, whole


@pytest.mark.parametrize(
    ("cells", "start", "end", "reason", "note"),
    [
        ({"STDTC": "2024---02"}, None, None, "Its date is partial", "start as written: 2024---02"),
        ({"ENDTC": "2024-03"}, "2024-03-02", None, "Its end is partial", "end as written: 2024-03"),
        (
            {"ENDTC": "2024-03-01"},
            None,
            None,
            "It ends before it starts",
            "start as written: 2024-03-02; end as written: 2024-03-01",
        ),
    ],
)
@pytest.mark.parametrize(("domain", "kind"), [("CM", "drug"), ("EX", "drug"), ("PR", "procedure")])
def test_dates_that_cannot_be_used_leave_a_doubt(tmp_path, domain, kind, cells, start, end, reason, note):
    row = {"TRT": "TOCILIZUMAB", "STDTC": "2024-03-02", "DOSE": 560} | cells
    row = {f"{domain}{name}": cell for name, cell in row.items()}
    domains: dict[str, Any] = {domain.lower(): [row]}
    found = whole(study(tmp_path, "json", **domains))
    (made,) = found.statements.to_dicts()
    assert (made["domain"], made["text"], made["dose"]) == (kind, "TOCILIZUMAB", "560")
    assert (made["start"], made["end"], made["note"]) == (start, end, note)
    assert made["doubt"].startswith(reason)
    assert found.outcomes.is_empty()
    assert accounted(found) == found.read


def test_a_treatment_with_good_dates_has_no_doubt(tmp_path):
    rows = [{"CMTRT": "Tocilizumab", "CMSTDTC": "2024-03-02"}, {"CMTRT": "Tocilizumab", "CMSTDTC": "2024"}]
    assert whole(study(tmp_path, cm=rows)).statements["doubt"].to_list() == [None, None]
