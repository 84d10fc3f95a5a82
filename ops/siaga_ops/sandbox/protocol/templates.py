"""Approved templates, in the format of Meta's message template API, and their filled-in text.

Only what the sandbox can show is read: a BODY with {{1}}..{{n}}, a HEADER and FOOTER of fixed text, QUICK_REPLY buttons. A
file with anything else is refused at the start, not at the first message.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

__all__ = ["Template", "Templates", "read_templates"]

PLACEHOLDER = re.compile(r"\{\{\s*(\d+)\s*\}\}")
BODY_MAX = 1024


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Body(_Part):
    type: Literal["BODY"]
    text: str = Field(min_length=1, max_length=BODY_MAX)


class _Header(_Part):
    type: Literal["HEADER"]
    format: Literal["TEXT"]
    text: str = Field(min_length=1, max_length=60, pattern=r"^[^{}]*$")


class _Footer(_Part):
    type: Literal["FOOTER"]
    text: str = Field(min_length=1, max_length=60)


class _QuickReply(_Part):
    type: Literal["QUICK_REPLY"]
    text: str = Field(min_length=1, max_length=25)


class _Buttons(_Part):
    type: Literal["BUTTONS"]
    buttons: tuple[_QuickReply, ...] = Field(min_length=1, max_length=10)


class _File(_Part):
    name: str = Field(pattern=r"^[a-z0-9_]{1,512}$")
    language: str
    category: Literal["UTILITY", "MARKETING", "AUTHENTICATION"]
    components: tuple[Annotated[_Body | _Header | _Footer | _Buttons, Field(discriminator="type")], ...]


@dataclass(frozen=True, slots=True)
class Template:
    """One template in one language. `size` is the number of its body's parameters."""

    name: str
    language: str
    category: str
    body: str
    size: int
    header: str | None = None
    footer: str | None = None
    buttons: tuple[str, ...] = ()

    def filled(self, parameters: Sequence[str]) -> str:
        """The body with {{n}} replaced by the n-th parameter; what a parameter holds is not looked at again."""
        return PLACEHOLDER.sub(lambda match: parameters[int(match[1]) - 1], self.body)

    def shown(self, parameters: Sequence[str]) -> str:
        """The whole message as a phone shows it, without its buttons."""
        return "\n\n".join(part for part in (self.header, self.filled(parameters), self.footer) if part)


Templates = dict[tuple[str, str], Template]
"""By name and language."""


def read_templates(path: Path) -> Templates:
    """Raises OSError, and ValueError if the file is no list of templates that can be shown."""
    files = TypeAdapter(list[_File]).validate_json(path.read_bytes())
    found: Templates = {}
    for file in files:
        key = (file.name, file.language)
        if key in found:
            raise ValueError(f"template {file.name} is twice in language {file.language}")
        found[key] = _template(file)
    return found


def _template(file: _File) -> Template:
    body = [part for part in file.components if isinstance(part, _Body)]
    if len(body) != 1:
        raise ValueError(f"template {file.name} needs one BODY")
    numbers = {int(match) for match in PLACEHOLDER.findall(body[0].text)}
    if numbers != set(range(1, len(numbers) + 1)):
        raise ValueError(
            f"template {file.name}: its placeholders must be {{{{1}}}} to {{{{n}}}} without a gap"
        )
    return Template(
        name=file.name,
        language=file.language,
        category=file.category,
        body=body[0].text,
        size=len(numbers),
        header=next((part.text for part in file.components if isinstance(part, _Header)), None),
        footer=next((part.text for part in file.components if isinstance(part, _Footer)), None),
        buttons=tuple(b.text for part in file.components if isinstance(part, _Buttons) for b in part.buttons),
    )
