"""The request that the bare hops send: as long as an alarm of the line, with the same template."""

from __future__ import annotations

from siaga_notifier.adapters import message_body
from siaga_notifier.domain.delivery import Request

__all__ = ["AUTHORIZATION", "REQUEST"]

AUTHORIZATION = {"Authorization": "Bearer sandbox-token"}
REQUEST = message_body(
    Request(
        alarm_id="8e4f0f5c-7a0a-5c6b-9d6e-112112112112",
        kind="alarm",
        attempt=1,
        repeat=False,
        to="+6284000000001",
        sample=True,
        template="siaga_alarm",
        parameters=(
            "DARURAT1 KEBAKARAN", "4821", "14.32", "Pasar Liwa, Kec. Balik Bukit", "musala dekat BRI", "1 orang di dalam",
            "+6284000000000", "-5.0220,104.0793 (perkiraan)", "Polsek Balik Bukit", "belum dikonfirmasi", "jawab dalam 3 menit",
        ),
        buttons=True,
    )
)  # fmt: skip
