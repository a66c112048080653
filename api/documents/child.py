"""The process that sets one document: data on standard input, the PDF on standard output."""

import sys
from pathlib import Path

import typst

_FOLDER = Path(__file__).parent


def main(template: str) -> None:
    """Fonts are the compiler's own, whatever the machine."""
    made = typst.compile(
        str(_FOLDER / f"{template}.typ"),
        root=str(_FOLDER),
        format="pdf",
        ignore_system_fonts=True,
        sys_inputs={"document": sys.stdin.buffer.read().decode()},
        pdf_standards="ua-1",
    )
    assert isinstance(made, bytes)
    sys.stdout.buffer.write(made)


if __name__ == "__main__":
    main(sys.argv[1])
