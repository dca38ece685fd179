"""Events as callbacks get them: `event.info.name`, `event.data.node_info.unique_id`."""

import json

from .results import Fields


class Event(Fields):
    """One line of the log: `info` is the same for all events, `data` depends on `info.name`."""

    @classmethod
    def of_line(cls, line):
        """The event of a line; `None` where the line is not an event."""
        line = line.strip()
        if not line.startswith("{"):
            return None
        try:
            values = json.loads(line)
        except ValueError:
            return None
        return cls(values) if isinstance(values, dict) and "info" in values and "data" in values else None
