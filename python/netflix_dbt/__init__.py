"""Runs `netflix` from Python, in the shape of dbt's programmatic runner.

    from netflix_dbt import Runner

    result = Runner().invoke(["build", "--select", "marts"])
    for node in result.result:
        print(node.node.name, node.status)

The program is a process of its own: nothing of it is loaded into Python, and the package needs nothing but Python.
"""

from .events import Event
from .results import Fields, Results
from .runner import Runner, RunnerError, RunnerResult

__all__ = ["Event", "Fields", "Results", "Runner", "RunnerError", "RunnerResult"]
