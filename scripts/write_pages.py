"""Write every generated page of docs: `make docs`, or `python -m scripts.write_pages` in the repository."""

from scripts import (
    write_commands_page,
    write_facts_page,
    write_folder_format_page,
    write_guideline_pages,
    write_mapping_pages,
    write_outputs_page,
    write_policies_page,
    write_scale_pages,
    write_schemas,
    write_score_pages,
    write_systems_page,
)
from scripts.markdown import ROOT

DOCS = ROOT / "docs"
WRITERS = (
    write_folder_format_page,
    write_outputs_page,
    write_policies_page,
    write_facts_page,
    write_scale_pages,
    write_systems_page,
    write_score_pages,
    write_guideline_pages,
    write_mapping_pages,
    write_schemas,
)


def pages() -> dict[str, str]:
    """The text of every generated page, by its path in docs."""
    found = {write_commands_page.PAGE.relative_to(DOCS).as_posix(): write_commands_page.page()}
    for writer in WRITERS:
        found |= writer.pages()
    return found


if __name__ == "__main__":
    for name, text in pages().items():
        target = DOCS / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        print(f"Wrote docs/{name}")
