"""`siaga posts roads` against routing services that speak OSRM's and Valhalla's protocols over a socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from math import hypot
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from siaga_ops import posts as directory
from siaga_ops.cli import posts
from siaga_ops.client import Client
from siaga_ops.main import main
from siaga_ops.testing import memory_client
from siaga_router.domain.directory import Directory
from typer.testing import CliRunner, Result

ROOT = Path(__file__).parents[2]
POSTS = directory.read_posts(ROOT / "data/posts/lampung-barat.json")[:3]
LARGEST_TABLE = 100
MOST_LOCATIONS = 50
ISLAND_LAT = -5.3
"""South of it no road leads."""

Place = tuple[float, float]
"""Latitude, longitude."""


def seconds(start: Place, end: Place) -> float | None:
    """What the fakes answer: a road of some 40 km/h, and none to the island."""
    return (
        None
        if min(start[0], end[0]) < ISLAND_LAT
        else round(hypot(start[0] - end[0], start[1] - end[1]) * 10_000, 1)
    )


class _Fake(BaseHTTPRequestHandler):
    """Knows its protocol and refuses what is not of it."""

    asked: list[int]
    """How many destinations each question had."""
    broken: str | None = None

    def log_message(self, *_: object) -> None:
        pass

    def answer(self, status: int, body: object) -> None:
        raw = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)


class _Osrm(_Fake):
    def do_GET(self) -> None:
        if self.broken is not None:
            self.answer(200, self.broken)
            return
        url = urlsplit(self.path)
        empty, service, version, _, coordinates = url.path.split("/", 4)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        if (empty, service, version) != ("", "table", "v1") or query.get("annotations") != "duration":
            self.answer(400, {"code": "InvalidUrl", "message": "URL string malformed"})
            return
        places = [(float(lat), float(lon)) for lon, lat in (p.split(",") for p in coordinates.split(";"))]
        if len(places) > LARGEST_TABLE:
            self.answer(400, {"code": "TooBig", "message": "Too many table coordinates"})
            return
        sources, ends = ([int(n) for n in query[name].split(";")] for name in ("sources", "destinations"))
        self.asked.append(len(ends))
        rows = [[seconds(places[s], places[e]) for e in ends] for s in sources]
        self.answer(200, {"code": "Ok", "durations": rows, "sources": [], "destinations": []})


class _Valhalla(_Fake):
    """One place without a road, and it refuses the whole question: so does the engine (3.9.1, benchmarks/roads.py)."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path != "/sources_to_targets" or body["costing"] != "auto":
            self.answer(
                404, {"error_code": 106, "error": "Try any of: '/sources_to_targets'", "status_code": 404}
            )
            return
        starts, ends = ([(p["lat"], p["lon"]) for p in body[name]] for name in ("sources", "targets"))
        if max(len(starts), len(ends)) > MOST_LOCATIONS:
            self.answer(400, {"error_code": 150, "error": "Exceeded max locations: 50", "status_code": 400})
            return
        if any(seconds(start, end) is None for start in starts for end in ends):
            said = "Locations are in unconnected regions. Go check/edit the map at osm.org"
            self.answer(400, {"error_code": 170, "error": said, "status_code": 400, "status": "Bad Request"})
            return
        self.asked.append(len(ends))
        rows = [
            [
                {"from_index": s, "to_index": e, "time": seconds(start, end), "distance": 1.5}
                for e, end in enumerate(ends)
            ]
            for s, start in enumerate(starts)
        ]
        self.answer(200, {"sources_to_targets": rows, "units": "kilometers", "algorithm": "costmatrix"})


@contextmanager
def listening(kind: type[_Fake], broken: str | None = None) -> Iterator[tuple[str, list[int]]]:
    """Its address, and what it was asked."""
    asked: list[int] = []
    handler = type("Handler", (kind,), {"asked": asked, "broken": broken})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()


class Siaga:
    """The command on a log in memory that holds three posts."""

    def __init__(self) -> None:
        self.client: Client = memory_client()
        self.filled = False

    @asynccontextmanager
    async def connected(self, _: str) -> Any:
        if not self.filled:
            await directory.import_posts(self.client, POSTS)
            self.filled = True
        yield self.client

    def __call__(self, *words: str) -> Result:
        return CliRunner().invoke(posts.app, [*words, "--data", str(ROOT / "data")])

    def directory(self) -> Directory:
        return asyncio.run(directory.read_directory(self.client))


