"""The tests; `tests.house` and the helpers beside the tests import each other by this name."""
