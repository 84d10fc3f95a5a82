"""docs/events.md and docs/schema say what the types say."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError
from siaga_events import CATALOGUE, EventData, personal_fields
from siaga_events.docs import RENEW, main, pages, stale
from siaga_events.golden import folder, load_all
from siaga_events.registry import registry
from siaga_events.schema import json_schema
from siaga_events.shape import parts_of, spelled
from siaga_events.types import CallReported, CallRouted

ROOT = Path(__file__).parents[3]
each_type = pytest.mark.parametrize("event_type", registry().types.values(), ids=lambda t: t.__name__)


def test_the_docs_are_not_stale() -> None:
    assert stale(ROOT) == [], f"renew them: {RENEW}"


@each_type
def test_a_schema_takes_the_golden_events(event_type: type[EventData]) -> None:
    validator = Draft202012Validator(json_schema(event_type))
    validator.check_schema(json_schema(event_type))
    values = [g.value for g in load_all(folder(ROOT)) if g.type_name == event_type.type_name()]
    assert values
    for value in values:
        validator.validate({**value, "a_field_of_tomorrow": 1})


def test_a_schema_refuses_what_the_codec_refuses() -> None:
    validator: Any = Draft202012Validator(json_schema(CallReported))
    for wrong in ({}, {"reference": "", "started_at": "2021-06-01T02:14:07Z"}):
        with pytest.raises(ValidationError):
            validator.validate(wrong)


@each_type
def test_a_schema_marks_personal_fields(event_type: type[EventData]) -> None:
    schema = json_schema(event_type)
    for model in (event_type, *parts_of(event_type)):
        body = schema if model is event_type else schema["$defs"][model.__name__]
        marked = {name for name, field in body.get("properties", {}).items() if field.get("x-personal")}
        assert marked == personal_fields(model) & set(model.model_fields)


def test_the_page_names_every_topic_type_and_part() -> None:
    page = pages(ROOT)[ROOT / "docs" / "events.md"]
    assert all(f"## Topic `{name}`\n" in page for name in CATALOGUE)
    for event_type in registry().types.values():
        assert f"\n### {event_type.__name__} v{event_type.version}\n" in page
        assert all(f"\n### {part.__name__}\n" in page for part in parts_of(event_type))


def test_the_page_marks_personal_fields() -> None:
    page = pages(ROOT)[ROOT / "docs" / "events.md"]
    assert "| `caller` | **P** | text or null | `null` |" in page
    assert "| `reference` |  | text | needed |" in page


def test_every_link_of_the_page_leads_somewhere() -> None:
    page = pages(ROOT)[ROOT / "docs" / "events.md"]
    anchors = {
        line.lstrip("# ").lower().replace(" ", "-") for line in page.splitlines() if line.startswith("#")
    }
    linked = {target.partition(")")[0] for target in page.split("](#")[1:]}
    assert linked
    assert linked <= anchors


def test_writing_renews_what_is_stale_and_removes_what_is_gone(tmp_path: Path) -> None:
    shutil.copytree(folder(ROOT), folder(tmp_path))
    assert main(["--root", str(tmp_path)]) == 0
    assert stale(tmp_path) == []
    schemas = tmp_path / "docs" / "schema"
    (schemas / "CallReported.v1.json").write_text("{}", "utf-8")
    (schemas / "CallTeleported.v1.json").write_text("{}", "utf-8")
    assert stale(tmp_path) == ["docs/schema/CallReported.v1.json", "docs/schema/CallTeleported.v1.json"]
    assert main(["--root", str(tmp_path)]) == 0
    assert stale(tmp_path) == []
    assert not (schemas / "CallTeleported.v1.json").exists()


def test_types_are_told_in_words() -> None:
    fields = CallRouted.model_fields
    assert spelled(fields["slots"].annotation) == "list of Slot"
    assert spelled(fields["replaces"].annotation) == "text or null"
    assert spelled(dict[str, float]) == "number for each of text"
    with pytest.raises(TypeError, match="no words for the type"):
        spelled(set)
