"""Every event type, by the topic that holds it."""

from siaga_events.types.calls import *  # noqa: F403
from siaga_events.types.classifications import *  # noqa: F403
from siaga_events.types.commands import *  # noqa: F403
from siaga_events.types.common import *  # noqa: F403
from siaga_events.types.directory import *  # noqa: F403
from siaga_events.types.gateway import *  # noqa: F403
from siaga_events.types.notifications import *  # noqa: F403
from siaga_events.types.pulse import *  # noqa: F403
from siaga_events.types.routings import *  # noqa: F403
from siaga_events.types.values import *  # noqa: F403
