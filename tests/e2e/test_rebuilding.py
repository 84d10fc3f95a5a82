"""What a service shows of its state is what its log gives to a process that saw no live day."""

from __future__ import annotations

import pytest
from siaga_events.types import AttemptSucceeded

from .rebuilding import STATEFUL, differences_from_rebuilt
from .reports import FIRE, published, report
from .system import System, until

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize("service", STATEFUL)
async def test_the_live_state_is_the_fold_of_the_log(system: System, service: str) -> None:
    """Earlier calls' deadlines may fall due between the two looks, so there may be some."""
    if not system.line.of(service):
        pytest.skip(f"no address of the {service} is given (SIAGA_E2E_{service.upper()}_URL)")
    call = await published(system.client, report(FIRE))
    await system.seen.first(AttemptSucceeded, call)
    wrong: list[str] = []

    async def agrees() -> bool:
        wrong[:] = await differences_from_rebuilt(system, [service])
        return not wrong

    try:
        await until(agrees, "live and rebuilt state agree", 60)
    except AssertionError:
        assert wrong == []
        raise
