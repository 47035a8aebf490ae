"""The command line: thin commands over the package's plain functions."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from cyclopts.exceptions import CycloptsError

from becalm.cli.app import app
from becalm.cli.commands import register
from becalm.record.errors import BecalmError, WorkError

DONE, FAILED, BAD_INPUT = 0, 1, 2
"""Exit codes: done; the work failed; bad usage or bad input."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run becalm. Results go to standard output or the file asked for, all else to standard error.

    Args:
        arguments: the words after `becalm`; the process's own if not given.

    Returns:
        0 done; 1 the work failed; 2 bad usage or bad input.
    """
    register()
    try:
        app(
            list(sys.argv[1:] if arguments is None else arguments),
            exit_on_error=False,
            print_error=False,
            result_action="return_value",
        )
    except CycloptsError as error:
        print(
            f"becalm: {error}\nNext step: see `becalm --help`, or `becalm COMMAND --help`.", file=sys.stderr
        )
        return BAD_INPUT
    except BecalmError as error:
        print(f"becalm: {error}", file=sys.stderr)
        return FAILED if isinstance(error, WorkError) else BAD_INPUT
    except BrokenPipeError:
        return DONE
    except OSError as error:
        print(
            f"becalm: {error.filename or 'a file'}: {error.strerror}. Check that the folder exists, may be "
            "written and has room, then run the command again.",
            file=sys.stderr,
        )
        return FAILED
    return DONE
