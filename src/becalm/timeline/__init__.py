"""From points and intervals to piecewise-constant states: fever, pressure, oxygen, treatments, episodes.

`states` cuts every record at each time where something may change and says what is the case in each
piece, over all histories that the record allows. `settings` are the policies, each named and sourced.
This layer holds no grade table.
"""

from becalm.timeline._devices import FlowTable, flow_table
from becalm.timeline.settings import Policy, Settings, default_settings
from becalm.timeline.states import States, states

__all__ = ["FlowTable", "Policy", "Settings", "States", "default_settings", "flow_table", "states"]
