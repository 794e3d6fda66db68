"""Set up .venv from uv.lock, with nothing on the machine but Python 3.11.

python -m tools.bootstrap runtime        what `make up` needs
python -m tools.bootstrap dev            what tests and checks need, too
python -m tools.bootstrap bench          what benchmarks compare us with, too
python -m tools.bootstrap uv ARGUMENT... run the uv that uv.lock names
"""

from __future__ import annotations

import os
import sys

from tools import stamp

ROOT = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
USAGE_ERROR = 2
INTERRUPTED = 130


def main(arguments: list[str]) -> int:
    if sys.version_info < (3, 11):  # noqa: UP036 - an older one shall hear it in one line
        return refuse(f"Python 3.11 or newer is needed; {sys.executable} is older.")
    if not arguments or arguments[0] not in (*stamp.GROUPS, "uv"):
        return refuse("say `runtime`, `dev`, or `uv` and its arguments.", USAGE_ERROR)
    if arguments[0] in stamp.GROUPS and stamp.covers(ROOT, arguments[0]):
        return 0
    return set_up(arguments)


def set_up(arguments: list[str]) -> int:
    from tools import environment  # noqa: PLC0415 - costs more than a second set-up may take

    try:
        if arguments[0] == "uv":
            return environment.run_uv(ROOT, arguments[1:])
        environment.set_up(ROOT, arguments[0])
    except environment.SetUpError as error:
        return refuse(str(error))
    except OSError as error:
        return refuse(f"{error}. Make {ROOT} writable, with room for 500 MB, and run it again.")
    except KeyboardInterrupt:
        return refuse("stopped; the next run begins anew.", INTERRUPTED)
    return 0


def refuse(reason: str, status: int = 1) -> int:
    sys.stderr.write(f"set-up: {reason}\n")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
