"""Starts the program, hands its events to callbacks, and reads what it wrote."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, List, Optional

from .events import Event
from .results import Fields, Results

#: Commands whose results are in run_results.json.
_RUNS = ("build", "run", "seed", "snapshot", "test", "compile", "show", "run-operation", "retry", "clone")


class RunnerError(Exception):
    """The command could not run: a mistake in the project, in the arguments, or in the environment."""


@dataclass
class RunnerResult:
    """What came of it: success (exit code 0), what kept it from running, and its results."""

    success: bool
    exception: Optional[BaseException] = None
    result: Any = None


class Runner:
    """Runs commands.

    `callbacks` are called with each event, in order, while the command runs. `manifest` is accepted for dbt's sake:
    the program reads the project anew each time. `program` is the binary; without it the variable
    `NETFLIX_PROGRAM` and then the path are asked.
    """

    def __init__(self, manifest=None, callbacks: Optional[List[Callable]] = None, program: Optional[str] = None):
        self.manifest = manifest
        self.callbacks = list(callbacks or [])
        self.program = program

    def invoke(self, args: List[str], **kwargs) -> RunnerResult:
        """Runs a command with dbt's arguments; keyword arguments are options (`log_format="json"`)."""
        words = [*map(str, args), *_options(kwargs)]
        try:
            program = _program(self.program)
            with tempfile.TemporaryDirectory(prefix="netflix-") as folder:
                return self._run(program, words, Path(folder))
        except RunnerError as error:
            return RunnerResult(success=False, exception=error)

    def _run(self, program, words, folder):
        told = folder / "events.jsonl"
        told.touch()
        environment = dict(os.environ, NETFLIX_EVENTS=str(told))
        events, mistakes, ended = [], [], threading.Event()
        follower = threading.Thread(target=self._follow, args=(told, ended, events, mistakes))
        try:
            process = subprocess.Popen(
                [program, *words], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            )
        except OSError as error:
            raise RunnerError(f"cannot start {program}: {error}") from error
        complaints: List[str] = []
        errors = threading.Thread(target=_copy, args=(process.stderr, sys.stderr, complaints))
        follower.start()
        errors.start()
        _copy(process.stdout, sys.stdout, [])
        code = process.wait()
        errors.join()
        ended.set()
        follower.join()
        if mistakes:
            raise mistakes[0]
        exception = None
        if code not in (0, 1):
            exception = RunnerError(_reason(events) or "".join(complaints).strip() or f"exit code {code}")
        result = None if exception else _result(events)
        if _command(events) == "debug" and exception is None:
            result = code == 0  # As dbt's: whether all checks passed.
        return RunnerResult(success=code == 0, exception=exception, result=result)

    def _follow(self, path, ended, events, mistakes):
        """Reads lines as they come, and once more when the program has ended."""
        with open(path, encoding="utf-8") as lines:
            rest = ""
            while True:
                is_last = ended.is_set()
                chunk = lines.read()
                *whole, rest = (rest + chunk).split("\n")
                for line in whole:
                    self._take(line, events, mistakes)
                if is_last and not chunk:
                    return
                if not chunk:
                    ended.wait(0.01)

    def _take(self, line, events, mistakes):
        event = Event.of_line(line)
        if event is None:
            return
        events.append(event)
        for callback in self.callbacks:
            try:
                callback(event)
            except Exception as error:  # What a callback raises is told when the command has ended.
                mistakes.append(error)


def _program(given):
    program = given or os.environ.get("NETFLIX_PROGRAM") or shutil.which("netflix")
    if program is None:
        raise RunnerError("the program `netflix` is not on the path: install it, or set NETFLIX_PROGRAM")
    return program


def _options(kwargs):
    words = []
    for name, value in kwargs.items():
        option = "--" + name.replace("_", "-")
        if value is True:
            words.append(option)
        elif value is False:
            words.append("--no-" + option[2:])
        elif isinstance(value, dict):
            words += [option, json.dumps(value)]
        elif isinstance(value, (list, tuple)):
            words += [option, *map(str, value)]
        elif value is not None:
            words += [option, str(value)]
    return words


def _copy(stream, to, kept):
    for line in stream:
        kept.append(line)
        to.write(line)
    to.flush()
    stream.close()


def _reason(events):
    for event in events:
        if event.info.name == "MainEncounteredError":
            return event.data.exc
    return None


def _command(events):
    return next((event.data.args.get("which") for event in events if event.info.name == "MainReportArgs"), None)


def _result(events):
    written = {}
    for event in events:
        if event.info.name == "ArtifactWritten":
            path = Path(event.data.artifact_path)
            written[path.name] = path
    command = _command(events)

    def read(name):
        return json.loads(written[name].read_text(encoding="utf-8")) if name in written else {}

    if command in _RUNS and "run_results.json" in written:
        return Results(read("run_results.json"), read("manifest.json"))
    if command == "parse":
        return Fields(read("manifest.json"))
    if command == "list":
        return [event.data.msg for event in events if event.info.name in ("ListCmdOut", "PrintEvent")]
    if command in ("generate", "docs"):
        return Fields(read("catalog.json"))
    if command in ("freshness", "source"):
        return Results(read("sources.json"), read("manifest.json"))
    return None
