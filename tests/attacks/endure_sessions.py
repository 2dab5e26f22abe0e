"""Sessions come, open radiographs, export and go; a line a session tells of the server.

    PYTHONPATH=.:tests python tests/attacks/endure_sessions.py --minutes 10

Every session brings a radiograph, a file of words and a hostile one; every fourth
leaves before it has a result. A line holds the seconds since the start, sessions so
far, resident megabytes, open handles, threads, the seconds from upload to result, and
how many exports were lost. The last line is the slope of memory over the second half.
"""

import argparse
import statistics
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

# Run as a program, it finds the other modules of the tests in their folder.
sys.path.append(str(Path(__file__).parents[1]))

from attacks import hostile_files
from conftest import StreamlitServer
from fixtures_page import phantom_png
from fixtures_visitor import Visitor

from pneumonia.ui import export_texts as texts


def main() -> None:
    """Run until the time is over."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=2)
    options = parser.parse_args()
    start, count, lost = time.monotonic(), 0, 0
    memory: list[tuple[float, float]] = []
    with StreamlitServer(Path(__file__).parents[2] / "streamlit_app.py") as server:
        process = Path(f"/proc/{server.process_id}")
        print("seconds sessions MB handles threads latency lost")
        while time.monotonic() < start + 60 * options.minutes:
            count += 1
            with Visitor(server.url) as visitor:
                visitor.run()
                begun = time.monotonic()
                visitor.upload("a.png", phantom_png(count))
                visitor.upload("b.png", b"words")
                visitor.upload("c", hostile_files.make(count, seed=1)[1])
                if count % 4 == 0:
                    visitor.run()
                    continue
                visitor.run_until(Visitor.done)
                latency = time.monotonic() - begun
                lost += not _is_there(visitor.links()[texts.DOWNLOAD_CSV])
            said = (process / "status").read_text().split("\n")
            found = dict(line.split(":", 1) for line in said if ":" in line)
            minutes = (time.monotonic() - start) / 60
            megabytes = int(found["VmRSS"].split()[0]) / 1024
            memory.append((minutes, megabytes))
            print(
                f"{60 * minutes:7.0f} {count:8} {megabytes:4.0f}"
                f" {len(list((process / 'fd').iterdir())):5}"
                f" {found['Threads'].strip():>5} {latency:8.2f} {lost}",
                flush=True,
            )
    late = [it for it in memory if it[0] > options.minutes / 2]
    slope, _ = statistics.linear_regression(*zip(*late, strict=True))
    print(f"{slope:+.2f} MB a minute over the second half")


def _is_there(link: str) -> bool:
    try:
        with urllib.request.urlopen(link) as answer:  # noqa: S310
            return bool(answer.read())
    except urllib.error.HTTPError:
        return False


if __name__ == "__main__":
    main()
