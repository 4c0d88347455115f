"""One side of a comparison: a process that answers requests, one JSON line each.

    {"do": "about"}                                 -> {"about": {...}}
    {"do": "prepare", "name": "a", "work": {...}}   -> {"facts": {...}}
    {"do": "time", "name": "a", "repeats": 7}       -> {"seconds": [...], "facts": {...}}
    {"do": "drop"}                                  -> {}       forget what is prepared
    anything that fails                             -> {"error": "one sentence"}

It ends when its input does. What libraries print goes to the error stream, never between answers.
Both interpreters run this file, so it uses the standard library alone.
"""

import json
import os
import sys
from collections.abc import Callable
from typing import Any, TextIO

from benchmarks.clock import Job, measure

Work = dict[str, Any]
Reply = dict[str, Any]


class Server:
    """Answers requests with the work of one side.

    Parameters
    ----------
    make
        Prepares work.
    about
        Says what this side is: versions, threads, processor.
    """

    def __init__(self, make: Callable[[Work], Job], about: Callable[[], Reply]) -> None:
        self.make = make
        self.about = about
        self.jobs: dict[str, Job] = {}

    def answer(self, request: Work) -> Reply:
        """Return the answer to one request.

        Raises
        ------
        ValueError
            When the request is not known or nothing is prepared.
        """
        verb, name = request.get("do"), str(request.get("name", ""))
        if verb == "about":
            return {"about": self.about()}
        if verb == "drop":
            self.jobs.clear()
            return {}
        if verb == "prepare":
            self.jobs[name] = self.make(request["work"])
            return {"facts": self.jobs[name].facts}
        if verb == "time" and name in self.jobs:
            job = self.jobs[name]
            return {"seconds": measure(job, int(request["repeats"])), "facts": job.facts}
        raise ValueError(f"there is nothing to {verb}")

    def serve(self, requests: TextIO, replies: TextIO) -> None:
        """Answer every line of `requests` with a line of `replies`."""
        for line in requests:
            try:
                reply = self.answer(json.loads(line))
            except Exception as error:  # whatever it is, the other process has to hear of it
                first = str(error).partition("\n")[0]
                reply = {"error": f"{type(error).__name__}: {first}"}
            replies.write(json.dumps(reply) + "\n")
            replies.flush()


def run(make: Callable[[Work], Job], about: Callable[[], Reply]) -> None:
    """Serve standard input and output to their end."""
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    Server(make, about).serve(sys.stdin, replies)
