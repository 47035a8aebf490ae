"""A live server, played by a real one on this machine: pages, patience, tokens, links that lead astray."""

import json
import threading
from collections import Counter
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from becalm.record import InputError, WorkError
from becalm.sources.fhir import read_fhir
from tests.sources.fhir.making import (
    LOOKUP,
    RXNORM,
    administration,
    bundle,
    concept,
    observation,
    quantity,
    read_all,
    write_bundle,
)

PATIENTS = [{"resourceType": "Patient", "id": one, "gender": "female"} for one in ("p1", "p2")]
READINGS = [
    observation(f"o{n}", valueQuantity=quantity(37.5, "Cel"), subject={"reference": f"Patient/p{n % 2 + 1}"})
    for n in range(7)
]


class Server(ThreadingHTTPServer):
    """Answers searches over `store` in pages of `_count`; `before` may answer in its place."""

    daemon_threads = True

    def __init__(self, store, before=None):
        super().__init__(("127.0.0.1", 0), Handler)
        self.store = store
        self.before = before or (lambda server, path, query, headers: None)
        self.asked = []

    @property
    def base(self):
        return f"http://127.0.0.1:{self.server_address[1]}/fhir"

    def answer(self, path, query, headers):
        """Status, headers and body."""
        found = self.before(self, path, query, headers)
        if found is not None:
            return found
        kind, _, id_ = path.removeprefix("/fhir/").partition("/")
        held = [one for one in self.store if one["resourceType"] == kind]
        if id_:
            one = next((one for one in held if one["id"] == id_), None)
            return (200, {}, one) if one else (404, {}, said("not-found"))
        if "patient" in query:
            held = [one for one in held if one["subject"]["reference"] == f"Patient/{query['patient']}"]
        if "subject" in query:
            held = [one for one in held if one["subject"]["reference"] == query["subject"]]
        if "_id" in query:
            held = [one for one in held if one["id"] == query["_id"]]
        size, first = int(query["_count"]), int(query.get("_offset", 0))
        page = bundle(*held[first : first + size], kind="searchset") | {"total": len(held)}
        if first + size < len(held):
            same = "&".join(f"{name}={value}" for name, value in query.items() if name != "_offset")
            page["link"] = [
                {"relation": "self", "url": "ignored"},
                {"relation": "next", "url": f"{self.base}/{kind}?{same}&_offset={first + size}"},
            ]
        return 200, {}, page


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self):
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.server.asked.append(self.path)
        status, headers, body = self.server.answer(parts.path, query, self.headers)
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args):
        """Says nothing."""


@contextmanager
def serving(store, before=None):
    server = Server(store, before)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def said(code, text="no"):
    return {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": "error", "code": code, "diagnostics": text}],
    }


