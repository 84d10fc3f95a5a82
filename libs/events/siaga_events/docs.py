"""Writes docs/events.md and docs/schema/*.json from the types: `python -m siaga_events.docs`."""

from __future__ import annotations

import argparse
import json
import sys
from inspect import getdoc
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from siaga_events.event import EventData
from siaga_events.golden import Golden, folder, load
from siaga_events.personal import personal_fields
from siaga_events.registry import TYPES_BY_TOPIC, registry
from siaga_events.schema import json_schema
from siaga_events.shape import parts_of, spelled
from siaga_events.topics import CATALOGUE, Topic

__all__ = ["RENEW", "pages", "stale", "write"]

RENEW = "python -m siaga_events.docs"
ENVELOPE = ("CallReported", "WordsAdded", "CallEnded")

INTRODUCTION = f"""\
# Events

Written by `{RENEW}` from `libs/events`; edit the docstrings there, not this page.

Every record is a CloudEvent 1.0 in the Kafka binding's binary mode: attributes in `ce_` headers, JSON data in the
value. Its type is `siaga112.<Type>.v<version>`. Unknown fields are ignored; all times are RFC 3339 and must carry an
offset. A field marked **P** is personal (`"x-personal": true` in the schema): it tells who somebody is or how they
are. An *italic* field may be left out.
"""

GATEWAY = """\
## What a phone gateway sends

Three types, to the topic `gateway.calls`. `ce_source` is the gateway's own name; with `reference` and `started_at`
it names the call, so both are repeated in everything that is said of one call. `ce_id` is the gateway's choice and
must differ for records that differ. The key is free. A record may come twice: equal content is the same event.

Needed headers: `ce_specversion` (`1.0`), `ce_id`, `ce_source`, `ce_type`, `ce_time`, `content-type`
(`application/json`). `ce_subject`, `ce_correlationid` and `ce_traceparent` (W3C trace context) may be left out.
"""


def pages(root: Path) -> dict[Path, str]:
    """Each generated file under `root`, with what it must hold. Examples come from the golden files."""
    schemas = root / "docs" / "schema"
    found = {root / "docs" / "events.md": _events(folder(root))}
    for name, event_type in registry().types.items():
        text = json.dumps(json_schema(event_type), indent=2, sort_keys=True, ensure_ascii=False)
        found[schemas / f"{name.removeprefix('siaga112.')}.json"] = text + "\n"
    return found


def stale(root: Path) -> list[str]:
    """Generated files that are missing or don't hold what the types say, and schemas that nobody writes."""
    wanted = pages(root)
    old = {path for path, text in wanted.items() if not path.exists() or path.read_text("utf-8") != text}
    left = set((root / "docs" / "schema").glob("*.json")) - set(wanted)
    return sorted(str(path.relative_to(root)) for path in old | left)


def write(root: Path) -> list[str]:
    """Writes what is stale and removes schemas of types that are gone; gives their paths."""
    changed = stale(root)
    wanted = pages(root)
    for name in changed:
        path = root / name
        if path in wanted:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted[path], "utf-8")
        else:
            path.unlink()
    return changed


def _events(goldens: Path) -> str:
    sections = [INTRODUCTION, _overview(), GATEWAY, *(_example(goldens, name) for name in ENVELOPE)]
    sections += [_topic(topic) for topic in CATALOGUE.values()]
    parts = {part.__name__: part for t in registry().types.values() for part in parts_of(t)}
    sections.append("## Parts\n\nValues that stand inside the events above.\n")
    sections += [_described(f"### {name}", parts[name]) for name in sorted(parts)]
    return "\n".join(sections)


def _overview() -> str:
    rows = [
        "## Topics and types\n",
        "| topic | type | version | fields | owner | meaning |",
        "|---|---|---|---|---|---|",
    ]
    for name, types in TYPES_BY_TOPIC.items():
        rows += [
            f"| `{name}` | [{t.__name__}](#{_anchor(t)}) | {t.version} | {_names(t)} | {CATALOGUE[name].owner} "
            f"| {_cell(_doc(t).partition(chr(10))[0])} |"
            for t in types
        ]
    return "\n".join(rows) + "\n"