@pytest.fixture
def siaga(monkeypatch: pytest.MonkeyPatch) -> Siaga:
    made = Siaga()
    monkeypatch.setattr(posts, "connected", made.connected)
    return made


@pytest.mark.parametrize(("kind", "option", "source"), [
    (_Osrm, "--osrm", "osrm driving"), (_Valhalla, "--valhalla", "valhalla auto"),
])  # fmt: skip
def test_each_post_knows_its_way_to_every_pekon(
    siaga: Siaga, kind: type[_Fake], option: str, source: str
) -> None:
    with listening(kind) as (url, asked):
        done = siaga("roads", option, url)
        assert done.exit_code == 0, done.output
        assert done.stdout == "road times of 3 of 3 posts were new or changed\n"
        again = siaga("roads", option, url)
        assert again.stdout == "road times of 0 of 3 posts were new or changed\n"
    assert max(asked) < LARGEST_TABLE
    known = siaga.directory()
    for post in POSTS:
        times = known.roads[post.post_id]
        assert times.source == source
        assert len(times.seconds) == 151, "136 pekon and kelurahan, 15 kecamatan"
        assert None in times.seconds.values()
        liwa = (-5.0216, 104.0779)
        near = seconds((post.lat, post.lon), liwa)
        assert near is not None
        assert abs((times.seconds["18.04.04.1001"] or 0) - near) < 200


def test_forgotten_roads_decide_nothing(siaga: Siaga) -> None:
    with listening(_Osrm) as (url, _):
        siaga("roads", "--osrm", url)
    assert siaga("roads", "--forget").stdout == "road times of 3 posts are forgotten\n"
    known = siaga.directory()
    assert [known.road_seconds(post, "18.04.04.1001") for post in POSTS] == [None] * 3


def test_a_narrower_measurement_keeps_what_is_farther(siaga: Siaga) -> None:
    with listening(_Osrm) as (url, _):
        siaga("roads", "--osrm", url)
        done = siaga("roads", "--osrm", url, "--within-km", "10")
    assert done.stdout == "road times of 0 of 3 posts were new or changed\n"
    known = siaga.directory()
    assert all(len(known.roads[post.post_id].seconds) == 151 for post in POSTS)


def test_who_is_registered_or_moves_after_the_measurement_is_named(siaga: Siaga, tmp_path: Path) -> None:
    with listening(_Osrm) as (url, _):
        siaga("roads", "--osrm", url)
    moved = POSTS[0].model_copy(update={"lat": POSTS[0].lat + 0.01})
    new = POSTS[1].model_copy(update={"post_id": "pos-baru"})
    file = tmp_path / "posts.json"
    file.write_text(f"[{moved.model_dump_json()}, {new.model_dump_json()}]")
    told = CliRunner().invoke(posts.app, ["import", str(file)])
    assert told.exit_code == 0, told.output
    names = ", ".join(sorted([moved.post_id, "pos-baru"]))
    assert f"no road times of {names}: around them distance decides" in " ".join(told.stderr.split())


def test_farther_pekon_are_left_alone(siaga: Siaga) -> None:
    with listening(_Osrm) as (url, _):
        siaga("roads", "--osrm", url, "--within-km", "10")
    known = siaga.directory()
    assert all(0 < len(known.roads[post.post_id].seconds) < 100 for post in POSTS)


