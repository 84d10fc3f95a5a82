"""The command `python -m siaga_events.golden`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import orjson

import siaga_events.golden
from siaga_events.golden import Golden, draft, folder, forget, gaps, load_all, seal
from siaga_events.registry import registry

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m siaga_events.golden", description=siaga_events.golden.__doc__
    )
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--root", type=Path, default=Path(), help="the repository (default: here)")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("seal", help="note the sums of new files")
    new = commands.add_parser("new", help="draft files for types of the registry")
    new.add_argument(
        "types", nargs="*", help="class names, such as CallRouted (default: all that lack something)"
    )
    new.add_argument("--what", default="", help="what was added, if the version has a file already")
    new.add_argument("--unreleased", action="store_true", help="no release wrote it: replace its file")
    options = parser.parse_args(arguments)
    where = folder(options.root)
    if not where.is_dir():
        parser.error(f"{where} is no folder: run this in the repository's root, or say --root")
    if options.command == "seal":
        print("sealed:", ", ".join(seal(where)) or "nothing new")
        return 0
    by_name = {event_type.__name__: event_type for event_type in registry().types.values()}
    suffix = f".{options.what}" if options.what else ""
    for name in options.types or gaps(load_all(where)):
        if name not in by_name:
            parser.error(f"no type {name!r} in siaga_events.registry")
        path = where / f"{name}.v{by_name[name].version}{suffix}.json"
        if path.exists() and not options.unreleased:
            parser.error(f"{path.name} exists and is never edited; say --what was added")
        _write(draft(by_name[name], path, load_all(where)))
        forget(where, path.name)
        print(f"wrote {path}: look over its values, then: python -m siaga_events.golden seal")
    return 0


def _write(golden: Golden) -> None:
    content = {"headers": golden.headers, "value": golden.value}
    golden.path.write_bytes(orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


if __name__ == "__main__":
    sys.exit(main())