def _topic(topic: Topic) -> str:
    partitions = f"{topic.partitions}" if topic.partitions is not None else "as all that are keyed by call"
    head = (
        f"## Topic `{topic.name}`\n\nKind: {topic.kind.value}. Key: {topic.key}. Written by: {topic.owner}. "
        f"Partitions: {partitions}. Largest record: {topic.max_bytes // 1024} KiB. "
        f"{'Compacted' if topic.compacted else 'Kept for ever'}.\n"
    )
    return "\n".join([head, *(_type(t, topic) for t in TYPES_BY_TOPIC.get(topic.name, ()))])


def _type(event_type: type[EventData], topic: Topic) -> str:
    first = next(name for name, types in TYPES_BY_TOPIC.items() if event_type in types)
    if first != topic.name:
        return f"[{event_type.__name__}](#{_anchor(event_type)}) as in `{first}`.\n"
    schema = f"{event_type.__name__}.v{event_type.version}.json"
    return _described(
        f"### {event_type.__name__} v{event_type.version}", event_type, f"[{schema}](schema/{schema})"
    )


def _described(title: str, model: type[BaseModel], link: str = "") -> str:
    lines = [title, "", _doc(model), *(["", f"Schema: {link}"] if link else [])]
    if model.model_fields:
        personal = personal_fields(model)
        lines += ["", "| field | | type | default |", "|---|---|---|---|"]
        for name, field in model.model_fields.items():
            mark = "**P**" if name in personal else ""
            default = "needed" if field.is_required() else f"`{json.dumps(field.get_default())}`"
            lines.append(f"| `{name}` | {mark} | {_cell(_linked(field.annotation, model))} | {default} |")
    return "\n".join(lines) + "\n"


def _names(model: type[BaseModel]) -> str:
    personal = personal_fields(model)
    return ", ".join(
        (name if field.is_required() else f"*{name}*") + (" **P**" if name in personal else "")
        for name, field in model.model_fields.items()
    )


def _linked(annotation: Any, model: type[BaseModel]) -> str:
    words = spelled(annotation).split(" ")
    parts = {part.__name__ for part in parts_of(model)}
    return " ".join(f"[{word}](#{word.lower()})" if word in parts else word for word in words)


def _anchor(event_type: type[EventData]) -> str:
    return f"{event_type.__name__}-v{event_type.version}".lower()


def _doc(model: type[BaseModel]) -> str:
    return getdoc(model) or ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _example(goldens: Path, name: str) -> str:
    version = next(t.version for t in TYPES_BY_TOPIC["gateway.calls"] if t.__name__ == name)
    golden = load(goldens / f"{name}.v{version}.json")
    sent = {header: text for header, text in golden.headers.items() if not header.startswith("ce_cause")}
    headers = "\n".join(f"{header}: {text}" for header, text in sent.items())
    value = json.dumps(golden.value, indent=2, ensure_ascii=False)
    return (
        f"### {name}: an example\n\nOver Kafka, headers and value:\n\n```\n{headers}\n```\n"
        f"```json\n{value}\n```\n\n{_curl(golden, sent)}"
    )


HTTP_DOORS = {"CallReported": "/v1/calls", "WordsAdded": "/v1/calls/words", "CallEnded": "/v1/calls/ended"}


def _curl(golden: Golden, sent: dict[str, str]) -> str:
    path = HTTP_DOORS[sent["ce_type"].split(".")[1]]
    body = json.dumps(golden.value, indent=2, ensure_ascii=False)
    return (
        "Over HTTP (the token says which gateway it is, so there is no `ce_source` to send):\n\n```sh\n"
        f'curl -X POST "$SIAGA_INTAKE{path}" -H "Authorization: Bearer $SIAGA_TOKEN" \\\n'
        f"  -H 'Content-Type: application/json' --data-binary @- <<'JSON'\n{body}\nJSON\n```\n"
    )


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog=RENEW, description=__doc__)
    parser.add_argument("--root", type=Path, default=Path(), help="the repository (default: here)")
    root = parser.parse_args(arguments).root
    if not folder(root).is_dir():
        parser.error(f"{folder(root)} is no folder: run this in the repository's root, or say --root")
    print("wrote:", ", ".join(write(root)) or "nothing; all was up to date")
    return 0


if __name__ == "__main__":
    sys.exit(main())
