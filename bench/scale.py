"""scale: what a due alert and an idle look cost among ever more alerts, on PostgreSQL.

The processor's time (ours and the database session's) of passing over a due alert without news and
of a digest, and the time of each task that finds nothing to do, among 10, 100 and 1,000 thousand
alerts (`--most 1000000`; 100 thousand by itself, so that it runs in a minute). The baseline of each
figure is the same among the fewest; the ratio is to stay within 1.5.
"""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from _databases import databases, run

FEWEST, MOST = 10_000, 100_000
SCRIPT = str(Path(__file__).parent / "_scale_on.py")


def main() -> None:
    given = "--most" in sys.argv
    most = int(sys.argv[sys.argv.index("--most") + 1]) if given else MOST
    fewest = among(FEWEST)
    count = FEWEST
    while (count := count * 10) <= most:
        report = among(count)
        for name, of in (("passing", "passed over"), ("digest", "told, to the outbox")):
            say(f"scale.{name}: a due alert {of} among {count:,}", "us", report[name], fewest[name])
        for task, spent in report["idle"].items():
            say(f"scale.idle {task} among {count:,}", "ms", spent, fewest["idle"][task])


def among(count: int) -> dict[str, Any]:
    """What was measured in a process and a server of their own."""
    with tempfile.TemporaryDirectory() as home, databases(home) as urls:
        output = Path(home) / "report.json"
        run([SCRIPT, "postgresql", str(count), str(output)], urls["postgresql"], home)
        report: dict[str, Any] = json.loads(output.read_text())
        return report


def say(name: str, unit: str, value: float, base: float) -> None:
    line = {
        "name": name,
        "value": value,
        "unit": unit,
        "baseline": base,
        "baseline_name": f"among {FEWEST:,}",
        "ratio": round(value / base, 2),
    }
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
