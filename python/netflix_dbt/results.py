"""Artifacts as objects: `result.results[0].node.unique_id` instead of nested dictionaries."""

from datetime import datetime
from enum import Enum


class Status(str, Enum):
    """How a node ended; equal to its word, as dbt's own."""

    SUCCESS = "success"
    ERROR = "error"
    SKIPPED = "skipped"
    PARTIAL_SUCCESS = "partial success"
    NO_OP = "no-op"
    REUSED = "reused"
    PASS = "pass"
    FAIL = "fail"
    WARN = "warn"
    RUNTIME_ERROR = "runtime error"

    def __str__(self):
        return self.value


class Fields:
    """A JSON object whose keys are attributes too; keys that are absent are an error, as for any object."""

    def __init__(self, values):
        self._values = values

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        try:
            return wrapped(self._values[name])
        except KeyError:
            raise AttributeError(f"there is no field {name!r}; there are: {', '.join(self._values)}") from None

    def __getitem__(self, name):
        return wrapped(self._values[name])

    def __contains__(self, name):
        return name in self._values

    def __iter__(self):
        return iter(self._values)

    def __len__(self):
        return len(self._values)

    def __bool__(self):
        return True

    def __eq__(self, other):
        return self._values == (other._values if isinstance(other, Fields) else other)

    def __hash__(self):
        return id(self)

    def __repr__(self):
        return f"Fields({self._values!r})"

    def get(self, name, default=None):
        """The value of a key, or a default."""
        return self[name] if name in self else default

    def items(self):
        """Keys and values."""
        return [(name, self[name]) for name in self]

    def keys(self):
        """Keys."""
        return self._values.keys()

    def values(self):
        """Values."""
        return [self[name] for name in self]

    def to_dict(self):
        """The plain JSON object."""
        return self._values


def wrapped(value):
    """Objects become `Fields`, and lists of them lists of those."""
    if isinstance(value, dict):
        return Fields(value)
    if isinstance(value, list):
        return [wrapped(item) for item in value]
    return value


class Timing(Fields):
    """A phase of a node, with its moments as datetimes."""

    def __getattr__(self, name):
        value = super().__getattr__(name)
        if name in ("started_at", "completed_at") and isinstance(value, str):
            return datetime.fromisoformat(value.replace("Z", "+00:00"))
        return value


class Result(Fields):
    """The result of one node; `node` is the node as in the manifest."""

    def __init__(self, values, node):
        super().__init__(values)
        self.node = Fields(node)

    @property
    def status(self):
        """How it ended."""
        return Status(self._values["status"])

    @property
    def timing(self):
        """Its phases."""
        return [Timing(phase) for phase in self._values.get("timing", [])]


class Results(Fields):
    """The results of a run: `results`, `elapsed_time`, `args`, and the results themselves when iterated over."""

    def __init__(self, artifact, manifest):
        super().__init__(artifact)
        nodes = {}
        for section in ("nodes", "sources", "exposures", "unit_tests", "macros", "saved_queries", "functions"):
            nodes.update(manifest.get(section) or {})
        self.results = [
            Result(result, nodes.get(result["unique_id"], {"unique_id": result["unique_id"]}))
            for result in artifact.get("results", [])
        ]

    def __iter__(self):
        return iter(self.results)

    def __len__(self):
        return len(self.results)

    def __getitem__(self, index):
        return self.results[index] if isinstance(index, (int, slice)) else super().__getitem__(index)
