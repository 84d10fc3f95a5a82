"""The command line of Siaga 112. Every command has `--help`."""

from __future__ import annotations

import logging
import os
import sys

import typer
from pydantic import ValidationError
from siaga_events.codec import reasons
from siaga_streams.backend import Unavailable

from siaga_ops.cli import deadletters, evaluation, kafka, line, operator, posts, topics
from siaga_ops.cli.options import err
from siaga_ops.errors import OpsError, OutputClosed

__all__ = ["app", "main"]

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help=__doc__,
    rich_markup_mode=None,
)
app.add_typer(line.app)
app.add_typer(evaluation.app)
app.add_typer(topics.app, name="topics")
app.add_typer(kafka.app, name="kafka")
app.add_typer(posts.app, name="posts")
app.add_typer(operator.app, name="operator")
app.add_typer(deadletters.app, name="deadletters")


def main() -> None:
    """Errors that a person can mend end with a sentence, and status 1, or 2 for what was typed; Ctrl-C ends with 130, and a
    pipe that nobody reads any more with 141.
    """
    logging.getLogger("aiokafka").setLevel(
        logging.CRITICAL
    )  # what it says of a broker, we say with what to do
    try:
        app()
    except (OpsError, Unavailable) as error:
        err.print(f"siaga: {error}", style="red", markup=False, highlight=False)
        sys.exit(1)
    except ValidationError as error:
        err.print(f"siaga: {'; '.join(reasons(error))}", style="red", markup=False, highlight=False)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
    except OutputClosed:
        # what is still in the buffer would be written at the interpreter's end, and fail again
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
