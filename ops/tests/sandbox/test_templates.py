from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from siaga_ops.sandbox.protocol.templates import read_templates

BODY = {"type": "BODY", "text": "Halo {{1}}"}
TEMPLATE = {"name": "halo", "language": "id", "category": "UTILITY", "components": [BODY]}


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "Halo Semua"},
        {"category": "LAIN"},
        {"components": []},
        {"components": [BODY, BODY]},
        {"components": [{"type": "BODY", "text": "Halo {{2}}"}]},
        {"components": [BODY, {"type": "HEADER", "format": "IMAGE"}]},
        {"components": [BODY, {"type": "BUTTONS", "buttons": [{"type": "URL", "text": "a"}]}]},
    ],
)
def test_a_file_that_cannot_be_shown_is_refused(tmp_path: Path, changes: dict[str, Any]) -> None:
    path = tmp_path / "templates.json"
    path.write_text(json.dumps([TEMPLATE | changes]))
    with pytest.raises(ValueError):
        read_templates(path)


def test_a_template_may_be_there_once_in_a_language(tmp_path: Path) -> None:
    path = tmp_path / "templates.json"
    path.write_text(json.dumps([TEMPLATE, TEMPLATE]))
    with pytest.raises(ValueError, match="twice"):
        read_templates(path)


def test_the_number_of_parameters_is_that_of_the_placeholders(tmp_path: Path) -> None:
    path = tmp_path / "templates.json"
    text = "{{2}} dan {{1}}, {{1}}"
    path.write_text(json.dumps([TEMPLATE | {"components": [{"type": "BODY", "text": text}]}]))
    template = read_templates(path)["halo", "id"]
    assert template.size == 2
    assert template.filled(("satu", "dua")) == "dua dan satu, satu"
