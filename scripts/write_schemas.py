"""docs/schemas/*.json: the JSON Schema of each kind of rule file, for editors and for checking."""

import json

from becalm.guidelines import Guideline
from becalm.markers import Score
from becalm.rules import json_schema
from becalm.rules.documents import Document
from becalm.scales import Scale
from becalm.sources.coded.mapping import Mapping

MODELS: dict[str, type[Document]] = {
    "scale": Scale,
    "guideline": Guideline,
    "mapping": Mapping,
    "score": Score,
}


def pages() -> dict[str, str]:
    """The schemas by their names in docs."""
    return {
        f"schemas/{name}.json": json.dumps(json_schema(model), indent=2) + "\n"
        for name, model in MODELS.items()
    }
