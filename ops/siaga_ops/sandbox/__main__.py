"""`python -m siaga_ops.sandbox`; every setting is an option too: `--port 8091`."""

from __future__ import annotations

import sys

from pydantic import ValidationError
from pydantic_settings import CliApp, CliSettingsSource, SettingsError

from siaga_ops.sandbox.server import serve
from siaga_ops.sandbox.settings import SandboxSettings

__all__ = ["main"]

PROGRAM = "python -m siaga_ops.sandbox"


def main(arguments: list[str], program: str = PROGRAM) -> int:
    """The exit status: 0 after a stop, 2 if the settings can't be used. `program` is what the help calls it."""
    options: CliSettingsSource[SandboxSettings] = CliSettingsSource(SandboxSettings, cli_prog_name=program)
    try:
        serve(CliApp.run(SandboxSettings, cli_args=arguments, cli_settings_source=options))
    except (ValidationError, SettingsError, OSError, ValueError) as error:
        print(f"sandbox: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
