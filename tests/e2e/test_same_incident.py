"""Two calls about one fire, through all services and pulse: one alarm, one further report; and how it is undone."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from siaga_events import EventData
from siaga_events.types import (
    AlarmRaised,
    CallHeld,
    CallLinked,
    CallRouted,
    CallUnlinked,
    CommandRefused,
    IncidentsListed,
)
from siaga_ops.local_line import local_line
from siaga_ops.processes import SERVICES

from .reports import published, report
from .system import (
    DATA,
    GATEWAY,
    LONG,
    PARTITIONS,
    QUICK_PROVIDER,
    TOKEN,
    System,
    prepared_broker,
    started,
    until,
)

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.own_line]

FIRE = "kebakaran pak, gudang kopi terbakar, api besar di way mengaku"
AT = {"lat": -5.0301, "lon": 104.0712}
NEAR = {"lat": -5.0303, "lon": 104.0713}
FAR = {"lat": -5.2301, "lon": 104.2712}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def system(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    folder = tmp_path_factory.mktemp("same")
    async with prepared_broker(folder) as kafka:
        line = local_line(
            kafka.bootstrap,
            folder / "logs",
            DATA,
            partitions=PARTITIONS,
            deadline_scale=LONG,
            gateway_tokens={TOKEN: GATEWAY},
            services=(*SERVICES, "pulse"),
            sandbox_env=QUICK_PROVIDER,
        )
        async with started(kafka, line) as whole:
            yield whole


async def listed(system: System, call: str) -> None:
    """Until pulse lists the call's incident, and the router can have read it."""

    async def look() -> bool:
        found = system.client.decoded(await system.client.records("pulse.incidents"))
        return any(
            isinstance(e.data, IncidentsListed) and any(i.call == call for i in e.data.incidents)
            for _, e in found
        )

    await until(look, f"pulse lists {call}")


async def decision(system: System, call: str) -> EventData:
    """The first that the router decided about it."""
    kinds = (CallRouted, CallHeld, CallLinked)
    return (await system.seen.first(EventData, call, lambda data: isinstance(data, kinds))).data


async def further(system: System, first: str, words: str = FIRE) -> tuple[str, CallLinked]:
    """A second call of the same place that is linked: the router's view may be a moment behind pulse's list."""

    async def look() -> tuple[str, CallLinked] | None:
        call = await published(system.client, report(words, **NEAR))
        decided = await decision(system, call)
        return (call, decided) if isinstance(decided, CallLinked) else None

    call, linked = await until(look, "a further report is linked")
    assert linked.same.call == first
    return call, linked


async def test_a_further_report_goes_to_those_who_have_the_incident(system: System) -> None:
    first = await published(system.client, report(FIRE, **AT))
    alarm = (await system.seen.first(AlarmRaised, first, lambda a: a.role == "duty")).data
    await listed(system, first)
    second, linked = await further(system, first)
    assert linked.by is None
    assert linked.same.number >= 2
    told = (await system.seen.first(AlarmRaised, second)).data
    assert (told.role, told.post.post_id) == ("copy", alarm.post.post_id)
    message = await system.message_about(told.alarm_id)
    assert f"laporan ke-{linked.same.number} untuk kejadian yang sama" in message["text"]
    assert not message.get("buttons")

    again = await system.siaga("operator", "unlink", second)
    assert again.status == 0, again.output
    await system.seen.first(CallUnlinked, second)
    own = (await system.seen.first(AlarmRaised, second, lambda a: a.role == "duty")).data
    assert own.post.post_id == alarm.post.post_id


async def test_new_harm_gets_posts_of_its_own(system: System) -> None:
    first = await published(system.client, report("longsor pak, jalan ketutup tanah di way mengaku", **AT))
    await system.seen.first(CallRouted, first)
    await listed(system, first)
    trapped = "longsor pak, ada orang tertimbun di dalam rumah, korbannya dua orang"

    async def look() -> CallRouted | None:
        call = await published(system.client, report(trapped, **NEAR))
        routed = await decision(system, call)
        assert isinstance(routed, CallRouted), "new harm is never only told"
        return routed if routed.likely is not None else None

    routed = await until(look, "it is suggested, and not linked")
    assert routed.likely is not None
    assert routed.likely.distance_m < 100


async def test_an_operator_links_what_the_machine_would_not(system: System) -> None:
    first = await published(system.client, report("kecelakaan pak, truk masuk jurang", **AT))
    await system.seen.first(CallRouted, first)
    await listed(system, first)
    other = await published(system.client, report("pak ada mobil terguling ke jurang, macet panjang", **FAR))
    assert not isinstance(await decision(system, other), CallLinked)

    async def look() -> bool:
        ran = await system.siaga("operator", "link", other, first)
        return ran.status == 0

    await until(look, "the router has it on its list")
    linked = (await system.seen.first(CallLinked, other)).data
    assert linked.by == "operator-uji"
    refused = await system.siaga("operator", "link", other, first)
    assert refused.status != 0
    assert "sudah digabung" in refused.output
    nothing = await system.siaga("operator", "link", first, "ffffffff")
    assert nothing.status != 0
    assert "tidak ada di daftar kejadian" in nothing.output
    await system.seen.first(CommandRefused, first)