@pytest.fixture(autouse=True)
def direct(monkeypatch):
    """No proxy, no token of this machine, and no real waiting."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("BECALM_FHIR_TOKEN", raising=False)
    waited: list[float] = []
    monkeypatch.setattr("becalm.sources.fhir.client.sleep", waited.append)
    return waited


def test_every_page_of_every_type(tmp_path):
    with serving([*PATIENTS, *READINGS]) as server:
        found = read_all(server.base, page_size="3")
    assert found.read["Observation"] == 7
    assert found.read["Patient"] == 2
    assert found.notes == ()
    assert len([path for path in server.asked if path.startswith("/fhir/Observation")]) == 3
    as_file = read_all(write_bundle(tmp_path / "b.json", *PATIENTS, *READINGS))
    assert (
        found.statements.drop("file", "row")
        .sort("record")
        .equals(as_file.statements.drop("file", "row").sort("record"))
    )
    assert found.rows("file", "row") == [("Observation", n) for n in range(1, 8)]


def test_given_patients_only(tmp_path):
    with serving([*PATIENTS, *READINGS]) as server:
        found = read_all(
            server.base, patients="p2, Patient/p2, nobody", types="Patient,Observation,AdverseEvent"
        )
        (tmp_path / "ids.txt").write_text("p2\n\n")
        listed = read_all(server.base, patients=f"@{tmp_path / 'ids.txt'}", types="Patient,Observation")
    assert found.persons["patient_id"].to_list() == ["p2"]
    assert {row[0] for row in found.rows("patient_id")} == {"p2"}
    assert found.notes == ("The server knows no Patient with the id=nobody.",)
    assert listed.statements.equals(found.statements)
    assert "/fhir/AdverseEvent?subject=Patient/p2&_count=200" in server.asked


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_busy_server_is_asked_again(direct, status):
    tries: Counter[tuple[str, str]] = Counter()

    def busy(server, path, query, headers):
        tries[path, str(query)] += 1
        return (status, {"Retry-After": "7"}, b"busy") if tries[path, str(query)] <= 2 else None

    with serving(READINGS, busy) as server:
        found = read_all(server.base, types="Observation", page_size="5")
    assert found.read == {"Observation": 7}
    assert direct == [7.0] * 4


def test_without_its_word_the_waits_grow(direct):
    with (
        serving(READINGS, lambda *_: (503, {}, b"")) as server,
        pytest.raises(WorkError, match="asked for 4 times"),
    ):
        read_all(server.base, retries="3")
    assert direct == [0.5, 1.0, 2.0]


def test_a_server_that_hangs_up_is_asked_again(direct):
    with serving(READINGS) as server:
        base = server.base
    with pytest.raises(WorkError, match="ConnectError"):
        read_all(base, retries="1")
    assert direct == [0.5]


def test_a_slow_server_is_asked_again(direct):
    slow = threading.Event()

    def hang(server, *_):
        if len(server.asked) == 1:
            slow.wait(3)

    with serving(READINGS, hang) as server:
        found = read_all(server.base, types="Observation", timeout_s="1")
        slow.set()
    assert found.read == {"Observation": 7}
    assert direct == [0.5]


def need_token(server, path, query, headers):
    return None if headers["Authorization"] == "Bearer s3cret" else (401, {}, said("login"))


@pytest.mark.parametrize("way", ["file", "environment"])
def test_a_token(tmp_path, monkeypatch, capfd, way):
    options = {"types": "Observation"}
    if way == "file":
        (tmp_path / "token").write_text("s3cret\n")
        options["token_file"] = str(tmp_path / "token")
    else:
        monkeypatch.setenv("BECALM_FHIR_TOKEN", "s3cret")
    with serving(READINGS, need_token) as server:
        found = read_all(server.base, **options)
    assert found.read == {"Observation": 7}
    told = "".join([*capfd.readouterr(), *server.asked, *found.notes, str(found.statements.rows())])
    assert "s3cret" not in told


def test_a_wrong_token_is_told_without_showing_it(monkeypatch):
    monkeypatch.setenv("BECALM_FHIR_TOKEN", "wr0ng")
    with (
        serving(READINGS, need_token) as server,
        pytest.raises(InputError, match="BECALM_FHIR_TOKEN") as error,
    ):
        read_all(server.base)
    assert "wr0ng" not in str(error.value)
    assert "login" in str(error.value)


@pytest.mark.parametrize("text", ["", "two words", "näh"])
def test_a_token_that_is_none(tmp_path, text):
    (tmp_path / "token").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="token_file"):
        read_fhir("http://127.0.0.1:9/fhir", LOOKUP, {"token_file": str(tmp_path / "token")})


def test_a_token_is_not_sent_unencrypted(monkeypatch):
    monkeypatch.setenv("BECALM_FHIR_TOKEN", "s3cret")
    with pytest.raises(InputError, match="unencrypted"):
        next(read_fhir("http://hospital.example/fhir", LOOKUP, {}))


def next_link(url):
    def before(server, path, query, headers):
        page = bundle(READINGS[0], kind="searchset")
        return 200, {}, page | {"link": [{"relation": "next", "url": url(server)}]}

    return before


@pytest.mark.parametrize(
    "url",
    [
        lambda server: "http://elsewhere.example/fhir?page=2",
        lambda server: f"http://localhost:{server.server_address[1]}/fhir?page=2",
        lambda server: f"https://127.0.0.1:{server.server_address[1]}/fhir?page=2",
        lambda server: "//elsewhere.example/x",
        lambda server: "file:///etc/passwd",
    ],
)
def test_a_next_page_elsewhere_is_not_followed(url):
    with serving([], next_link(url)) as server, pytest.raises(WorkError, match="not followed"):
        read_all(server.base)
    assert len(server.asked) == 1


def test_pages_in_a_circle_are_told():
    with serving([], next_link(lambda server: "?page=2")) as server, pytest.raises(WorkError, match="circle"):
        read_all(server.base)
    assert len(server.asked) == 2


def test_empty_pages_without_end_are_told():
    def endless(server, path, query, headers):
        link = [{"relation": "next", "url": f"?page={len(server.asked)}"}]
        return 200, {}, {"resourceType": "Bundle", "type": "searchset", "link": link}

    with serving([], endless) as server, pytest.raises(WorkError, match="circle"):
        read_all(server.base)


def test_a_lost_page_is_told():
    def lost(server, path, query, headers):
        return (404, {}, said("expired")) if "_offset" in query else None

    with serving(READINGS, lost) as server, pytest.raises(WorkError, match="next page was lost"):
        read_all(server.base, page_size="3", types="Observation")


@pytest.mark.parametrize(
    ("answer", "error", "text"),
    [
        ((400, {}, said("required", "patient is required")), InputError, "patient is required"),
        ((403, {}, b"<html>"), InputError, "access was refused"),
        ((500, {}, said("exception")), WorkError, "exception"),
        ((302, {"Location": "http://elsewhere.example"}, b""), InputError, "redirected"),
        ((200, {}, b"<html>"), WorkError, "no FHIR JSON"),
        ((200, {}, said("exception")), WorkError, "exception"),
        ((200, {}, {"resourceType": "Patient"}), WorkError, "Patient"),
    ],
)
def test_other_answers_are_told(answer, error, text):
    with serving([], lambda *_: answer) as server, pytest.raises(error, match=text):
        read_all(server.base)


@pytest.mark.parametrize("answer", [(404, {}, b""), (400, {}, said("not-supported"))])
def test_a_type_that_is_not_offered_is_noted(answer):
    def some(server, path, query, headers):
        return answer if "AdverseEvent" in path else None

    with serving(READINGS, some) as server:
        found = read_all(server.base, types="Observation,AdverseEvent")
    assert found.read == {"Observation": 7}
    assert "does not offer AdverseEvent" in found.notes[0]


def test_a_server_that_sends_less_than_it_says():
    def less(server, path, query, headers):
        return 200, {}, bundle(READINGS[0], kind="searchset") | {"total": 5}

    with serving([], less) as server:
        found = read_all(server.base, types="Observation")
    assert "announced 5 Observation and sent 1" in found.notes[0]


@pytest.mark.parametrize(("size", "noted"), [(3, True), (4, False)])
def test_a_server_that_does_not_page_is_noted(size, noted):
    def first(server, path, query, headers):
        return 200, {}, bundle(*READINGS[:3], kind="searchset")

    with serving([], first) as server:
        found = read_all(server.base, types="Observation", page_size=str(size))
    assert [note for note in found.notes if "larger page_size" in note] == list(found.notes)
    assert len(found.notes) == noted


def test_a_resource_on_two_pages_counts_once():
    with serving([*READINGS, READINGS[0]]) as server:
        found = read_all(server.base, types="Observation", page_size="4")
    assert found.statements.height == 7
    assert found.reasons("set aside") == {"It came on an earlier page already.": 1}


def test_a_warning_among_the_results_is_passed_on():
    def warned(server, path, query, headers):
        entries = bundle(READINGS[0], said("suppressed", "2 hidden"), kind="searchset")
        entries["entry"][1]["search"] = {"mode": "outcome"}
        return 200, {}, entries

    with serving([], warned) as server:
        found = read_all(server.base, types="Observation")
    assert found.statements.height == 1
    assert "2 hidden" in found.notes[0]


def test_a_drug_is_asked_for_once():
    drug = {"resourceType": "Medication", "id": "x", "code": concept(RXNORM, "612865", "tocilizumab")}
    given = [administration(f"m{n}", medicationReference={"reference": "Medication/x"}) for n in range(3)]
    lost = [administration(f"n{n}", medicationReference={"reference": "Medication/y"}) for n in range(3)]
    with serving([drug, *given, *lost]) as server:
        found = read_all(server.base, types="MedicationAdministration")
    assert found.rows("text", "codes") == [("tocilizumab", [f"{RXNORM}|612865"])] * 3
    assert sum(found.reasons("refused").values()) == 3
    assert [path for path in server.asked if "?" not in path] == ["/fhir/Medication/x", "/fhir/Medication/y"]


@pytest.mark.parametrize(
    "options",
    [
        {"page_size": "0"},
        {"page_size": "many"},
        {"retries": "-1"},
        {"types": "Observation,Nothing"},
        {"types": ""},
        {"patients": ""},
        {"patients": "a/b"},
        {"patients": "@/no/such/file"},
        {"token_file": "/no/such/file"},
        {"nothing": "1"},
    ],
)
def test_wrong_options_are_bad_input(options):
    with pytest.raises(InputError):
        next(read_fhir("http://127.0.0.1:9/fhir", LOOKUP, options))


@pytest.mark.parametrize(
    "source", ["http://", "https://user:secret@x/fhir", "https://x/fhir?a=b", "https://x/fhir#a"]
)
def test_wrong_addresses_are_bad_input(source):
    with pytest.raises(InputError, match="https://server/path") as error:
        read_fhir(source, LOOKUP, {})
    assert "secret" not in str(error.value)