def refused(words: Sequence[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> str:
    """What `siaga posts roads` says when it fails; its status is 1."""
    monkeypatch.setattr("sys.argv", ["siaga", "posts", "roads", "--data", str(ROOT / "data"), *words])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    return " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize("kind", [_Osrm, _Valhalla])
def test_a_post_from_which_no_road_leads_is_named_and_keeps_the_times_it_had(
    kind: type[_Fake],
    siaga: Siaga,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A pekon that no road reaches is no hindrance; an engine with the map of another country is told as such."""
    option = "--osrm" if kind is _Osrm else "--valhalla"
    with listening(_Osrm) as (url, _):
        assert siaga("roads", "--osrm", url).exit_code == 0
    before = siaga.directory().roads
    island = POSTS[0].model_copy(update={"post_id": "island", "lat": -5.9, "lon": 104.2})
    asyncio.run(directory.import_posts(siaga.client, [island]))
    with listening(kind) as (url, _):
        told = refused([option, url, "--within-km", "120"], capsys, monkeypatch)
    assert "no road leads anywhere from island: what was known of their roads was left" in told
    assert "Does the service's map cover the regency" in told
    after = siaga.directory().roads
    assert set(after) == {post.post_id for post in POSTS}
    monkeypatch.setitem(globals(), "ISLAND_LAT", 90.0)
    with listening(kind) as (url, _):
        told = refused([option, url], capsys, monkeypatch)
    assert all(post.post_id in told for post in (*POSTS, island))
    assert {k: r.seconds for k, r in siaga.directory().roads.items()} == {
        k: r.seconds for k, r in after.items()
    }
    assert any(any(r.seconds.values()) for r in before.values())


@pytest.mark.parametrize(
    ("status", "code", "told"),
    [(500, 170, "refused (500)"), (400, "171", "refused (400)"), (400, 171, "no road leads anywhere")],
)
def test_only_what_says_so_means_that_there_is_no_road(
    status: int,
    code: object,
    told: str,
    siaga: Siaga,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(fake: _Valhalla) -> None:
        fake.rfile.read(int(fake.headers["Content-Length"]))
        fake.asked.append(1)
        fake.answer(status, {"error_code": code, "error": "no", "status_code": status})

    monkeypatch.setattr(_Valhalla, "do_POST", refuse)
    with listening(_Valhalla) as (url, asked):
        assert told in refused(["--valhalla", url], capsys, monkeypatch)
    assert len(asked) < 50
    assert not siaga.directory().roads


@pytest.mark.parametrize(
    "words", [(), ("--osrm", "http://a", "--valhalla", "http://b"), ("--osrm", "http://a", "--forget")]
)
def test_one_source_is_named(
    words: tuple[str, ...], siaga: Siaga, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "say one of --osrm URL, --valhalla URL and --forget" in refused(words, capsys, monkeypatch)


@pytest.mark.parametrize("address", ["127.0.0.1:5000", "ftp://osrm", "http://", "http://a:b", "localhost"])
def test_what_is_no_address_is_told(
    address: str, siaga: Siaga, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "is no address of OSRM; one looks like" in refused(["--osrm", address], capsys, monkeypatch)


def test_nobody_there(
    siaga: Siaga, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with listening(_Osrm) as (url, _):
        pass
    assert "can't be reached" in refused(["--osrm", url], capsys, monkeypatch)


def test_the_refusal_of_the_service_is_told(
    siaga: Siaga, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with listening(_Osrm) as (url, _):
        assert "refused (501)" in refused(["--valhalla", url], capsys, monkeypatch)
    with listening(_Osrm) as (url, _):
        assert "refused (400): URL string malformed" in refused(
            ["--osrm", f"{url}/proxy"], capsys, monkeypatch
        )


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("<html>", "gave no table of times"),
        ('{"code": "Ok"}', "gave no table of times: durations"),
        ('{"code": "Ok", "durations": [[-1]]}', "gave no table of times: durations"),
        ('{"code": "Ok", "durations": [[1e300]]}', "gave no table of times: durations"),
        ('{"code": "Ok", "durations": [[1e400]]}', "gave no table of times: durations"),
        ('{"code": "Ok", "durations": [["12"]]}', "gave no table of times: durations"),
        (f'{{"code": "Ok", "durations": [{[0.0] * 49}]}}', "does the service's map cover the regency?"),
        ('{"code": "Ok", "durations": [[1, 2]]}', "OSRM gave [2] times where one row of 49 was asked for"),
    ],
)
def test_an_answer_that_is_no_table_is_refused_and_nothing_is_kept(
    body: str, told: str, siaga: Siaga, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with listening(_Osrm, broken=body) as (url, _):
        assert told in refused(["--osrm", url], capsys, monkeypatch)
    assert not siaga.directory().roads
